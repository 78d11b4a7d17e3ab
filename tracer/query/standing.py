"""Where one transaction stands, judged by what is known of its saga: the same judgement that the fold keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from tracer.analysis.judging import judge
from tracer.clock import NS_PER_S
from tracer.model.sagas import MAX_COUNTED_ATTEMPTS, Limits, Mark, Place, StepKey, Verdict
from tracer.query.gathering import Gathered, Kept, StepRow
from tracer.store.knowledge import Known

_FOREVER_NS: Final = 1 << 63
_COUNTED: Final = {"retrying", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A place, since when the transaction is there, and when that is too long; `step` is its step's row, if any."""

    place: Place
    since_ns: int
    due_ns: int | None
    step: StepRow | None

    @property
    def owner(self) -> str | None:
        """Who has to go on."""
        return self.place.owner or (self.step.owner if self.step else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was judged; the place that is overdue first comes first. `is_known`: something is known of the saga.

    `whole_due_ns` is when the deadline of the whole transaction passes.
    """

    verdict: Verdict
    places: tuple[Stood, ...]
    whole_due_ns: int | None
    is_known: bool

    @property
    def first(self) -> Stood | None:
        """The place to name where there is room for one; None where nothing better is known than the records say."""
        first = self.places[0] if self.places else None
        return None if first is None or _is_default(first.place) else first

    @property
    def due_ns(self) -> int | None:
        """When the first of its deadlines passes."""
        due = [at for at in (self.whole_due_ns, *(one.due_ns for one in self.places)) if at is not None]
        return min(due, default=None)


def _is_default(place: Place) -> bool:
    return place.kind == "never-ended" and place.owner is None


def stand(at: Gathered, known: Known | None, limits: Limits) -> Standing:
    """Judge a transaction as it was gathered."""
    if known is None or at.head.ended_ns is not None:
        return Standing(verdict=Verdict(), places=(), whole_due_ns=None, is_known=known is not None)
    verdict = judge(marks_of(at.steps), known.declared, known.learned, limits)
    whole_ns = None if verdict.deadline_s is None else at.head.first_ns + int(verdict.deadline_s * NS_PER_S)
    stood = [_stood(place, at) for place in verdict.places]
    order = sorted(range(len(stood)), key=lambda n: (_due(stood[n]), n))
    places = tuple(_kept(stood[n], at.kept) for n in order)
    return Standing(verdict=verdict, places=places, whole_due_ns=whole_ns, is_known=True)


def marks_of(steps: Iterable[StepRow]) -> tuple[Mark, ...]:
    """Give the marks of a transaction's steps, as `judge_marks.sql` does."""
    return tuple(
        Mark(
            row.step,
            row.compensates,
            row.word,
            min(row.attempts, MAX_COUNTED_ATTEMPTS) if row.word in _COUNTED else 1,
        )
        for row in steps
        if row.word is not None
    )


def _stood(place: Place, at: Gathered) -> Stood:
    rows = {StepKey(row.step, row.compensates): row for row in at.steps}
    own = rows.get(place.key)
    if place.of:
        ends = [row.closed_ns for key in place.of if (row := rows.get(key)) and row.closed_ns is not None]
        since_ns = max(ends, default=at.head.last_ns)
    else:
        since_ns = own.since_ns if own else at.head.last_ns
    due_ns = None if place.limit_s is None else since_ns + int(place.limit_s * NS_PER_S)
    return Stood(place=place, since_ns=since_ns, due_ns=due_ns, step=own)


def _due(one: Stood) -> int:
    return _FOREVER_NS if one.due_ns is None else one.due_ns


def _kept(one: Stood, kept: Kept | None) -> Stood:
    """Keep the deadline that the fold has set for this place: what was learned since does not move it."""
    if kept is None or kept.deadline_ns is None or kept.limit_basis == "declared":
        return one
    if (kept.step, kept.since_ns, kept.limit_basis) != (one.place.step, one.since_ns, one.place.limit_basis):
        return one
    limit_s = (kept.deadline_ns - one.since_ns) / NS_PER_S
    return Stood(
        place=replace(one.place, limit_s=limit_s), since_ns=one.since_ns, due_ns=kept.deadline_ns, step=one.step
    )
