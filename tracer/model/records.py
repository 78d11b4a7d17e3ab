"""The Arrow schema of a record, and the helper that builds a batch row by row for low-volume sources.

A record is a span or an event. A collector on a hot path builds the columns at once; a source with
few messages calls `rows_to_batch`. An all-zero trace or span id means "none", as W3C Trace Context
says it (an all-zero id is invalid), so those columns are never null and join fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

RECORD_SCHEMA: Final = pa.schema(
    [
        # Identity within (trace_id, span_id, at_ns). Null where the trace and span ids say it all (a
        # finished span). A source without such ids gives its own: "topic/3/18822", "e0" for the
        # first event of a span, or the whole content of a log record. The store keeps its MD5; "md5:" and 32 hex digits
        # are that MD5 itself, of a record that was exported.
        pa.field("uid", pa.string()),
        pa.field("transaction_id", pa.string()),  # only where the record itself carries it
        pa.field("saga", pa.string()),
        pa.field("step", pa.string()),
        # "attribute" where the record says the step, "name" where the span's name stands in for it.
        pa.field("step_by", pa.string()),
        pa.field("owner", pa.string()),
        pa.field("phase", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("span_kind", pa.string()),
        pa.field("name", pa.string(), nullable=False),
        pa.field("at_ns", pa.int64(), nullable=False),
        pa.field("until_ns", pa.int64()),  # null: an event, or a span that has not ended
        pa.field("received_ns", pa.int64(), nullable=False),
        pa.field("attempt", pa.int32()),  # 1-based; null where unknown
        pa.field("message_id", pa.string()),
        pa.field("causation_id", pa.string()),
        pa.field("trace_id", pa.uuid(), nullable=False),  # zero: none
        pa.field("span_id", pa.uint64(), nullable=False),  # zero: none
        pa.field("parent_span_id", pa.uint64(), nullable=False),  # zero: none
        pa.field("links", pa.string()),  # JSON array of {trace_id, span_id, ...}, ids in hex
        pa.field("status", pa.string(), nullable=False),  # unset, ok, error
        pa.field("error", pa.string()),
        pa.field("schema_ref", pa.string()),
        pa.field("compensates", pa.string()),  # the step that this record's step undoes
        pa.field("outcome", pa.string()),  # how the transaction ended, on the record that ends it
        pa.field("style", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("position", pa.string()),
        pa.field("aliases", pa.string()),  # JSON object {kind: other business id}
        pa.field("attributes", pa.string(), nullable=False),  # JSON object, typed, lossless
        pa.field("resource", pa.string()),  # JSON object: the resource's and the scope's attributes
    ]
)

_DEFAULTS: Final[Mapping[str, Any]] = {
    "phase": "observed",
    "kind": "event",
    "name": "",
    "trace_id": bytes(16),
    "span_id": 0,
    "parent_span_id": 0,
    "status": "unset",
    "attributes": "{}",
}


def rows_to_batch(rows: Iterable[Mapping[str, Any]]) -> pa.RecordBatch:
    """Build a batch from rows that name only the columns they know.

    `trace_id` is 16 bytes, `span_id` and `parent_span_id` unsigned integers, JSON columns are text.
    Raises KeyError for a column that the schema does not have, and what pyarrow raises for a value of
    the wrong type.
    """
    listed = list(rows)
    for row in listed:
        if unknown := row.keys() - set(RECORD_SCHEMA.names):
            raise KeyError(f"not columns of a record: {', '.join(sorted(unknown))}")
    columns = [_column(field, [_value(row, field.name) for row in listed]) for field in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RECORD_SCHEMA)


def _value(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    return _DEFAULTS.get(name) if value is None else value


def _column(field: pa.Field, values: list[Any]) -> pa.Array:
    if field.type == pa.uuid():
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(values, pa.binary(16)))
    return pa.array(values, field.type)
