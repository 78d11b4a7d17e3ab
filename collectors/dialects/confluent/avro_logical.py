"""Avro's logical types as JSON has them: total functions, no value that fits the base type is refused.

fastavro's own readers raise for a time outside the years 1 to 9999, round a decimal with more digits than
declared, take a time quadratic in its length for a long one, and do not know nanoseconds. `renamed` gives
a schema in which these types bear names of our own, under which `READERS` are registered with fastavro.
What is out of range stays the plain number, or bytes, that it is. Source: the Avro specification 1.12,
"Logical Types".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import fastavro.logical_readers

_PREFIX: Final = "sagascope-"
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a local timestamp has no zone
_NS: Final = 1_000_000_000
_DAY_S: Final = 86_400
_MAX_DECIMAL_BYTES: Final = 1024  # 2,466 digits
_MAX_SCALE: Final = 100  # zeros that a byte may be written with

Reader = Callable[[Any, Mapping[str, Any] | None, Any], Any]


def _moment(number: int, _writer: object = None, _reader: object = None, *, unit_ns: int, zone: str) -> str | int:
    seconds, rest_ns = divmod(number * unit_ns, _NS)
    try:
        text = (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return number
    return f"{text}{_fraction(rest_ns, unit_ns)}{zone}"


def _time_of_day(number: int, _writer: object = None, _reader: object = None, *, unit_ns: int) -> str | int:
    seconds, rest_ns = divmod(number * unit_ns, _NS)
    if not 0 <= seconds < _DAY_S:
        return number
    return f"{(_EPOCH + timedelta(seconds=seconds)).time().isoformat()}{_fraction(rest_ns, unit_ns)}"


def _fraction(rest_ns: int, unit_ns: int) -> str:
    digits = f"{rest_ns:09d}"[: 10 - len(str(unit_ns))]
    return f".{digits}" if rest_ns else ""


def _date(number: int, _writer: object = None, _reader: object = None) -> str | int:
    try:
        return (_EPOCH + timedelta(days=number)).date().isoformat()
    except OverflowError:
        return number


def decimal(value: bytes, writer: Mapping[str, Any] | None = None, _reader: object = None) -> str | bytes:
    """Write a decimal (two's complement, big-endian, `scale` in the writer's schema) in full, or give it back."""
    scale = (writer or {}).get("scale", 0)
    if len(value) > _MAX_DECIMAL_BYTES or not isinstance(scale, int) or abs(scale) > _MAX_SCALE:
        return value
    unscaled = int.from_bytes(value, "big", signed=True)
    digits = tuple(map(int, str(abs(unscaled))))
    return f"{Decimal((int(unscaled < 0), digits, -scale)):f}"


READERS: Final[Mapping[str, Reader]] = {
    "int-date": _date,
    "int-time-millis": partial(_time_of_day, unit_ns=1_000_000),
    "long-time-micros": partial(_time_of_day, unit_ns=1_000),
    "long-timestamp-millis": partial(_moment, unit_ns=1_000_000, zone="Z"),
    "long-timestamp-micros": partial(_moment, unit_ns=1_000, zone="Z"),
    "long-timestamp-nanos": partial(_moment, unit_ns=1, zone="Z"),
    "long-local-timestamp-millis": partial(_moment, unit_ns=1_000_000, zone=""),
    "long-local-timestamp-micros": partial(_moment, unit_ns=1_000, zone=""),
    "long-local-timestamp-nanos": partial(_moment, unit_ns=1, zone=""),
    "bytes-decimal": decimal,
    "fixed-decimal": decimal,
}


def _registered() -> dict[str, Reader]:
    split = (key.partition("-") for key in READERS)
    return {f"{base}-{_PREFIX}{name}": READERS[f"{base}-{name}"] for base, _, name in split}


# fastavro's own extension point; the names are ours alone, so nobody else's schemas read differently.
fastavro.logical_readers.LOGICAL_READERS.update(_registered())


def renamed(logical_type: object, base: object) -> str | None:
    """Give the name under which a logical type of a base type is read, None for one that is read as its base type."""
    return f"{_PREFIX}{logical_type}" if f"{base}-{logical_type}" in READERS else None
