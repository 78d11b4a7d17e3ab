"""Moments as people type them: so long ago, a time of day, a date. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

MAX_TEXT: Final = 64
HOW_TO_WRITE: Final = "a time such as 02:15, 10m (ago), a date such as 2026-03-14 02:15, or RFC 3339"
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
_DURATION: Final = re.compile(f"(?:{_PART.pattern})+")
_UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK: Final = re.compile(r"(\d{1,2}):\d{2}(:\d{2}(\.\d{1,6})?)?")
_AGO: Final = re.compile(r"\s+ago$")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MOST_S: Final = 1 << 32


def duration_s(text: str) -> float | None:
    """Read a duration such as 90s, 5m or 1h30m as seconds; None where it is none, or longer than 136 years."""
    if not _DURATION.fullmatch(text):
        return None
    seconds = sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(text))
    return seconds if seconds <= _MOST_S else None


def moment(text: str, now: datetime) -> datetime | None:
    """Read a moment: so long before `now`, the last time the local clock showed this, or a date (local without a zone).

    Gives it aware, in UTC; None where the text is no moment.
    """
    typed = text.strip()[:MAX_TEXT]
    ago_s = duration_s(_AGO.sub("", typed).replace(" ", ""))
    if ago_s is not None:
        return now - timedelta(seconds=ago_s) if ago_s < now.timestamp() else _EPOCH
    try:
        if match := _CLOCK.fullmatch(typed):
            return _last(time.fromisoformat(f"{match[1]:0>2}{typed[match.end(1) :]}"), now)
        return datetime.fromisoformat(typed).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _last(at: time, now: datetime) -> datetime:
    """Give the last moment at which the local clock showed this."""
    today = datetime.combine(now.astimezone().date(), at).astimezone(UTC)
    yesterday = datetime.combine(now.astimezone().date() - timedelta(days=1), at).astimezone(UTC)
    return today if today <= now else yesterday
