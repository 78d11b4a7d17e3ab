"""Reads W3C traceparents, by column: `version-trace id-parent id-flags`, in lower-case hex."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_Bytes = npt.NDArray[np.uint8]
_Bools = npt.NDArray[np.bool_]

_LENGTH: Final = 55  # of version 00; a later one may go on after a dash
_DASH: Final = ord("-")
_DASHES: Final = [2, 35, 52]
_HEX: Final = [place for place in range(_LENGTH) if place not in _DASHES]
_NO_DIGIT: Final = 255
_NO_VERSION: Final = 255
_DIGITS: Final = np.full(256, _NO_DIGIT, np.uint8)
_DIGITS[list(b"0123456789abcdef")] = np.arange(16)
_TRACE_FROM, _PARENT_FROM, _FLAGS_FROM = 1, 17, 25  # bytes, without the dashes


def read_traceparents(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Give the trace id (uuid) and the id of the span that sent each message (uint64).

    Both are zero where there is no text (string) or it is not valid: not of that shape, of version ff, or with an
    id that is zero.
    """
    traces, parents = np.zeros((len(texts), 16), np.uint8), np.zeros(len(texts), np.uint64)
    data = texts.cast(pa.binary())
    long = pc.fill_null(pc.greater_equal(pc.binary_length(data), _LENGTH), fill_value=False)
    rows = np.flatnonzero(long.to_numpy(zero_copy_only=False))
    if len(rows):
        some = data.take(pa.array(rows))
        fixed = pc.binary_slice(some, 0, _LENGTH).cast(pa.binary(_LENGTH))
        cut = np.frombuffer(fixed.buffers()[1], np.uint8)[: len(rows) * _LENGTH].reshape(-1, _LENGTH)
        lengths = pc.binary_length(some).to_numpy()
        more = pc.equal(pc.binary_slice(some, _LENGTH, _LENGTH + 1), b"-").to_numpy(zero_copy_only=False)
        valid, ids = _ids(cut, lengths == _LENGTH, more)
        traces[rows[valid]] = ids[valid, _TRACE_FROM:_PARENT_FROM]
        parents[rows[valid]] = np.ascontiguousarray(ids[valid, _PARENT_FROM:_FLAGS_FROM]).view(">u8").ravel()
    storage = pa.Array.from_buffers(pa.binary(16), len(texts), [None, pa.py_buffer(traces)])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage), pa.array(parents)


def _ids(cut: _Bytes, exact: _Bools, more: _Bools) -> tuple[_Bools, _Bytes]:
    """Give which texts are valid, and their bytes."""
    digits = _DIGITS[cut[:, _HEX]]
    ids: _Bytes = ((digits[:, 0::2] << 4) | (digits[:, 1::2] & 15)).astype(np.uint8)
    version = ids[:, 0]
    valid = (digits != _NO_DIGIT).all(axis=1) & (cut[:, _DASHES] == _DASH).all(axis=1)
    valid &= (version != _NO_VERSION) & (exact | (more & (version != 0)))
    valid &= ids[:, _TRACE_FROM:_PARENT_FROM].any(axis=1) & ids[:, _PARENT_FROM:_FLAGS_FROM].any(axis=1)
    return valid, ids
