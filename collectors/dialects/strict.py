"""Finds values that the SQL engine takes for JSON and that other readers of JSON would stumble over.

The engine lets NaN, Infinity and a comma before a closing bracket pass, knows no bound on depth, and keeps
the digits of a number however many there are. What a record holds is read by browsers, scripts and Python,
so such a value is refused. Only values that look suspicious are read one by one.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MAX_DEPTH: Final = 200
MAX_DIGITS: Final = 1000

_GAP: Final = r"(?:\s|\\[nrt])*"
# NaN or Infinity where a value stands; a comma before a closing bracket; an escape in JSON within JSON.
_SUSPICIOUS: Final = (
    rf'(?:[:,\[]|^){_GAP}-?(?i:nan|inf)|,{_GAP}[\]}}]|^\s*(?:"[\[{{]|\{{(?s:.*)"payload":\s*"[\[{{])(?s:.*)\\u'
)
_COMMA, _SPACE = b", "
_ESCAPE, _U = b"\\u"
_N, _A, _I = b"nai"
_OPENING, _CLOSING = b"{}"
_BRACE_BIT: Final = 0x20  # makes a brace of a square bracket
_LOWER_BIT: Final = 0x20
_VALUE_AFTER: Final = np.isin(np.arange(256), list(b':,[- \t\r\n"ntr'))  # also what an escape ends with
_LOOK_AT_FIRST: Final = np.isin(np.arange(256), list(b'"nNiI- \t\r\n'))
_PIECE: Final = 2**17
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]|[0-9]{%d,}' % (MAX_DIGITS + 1), re.DOTALL)


def faults(values: pa.Array) -> pa.Array:
    """Say of each text (string) that looks suspicious why it would not be read as JSON elsewhere; else null."""
    suspects = np.flatnonzero(_looks(values))
    found = np.full(len(values), None, object)
    for row in suspects:
        found[row] = fault(values[row].as_py().encode())
    return pa.array(found, pa.string())


def fault(value: bytes) -> str | None:
    """Say why one value would not be read as JSON elsewhere; None where it would."""
    if problem := _too_much(value):
        return problem
    try:
        inner = msgspec.json.decode(value)
        if isinstance(inner, dict):
            inner = inner.get("payload")  # which a dialect may open, too
        if isinstance(inner, str) and inner.lstrip()[:1] in {"{", "["}:
            if problem := _too_much(inner.encode()):
                return problem
            msgspec.json.decode(inner)
    except (msgspec.DecodeError, UnicodeEncodeError) as wrong:
        return f"value is not JSON: {wrong}"
    return None


def _looks(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which texts look suspicious: first by their bytes, and of those by a pattern."""
    looks = np.zeros(len(values), np.bool_)
    if values.null_count == len(values):
        return looks
    offsets, data = _bytes_of(values)
    spots, openings = _scan(data)
    lengths = np.diff(offsets)
    some = np.flatnonzero(lengths)
    first = some[_LOOK_AT_FIRST[data[offsets[some]]]]
    rows = np.union1d(np.searchsorted(offsets, spots, side="right") - 1, first)
    looks[rows] = _matches(values, rows, _SUSPICIOUS)
    long = np.flatnonzero(lengths > MAX_DIGITS)
    looks[long] |= _matches(values, long, f"[0-9]{{{MAX_DIGITS}}}")
    return looks | (np.diff(np.searchsorted(openings, offsets)) > MAX_DEPTH)


def _matches(values: pa.Array, rows: npt.NDArray[Any], pattern: str) -> npt.NDArray[np.bool_]:
    matched = pc.match_substring_regex(values.take(pa.array(rows, pa.int64())), pattern)
    found: npt.NDArray[np.bool_] = pc.fill_null(matched, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _scan(data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find suspicious spots, and opening brackets, in order; a piece at a time, which stays in the cache."""
    spots, openings = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start in range(0, len(data), _PIECE):
        before = max(start - 1, 0)
        piece = data[before : start + _PIECE + 1]
        spots.append(_spots(piece) + before)
        openings.append(
            np.flatnonzero((piece[start - before : _PIECE + start - before] | _BRACE_BIT) == _OPENING) + start
        )
    return np.concatenate(spots), np.concatenate(openings)


def _spots(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Find a closing bracket after a comma or a space, NaN or Inf where a value may stand, and escapes."""
    after = (data[:-1] == _COMMA) | (data[:-1] <= _SPACE)
    closes = np.flatnonzero(((data[1:] | _BRACE_BIT) == _CLOSING) & after) + 1
    lower = data | _LOWER_BIT
    words = np.flatnonzero(((lower[:-1] == _N) & (lower[1:] == _A)) | ((lower[:-1] == _I) & (lower[1:] == _N)))
    escapes = np.flatnonzero((data[:-1] == _ESCAPE) & (data[1:] == _U))
    return np.concatenate([closes, escapes, words[(words == 0) | _VALUE_AFTER[data[np.maximum(words - 1, 0)]]]])


def _bytes_of(values: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Give the bytes of all texts in a row, and where each begins; the last offset is the end."""
    _, offsets, data = values.buffers()
    places = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    whole = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return places - places[0], whole[places[0] : places[-1]]


def _too_much(value: bytes) -> str | None:
    """Look for nesting and numbers beyond what is safe to read, in one pass over the tokens that matter."""
    depth = 0
    for token in _TOKENS.finditer(value):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > MAX_DEPTH:
            return f"value nests deeper than {MAX_DEPTH} levels"
        if first.isdigit():
            return f"value has a number of more than {MAX_DIGITS} digits"
    return None
