"""Exceptions in attributes, as one line of text."""

from __future__ import annotations

import pyarrow as pa

from collectors.otlp import keys
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import join_present, present_or_null


def exception_text(attributes: Attributes, count: int) -> pa.Array:
    """Give `exception.type: exception.message`, or the one of them that is there; else null."""
    parts = [attributes.text(keys.EXCEPTION_TYPE), attributes.text(keys.EXCEPTION_MESSAGE)]
    some = [part for part in parts if part is not None]
    if not some:
        return pa.nulls(count, pa.string())
    text = join_present(some, ": ")
    return present_or_null(text)
