"""OTLP attribute values as JSON text, typed and lossless, a column at a time.

A string, an integer, a boolean, an array are what they are in JSON; a double always has a point or an
exponent; a key-value list is an object; an empty value is null. JSON has no word for the rest:
`{"$bytes": "base64"}` and `{"$double": "NaN"}`, `"Infinity"`, `"-Infinity"`. A key that begins with `$`
or that the record reserves gets one more `$` in front; the second and later uses of a key in one object
are kept in order as `"$duplicates": [[key, value], ...]`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList

from collectors.otlp.columns import Ints, child, choose, join, literal, string_bytes, valid
from collectors.otlp.keys import DUPLICATES, ESCAPE, RESERVED
from tracer.errors import Rejected, TooLarge

# An array of empty values takes two bytes for each on the wire and a hundred times that in memory.
MAX_NESTED_BYTES: Final = 4 * 2**20
# A control character takes one byte on the wire and six in JSON.
MAX_ESCAPE_BYTES: Final = 32 * 2**20
_FIRST_PRINTABLE: Final = 0x20
_GROWTH: Final = np.array([len(json.dumps(chr(code), ensure_ascii=False)) - 3 for code in range(256)], np.uint8)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """JSON texts, and the rows that they are of, in ascending order."""

    rows: Ints
    texts: pa.Array


def any_value_json(values: pa.StructArray) -> pa.Array:
    """Write each AnyValue as JSON text, never null."""
    return in_order(written(values, np.arange(len(values))), len(values))


def written(values: pa.StructArray, rows: Ints) -> list[Written]:
    """Write the AnyValues of some rows as JSON text, one part for each type that occurs among them."""
    parts = []
    left = np.ones(len(values), np.bool_)
    for field, write in _WRITERS.items():
        column = child(values, field)
        if column.null_count < len(column):
            has = valid(column) & left
            at = rows[has[rows]]
            left[at] = False
            parts.append(Written(rows=at, texts=write(column.take(pa.array(at)))))
    empty = rows[left[rows]]
    return [*parts, Written(rows=empty, texts=pa.repeat(literal("null"), len(empty)))]


def in_order(parts: Sequence[Written], count: int) -> pa.Array:
    """Put the parts of `count` rows back in the order of the rows; a row of no part is left out."""
    some = [part for part in parts if len(part.rows)]
    if len(some) == 1:
        return some[0].texts
    place = np.full(count, -1, np.int64)
    rows = np.concatenate([part.rows for part in some]) if some else np.zeros(0, np.int64)
    place[rows] = np.arange(len(rows))
    texts = pa.concat_arrays([part.texts for part in some]) if some else pa.array([], pa.string())
    return texts.take(pa.array(place[place >= 0]))


def quoted(texts: pa.Array) -> pa.Array:
    """Write texts as JSON strings; null stays null."""
    return join(('"', escaped(texts), '"'))


def escaped(texts: pa.Array) -> pa.Array:
    """Escape what JSON strings may not hold; only the texts that need it cost anything.

    Raises TooLarge when that makes them more than a limit longer.
    """
    offsets, data = string_bytes(texts)
    data = data[offsets[0] : offsets[-1]]
    special = (data < _FIRST_PRINTABLE) | (data == ord('"')) | (data == ord("\\"))
    if not special.any():
        return texts
    if np.count_nonzero(special) * int(_GROWTH.max()) > MAX_ESCAPE_BYTES:
        _check_growth(data)
    at = np.flatnonzero(special) + offsets[0]
    rows = np.unique(np.searchsorted(offsets, at, side="right") - 1)
    mask = np.zeros(len(texts), np.bool_)
    mask[rows] = True
    mask &= valid(texts)
    fixed = [_ENCODER.encode(text)[1:-1] for text in texts.filter(pa.array(mask)).to_pylist()]
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(fixed, pa.string()))


def _check_growth(data: npt.NDArray[np.uint8]) -> None:
    if int(_GROWTH[data].sum()) > MAX_ESCAPE_BYTES:
        raise TooLarge(f"control characters come to more than {MAX_ESCAPE_BYTES} bytes as JSON: send less at once")


def key_json(key: str) -> str:
    """Write an attribute's key as a JSON string, escaped where it would be taken for one of ours."""
    return _ENCODER.encode(_safe_key(key))


def text_json(text: str) -> str:
    """Write one text as a JSON string."""
    return _ENCODER.encode(text)


def plain_json(value: Any) -> str:
    """Write lists, objects and scalars as compact JSON."""
    return _ENCODER.encode(value)


def plain(value: AnyValue) -> Any:
    """Turn one AnyValue into what `json` writes in the same words as `any_value_json`."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _plain_object(value.kvlist_value)
    if kind == "bytes_value":
        return {"$bytes": base64.b64encode(value.bytes_value).decode()}
    if kind == "double_value":
        return _plain_double(value.double_value)
    return getattr(value, kind) if kind in {"string_value", "bool_value", "int_value"} else None


def _plain_object(pairs: KeyValueList) -> dict[str, Any]:
    result: dict[str, Any] = {}
    again: list[list[Any]] = []
    for pair in pairs.values:
        key = _safe_key(pair.key)
        if key in result:
            again.append([pair.key, plain(pair.value)])
        else:
            result[key] = plain(pair.value)
    return {**result, DUPLICATES: again} if again else result


def _plain_double(number: float) -> Any:
    if math.isfinite(number):
        return number
    return {"$double": "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"}


def _safe_key(key: str) -> str:
    return ESCAPE + key if key.startswith(ESCAPE) or key in RESERVED else key


def _write_double(column: pa.Array) -> pa.Array:
    text = pc.cast(column, pa.string())
    whole = pc.invert(pc.match_substring_regex(text, "[.en]"))  # "n" is in nan and inf
    text = choose(whole, join((text, ".0")), text)
    finite = pc.is_finite(column)
    if pc.all(finite).as_py():
        return text
    odd = [_ENCODER.encode(_plain_double(number)) for number in column.filter(pc.invert(finite)).to_pylist()]
    return pc.replace_with_mask(text, pc.invert(finite), pa.array(odd, pa.string()))


def _write_bool(column: pa.Array) -> pa.Array:
    return choose(column, literal("true"), literal("false"))


def _write_int(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.string())


def _write_bytes(column: pa.Array) -> pa.Array:
    encoded = [_ENCODER.encode({"$bytes": base64.b64encode(data).decode()}) for data in column.to_pylist()]
    return pa.array(encoded, pa.string())


def _write_array(column: pa.Array) -> pa.Array:
    return _nested(column, lambda data: AnyValue(array_value=ArrayValue.FromString(data)))


def _write_kvlist(column: pa.Array) -> pa.Array:
    return _nested(column, lambda data: AnyValue(kvlist_value=KeyValueList.FromString(data)))


def _nested(column: pa.Array, parse: Any) -> pa.Array:
    offsets, _ = string_bytes(column)
    if offsets[-1] - offsets[0] > MAX_NESTED_BYTES:
        raise TooLarge(f"arrays and key-value lists come to more than {MAX_NESTED_BYTES} bytes: send less at once")
    try:
        texts = [_ENCODER.encode(plain(parse(data))) for data in column.to_pylist()]
    except DecodeError as malformed:
        raise Rejected("an array or key-value list is malformed, or nested deeper than 100 messages") from malformed
    return pa.array(texts, pa.string())


_WRITERS: Final = {
    "string_value": quoted,
    "int_value": _write_int,
    "double_value": _write_double,
    "bool_value": _write_bool,
    "bytes_value": _write_bytes,
    "array_value": _write_array,
    "kvlist_value": _write_kvlist,
}
