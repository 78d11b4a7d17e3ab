"""How long something may take: declared, else learned, else the default; and the place of a step that has begun."""

from __future__ import annotations

from typing import Final, NamedTuple

from tracer.model.sagas import (
    MAX_COUNTED_ATTEMPTS,
    Basis,
    DeclaredSaga,
    DeclaredStep,
    DeclaredUndo,
    LearnedSaga,
    LearnedStep,
    Limits,
    Mark,
    Place,
    StepKey,
    Timing,
)
from tracer.model.words import StallKind, StepState

_TAIL: Final = 8.0
_HIGH_TAIL: Final = 2.0
_ODD_TAIL: Final = 50.0


class Limit(NamedTuple):
    """`limit_s` None means never; `n` is how much a learned one was learned from."""

    limit_s: float | None
    basis: Basis
    n: float = 0.0


def limit_of(declared_s: float | None, limits: Limits, *timings: Timing | None) -> Limit:
    """Choose the limit of what takes the timings one after another."""
    if declared_s is not None:
        return Limit(declared_s, "declared")
    known = [timing for timing in timings if timing is not None]
    learned = [_learned_s(timing, limits) for timing in known]
    if not learned or None in learned:
        return Limit(limits.default_s, "default")
    total_s = limits.factor * sum(limit_s or 0.0 for limit_s in learned)
    least_s = limits.default_s if any(timing.limit_s is None for timing in known) else limits.floor_s
    return Limit(max(least_s, total_s), "learned", min(timing.n for timing in known))


def _learned_s(timing: Timing, limits: Limits) -> float | None:
    """Give the quantile; where too many are still open to know it, as much as a lower one tells.

    One far above the lower one is that of a few odd transactions: where a record got lost, the time spans two steps.
    """
    if timing.n - timing.censored < limits.min_samples:
        return None
    if timing.limit_s is not None and timing.p95_s is not None:
        return min(timing.limit_s, _ODD_TAIL * timing.p95_s)
    if timing.p50_s is None:
        return None
    return timing.p50_s * _TAIL if timing.p95_s is None else timing.p95_s * _HIGH_TAIL


def longest(one: Limit, *others: Limit) -> Limit:
    """Choose the longest of several limits, where it is not known which of them holds; never is the longest."""
    return max((one, *others), key=lambda limit: float("inf") if limit.limit_s is None else limit.limit_s)


def expected_s(*timings: Timing | None) -> float | None:
    """Add up the middle times of what is known; None where nothing is."""
    known = [timing.p50_s for timing in timings if timing is not None and timing.p50_s is not None]
    return sum(known) if known else None


def declared_step(declared: DeclaredSaga | None, name: str) -> DeclaredStep | None:
    """Find a step of a declaration."""
    return next((step for step in declared.steps if step.name == name), None) if declared else None


def declared_undo(declared: DeclaredSaga | None, key: StepKey) -> DeclaredUndo | None:
    """Find the compensation that a declaration names for what a key undoes."""
    undone = declared_step(declared, key.compensates) if key.compensates else None
    return undone.compensation if undone else None


def learned_step(learned: LearnedSaga | None, key: StepKey) -> LearnedStep | None:
    """Find a step of the history."""
    return next((step for step in learned.steps if step.key == key), None) if learned else None


def open_place(mark: Mark, declared: DeclaredSaga | None, learned: LearnedSaga | None, limits: Limits) -> Place:
    """Say how long a step that has begun, or was told to begin, may take, and what it is when it takes longer."""
    step = declared_step(declared, mark.step) if not mark.compensates else None
    undo = declared_undo(declared, mark.key)
    history = learned_step(learned, mark.key)
    timing = history.timing if history else None
    declared_s = step.deadline_s if step else undo.deadline_s if undo else None
    is_wait = mark.word == "waiting" or bool(step and step.waits and mark.word != "failed")
    limit = Limit(declared_s, "declared") if is_wait else limit_of(declared_s, limits, timing)
    return Place(
        step=mark.step,
        compensates=mark.compensates,
        owner=_asked(step or undo, history) if mark.word == "pending" else None,
        state=_state(mark, is_wait=is_wait),
        kind=_kind(mark, step, limits, is_wait=is_wait),
        limit_s=limit.limit_s,
        limit_basis=limit.basis,
        limit_n=limit.n,
        expected_s=expected_s(timing),
        basis="declared" if step or undo else "learned" if history else "default",
    )


def _asked(declared: DeclaredStep | DeclaredUndo | None, learned: LearnedStep | None) -> str | None:
    """Name who does what was only asked for: the records are of who asked."""
    return declared.owner if declared else learned.owner if learned else None


def _state(mark: Mark, *, is_wait: bool) -> StepState:
    if mark.compensates:
        return "compensating"
    if is_wait:
        return "waiting"
    if mark.word == "failed":
        return "failed"
    return "pending" if mark.word == "pending" else "retrying" if mark.word == "retrying" else "running"


def _kind(mark: Mark, step: DeclaredStep | None, limits: Limits, *, is_wait: bool) -> StallKind:
    if mark.compensates:
        return "compensation-stuck"
    if is_wait:
        return "wait-overdue"
    is_loop = mark.word in {"retrying", "failed"} and mark.attempts >= tries_of(step, limits)
    return "retry-loop" if is_loop else "step-overdue"


def tries_of(step: DeclaredStep | None, limits: Limits) -> int:
    """Say at which try a step counts as one that goes round and round; tries past the counted ones are not told."""
    tries = limits.retries if step is None or step.retry_max is None else step.retry_max + 1
    return min(tries, MAX_COUNTED_ATTEMPTS)


def is_round_and_round(mark: Mark, declared: DeclaredSaga | None, limits: Limits) -> bool:
    """Whether a step failed so often that it is taken to be between two tries, as long as nothing else followed."""
    step = declared_step(declared, mark.step)
    is_loop = mark.attempts > 1 and mark.attempts >= tries_of(step, limits)
    return mark.word == "failed" and not mark.compensates and is_loop
