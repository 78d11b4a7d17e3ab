"""The columns of a file of records, and a batch of records written in them."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Final

import pyarrow as pa

from tracer.model.records import RECORD_SCHEMA

JSON_COLUMNS: Final = ("links", "aliases", "attributes", "resource")
_NUMBERS: Final = {"at_ns": pa.int64(), "until_ns": pa.int64(), "received_ns": pa.int64(), "attempt": pa.int32()}

# The columns of the table `records`, in its order, less seq: that is where a record stands in one store.
COLUMNS: Final = (
    "uid", "transaction_id", "saga", "step", "owner", "phase", "kind", "name", "at_ns", "until_ns", "received_ns",
    "attempt", "message_id", "causation_id", "trace_id", "span_id", "parent_span_id", "links", "status", "error",
    "schema_ref", "source", "position", "aliases", "attributes", "resource", "step_by", "span_kind", "compensates",
    "outcome", "style",
)  # fmt: skip
FILE_SCHEMA: Final = pa.schema([pa.field(name, _NUMBERS.get(name, pa.string())) for name in COLUMNS])

NO_TRACE: Final = "0" * 32
NO_SPAN: Final = "0" * 16


def as_file(batch: pa.RecordBatch) -> pa.Table:
    """Write a batch of RECORD_SCHEMA as FILE_SCHEMA, with the identity that the store would give each record."""
    columns: dict[str, list[Any]] = {name: batch.column(name).to_pylist() for name in RECORD_SCHEMA.names}
    columns["trace_id"] = [None if value.int == 0 else value.hex for value in columns["trace_id"]]
    for name in ("span_id", "parent_span_id"):
        columns[name] = [f"{value:016x}" if value else None for value in columns[name]]
    identities = zip(columns["uid"], columns["trace_id"], columns["span_id"], strict=True)
    columns["uid"] = [identity(uid, trace, span) for uid, trace, span in identities]
    return pa.table([pa.array(columns[field.name], field.type) for field in FILE_SCHEMA], schema=FILE_SCHEMA)


def identity(uid: str | None, trace_id: str | None, span_id: str | None) -> str:
    """Give the `uid` that the table `records` shows: the MD5 as a UUID, else the trace and span id."""
    if uid is None:
        return f"{trace_id or NO_TRACE}-{span_id or NO_SPAN}"
    return str(uuid.UUID(bytes=hashlib.md5(uid.encode(), usedforsecurity=False).digest()))
