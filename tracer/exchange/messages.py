"""Reads dumps of topics: one message a line of NDJSON, or a row of Parquet, in any of these forms.

- `{"topic", "partition", "offset", "timestamp" | "at" | "at_ns", "key", "value", "headers"}`: `value` is a JSON value
  or text, `{"base64": "..."}` bytes, null a tombstone; `headers` an object, or a list of names and values by turns;
- what `kcat -J` prints: `ts` in milliseconds, and `payload` for the value;
- any other JSON document is a message's value by itself.

A message that does not say its topic has the one that the caller says. One without an offset gets a number of its
content, so that it is the same message whenever it is read; one without a time the beginning of 2000 (UTC), and a
nanosecond more for each line before it: the time of a file changes as it is touched or copied, and a record's time is
part of what it is known by.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from tracer.clock import NS_PER_S, to_ns
from tracer.errors import Rejected
from tracer.exchange.files import BadLine, Line, check_length, file_lines, parquet_batches
from tracer.exchange.writing import FileFormat
from tracer.model.messages import MESSAGE_SCHEMA

_TIMES: Final = ("at_ns", "at", "timestamp", "ts")
_VALUES: Final = ("value", "payload")
_ENVELOPE: Final = frozenset({"topic", "partition", "offset", "key", "headers", "tstype", "broker", *_TIMES, *_VALUES})
_OFFSET_BYTES: Final = 7
_MS_FROM: Final = 10**11  # numbers below are seconds, up to the year 5138
_US_FROM: Final = 10**14
_NS_FROM: Final = 10**17
_NO_TIME_NS: Final = 946_684_800 * NS_PER_S
_MAX_INT32: Final = (1 << 31) - 1
_MAX_INT64: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a dump, as MESSAGE_SCHEMA has it, and the line that it stands on."""

    topic: str
    partition: int
    offset: int
    at_ns: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    line: int = 0

    @property
    def place(self) -> str:
        """Where it stands: topic/partition/offset."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        parts = (self.key, self.value, *(value for _, value in self.headers))
        return sum(len(part) for part in parts if part is not None)


def messages_of(path: Path, format_: FileFormat, *, topic: str | None) -> Iterator[Message | BadLine]:
    """Give the messages of a dump, and each line that is none. Raises UsageError for a file that cannot be read."""
    if format_ == "parquet":
        yield from _parquet_messages(path, topic)
        return
    for line in file_lines(path, format_):
        try:
            check_length(line)
            yield _of_line(line, topic)
        except Rejected as wrong:
            yield BadLine(file=str(path), number=line.number, what="line", reason=str(wrong))


def batch_of_messages(messages: Iterable[Message]) -> pa.RecordBatch:
    """Make a batch of MESSAGE_SCHEMA."""
    listed = list(messages)
    columns = [pa.array([_cell(message, field.name) for message in listed], field.type) for field in MESSAGE_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=MESSAGE_SCHEMA)


def _cell(message: Message, name: str) -> Any:
    value = getattr(message, name)
    return list(value) if name == "headers" else value


def _of_line(line: Line, topic: str | None) -> Message:
    try:
        fields = msgspec.json.decode(line.text, type=dict[str, msgspec.Raw]) if line.text[:1] == b"{" else None
        if fields is None or not _is_envelope(fields):
            msgspec.json.decode(line.text)
            fields = {"value": msgspec.Raw(line.text)}
        read = {name: value if name in _VALUES else msgspec.json.decode(value) for name, value in fields.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(f"it is not JSON: {wrong}") from wrong
    return _message(read, topic, line.number, _NO_TIME_NS + line.number, line.text)


def _is_envelope(fields: Mapping[str, Any]) -> bool:
    return any(name in fields for name in _VALUES) and fields.keys() <= _ENVELOPE


def _parquet_messages(path: Path, topic: str | None) -> Iterator[Message | BadLine]:
    number = 0
    for batch in parquet_batches(path):
        for row in batch.to_pylist():
            number += 1
            fields = {name: value for name, value in row.items() if name in _ENVELOPE}
            try:
                yield _message(fields, topic, number, _NO_TIME_NS + number, repr(row).encode())
            except Rejected as wrong:
                yield BadLine(file=str(path), number=number, what="row", reason=str(wrong))


def _message(fields: Mapping[str, Any], topic: str | None, number: int, default_ns: int, text: bytes) -> Message:
    named = fields.get("topic") or topic
    if not isinstance(named, str):
        raise Rejected("the message does not say its topic: say it with --topic")
    values = [fields[name] for name in _VALUES if name in fields]
    if not values:
        raise Rejected("there is neither value nor payload")
    return Message(
        topic=named,
        partition=_whole(fields, "partition", 0, _MAX_INT32),
        offset=_whole(fields, "offset", _number_of(text), _MAX_INT64),
        at_ns=_at_ns(fields, default_ns),
        key=_bytes(fields.get("key"), "key"),
        value=_bytes(values[0], "value"),
        headers=_headers(fields.get("headers")),
        line=number,
    )


def _whole(fields: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Rejected(f"{name} must be a whole number from 0")
    return value


def _at_ns(fields: Mapping[str, Any], default_ns: int) -> int:
    name = next((name for name in _TIMES if fields.get(name) is not None), None)
    if name is None:
        return default_ns
    value = fields[name]
    at_ns = value if name == "at_ns" else time_ns(value)
    if not isinstance(at_ns, int) or not 0 <= at_ns <= _MAX_INT64:
        raise Rejected(f"{name} is no time: write RFC 3339, or a number since 1970")
    return at_ns


def time_ns(value: Any) -> int | None:
    """Read a time: RFC 3339, or seconds, ms, us or ns since 1970; None where it is none."""
    if isinstance(value, datetime):
        return to_ns(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, str):
        return _written_ns(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 63:
        return None
    for least, unit_ns in ((_NS_FROM, 1), (_US_FROM, 1_000), (_MS_FROM, 1_000_000)):
        if value >= least:
            return int(value * unit_ns)
    return int(value * NS_PER_S)


def _written_ns(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
        return to_ns(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _bytes(value: Any, what: str) -> bytes | None:
    """Take bytes as they are and text as UTF-8; raw JSON may be a text, `{"base64": ...}`, or is the value itself."""
    if isinstance(value, msgspec.Raw):
        text = bytes(value)
        if text[:1] == b'"' or text == b"null" or b'"base64"' in text[:20]:
            return _bytes(msgspec.json.decode(text), what)
        return text
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and value.keys() == {"base64"}:
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as wrong:
            raise Rejected(f"the base64 of {what} is none: {wrong}") from wrong
    return msgspec.json.encode(value)


def _headers(value: Any) -> tuple[tuple[str, bytes | None], ...]:
    """Read headers: an object, names and values by turns (kcat), pairs, or {"key", "value"} objects."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value else None
        except (msgspec.DecodeError, RecursionError) as wrong:
            raise Rejected(f"headers are a text that is not JSON: {wrong}") from wrong
    if not value:
        return ()
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list) and all(isinstance(one, str | None) for one in value):
        if len(value) % 2:
            raise Rejected("headers have a name without a value")
        pairs = list(zip(value[::2], value[1::2], strict=True))
    elif isinstance(value, list):
        pairs = [_pair(one) for one in value]
    else:
        raise Rejected("headers must be an object, or a list of names and values by turns")
    if any(not isinstance(name, str) for name, _ in pairs):
        raise Rejected("a header has no name")
    return tuple((name, _bytes(one, f"header {name}")) for name, one in pairs)


def _pair(one: Any) -> tuple[Any, Any]:
    if isinstance(one, dict) and one.keys() >= {"key", "value"}:
        return one["key"], one["value"]
    if isinstance(one, list | tuple) and len(one) == 2:  # noqa: PLR2004  a name and its value
        return one[0], one[1]
    raise Rejected('headers must be an object, names and values by turns, or {"key", "value"} objects')


def _number_of(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=_OFFSET_BYTES).digest(), "big")
