"""The sagas that are declared or were seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tracer.clock import NS_PER_S, to_datetime
from tracer.model.words import Style
from tracer.store.knowledge import Known, knowledge
from tracer.store.session import Session
from tracer.views import SagaList, SagaSummary


@dataclass(slots=True)
class _Seen:
    """What the transactions of a saga show."""

    style: Style | None = None
    counts: dict[str, int] = field(default_factory=dict)
    times_s: tuple[float | None, float | None] = (None, None)


def list_sagas(session: Session, *, now_ns: int, min_samples: float) -> SagaList:
    """Each saga that is declared, learned or was seen, by name; the transactions that name none come last.

    `counts` has only what there is. `learned` is told where at least `min_samples` finished transactions show it.
    """
    known = knowledge(session)
    seen = _seen(session, now_ns)
    names = sorted(known.keys() | seen.keys(), key=lambda name: (name is None, name or ""))
    sagas = (_summary(name, _known(known, name), seen.get(name, _Seen()), min_samples) for name in names)
    return SagaList(sagas=tuple(sagas), as_of=to_datetime(now_ns))


def seconds_of(quantiles: Any) -> tuple[float | None, float | None]:
    """The median and the 95th percentile in seconds, from two quantiles in nanoseconds or nothing."""
    return (None, None) if quantiles is None else (quantiles[0] / NS_PER_S, quantiles[1] / NS_PER_S)


def _known(known: Any, name: str | None) -> Known:
    found: Known = known.get(name, Known())
    return found


def _seen(session: Session, now_ns: int) -> dict[str | None, _Seen]:
    seen: dict[str | None, _Seen] = {}
    for saga, style, status, count, quantiles in session.rows("saga_counts", {"now": now_ns}):
        one = seen.setdefault(saga, _Seen())
        one.style = max(filter(None, (one.style, style)), default=None)
        one.counts[status] = count
        if quantiles is not None:
            one.times_s = seconds_of(quantiles)
    return seen


def _summary(name: str | None, known: Known, seen: _Seen, min_samples: float) -> SagaSummary:
    samples = known.learned.samples if known.learned else 0.0
    style = known.declared.style if known.declared else None
    p50_s, p95_s = seen.times_s
    return SagaSummary(
        saga=name,
        style=style or seen.style,
        declared=known.declared.where if known.declared else None,
        learned_from=samples,
        learned=known.learned is not None and samples >= min_samples,
        counts=seen.counts,
        p50_s=p50_s,
        p95_s=p95_s,
    )
