"""How durations are said to people; nothing is rounded up to what has not passed yet."""

from __future__ import annotations

from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400
TENTHS_BELOW_S: Final = 10
_A_SECOND_MS: Final = 999.5


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
