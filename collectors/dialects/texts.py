"""Bytes to text, where bytes may be anything."""

from __future__ import annotations

import pyarrow as pa


def utf8(column: pa.Array) -> pa.Array:
    """Read bytes (binary) as text (string), null where they are not UTF-8."""
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array(list(map(_read, column.to_pylist())), pa.string())  # a batch that holds bytes of another kind


def _read(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
