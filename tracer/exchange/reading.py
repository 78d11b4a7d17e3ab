"""Reads a line of a file of records, and says what is wrong with one that is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
import pyarrow as pa

from tracer.errors import Rejected
from tracer.exchange.columns import JSON_COLUMNS, NO_SPAN, NO_TRACE
from tracer.model.records import RECORD_SCHEMA
from tracer.model.words import Phase, RecordKind, SpanKind

DEFAULT_SOURCE: Final = "import"
MD5_MARK: Final = "md5:"

_Ns = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
_TraceId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
_SpanId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NONE: Final = msgspec.Raw(b"null")


class RecordLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A record as a line of NDJSON has it. Only `at_ns` and `name` must be there, and what tells it from others."""

    at_ns: _Ns
    name: str
    uid: str | None = None
    transaction_id: str | None = None
    saga: str | None = None
    step: str | None = None
    owner: str | None = None
    phase: Phase = "observed"
    kind: RecordKind = "event"
    until_ns: _Ns | None = None
    received_ns: _Ns | None = None
    attempt: Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)] | None = None
    message_id: str | None = None
    causation_id: str | None = None
    trace_id: _TraceId | None = None
    span_id: _SpanId | None = None
    parent_span_id: _SpanId | None = None
    links: msgspec.Raw = msgspec.field(default_factory=lambda: _NONE)
    status: str = "unset"
    error: str | None = None
    schema_ref: str | None = None
    source: str = DEFAULT_SOURCE
    position: str | None = None
    aliases: msgspec.Raw = msgspec.field(default_factory=lambda: _NONE)
    attributes: msgspec.Raw = msgspec.field(default_factory=lambda: _NONE)
    resource: msgspec.Raw = msgspec.field(default_factory=lambda: _NONE)
    step_by: str | None = None
    span_kind: SpanKind | None = None
    compensates: str | None = None
    outcome: str | None = None
    style: str | None = None
    seq: int | None = None  # `sql "FROM records"` has it; it says where a record stood, nothing of the record


_DECODER: Final = msgspec.json.Decoder(RecordLine)
_SHAPES: Final = {
    "links": (list, "an array"),
    **dict.fromkeys(("aliases", "attributes", "resource"), (dict, "an object")),
}


def line_of(text: bytes) -> RecordLine:
    """Read one line. Raises Rejected, whose text is the reason why it is no record."""
    try:
        line = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(_reason(wrong)) from wrong
    if line.uid is None and (line.trace_id is None or line.span_id is None):
        raise Rejected("uid is missing: what tells this record from others? Spans have trace_id and span_id")
    for name in JSON_COLUMNS:
        raw = getattr(line, name)
        if raw is not _NONE:
            _check_json(name, raw)
    return line


def batch_of(lines: Sequence[RecordLine], *, received_ns: int) -> pa.RecordBatch:
    """Make a batch of RECORD_SCHEMA; `received_ns` is for lines that do not say it."""
    columns = [_column(field, lines, received_ns) for field in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RECORD_SCHEMA)


def _column(field: pa.Field, lines: Sequence[RecordLine], received_ns: int) -> pa.Array:
    name = field.name
    if name == "trace_id":
        ids = [bytes.fromhex(line.trace_id or NO_TRACE) for line in lines]
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16)))
    values: list[Any]
    if name in {"span_id", "parent_span_id"}:
        values = [int(getattr(line, name) or NO_SPAN, 16) for line in lines]
    elif name == "uid":
        values = [_uid(line) for line in lines]
    elif name in JSON_COLUMNS:
        otherwise = None if field.nullable else "{}"
        values = [_text(getattr(line, name), otherwise) for line in lines]
    elif name == "received_ns":
        values = [received_ns if line.received_ns is None else line.received_ns for line in lines]
    else:
        values = [getattr(line, name) for line in lines]
    return pa.array(values, field.type)


def _text(raw: msgspec.Raw, otherwise: str | None) -> str | None:
    if raw is _NONE:
        return otherwise
    text = bytes(raw)
    return otherwise if text == b"null" else text.decode()


def _check_json(name: str, raw: msgspec.Raw) -> None:
    if bytes(raw) == b"null":
        return
    shape, words = _SHAPES[name]
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(f"{name} is not JSON that can be kept: {_reason(wrong)}") from wrong
    if not isinstance(value, shape):
        raise Rejected(f"{name} must be {words}")


def _uid(line: RecordLine) -> str | None:
    """Take the identity as the store has it; any other text is an identity of the file's own."""
    if line.uid is None or line.uid == f"{line.trace_id or NO_TRACE}-{line.span_id or NO_SPAN}":
        return None
    return MD5_MARK + line.uid.replace("-", "") if _UUID.fullmatch(line.uid) else line.uid


def _reason(wrong: Exception) -> str:
    if isinstance(wrong, RecursionError):
        return "it is nested too deeply"
    if isinstance(wrong, UnicodeDecodeError):
        return "it is not UTF-8"
    text = str(wrong)
    if any(f"unknown field `{name}`" in text for name in ("topic", "payload", "value")):
        return f"{text}; is it a dump of a topic? Then say --topic or --collector"
    return text
