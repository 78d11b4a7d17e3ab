"""Trace and span ids of items, with what is wrong about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from collectors.otlp import keys
from collectors.otlp.columns import Bools, child, fixed_bytes, hex_text, span_ids, trace_ids
from collectors.otlp.members import Member, text_where

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """The ids of each item; an id of a wrong length reads as none and is kept in `members` as hex."""

    trace_id: pa.Array
    span_id: pa.Array
    identified: Bools
    members: tuple[Member, ...]


def read_ids(items: pa.StructArray) -> Ids:
    """Read `trace_id` and `span_id`."""
    traces, bad_traces = fixed_bytes(child(items, "trace_id"), TRACE_ID_BYTES)
    spans, bad_spans = fixed_bytes(child(items, "span_id"), SPAN_ID_BYTES)
    return Ids(
        trace_id=trace_ids(traces),
        span_id=span_ids(spans),
        identified=np.logical_and(traces.any(axis=1), spans.any(axis=1)),
        members=(
            text_where(keys.TRACE_ID, hex_text(child(items, "trace_id")), bad_traces) if bad_traces.any() else None,
            text_where(keys.SPAN_ID, hex_text(child(items, "span_id")), bad_spans) if bad_spans.any() else None,
        ),
    )


def read_parents(items: pa.StructArray) -> tuple[pa.Array, Member]:
    """Read `parent_span_id`, and the member for those of a wrong length."""
    parents, bad = fixed_bytes(child(items, "parent_span_id"), SPAN_ID_BYTES)
    member = text_where(keys.PARENT_SPAN_ID, hex_text(child(items, "parent_span_id")), bad) if bad.any() else None
    return span_ids(parents), member
