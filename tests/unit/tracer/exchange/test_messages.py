"""Dumps of topics: every form says the same message, and what is none is named with its line."""

from __future__ import annotations

import base64
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracer.exchange.files import BadLine
from tracer.exchange.messages import Message, batch_of_messages, messages_of, time_ns
from tracer.model.messages import MESSAGE_SCHEMA

AT_NS = 1_772_000_000_123_000_000
EXPECTED = Message(
    topic="orders", partition=3, offset=17, at_ns=AT_NS, key=b"ORD-1", value=b'{"a":1}',
    headers=(("type", b"Placed"), ("empty", None)), line=1,
)  # fmt: skip
PLAIN = {"topic": "orders", "partition": 3, "offset": 17, "key": "ORD-1"}
HEADERS = {"headers": {"type": "Placed", "empty": None}}


def read(tmp_path, *documents: object, topic: str | None = None) -> list[Message | BadLine]:
    """Write documents as lines, and read them as messages."""
    file = tmp_path / "dump.ndjson"
    file.write_text(
        "\n".join(one if isinstance(one, str) else json.dumps(one, separators=(",", ":")) for one in documents)
    )
    return list(messages_of(file, "ndjson", topic=topic))


@pytest.mark.parametrize(
    "document",
    [
        PLAIN | HEADERS | {"at": "2026-02-25T06:13:20.123Z", "value": {"a": 1}},
        PLAIN | HEADERS | {"timestamp": AT_NS // 10**6, "value": '{"a":1}'},
        PLAIN | HEADERS | {"at_ns": AT_NS, "value": {"base64": base64.b64encode(b'{"a":1}').decode()}},
        PLAIN
        | {"ts": AT_NS // 10**6, "tstype": "create", "broker": 0, "payload": '{"a":1}'}
        | {"headers": ["type", "Placed", "empty", None]},
        PLAIN
        | {"ts": AT_NS // 10**6, "payload": '{"a":1}'}
        | {"headers": [{"key": "type", "value": "Placed"}, {"key": "empty", "value": None}]},
    ],
)
def test_every_form_says_the_same_message(tmp_path, document):
    """Our own form, kcat's and those in between are one message."""
    assert [EXPECTED] == read(tmp_path, document)


def test_a_document_by_itself_is_a_value(tmp_path):
    """Without an envelope a line is the value, byte for byte; the same content is the same message in any file."""
    text = '{"value": 1.50, "other": [ ]}'
    (one, two) = read(tmp_path, text, "17", topic="orders")
    (again,) = read(tmp_path, text, topic="orders")

    assert (text.encode(), b"17") == (one.value, two.value)
    assert ("orders", 0, one.offset) == (again.topic, again.partition, again.offset)
    assert one.offset != two.offset


def test_what_is_no_message_is_named(tmp_path):
    """A line that cannot be read does not stop the others."""
    bad = [
        '{"value": 1}', "{", {**PLAIN, "value": 1, "offset": -1}, {**PLAIN, "value": 1, "timestamp": "noon"},
        {**PLAIN, "value": {"base64": "%"}}, {**PLAIN, "value": 1, "headers": ["a"]}, {**PLAIN, "value": None},
    ]  # fmt: skip
    *refused, good = read(tmp_path, *bad)

    assert [1, 2, 3, 4, 5, 6] == [one.number for one in refused]
    assert "the message does not say its topic: say it with --topic" == refused[0].reason
    assert "offset must be a whole number from 0" == refused[2].reason
    assert good.value is None


def test_parquet_says_the_same(tmp_path):
    """A file in the schema of messages, and one with text and a time, are read alike."""
    batch = batch_of_messages([EXPECTED])
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "own.parquet")
    texts = {"topic": ["orders"], "partition": [3], "offset": [17], "key": ["ORD-1"], "value": ['{"a":1}']}
    times = pa.array([AT_NS // 1000], pa.timestamp("us", "UTC"))
    table = pa.table(texts | {"timestamp": times, "headers": ['{"type":"Placed","empty":null}'], "more": [1]})
    pq.write_table(table, tmp_path / "other.parquet")

    assert batch.schema.equals(MESSAGE_SCHEMA)
    assert [EXPECTED] == list(messages_of(tmp_path / "own.parquet", "parquet", topic=None))
    assert [EXPECTED] == list(messages_of(tmp_path / "other.parquet", "parquet", topic=None))


@pytest.mark.parametrize("text", [1_772_000_000, 1_772_000_000_000, 1_772_000_000_000_000, "2026-02-25T06:13:20Z"])
def test_a_time_is_read_in_any_unit(text):
    """Seconds, milliseconds, microseconds and RFC 3339 are the same instant."""
    assert 1_772_000_000_000_000_000 == time_ns(text)
    assert [None, None, None] == [time_ns(other) for other in ("noon", True, -1)]


def test_a_text_of_headers_that_is_no_json_is_a_bad_line(tmp_path):
    """The line is told with the headers, and the next one is read."""
    dump = tmp_path / "dump.ndjson"
    dump.write_text('{"topic":"t","value":1,"headers":"trace=1"}\n{"topic":"t","value":1}\n')
    bad, good = messages_of(dump, "ndjson", topic=None)

    assert "headers are a text that is not JSON" in bad.reason
    assert "t" == good.topic


def test_a_message_without_a_time_is_the_same_in_a_copy(tmp_path):
    """Touching or copying a file makes no other messages of its lines."""
    dump = tmp_path / "dump.ndjson"
    dump.write_text('{"topic":"t","value":1}\n{"topic":"t","value":2}\n')
    os.utime(dump, ns=(1, 1))
    first = list(messages_of(dump, "ndjson", topic=None))
    os.utime(dump, ns=(10**18, 10**18))

    assert first == list(messages_of(dump, "ndjson", topic=None))
    assert first[0].at_ns < first[1].at_ns
