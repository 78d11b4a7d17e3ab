"""Laws of the decoder, and messages that are meant to break it."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.messages import decoder, messages, record
from tracer.model.records import RECORD_SCHEMA

ID_BY_KEY = [{"transaction_id": "key"}]
HOSTILE = st.one_of(
    st.none(),
    st.binary(max_size=12),
    st.sampled_from(
        [b"{}", b"NaN", b"[1,]", b'{"type":"x","id":1e999}', b'"\\u0000"', b"[" * 500, b"\x00\x00\x00\x00\x01"]
    ),
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
NAMES = st.sampled_from(
    ["saga.id", "saga.phase", "saga.alias.x", "ce_specversion", "ce_time", "traceparent", "baggage", "id"]
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {
            "topic": st.sampled_from(["orders", "orders.DLT", "outbox.event.x"]),
            "key": st.none() | st.binary(max_size=4),
            "value": HOSTILE,
            "headers": st.lists(st.tuples(NAMES | st.text(max_size=4), st.none() | st.binary(max_size=9)), max_size=4),
        }
    ),
    max_size=12,
)
OPTIONS = {
    "dead_letter": ["*.DLT"],
    "mapping": [{"when": {"$.type": "x"}, "transaction_id": "$.id", "time": "$.t", "aliases": {"k": "key"}}],
}
SHARED = decoder(**OPTIONS)


@settings(max_examples=25)
@given(MESSAGES)
def test_every_message_is_exactly_once_somewhere(rows: list[dict[str, Any]]) -> None:
    """A message is a record, or refused, or a tombstone; what a record holds is JSON to everybody."""
    done = SHARED.decode(messages(*rows), received_ns=7)
    recorded = [int(uid.rpartition("/")[2]) for uid in done.records["uid"].to_pylist()]
    refused = done.refused["offset"].to_pylist()
    tombstones = [offset for offset, row in enumerate(rows) if row["value"] is None]

    assert list(range(len(rows))) == sorted([*recorded, *refused, *tombstones])
    assert RECORD_SCHEMA == done.records.schema
    assert all(isinstance(json.loads(text), dict) for text in done.records["attributes"].to_pylist())


@settings(max_examples=10)
@given(MESSAGES, st.integers(0, 12))
def test_how_messages_are_batched_changes_nothing(rows: list[dict[str, Any]], cut: int) -> None:
    """A batch decodes like its parts."""
    whole = messages(*rows)
    parts = [SHARED.decode(part, received_ns=7) for part in (whole.slice(0, cut), whole.slice(cut))]
    done = SHARED.decode(whole, received_ns=7)

    assert done.records.to_pylist() == _rows([part.records for part in parts])
    assert done.refused.to_pylist() == _rows([part.refused for part in parts])


def _rows(batches: Sequence[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def test_the_order_of_a_large_batch() -> None:
    """Records and refused messages keep the order of the batch, however large it is."""
    values = [b"bad" if number % 7 == 0 else b'{"type":"x"}' for number in range(9_000)]
    done = decoder().decode(messages(*({"value": value} for value in values)), received_ns=7)
    recorded = [int(uid.rpartition("/")[2]) for uid in done.records["uid"].to_pylist()]

    assert [number for number in range(9_000) if number % 7] == recorded
    assert list(range(0, 9_000, 7)) == done.refused["offset"].to_pylist()


def test_names_of_a_megabyte() -> None:
    """Size alone stops nothing."""
    name = "n" * 2**20
    row = record(
        {"key": name.encode(), "value": json.dumps({name: name}).encode(), "headers": [(name, b"1")]}, mapping=ID_BY_KEY
    )

    assert (name, {name: name}) == (row["transaction_id"], row["attributes"]["payload"])


def test_more_than_fits_the_engine() -> None:
    """A batch of more bytes than are decoded at once keeps its order and loses nothing."""
    value = b'{"type":"' + b"x" * 2**20 + b'"}'
    done = decoder().decode(messages(*({"value": value} for _ in range(60))), received_ns=7)

    assert (0, list(range(60))) == (
        len(done.refused),
        [int(uid.rpartition("/")[2]) for uid in done.records["uid"].to_pylist()],
    )
