"""The decoder: what becomes of messages, whatever their dialect."""

import json
from typing import Any
from uuid import UUID

import msgspec
import pyarrow as pa

from collectors.dialects.decoder import Decoder
from collectors.dialects.options import DialectOptions
from tracer.model.keys import CORRELATION_KEYS
from tracer.model.messages import MESSAGE_SCHEMA
from tracer.model.records import RECORD_SCHEMA

AT_NS = 1_700_000_000_000_000_000
TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def messages(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Make a batch of messages that say what their rows say, numbered."""
    default = {"topic": "orders", "partition": 0, "at_ns": AT_NS, "key": None, "value": b"{}", "headers": []}
    whole = [{**default, "offset": number, **row} for number, row in enumerate(rows)]
    columns = [pa.array([row[field.name] for row in whole], field.type) for field in MESSAGE_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=MESSAGE_SCHEMA)


def decoder(**options: Any) -> Decoder:
    """Make a decoder of these options, as they stand in the configuration."""
    return Decoder(source="events", correlation_keys=CORRELATION_KEYS, options=msgspec.convert(options, DialectOptions))


def record(message: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Decode one message that becomes a record, and give what the record says."""
    (row,) = decoder(**options).decode(messages(message), received_ns=7).records.to_pylist()
    row["attributes"] = json.loads(row["attributes"])
    return {name: value for name, value in row.items() if value is not None}


def test_a_mapped_message() -> None:
    """Each column has what the mapping says; the rest of the message is among the attributes."""
    payload = {
        "type": "OrderPlaced",
        "order": {"id": 17, "lines": [{"sku": "a"}]},
        "at": "2026-01-02T03:04:05.678+01:00",
    }
    rule = {
        "topic": "orders",
        "when": {"$.type": "OrderPlaced", "header:v": ["1", "2"]},
        "transaction_id": "$.order.id",
        "saga": "=order",
        "step": {"from": "$.type", "values": {"OrderPlaced": "place"}},
        "phase": "=completed",
        "owner": "header:from",
        "attempt": "header:try",
        "message_id": "key",
        "causation_id": "$.order.lines[0].sku",
        "time": "$.at",
        "schema": "topic",
        "aliases": {"payment": "$.order.lines[0].sku", "none": "$.none"},
    }
    headers = [("v", b"2"), ("from", b"shop"), ("try", b"3"), ("traceparent", TRACEPARENT)]
    message = {"partition": 4, "offset": 9, "key": b"k-1", "value": json.dumps(payload).encode(), "headers": headers}

    assert {
        "uid": "orders/4/9",
        "transaction_id": "17",
        "saga": "order",
        "step": "place",
        "step_by": "attribute",
        "owner": "shop",
        "phase": "completed",
        "kind": "event",
        "name": "OrderPlaced",
        "at_ns": 1_767_319_445_678_000_000,
        "received_ns": 7,
        "attempt": 3,
        "message_id": "k-1",
        "causation_id": "a",
        "trace_id": UUID("0af7651916cd43dd8448eb211c80319c"),
        "span_id": 0,
        "parent_span_id": 0xB7AD6B7169203331,
        "status": "unset",
        "schema_ref": "orders",
        "source": "events",
        "position": "orders/4/9",
        "aliases": '{"payment":"a"}',
        "attributes": {
            "key": "k-1",
            "headers": {"v": "2", "from": "shop", "try": "3", "traceparent": TRACEPARENT.decode()},
            "payload": payload,
        },
    } == record(message, mapping=[rule])


def test_nothing_to_decode() -> None:
    """A batch without messages gives no records, of the right schema."""
    decoded = decoder().decode(messages(), received_ns=7)

    assert RECORD_SCHEMA == decoded.records.schema
    assert (0, 0) == (len(decoded.records), len(decoded.refused))


def test_a_dead_letter_is_marked() -> None:
    """The record of a message in a dead-letter topic says so, with the topic that it was in before; no other does."""
    headers = [("kafka_dlt-original-topic", b"orders")]
    dead = record({"topic": "orders.DLT", "headers": headers}, dead_letter=["*.DLT"])
    unknown = record({"topic": "orders.DLT"}, dead_letter=["*.DLT"])

    assert ("failed", "orders") == (dead["phase"], dead["attributes"]["dlt"])
    assert ("failed", "orders.DLT") == (unknown["phase"], unknown["attributes"]["dlt"])
    assert "dlt" not in record({"headers": headers}, dead_letter=["*.DLT"])["attributes"]
