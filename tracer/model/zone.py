"""Sentences that tell times in UTC, for people who read a clock in another zone. Pure, but for the local zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_TOLD: Final = re.compile(r"(?<![\w:-])(?:(\d{4}-\d{2}-\d{2}) )?(\d{2}:\d{2})(:\d{2})? UTC\b")
# What follows is what a service said: it stays as it was.
_QUOTED: Final = " Last error: "


def in_local_time(sentence: str, now: datetime) -> str:
    """Tell the times of one of our own sentences in the local zone; a time without a date is of the day of `now`.

    The date stands with it where it is another one than that of `now`, there or here.
    """
    ours, quoted, theirs = sentence.partition(_QUOTED)
    return _TOLD.sub(lambda told: _local(told, now), ours) + quoted + theirs


def _local(told: re.Match[str], now: datetime) -> str:
    date, minutes, seconds = told.groups()
    day = date or f"{now.astimezone(UTC):%Y-%m-%d}"
    try:
        at = datetime.fromisoformat(f"{day}T{minutes}{seconds or ''}+00:00").astimezone()
    except (ValueError, OverflowError):
        return told[0]
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    return clock if at.date() == now.astimezone().date() else f"{at:%Y-%m-%d} {clock}"
