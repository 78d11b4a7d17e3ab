"""Members of JSON objects for fields of OTLP that are no column and no attribute.

Each function gives one text a row, `"key":value`, null where the field has its default; or None when
every row has the default, so that the usual case costs one comparison.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp.columns import (
    Bools,
    join,
    join_present,
    literal,
    numbers,
    present_or_null,
    string_bytes,
    valid,
    where,
)
from collectors.otlp.values import quoted, text_json

# A column or a scalar of text, or None; pyarrow has no types.
Member: TypeAlias = Any


def number_member(key: str, column: pa.Array) -> Member:
    """Keep a number that is not 0."""
    values = numbers(column)
    if not values.any():
        return None
    if (values == values[0]).all():
        return literal(f"{text_json(key)}:{values[0]}")
    return number_where(key, values, values != 0)


def number_where(key: str, values: npt.NDArray[Any], rows: Bools) -> Member:
    """Keep a number in the rows where it says something."""
    if not rows.any():
        return None
    texts = join((text_json(key) + ":", pc.cast(pa.array(values), pa.string())))
    return where(rows, texts)


def text_member(key: str, texts: pa.Array) -> Member:
    """Keep a text that is not empty."""
    offsets, _ = string_bytes(texts)
    if offsets[-1] == offsets[0]:
        return None
    return where(np.diff(offsets) > 0, join((text_json(key) + ":", quoted(texts))))


def text_where(key: str, texts: pa.Array, rows: Bools) -> Member:
    """Keep a text in the rows where it says something."""
    if not rows.any():
        return None
    return where(rows, join((text_json(key) + ":", quoted(texts))))


def json_member(key: str, texts: pa.Array | None) -> Member:
    """Keep JSON that is not null."""
    if texts is None or not valid(texts).any():
        return None
    return join((text_json(key) + ":", texts))


def present(members: Iterable[Member]) -> list[Any]:
    """Leave out the members that no row has."""
    return [member for member in members if member is not None]


def together(members: Iterable[Member], count: int) -> pa.Array:
    """Join the members of each row with commas; null where it has none."""
    some = present(members)
    if not some:
        return pa.nulls(count, pa.string())
    joined = join_present([pa.nulls(count, pa.string()), *some], ",")
    return present_or_null(joined)
