"""How durations are said to people; nothing is rounded up to what has not passed yet."""

from __future__ import annotations

from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400
TENTHS_BELOW_S: Final = 10
_A_SECOND_MS: Final = 999.5
_TEN: Final = 10
_COARSE_FROM_S: Final = _TEN * MINUTE_S
NOTHING: Final = "-"


def spell(seconds: float) -> str:
    """Say a duration in its two largest units: 41s, 12m 4s, 3h 20m, 2d 4h."""
    whole = int(seconds)
    if whole < MINUTE_S:
        return f"{whole}s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}m {whole % MINUTE_S}s"
    if whole < DAY_S:
        return f"{whole // HOUR_S}h {whole % HOUR_S // MINUTE_S}m"
    return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S}h"


def spell_finely(seconds: float) -> str:
    """Say a duration likewise, a short one to the millisecond or the tenth: 350ms, 4.2s, 12m 4s."""
    if seconds >= TENTHS_BELOW_S:
        return spell(seconds)
    if seconds * 1000 < _A_SECOND_MS:
        return f"{max(0, round(seconds * 1000))}ms"
    return f"{max(1.0, int(seconds * 10) / 10):.1f}s"


def duration(seconds: float | None) -> str:
    """Write a duration in at most two units: 350ms, 4.2s, 38m 12s, 2h 14m, 3d 4h."""
    if seconds is None:
        return "-"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    return spell_finely(seconds)


def ticking(seconds: float | None) -> str:
    """Say a growing duration in at most six characters, the coarser the older: "42s", "4m 10s", "12m", "3h 12m"."""
    if seconds is None:
        return NOTHING
    whole = int(max(0.0, seconds))
    whole -= whole % grain_s(whole)
    if whole < MINUTE_S:
        return f"{whole}s"
    if whole < _COARSE_FROM_S:
        return two_units(whole, MINUTE_S, "m", 1, "s")
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}m"
    if whole < DAY_S:
        return two_units(whole, HOUR_S, "h", MINUTE_S, "m")
    return two_units(whole, DAY_S, "d", HOUR_S, "h")


def grain_s(seconds: float) -> int:
    """Say how often a growing duration is worth showing anew: every byte of it crosses somebody's ssh."""
    if seconds < MINUTE_S:
        return 1
    if seconds < _COARSE_FROM_S:
        return _TEN
    if seconds < _TEN * HOUR_S:
        return MINUTE_S
    return HOUR_S if seconds < _TEN * DAY_S else DAY_S


def two_units(whole: int, big_s: int, big: str, small_s: int, small: str) -> str:
    """Say seconds in two units, the small one left out where it is none."""
    rest = whole % big_s // small_s
    return f"{whole // big_s}{big} {rest}{small}" if rest else f"{whole // big_s}{big}"
