"""Kernels over Arrow columns that the decoding of OTLP needs and pyarrow has not: lists, ids, spreading.

Nothing here loops over records. Positions are numpy int64 arrays; -1 means "none".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tracer.errors import TooLarge

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What copying shared text (a resource, an inherited id) onto records may come to. One resource of 1 MiB
# over 100,000 spans of a few bytes would be 100 GB.
MAX_SPREAD_BYTES: Final = 256 * 2**20
_HEX: Final = np.frombuffer(bytes(range(256)).hex().encode(), np.uint8).reshape(256, 2)


NO_TEXT: Final = pa.scalar(None, pa.string())
EMPTY: Final = pa.scalar("", pa.string())


def literal(text: str) -> pa.Scalar:
    """Give a text as a scalar of its type: pyarrow takes fifty times as long to find the type out."""
    return pa.scalar(text, pa.string())


def flatten(lists: pa.Array) -> tuple[pa.Array, Ints]:
    """Give the values of all lists in one array, and for each the row of the list that it is from."""
    return pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()


def child(struct: pa.StructArray, *names: str) -> pa.Array:
    """Give a nested field; a struct that is null has nulls below it."""
    for name in names:
        struct = pc.struct_field(struct, name) if struct.null_count else struct.field(name)
    return struct


def numbers(array: pa.Array) -> npt.NDArray[Any]:
    """Give a column of numbers to numpy; null is 0."""
    whole = pc.fill_null(array, 0) if array.null_count else array
    values: npt.NDArray[Any] = whole.to_numpy(zero_copy_only=False)
    return values


def bools(array: pa.Array) -> Bools:
    """Give a column of booleans to numpy; null is false."""
    whole = pc.fill_null(array, fill_value=False) if array.null_count else array
    values: Bools = whole.to_numpy(zero_copy_only=False)
    return values


def valid(array: pa.Array) -> Bools:
    """Tell for each row whether it is not null."""
    if not array.null_count:
        return np.ones(len(array), np.bool_)
    values: Bools = array.is_valid().to_numpy(zero_copy_only=False)
    return values


def take(array: pa.Array, positions: Ints) -> pa.Array:
    """Take rows by position; -1 gives null."""
    return array.take(pa.array(positions, mask=positions < 0))


def spread(texts: pa.Array, positions: Ints) -> pa.Array:
    """Copy shared texts onto records. Raises TooLarge when the copies come to more than a limit."""
    if texts.null_count == len(texts):
        return pa.nulls(len(positions), texts.type)
    lengths = np.append(numbers(pc.binary_length(texts)), 0)
    if int(lengths[positions].sum()) > MAX_SPREAD_BYTES:
        raise TooLarge(f"text shared by many records comes to more than {MAX_SPREAD_BYTES} bytes: send less at once")
    return take(texts, positions)


def first_by_record(positions: Ints, records: Ints, count: int) -> Ints:
    """For each of `count` records give its first position, where `positions` ascend within a record."""
    found = np.full(count, -1, np.int64)
    found[records[::-1]] = positions[::-1]
    return found


def words(codes: npt.NDArray[Any], vocabulary: Sequence[str | None]) -> pa.Array:
    """Turn codes into the words that they stand for."""
    return pa.array(vocabulary, pa.string()).take(pa.array(codes))


def same(text: str, count: int) -> pa.Array:
    """Give a column that says the same text in every row."""
    return pa.repeat(pa.scalar(text, pa.string()), count)


def join(parts: Sequence[Any], separator: str = "") -> pa.Array:
    """Join texts (columns and plain `str`) row by row; a row with a null in it is null."""
    return pc.binary_join_element_wise(*_typed(parts), literal(separator))


def join_present(parts: Sequence[Any], separator: str) -> pa.Array:
    """Join the texts of a row that are not null; a row of nulls becomes empty.

    The first part is a column.
    """
    first, *others = _typed(parts)
    some = first.is_valid()
    for other in others:
        some = pc.or_(some, other.is_valid() if isinstance(other, pa.Array) else pa.scalar(other.is_valid, pa.bool_()))
    first = pc.if_else(some, first, EMPTY)  # pyarrow (seen in 26.0) leaves out a row in which every part is null
    return pc.binary_join_element_wise(first, *others, literal(separator), null_handling="skip")


def fixed_bytes(column: pa.Array, width: int) -> tuple[npt.NDArray[np.uint8], Bools]:
    """Give ids as a matrix of bytes, zero where one has another width, and which rows those are.

    An empty id is none, and not of a wrong width.
    """
    count = len(column)
    offsets, data = _binary(column)
    lengths = np.diff(offsets)
    fits = lengths == width
    if bool(fits.all()):
        return data[offsets[0] : offsets[-1]].reshape(count, width), ~fits
    ids = np.zeros((count, width), np.uint8)
    ids[fits] = data[offsets[:-1][fits][:, None] + np.arange(width)]
    return ids, ~fits & (lengths > 0)


def span_ids(matrix: npt.NDArray[np.uint8]) -> pa.Array:
    """Read ids of eight bytes as the unsigned numbers of the record."""
    return pa.array(np.ascontiguousarray(matrix).view(">u8").ravel().astype(np.uint64))


def trace_ids(matrix: npt.NDArray[np.uint8]) -> pa.Array:
    """Read ids of sixteen bytes as the UUID of the record."""
    data = pa.py_buffer(np.ascontiguousarray(matrix))
    storage = pa.Array.from_buffers(pa.binary(16), len(matrix), [None, data])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def hex_text(column: pa.Array) -> pa.Array:
    """Write bytes of any length as lower-case hex."""
    offsets, data = _binary(column)
    digits = _HEX[data[offsets[0] : offsets[-1]]].tobytes()
    ends = ((offsets - offsets[0]) * 2).astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(column), [None, pa.py_buffer(ends), pa.py_buffer(digits)])


def row_texts(joined: pa.Array, counts: Ints) -> pa.ListArray:
    """Cut one array of texts into lists of the given lengths."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), joined)


def string_bytes(column: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Give the offsets of texts and the bytes that they cut."""
    return _binary(column)


def equals(texts: pa.Array, word: str) -> pa.Array:
    """Tell which texts are the word."""
    return pc.equal(texts, literal(word))


def choose(condition: Any, yes: Any, no: Any) -> pa.Array:
    """Take from columns or plain `str`, row by row."""
    return pc.if_else(_mask(condition), *_typed((yes, no)))


def where(condition: Any, texts: Any) -> pa.Array:
    """Keep texts where the condition holds; null elsewhere."""
    return choose(condition, texts, NO_TEXT)


def present_or_null(texts: pa.Array) -> pa.Array:
    """Read an empty text as null."""
    return pc.if_else(equals(texts, ""), NO_TEXT, texts)


def _mask(condition: Any) -> pa.Array:
    return pa.array(condition) if isinstance(condition, np.ndarray) else condition


def _typed(parts: Sequence[Any]) -> list[Any]:
    return [literal(part) if isinstance(part, str) else part for part in parts]


def _binary(column: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8]]:
    count = len(column)
    if count == 0:
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + count + 1].astype(np.int64)
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    return offsets, data
