"""Durations ("90s", "1h30m", "14d") and sizes ("64MiB", "20GB"), read and written."""

from __future__ import annotations

import re
from typing import Final

_DURATION_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_DURATION: Final = re.compile(f"(?:{_DURATION_PART.pattern})+")
_BINARY: Final = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_DECIMAL: Final = {"kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE_UNITS: Final = {"": 1, "B": 1, **_BINARY, **_DECIMAL}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")

DURATION_HELP: Final = 'write a number with a unit, like "90s", "5m", "1h30m" or "14d"'
SIZE_HELP: Final = 'write a number with a unit, like "512KiB", "64MiB" or "20GiB"'


def parse_duration_s(text: str) -> float:
    """Read a duration as seconds. Raises ValueError, whose text is the fix."""
    compact = text.replace(" ", "")
    if not _DURATION.fullmatch(compact):
        raise ValueError(DURATION_HELP)
    return sum(float(number) * _DURATION_UNITS[unit] for number, unit in _DURATION_PART.findall(compact))


def parse_size_bytes(text: str) -> int:
    """Read a size as bytes; a bare number is bytes. Raises ValueError, whose text is the fix."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or match.group(2) not in _SIZE_UNITS:
        raise ValueError(SIZE_HELP)
    return round(float(match.group(1)) * _SIZE_UNITS[match.group(2)])


def duration_text(seconds: float) -> str:
    """Write seconds the way the configuration takes them, in the largest unit that divides them."""
    for unit in ("d", "h", "m", "s"):
        size = _DURATION_UNITS[unit]
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms" if seconds else "0s"


def size_text(size_bytes: int) -> str:
    """Write bytes the way the configuration takes them, in the largest binary unit that divides them."""
    for unit, size in reversed(_BINARY.items()):
        if size_bytes >= size and size_bytes % size == 0:
            return f"{size_bytes // size}{unit}"
    return f"{size_bytes}B"
