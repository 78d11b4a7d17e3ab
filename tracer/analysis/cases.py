"""What is known of one transaction that somebody must act on, and what may be proposed for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tracer.analysis.commands import Values
from tracer.analysis.repeating import DECLARED, UNKNOWN, Repeat, repeat, wilson
from tracer.analysis.undoing import TimedMark, Undoing
from tracer.clock import to_datetime
from tracer.model.duration import spell_finely
from tracer.model.sagas import (
    Basis,
    DeclaredSaga,
    DeclaredStep,
    LearnedSaga,
    Limits,
    Place,
    StepKey,
    Verdict,
)
from tracer.model.text import clean
from tracer.model.words import TransactionStatus

Action = Literal["wait", "retry", "compensate", "resume", "investigate"]

MAX_ERROR: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one transaction.

    `stuck_place` is where it is stuck, for `stuck_s`, and None where it is not. `values` gives the distinct values that
    a path has in its records (`reservation_id`, `$.reservation_id`, `alias.payment`). `message` is a sentence on where
    its last message is, or nothing.
    """

    transaction_id: str
    marks: tuple[TimedMark, ...]
    verdict: Verdict
    declared: DeclaredSaga | None
    learned: LearnedSaga | None
    limits: Limits
    status: TransactionStatus
    stuck_place: Place | None
    stuck_s: float
    values: Values
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing to do; `fits` says how well, `sure` how far one can rely on what it rests on."""

    action: Action
    step: str
    owner: str | None
    why: str
    fits: float
    sure: float
    basis: Basis
    evidence: tuple[str, ...] = ()
    run: str | None = None
    compensates: str = ""

    @property
    def confidence(self) -> float:
        """How far to trust it, from 0 to 1."""
        return round(self.fits * self.sure, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The place that the advice is about, with what is known there."""

    case: Case
    plan: Undoing
    place: Place
    mark: TimedMark | None
    declared: DeclaredStep | None
    undoes: str

    @property
    def owner(self) -> str | None:
        """Who is to act at the place."""
        undo = self.plan.of(self.undoes) if self.undoes else None
        known = undo.owner if undo else owner_of(self.case, self.place.step)
        return self.place.owner or (self.mark.owner if self.mark else None) or known

    @property
    def who(self) -> str:
        """The owner, in a sentence."""
        return self.owner or "an unnamed service"

    @property
    def subject(self) -> str:
        """The owner at the head of a sentence: a name stays as it is written."""
        return self.owner or "An unnamed service"

    @property
    def has_begun(self) -> bool:
        """Whether the step was seen to begin."""
        return self.mark is not None and self.mark.word != "pending"

    @property
    def is_done(self) -> bool:
        """Whether the step is completed already."""
        return self.mark is not None and self.mark.word == "completed"

    @property
    def repeat(self) -> Repeat:
        """Whether the step of the place may be tried once more."""
        case, tries = self.case, self.mark.attempts if self.mark and self.has_begun else 0
        return repeat(self.place.key, tries, case.declared, case.learned, case.limits)

    @property
    def sure(self) -> float:
        """How sure it is that the transaction is here, and late."""
        at, learned = self.place, self.case.learned
        n = at.limit_n or (learned.samples if learned else 0.0)
        basis = at.limit_basis if at.limit_basis != "default" else at.basis
        return {"declared": DECLARED, "learned": wilson(n, n), "default": UNKNOWN}[basis] * min(1.0, at.p)


def spot_of(case: Case, plan: Undoing, place: Place) -> Spot:
    """Gather what is known at a place."""
    steps = {step.name: step for step in case.declared.steps} if case.declared else {}
    begun = next(
        (one for one in plan.begun if one.step == place.step and place.compensates in {"", one.compensates}), None
    )
    by_name = next((undo.undoes for undo in (*plan.next, *plan.later) if undo.step == place.step), "")
    undoes = place.compensates or (begun.compensates if begun else by_name if place.step not in steps else "")
    keys = (place.key, StepKey(place.step))
    return Spot(
        case=case,
        plan=plan,
        place=place,
        mark=begun or next((mark for mark in case.marks if mark.key in keys[: 1 if undoes else 2]), None),
        declared=None if undoes else steps.get(place.step),
        undoes=undoes,
    )


def owner_of(case: Case, step: str) -> str | None:
    """Give whose a forward step is, as declared, as expected or as earlier transactions had it."""
    known = [*(case.declared.steps if case.declared else ())]
    named = [one.owner for one in known if one.name == step]
    named += [one.owner for one in case.verdict.remaining if one.step == step and one.owner]
    named += [one.owner for one in (case.learned.steps if case.learned else ()) if one.step == step and one.owner]
    return next(iter(named), None)


# --- evidence -------------------------------------------------------------------------------------------------


def seen(mark: TimedMark | None) -> tuple[str, ...]:
    """Say what records told of a step: when it ended, and its last error."""
    if mark is None:
        return ()
    error = (f"the last error of {mark.step}: {clean(mark.error, MAX_ERROR)}",) if mark.error else ()
    if mark.word in {"completed", "failed"} and mark.closed_ns is not None:
        verb = "was completed" if mark.word == "completed" else "failed"
        return (f"{mark.step} {verb} at {_at(mark.closed_ns)}", *error)
    if mark.is_open and mark.since_ns is not None:
        return (f"{mark.step} is {mark.word} since {_at(mark.since_ns)}", *error)
    return error


def lateness(case: Case, place: Place) -> str:
    """Say from when on a place counts as overdue, and by what."""
    if place.limit_s is None or place.kind in {"retry-loop", "never-ended"}:
        return ""
    limit = f"{place.step} is overdue after {spell_finely(place.limit_s)}"
    if place.limit_basis == "declared":
        return f"{limit}, declared{where(case)}"
    if place.limit_basis == "learned":
        return f"{limit}, learned from {place.limit_n:.0f} earlier transactions"
    return f"{limit}, the default: no deadline is declared and too little was learned"


def before(spot: Spot) -> Iterator[str]:
    """Say when the steps were completed after which the place is expected, and how often it came after them."""
    for mark in spot.case.marks:
        if mark.key in spot.place.of:
            yield from seen(mark)
    for way in spot.case.learned.handoffs if spot.case.learned else ():
        if way.before in spot.place.of and way.before and way.after == spot.place.key and way.share > 0:
            often = f"{way.n:.0f} of {way.n / way.share:.0f} earlier transactions"
            yield f"{way.after.step} came after {way.before.step} in {often}"


def where(case: Case) -> str:
    """Say where the saga is declared, as the end of a sentence."""
    return f" in {case.declared.where}" if case.declared and case.declared.where else ""


def _at(ns: int) -> str:
    return f"{to_datetime(ns):%Y-%m-%d %H:%M:%S} UTC"
