"""Reads a line of a file of records, and says what is wrong with one that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
import pyarrow as pa

from tracer.errors import Rejected
from tracer.exchange.columns import JSON_COLUMNS, NO_SPAN, NO_TRACE
from tracer.model.records import rows_to_batch
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
_PLAIN: Final = tuple(
    name
    for name in RecordLine.__struct_fields__
    if name not in {"seq", "uid", "trace_id", "span_id", "parent_span_id", *JSON_COLUMNS}
)


def row_of(line: bytes, *, received_ns: int) -> dict[str, Any]:
    """Read one line as a row for `rows_to_batch`; `received_ns` is for a line that does not say it.

    Raises Rejected, whose text is the reason.
    """
    try:
        read = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(_reason(wrong)) from wrong
    row = {name: getattr(read, name) for name in _PLAIN}
    row["uid"] = _uid(read)
    row["trace_id"] = bytes.fromhex(read.trace_id or NO_TRACE)
    row["span_id"] = int(read.span_id or NO_SPAN, 16)
    row["parent_span_id"] = int(read.parent_span_id or NO_SPAN, 16)
    for name in JSON_COLUMNS:
        row[name] = _json(name, getattr(read, name))
    if read.received_ns is None:
        row["received_ns"] = received_ns
    return row


def batch_of(rows: Iterable[Mapping[str, Any]]) -> pa.RecordBatch:
    """Make a batch of RECORD_SCHEMA of rows that `row_of` read."""
    return rows_to_batch(rows)


def _uid(read: RecordLine) -> str | None:
    """Take the identity as the store has it; any other text is an identity of the file's own."""
    if read.uid is None:
        if read.trace_id is None or read.span_id is None:
            raise Rejected("uid is missing: what tells this record from others? Spans have trace_id and span_id")
        return None
    if read.uid == f"{read.trace_id or NO_TRACE}-{read.span_id or NO_SPAN}":
        return None
    return MD5_MARK + read.uid.replace("-", "") if _UUID.fullmatch(read.uid) else read.uid


def _json(name: str, raw: msgspec.Raw) -> str | None:
    text = bytes(raw)
    if text == b"null":
        return None
    shape, words = _SHAPES[name]
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(f"{name} is not JSON that can be kept: {_reason(wrong)}") from wrong
    if not isinstance(value, shape):
        raise Rejected(f"{name} must be {words}")
    return text.decode()


def _reason(wrong: Exception) -> str:
    if isinstance(wrong, RecursionError):
        return "it is nested too deeply"
    if isinstance(wrong, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(wrong)
