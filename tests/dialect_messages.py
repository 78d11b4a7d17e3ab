"""Reads the messages kept in tests/data/dialects and decodes them as a collector would.

A file is `{"made_by": ..., "ids": {...}, "messages": [{"topic", "key", "headers", "value"}, ...]}`; a header
is text, or `{"base64": ...}` where its bytes are none; a value is JSON, or text that is written as it stands.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from collectors.dialects.decoder import Decoder
from collectors.dialects.options import DialectOptions, Rule
from tracer.model.keys import CORRELATION_KEYS
from tracer.model.messages import MESSAGE_SCHEMA
from tracer.ports import Decoded

FOLDER = Path(__file__).parent / "data" / "dialects"
BROKER_NS = 1_800_000_000_000_000_000

Message = Mapping[str, Any]


def stored(dialect: str, scene: str) -> list[Message]:
    """Give the messages of a file."""
    return json.loads((FOLDER / dialect / f"{scene}.json").read_text())["messages"]


def ids(dialect: str, scene: str) -> Mapping[str, str]:
    """Give the ids that the program which made a file knows of, by what they are."""
    found: Mapping[str, str] = json.loads((FOLDER / dialect / f"{scene}.json").read_text())["ids"]
    return found


@functools.cache
def told_by(dialect: str, scene: str) -> tuple[Mapping[str, Any], ...]:
    """Give the record of each message of a file, its aliases as an object."""
    rows = records(stored(dialect, scene))
    return tuple({**row, "aliases": json.loads(row["aliases"] or "{}")} for row in rows)


def decoded(messages: Sequence[Message], *, dialect: str = "auto", mapping: tuple[Rule, ...] = ()) -> Decoded:
    """Decode messages with the defaults."""
    decoder = Decoder(
        source="bus", correlation_keys=CORRELATION_KEYS, options=DialectOptions(dialect=dialect, mapping=mapping)
    )
    return decoder.decode(batch(messages), received_ns=BROKER_NS)


def records(
    messages: Sequence[Message], *, dialect: str = "auto", mapping: tuple[Rule, ...] = ()
) -> list[dict[str, Any]]:
    """Give the record of each message."""
    done = decoded(messages, dialect=dialect, mapping=mapping)
    assert [] == done.refused.column("reason").to_pylist()
    return done.records.to_pylist()


def batch(messages: Sequence[Message]) -> pa.RecordBatch:
    """Make a batch of MESSAGE_SCHEMA, a second apart by the broker's time."""
    rows = [
        {
            "topic": message.get("topic", "bus"),
            "partition": 0,
            "offset": offset,
            "at_ns": BROKER_NS + offset * 1_000_000_000,
            "key": _bytes(message.get("key")),
            "value": _bytes(message.get("value")),
            "headers": [(name, _bytes(value)) for name, value in message.get("headers", {}).items()],
        }
        for offset, message in enumerate(messages)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=MESSAGE_SCHEMA)


def told(rows: Sequence[Mapping[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """Give some columns of records."""
    return [tuple(row[column] for column in columns) for row in rows]


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    return json.dumps(value, separators=(",", ":")).encode()
