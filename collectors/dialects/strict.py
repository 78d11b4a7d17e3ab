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
_SUSPICIOUS: Final = rf'(?:[:,\[]|^){_GAP}-?(?i:nan|inf)|,{_GAP}[\]}}]|^\s*"[\[{{](?s:.*)\\u'
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
        if isinstance(inner, str) and inner.lstrip()[:1] in {"{", "["}:
            if problem := _too_much(inner.encode()):
                return problem
            msgspec.json.decode(inner)
    except (msgspec.DecodeError, UnicodeEncodeError) as wrong:
        return f"value is not JSON: {wrong}"
    return None


def _looks(values: pa.Array) -> npt.NDArray[Any]:
    lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy()
    suspicious = pc.fill_null(pc.match_substring_regex(values, _SUSPICIOUS), fill_value=False)
    looks: npt.NDArray[np.bool_] = suspicious.to_numpy(zero_copy_only=False) | (_openings(values, lengths) > MAX_DEPTH)
    long = np.flatnonzero(lengths > MAX_DIGITS)
    if len(long):
        digits = pc.match_substring_regex(values.take(pa.array(long)), f"[0-9]{{{MAX_DIGITS}}}")
        looks[long] |= pc.fill_null(digits, fill_value=False).to_numpy(zero_copy_only=False)
    return looks


def _openings(values: pa.Array, lengths: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Count the brackets that open in each text, for those long enough to nest too deep."""
    counts = np.zeros(len(values), np.int64)
    long = np.flatnonzero(lengths > 2 * MAX_DEPTH)
    if len(long):
        texts = values.take(pa.array(long))
        braces, brackets = pc.count_substring(texts, "{"), pc.count_substring(texts, "[")
        counts[long] = pc.add(braces, brackets).to_numpy()
    return counts


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
