"""Span links as JSON: one array of `{trace_id, span_id, ...}` a span, ids in hex."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import child, flatten, hex_text, join, join_present, literal, row_texts, where
from collectors.otlp.members import json_member, number_member, present, text_member


def links_json(lists: pa.Array) -> pa.Array | None:
    """Write each span's links, null where it has none; None when no span has any."""
    links, span_of = flatten(lists)
    if not len(links):
        return None
    counts = np.bincount(span_of, minlength=len(lists))
    arrays = join(("[", pc.binary_join(row_texts(_objects(links), counts), literal(",")), "]"))
    return where(counts > 0, arrays)


def _objects(links: pa.StructArray) -> pa.Array:
    ids = join(
        ('"trace_id":"', hex_text(child(links, "trace_id")), '","span_id":"', hex_text(child(links, "span_id")), '"')
    )
    more = present(
        (
            text_member("trace_state", child(links, "trace_state")),
            json_member("attributes", join(("{", Attributes(child(links, "attributes")).members(), "}"))),
            number_member("dropped_attributes_count", child(links, "dropped_attributes_count")),
            number_member("flags", child(links, "flags")),
        )
    )
    return join(("{", join_present([ids, *more], ","), "}"))
