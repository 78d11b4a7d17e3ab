"""Makes batches of broker messages, for tests of whatever decodes them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pyarrow as pa

from collectors.dialects.decoder import Decoder
from collectors.dialects.options import DialectOptions
from tracer.model.keys import CORRELATION_KEYS
from tracer.model.messages import MESSAGE_SCHEMA

AT_NS = 1_700_000_000_000_000_000


def messages(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Make a batch of messages that say what their rows say, numbered."""
    default = {"topic": "orders", "partition": 0, "at_ns": AT_NS, "key": None, "value": b"{}", "headers": []}
    whole = [{**default, "offset": number, **row} for number, row in enumerate(rows)]
    columns = [pa.array([row[field.name] for row in whole], field.type) for field in MESSAGE_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=MESSAGE_SCHEMA)


def decoder(**options: Any) -> Decoder:
    """Make a decoder of these options, as they stand in the configuration."""
    made = msgspec.convert(options, DialectOptions)
    return Decoder(source="events", correlation_keys=CORRELATION_KEYS, options=made)


def record(message: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Decode one message that becomes a record, and give what the record says."""
    (row,) = decoder(**options).decode(messages(message), received_ns=7).records.to_pylist()
    row["attributes"] = json.loads(row["attributes"])
    return {name: value for name, value in row.items() if value is not None}


def reason(message: dict[str, Any], **options: Any) -> str:
    """Decode one message that is refused, and give the reason."""
    (row,) = decoder(**options).decode(messages(message), received_ns=7).refused.to_pylist()
    text: str = row["reason"]
    return text
