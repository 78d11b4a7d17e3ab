"""The records of a transaction as rows of texts, in the order of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tracer.model.duration import HOUR_S, MINUTE_S, duration
from tracer.views import TimelineEntry


def rows(entries: Sequence[TimelineEntry], start: datetime) -> Iterator[tuple[str, ...]]:
    """Write the entries in the order of time, parents before their children where they began at once."""
    parents = {(entry.trace_id, entry.span_id): entry.parent_span_id for entry in entries if entry.kind == "span"}
    for entry in sorted(entries, key=lambda entry: (entry.at, _depth(entry, parents))):
        yield _row(entry, start)


def offset(seconds: float) -> str:
    """Write a time since the start: +1.500s, beyond an hour +2h 14m 7s."""
    sign, past = ("-", -seconds) if seconds < 0 else ("+", seconds)
    if past < HOUR_S:
        return f"{sign}{past:.3f}s"
    whole = int(past)
    return f"{sign}{whole // HOUR_S}h {whole % HOUR_S // MINUTE_S}m {whole % MINUTE_S}s"


def _depth(entry: TimelineEntry, parents: Mapping[tuple[str | None, str | None], str | None]) -> int:
    """Count the ancestors that are in the timeline; what is no span belongs below the span that it names."""
    at = entry.parent_span_id if entry.kind == "span" else entry.span_id
    passed: set[str] = set()  # telemetry may name a span as its own ancestor
    while at is not None and at not in passed and (entry.trace_id, at) in parents:
        passed.add(at)
        at = parents[entry.trace_id, at]
    return len(passed)


def _row(entry: TimelineEntry, start: datetime) -> tuple[str, ...]:
    took = (entry.until - entry.at).total_seconds() if entry.until else None
    attempt = f" (try {entry.attempt})" if entry.attempt and entry.attempt > 1 else ""
    failed = entry.error or ("error" if entry.status == "error" else "")
    return (
        offset((entry.at - start).total_seconds()),
        entry.owner or "-",
        f"{entry.name}{attempt}",
        entry.step or "-",
        entry.phase,
        duration(took),
        failed,
    )
