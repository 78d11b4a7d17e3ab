"""What is expected of an open transaction: its limit, what is still to come, when it would be over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tracer.cli import human
from tracer.model.text import clean
from tracer.views import Current, Forecast, Remaining, Transaction

_SHOWN: Final = 8
_SURE: Final = 0.995


def limit(current: Current, forecast: Forecast | None) -> str:
    """Say how long a step is expected to take and from when on it is overdue, and who says so."""
    usual = "" if current.expected_s is None else f", expected {human.duration(current.expected_s)}"
    if current.threshold_s is None:
        return usual
    source: str = current.threshold_source
    if source == "learned" and forecast is not None and forecast.basis == "learned" and forecast.n > 0:
        source = f"learned from {forecast.n:,.0f}"
    return f"{usual}, limit {human.duration(current.threshold_s)}, {source}"


def lines(transaction: Transaction) -> Iterator[str]:
    """Write what is still to come, and how it is likely to end."""
    if transaction.remaining:
        shown = [_coming(one) for one in transaction.remaining[:_SHOWN]]
        more = len(transaction.remaining) - len(shown)
        yield f"to come: {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")
    if transaction.forecast is not None and transaction.ended_at is None:
        yield from _forecast(transaction.forecast, transaction.as_of)


def _coming(one: Remaining) -> str:
    name = clean(one.step) + (f" (undoes {clean(one.compensates)})" if one.compensates else "")
    owner = f" at {clean(one.owner)}" if one.owner else ""
    facts = [] if one.p >= _SURE else [f"{one.p:.0%}"]
    facts += [] if one.expected_s is None else [f"in {human.duration(one.expected_s)}"]
    return f"{name}{owner}" + (f" [{', '.join(facts)}]" if facts else "")


def _forecast(forecast: Forecast, now: datetime) -> Iterator[str]:
    chance = "" if forecast.finish_p is None else f"{forecast.finish_p:.0%} complete"
    end = "" if forecast.end is None else f"over at {human.moment(forecast.end, now=now)}"
    if end and forecast.end_low is not None and forecast.end_high is not None:
        low, high = (human.moment(at, now=now) for at in (forecast.end_low, forecast.end_high))
        end += f" ({low} to {high})"
    basis = f"learned from {forecast.n:,.0f}" if forecast.basis == "learned" else "as declared"
    if told := ", ".join(part for part in (chance, end) if part):
        yield f"forecast: {told}; {basis}"
