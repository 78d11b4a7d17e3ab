"""The Confluent wire format, in columns: which values are in it, and the ids of their schemas.

A zero byte, the schema's id (4 bytes, big-endian), and the payload; for Protobuf the payload begins with
the path of the message in its file, as indexes (varints in zigzag: their number, then each; a single zero
stands for the first message).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from collectors.dialects.confluent.errors import BadValue
from collectors.dialects.confluent.limits import MAX_INDEXES

HEADER_BYTES: Final = 5
_MAGIC: Final = b"\x00"
_VARINT_BITS: Final = 35  # what a 32-bit number may take, in sevens


def framed(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which values (binary) begin as the format does; what is shorter than its header does, too."""
    first = pc.fill_null(pc.equal(pc.binary_slice(values, 0, 1), _MAGIC), fill_value=False)
    mask: npt.NDArray[np.bool_] = first.to_numpy(zero_copy_only=False)
    return mask


def schema_ids(values: pa.Array) -> npt.NDArray[np.int64]:
    """Give the id that each framed value (binary) names, -1 where it is cut before that."""
    long_enough = pc.greater_equal(pc.binary_length(values), HEADER_BYTES)
    heads = pc.if_else(long_enough, pc.binary_slice(values, 1, HEADER_BYTES), b"\xff\xff\xff\xff")
    joined = b"".join(heads.to_pylist())
    ids = np.frombuffer(joined, dtype=">u4").astype(np.int64)
    ids[~long_enough.to_numpy(zero_copy_only=False)] = -1
    return ids


def message_indexes(value: bytes) -> tuple[tuple[int, ...], int]:
    """Read the path of a Protobuf message in its file; give it, and where the message begins. Raises BadValue."""
    count, at = _varint(value, HEADER_BYTES)
    if count == 0:
        return (0,), at
    if not 0 < count <= MAX_INDEXES:
        raise BadValue(f"it names {count} message indexes; the limit is {MAX_INDEXES}")
    indexes = []
    for _ in range(count):
        index, at = _varint(value, at)
        indexes.append(index)
    return tuple(indexes), at


def _varint(value: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, _VARINT_BITS, 7):
        if at >= len(value):
            raise BadValue("it ends within its message indexes")
        number |= (value[at] & 0x7F) << shift
        at += 1
        if value[at - 1] < 0x80:  # noqa: PLR2004 - the varint's own bit: more follow
            return (number >> 1) ^ -(number & 1), at
    raise BadValue("a message index is longer than any number may be")
