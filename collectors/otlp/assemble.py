"""From columns to a batch of records, and the identity of a record that no id tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp.columns import Bools, Ints, join, literal, numbers, words
from tracer.model.records import RECORD_SCHEMA

INT64_MAX: Final = np.iinfo(np.int64).max
STATUSES: Final = ("unset", "ok", "error")
# The uid of a record known by its content is made of these, between unit separators; its ids and its
# time belong to the identity anyway, and the time of arrival must not.
_CONTENT: Final = tuple(
    name
    for name in RECORD_SCHEMA.names
    if name not in {"uid", "at_ns", "received_ns", "trace_id", "span_id", "source", "position"}
)
_SEPARATOR: Final = "\x1f"

Columns = Mapping[str, Any]


def assemble(columns: Columns, count: int) -> pa.RecordBatch:
    """Build the batch; a column that is not named is null in every row."""
    arrays = [_as(columns.get(field.name), field.type, count) for field in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)


def content(columns: Columns, rows: Ints, *, prefix: str = "") -> pa.Array:
    """Give the whole content of some rows as one text each, so that a record sent again is known."""
    at = pa.array(rows)
    parts = [_text(columns[name].take(at)) for name in _CONTENT if name in columns]
    return join((prefix, *parts), _SEPARATOR)


def int_time(column: pa.Array) -> tuple[Ints, Bools]:
    """Read unsigned nanoseconds as signed ones; those beyond are held at the end, and told."""
    unsigned = numbers(column)
    beyond = unsigned > INT64_MAX
    return np.minimum(unsigned, np.uint64(INT64_MAX)).astype(np.int64), beyond


def status_words(codes: Ints) -> pa.Array:
    """Name the status codes of OTLP; one that it does not have is unset."""
    return words(np.where((codes >= 0) & (codes < len(STATUSES)), codes, 0), STATUSES)


def _as(column: Any, kind: pa.DataType, count: int) -> pa.Array:
    if column is None:
        return pa.nulls(count, kind)
    return column if column.type == kind else pc.cast(column, kind)


def _text(column: pa.Array) -> pa.Array:
    text = column if column.type == pa.string() else pc.cast(column, pa.string())
    return pc.coalesce(text, literal(""))
