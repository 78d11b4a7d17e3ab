"""The client's messages as columns."""

import pyarrow as pa

from collectors.kafka.messages import payload_bytes, refused, to_batch
from tests.kafka_parts import Message
from tracer.model.messages import MESSAGE_SCHEMA, REJECTED_SCHEMA

FETCHED = {
    ("orders", 3): [
        Message(7, b"x", key=b"k", timestamp=5, headers=(("a", b"1"), ("a", b"\xff"), ("n", None))),
        Message(9, None, key=None, timestamp=-1),
    ],
    ("payments", 0): [],
    ("shipping", 1): [Message(0, b"")],
}


def test_every_message_keeps_its_place_time_and_bytes():
    """A row is a message: topic, partition, offset, time in ns, key, value and every header in order."""
    batch = to_batch(FETCHED)
    headers = [("a", b"1"), ("a", b"\xff"), ("n", None)]
    expected = [
        ("orders", 3, 7, 5_000_000, b"k", b"x", headers),
        ("orders", 3, 9, -1_000_000, None, None, []),
        ("shipping", 1, 0, 1_000_000, None, b"", []),
    ]

    assert MESSAGE_SCHEMA == batch.schema
    assert expected == [tuple(row.values()) for row in batch.to_pylist()]
    assert 2 == payload_bytes(batch)


def test_nothing_is_a_batch_too():
    """No message gives a batch without rows."""
    batch = to_batch({})

    assert (0, 0) == (batch.num_rows, payload_bytes(batch))


def test_what_is_refused_stays_as_it_came():
    """A refused message has every column that it had, and the reason."""
    batch = to_batch(FETCHED)
    bad = refused(batch, "no good")

    assert REJECTED_SCHEMA == bad.schema
    assert batch == pa.RecordBatch.from_arrays(bad.columns[:-1], schema=MESSAGE_SCHEMA)
    assert ["no good"] * 3 == bad["reason"].to_pylist()
