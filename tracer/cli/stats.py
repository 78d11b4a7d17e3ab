"""The statistics of `sagascope ls --stats`: rates, durations and outcomes of each saga over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from tracer.cli import human
from tracer.cli.human import Column
from tracer.client import DEFAULT_EVERY_S, Reader
from tracer.errors import UsageError
from tracer.model.duration import DAY_S, HOUR_S, MINUTE_S
from tracer.model.text import clean
from tracer.views import Stats, StatsRow

# Filters of the list that statistics do not have, as `ls` receives them.
_ELSEWHERE: Final = {
    "status": "--status",
    "owner": "--owner",
    "step": "--step",
    "kind": "--kind",
    "error": "--error",
    "attribute": "--attribute",
    "older_than": "--older-than",
    "longer_than": "--longer-than",
    "shorter_than": "--shorter-than",
    "began_since": "--began-since",
    "began_until": "--began-until",
    "query": "--query",
    "cursor": "--cursor",
}
_COLUMNS: Final = (
    Column(heading="FROM"),
    Column(heading="BEGAN", right=True),
    Column(heading="RATE", right=True),
    Column(heading="DONE", right=True),
    Column(heading="FAILED", right=True),
    Column(heading="UNDONE", right=True),
    Column(heading="OPEN", right=True),
    Column(heading="STUCK", right=True),
    Column(heading="P50", right=True),
    Column(heading="P95", right=True),
)
_RATES: Final = (("s", 1.0), ("min", float(MINUTE_S)), ("h", float(HOUR_S)), ("d", float(DAY_S)))


def read(reader: Reader, options: dict[str, Any]) -> Stats:
    """Ask for what `ls` was told. Raises UsageError for a filter that statistics do not have."""
    if wrong := [option for name, option in _ELSEWHERE.items() if options[name]]:
        raise UsageError(f"--stats counts by saga and time: leave out {', '.join(wrong)}")
    since: datetime | None = options["since"]
    every_s = DEFAULT_EVERY_S if options["every"] is None else options["every"]
    answers = [
        reader.stats(saga=saga, since=since, until=options["until"], every_s=every_s)
        for saga in options["saga"] or (None,)
    ]
    return replace(answers[0], rows=tuple(row for answer in answers for row in answer.rows))


def lines(stats: Stats, *, width: int | None, colour: bool) -> Iterator[str]:
    """Write a row for each saga and span of time."""
    if not stats.rows:
        yield "no transaction began in that time"
        return
    for saga, those in groupby(sorted(stats.rows, key=_name), key=_name):
        yield human.bold(clean(saga), colour=colour)
        yield from human.table(_COLUMNS, [_row(row, stats) for row in those], width=width, colour=colour)
        yield ""
    yield from human.wrap(
        f"by when they began, each row {human.duration(stats.every_s)} long; durations of those that ended", width
    )


def rate(count: int, seconds: float) -> str:
    """Write a rate in the smallest unit of time in which it is one at least: 2.0/min."""
    if not count or seconds <= 0:
        return "0"
    unit, size = next((each for each in _RATES if count / seconds * each[1] >= 1), _RATES[-1])
    value = count / seconds * size
    return f"{value:,.0f}/{unit}" if value >= _WHOLE else f"{value:.1f}/{unit}"


_WHOLE: Final = 10


def _name(row: StatsRow) -> str:
    return row.saga or "unnamed saga"


def _from(at: datetime, stats: Stats) -> str:
    local, today = at.astimezone(), stats.as_of.astimezone()
    clock = f"{local:%H:%M}" if stats.every_s >= MINUTE_S else f"{local:%H:%M:%S}"
    return clock if local.date() == today.date() else f"{local:%m-%d} {clock}"


def _row(row: StatsRow, stats: Stats) -> Sequence[str]:
    counts = (row.completed, row.failed, row.compensated, row.open, row.stuck)
    lasted_s = min(stats.every_s, max(1.0, (stats.as_of - row.at).total_seconds()))
    return (
        _from(row.at, stats),
        str(row.started),
        rate(row.started, lasted_s),
        *(str(count or "-") for count in counts),
        human.duration(row.p50_s),
        human.duration(row.p95_s),
    )
