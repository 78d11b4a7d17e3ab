"""Checks raw tables against a `msgspec.Struct` and turns texts with units into plain numbers.

The rules, for the settings and for the options of any collector type:

* a key that the struct does not have is an error, with the nearest known key as the fix;
* a `duration` (see `settings.Seconds`) takes "90s"; a `size` takes "64MiB" or bytes; a `count` takes
  whole numbers alone; a plain `int` takes a size too and a plain `float` a duration, so that a
  collector's options need no type of ours;
* a value from the environment is text, and becomes what the field wants; lists are split at commas.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from tracer.config.quantity import parse_duration_s, parse_size_bytes
from tracer.config.sources import KeyPath, Source
from tracer.errors import ConfigError
from tracer.model.address import parse_address

S = TypeVar("S")

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_SHOWN_BITS: Final = 64


class ShapeError(ValueError):
    """The value does not fit its key; the text is the fix."""


def shape(raw: Mapping[str, Any], struct: type[S], *, source: Source, path: KeyPath) -> S:
    """Check one table and convert it to its struct. Raises ConfigError naming the origin, the key and the fix."""
    shaped = _table(raw, inspect.type_info(struct), source, path)
    try:
        return msgspec.convert(shaped, struct)
    except msgspec.ValidationError as invalid:
        text, _, place = str(invalid).partition(" - at `$")
        inner = tuple(part.strip("[].`") for part in place.replace("[", ".").split(".") if part.strip("[].`"))
        raise error(source, (*path, *inner), re.sub(r"^Expected `\w+` ", "the value must be ", text)) from invalid


def error(source: Source, path: KeyPath, problem: str) -> ConfigError:
    """Say where a key was set, which one it is and what is wrong with it."""
    return ConfigError(f"{source.where(path)}: {dotted(path)}: {problem}")


def dotted(path: KeyPath) -> str:
    """Write a key the way the file's tables read: `[store] retention.max_age`."""
    table, rest = path[: _table_length(path)], path[_table_length(path) :]
    return f"[{'.'.join(table)}]" + (f" {'.'.join(rest)}" if rest else "")


def unknown(name: str, known: Iterable[str], *, what: str) -> str:
    """Say that a name is not known, with the nearest known one, else all of them."""
    names = sorted(known)
    if near := nearest(name, names):
        return f'no such {what}; did you mean "{near}"?'
    return f"no such {what}; known: {', '.join(names) or 'none'}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that is most like this one; None where none is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), None)


def _table_length(path: KeyPath) -> int:
    return 2 if path[0] in {"collectors", "notifiers", "alerts", "saga"} else 1


def _table(raw: Any, info: Any, source: Source, path: KeyPath) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise error(source, path, f"must be a table of keys, not {_kind(raw)}")
    fields = {field.encode_name: field for field in info.fields}
    shaped = {}
    for key, value in raw.items():
        field = fields.get(key)
        if field is not None:
            shaped[key] = _value(value, field.type, source, (*path, key))
        elif info.forbid_unknown_fields:
            raise error(source, (*path, key), unknown(key, fields, what="table" if not path else "key"))
    for name, field in fields.items():
        if field.required and name not in shaped:
            raise error(source, path, f'the key "{name}" is missing')
    return shaped


def _value(value: Any, info: Any, source: Source, path: KeyPath) -> Any:
    info, unit = _unwrap(info)
    text = source.is_text(path)
    try:
        if unit in _UNITS:
            return _UNITS[unit](value, source, path)
        return _plain(value, info, source, path, text=text)
    except ValueError as wrong:
        raise error(source, path, f"{_shown(value)} is not valid: {wrong}") from wrong


def _unwrap(info: Any) -> tuple[Any, str | None]:
    """Take a type out of its `| None` and its metadata; give the unit that it is written in."""
    unit = None
    while True:
        if isinstance(info, inspect.Metadata):
            unit = (info.extra or {}).get("unit", unit)
            info = info.type
        elif isinstance(info, inspect.UnionType):
            inner = [kind for kind in info.types if not isinstance(kind, inspect.NoneType)]
            if len(inner) != 1:
                return inspect.AnyType(), unit
            info = inner[0]
        else:
            return info, unit


def _plain(value: Any, info: Any, source: Source, path: KeyPath, *, text: bool) -> Any:
    if isinstance(info, inspect.StructType):
        return _table(value, info, source, path)
    if isinstance(info, inspect.DictType):
        return _tables(value, info, source, path)
    if isinstance(info, inspect.VarTupleType | inspect.ListType):
        return _list(value, info, source, path, text=text)
    if isinstance(info, inspect.BoolType):
        return _bool(value, text=text)
    return _scalar(value, info)


def _scalar(value: Any, info: Any) -> Any:
    if isinstance(info, inspect.IntType):
        return _int(value)
    if isinstance(info, inspect.FloatType):
        return _float(value)
    if isinstance(info, inspect.LiteralType) and value not in info.values:
        raise ShapeError(f"choose one of {', '.join(map(str, info.values))}")
    if isinstance(info, inspect.StrType) and not isinstance(value, str):
        raise ShapeError(f"expected text in quotes, not {_kind(value)}")
    return value


def _tables(value: Any, info: Any, source: Source, path: KeyPath) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected a table of keys, not {_kind(value)}")
    return {key: _value(below, info.value_type, source, (*path, key)) for key, below in value.items()}


def _list(value: Any, info: Any, source: Source, path: KeyPath, *, text: bool) -> list[Any]:
    if text and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise ShapeError(f'expected a list, like ["a", "b"], not {_kind(value)}')
    return [_value(item, info.item_type, source, (*path, str(index))) for index, item in enumerate(value)]


def _bool(value: Any, *, text: bool) -> bool:
    if text and str(value).lower() in _TRUE | _FALSE:
        return str(value).lower() in _TRUE
    if not isinstance(value, bool):
        raise ShapeError("write true or false, without quotes")
    return value


def _int(value: Any) -> int:
    if isinstance(value, str):
        return parse_size_bytes(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ShapeError("expected a whole number")
    return value


def _float(value: Any) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return parse_duration_s(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeError("expected a number")
    return float(value)


def _duration(value: Any, _source: Source, _path: KeyPath) -> float:
    if not isinstance(value, str):
        hint = f'; did you mean "{value}s"?' if isinstance(value, int | float) and not isinstance(value, bool) else ""
        raise ShapeError(f'a duration is text with a unit, like "90s", "5m" or "14d"{hint}')
    return parse_duration_s(value)


def _size(value: Any, _source: Source, _path: KeyPath) -> int:
    return _int(value)


def _count(value: Any, _source: Source, _path: KeyPath) -> int:
    return _whole(value, "write a whole number")


def _tries(value: Any, _source: Source, _path: KeyPath) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value.bit_length() > _SHOWN_BITS:
        raise ShapeError("write a whole number, without quotes")
    return value


def _threads(value: Any, _source: Source, _path: KeyPath) -> int:
    return _whole(value, "write a whole number; 0 is half of the machine's cores")


def _whole(value: Any, hint: str) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ShapeError(hint)
    return value


def _path(value: Any, source: Source, path: KeyPath) -> str:
    """Give a path as it stands from an option or the environment, else relative to the file's folder."""
    if not isinstance(value, str) or not value:
        raise ShapeError("expected a file name in quotes")
    expanded = Path(value).expanduser()
    return str(expanded if source.is_text(path) else source.folder / expanded)


def _secret(value: Any, source: Source, path: KeyPath) -> str:
    if not source.is_text(path):
        variable = "SAGASCOPE_" + "__".join(path).upper()
        raise error(source, path, f'a secret does not belong in the file: use "{path[-1]}_file" or ${variable}')
    return str(value)


def _address(value: Any, _source: Source, _path: KeyPath) -> str:
    if not isinstance(value, str):
        raise ShapeError('expected "HOST:PORT" in quotes')
    return str(parse_address(value))


def _url(value: Any, _source: Source, _path: KeyPath) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ShapeError('write a URL, like "http://collector:4317" or "https://collector:4317"')
    return value.rstrip("/")


def _names(value: Any, source: Source, path: KeyPath) -> list[str]:
    """Give a list of names; one name may stand by itself."""
    if isinstance(value, str):
        parts = value.split(",") if source.is_text(path) else [value]
        return [part.strip() for part in parts if part.strip()]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ShapeError('expected a name or a list of names, like ["a", "b"]')
    return value


_UNITS: Final = {
    "duration": _duration,
    "size": _size,
    "count": _count,
    "tries": _tries,
    "threads": _threads,
    "path": _path,
    "secret": _secret,
    "address": _address,
    "url": _url,
    "names": _names,
}


def _kind(value: Any) -> str:
    kinds = {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return kinds.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return "a number of so many digits"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
