"""Reads the durations and times that people type as option values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from tracer.clock import SystemClock, to_datetime
from tracer.config.quantity import parse_duration_s


class Duration(click.ParamType[float]):
    """A duration such as 90s, 5m or 1h30m, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or say how to write one."""
        try:
            return value if isinstance(value, float) else parse_duration_s(value)
        except ValueError as wrong:
            self.fail(f'"{value}" is not a duration: {wrong}', param, ctx)


class Moment(click.ParamType[datetime]):
    """A time: RFC 3339, a local date or time of day, or a duration ago; as an aware datetime."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say how to write one."""
        if isinstance(value, datetime):
            return value
        moment = parse_moment(value, now=to_datetime(SystemClock().now_ns()))
        if moment is None:
            hint = (
                "write 02:00 (the last one), 2026-11-23T02:00 (local), 2026-11-23T01:00:00Z, or 15m for 15 minutes ago"
            )
            self.fail(f'"{value}" is not a time: {hint}', param, ctx)
        return moment


class Ahead(click.ParamType[datetime]):
    """A time to come: RFC 3339, a local date or time of day, or a duration from now; as an aware datetime."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say how to write one."""
        if isinstance(value, datetime):
            return value
        moment = parse_ahead(value, now=to_datetime(SystemClock().now_ns()))
        if moment is None:
            hint = (
                "write 22:00 (the next one), 2026-11-23T02:00 (local), 2026-11-23T01:00:00Z, or 15m for in 15 minutes"
            )
            self.fail(f'"{value}" is not a time: {hint}', param, ctx)
        return moment


def parse_ahead(text: str, *, now: datetime) -> datetime | None:
    """Read a time to come as people write it; None where it is not one. A time of day is the next one."""
    try:
        return now + timedelta(seconds=parse_duration_s(text))
    except (ValueError, OverflowError):
        moment = parse_moment(text, now=now)
    is_of_day = moment is not None and ":" in text and "T" not in text and "-" not in text
    return moment + timedelta(days=1) if moment is not None and is_of_day and moment <= now else moment


def parse_moment(text: str, *, now: datetime) -> datetime | None:
    """Read a time as people write it; None where it is not one. A time of day is the last one before now."""
    try:
        return now - timedelta(seconds=parse_duration_s(text))
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    local = now.astimezone()
    try:
        today = datetime.fromisoformat(f"{local:%Y-%m-%d}T{text}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return today if today <= now else today - timedelta(days=1)
