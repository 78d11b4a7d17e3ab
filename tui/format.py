"""Plain text for people: durations, local times, counts, and strings from telemetry cut to a width. Pure.

`fit` and `shown` are the door for telemetry: whatever comes out of them has no control characters.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rich.cells import cell_len, set_cell_size

from tracer.model.duration import HOUR_S, MINUTE_S, TENTHS_BELOW_S, grain_s, spell_finely, ticking, two_units
from tracer.model.text import clean

__all__ = [
    "clock", "count", "exact", "fit", "grain_s", "moment_whole", "plural", "right", "short_count", "shown", "ticking",
]  # fmt: skip

ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
NOTHING: Final = "-"
# Combining marks take no cells, so a short width could still hold a megabyte of them.
_CHARACTERS_PER_CELL: Final = 4
_A_MS: Final = 0.001
_UNITS: Final = ((1_000_000, "M"), (1_000, "k"))


def shown(text: str | None) -> str:
    """Make text from telemetry safe to print on one line; nothing known reads "-"."""
    return clean(text) if text else NOTHING


def fit(text: str | None, width: int) -> str:
    """Make text from telemetry safe, and exactly `width` cells wide, with an ellipsis where it was cut."""
    if width <= 0:
        return ""
    safe = shown(text)
    if cell_len(safe) > width or len(safe) > width * _CHARACTERS_PER_CELL:
        safe = set_cell_size(safe[: width * _CHARACTERS_PER_CELL], width - 1) + ELLIPSIS
    return set_cell_size(safe, width)


def right(text: str, width: int) -> str:
    """Align our own text to the right of `width` cells."""
    return fit(" " * max(0, width - cell_len(text)) + text, width)


def exact(seconds: float | None) -> str:
    """Say a finished duration: "120ms", "4.2s", "4m 12s", "3h 12m", "4d 3h"."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < _A_MS / 2:
        return "<1ms"
    if seconds < TENTHS_BELOW_S:
        return spell_finely(seconds)
    if seconds < HOUR_S:
        return two_units(int(seconds), MINUTE_S, "m", 1, "s") if seconds >= MINUTE_S else f"{int(seconds)}s"
    return ticking(seconds)


def clock(moment: datetime, beside: datetime | None = None) -> str:
    """Say a moment in the local zone: the time, with the date where it is not the day of `beside`."""
    local = moment.astimezone()
    if beside is None or local.date() == beside.astimezone().date():
        return f"{local:%H:%M:%S}"
    return f"{local:%d %b %H:%M:%S}"


def moment_whole(moment: datetime) -> str:
    """Say a moment in the local zone with date, milliseconds and the zone's offset."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {local:%z}"


def count(number: int) -> str:
    """Say a number with its thousands apart: "1,000,000"."""
    return f"{number:,}"


def short_count(number: int) -> str:
    """Say a number in at most five characters: "999", "12.3k", "1.2M"."""
    for size, unit in _UNITS:
        if number >= size:
            scaled = number * 10 // size / 10
            return f"{scaled:.1f}{unit}" if scaled < 100 and scaled % 1 else f"{int(scaled)}{unit}"  # noqa: PLR2004 - three digits are enough
    return str(number)


def plural(number: int, noun: str) -> str:
    """Say how many: "1 transaction", "2 transactions"."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"
