"""What a declaration says for a situation: which steps are ready, which are to be undone, whether all is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from tracer.analysis.limits import Limit, expected_s, learned_step, limit_of, longest
from tracer.analysis.precedent import Precedent, nearest, outcome_of
from tracer.model.sagas import (
    Coming,
    DeclaredSaga,
    DeclaredStep,
    LearnedSaga,
    Limits,
    Mark,
    Place,
    StepKey,
    Timing,
)
from tracer.model.words import Outcome, StallKind, StepState

_UNKNOWN_P: Final = 0.5


class Plan:
    """A declared saga, as seen from one situation."""

    def __init__(
        self, marks: Collection[Mark], declared: DeclaredSaga, learned: LearnedSaga | None, limits: Limits
    ) -> None:
        self._marks = {mark.key: mark for mark in marks}
        self._declared = declared
        self._steps = {step.name: step for step in declared.steps}
        self._learned = learned
        self._limits = limits
        self._history = Precedent(marks, learned, limits)

    @cached_property
    def _later(self) -> Mapping[str, frozenset[str]]:
        """For each step all that come after it, however far."""
        later: dict[str, set[str]] = {name: set() for name in self._steps}
        for name in self._steps:
            stack = list(self._steps[name].after)
            while stack:
                earlier = stack.pop()
                if earlier in later and name not in later[earlier]:
                    later[earlier].add(name)
                    stack.extend(self._steps[earlier].after)
        return {name: frozenset(names) for name, names in later.items()}

    def is_past(self, key: StepKey) -> bool:
        """Whether a step is over, whatever its records say: a later one was seen, or it is being undone."""
        if key.compensates or key.step not in self._steps:
            return False
        return self._is_past(key.step) or key.step in self._undone

    def _seen(self, name: str) -> Mark | None:
        return self._marks.get(StepKey(name))

    def _is_past(self, name: str) -> bool:
        """Whether a later step was seen: then this one is over, whatever became of its records."""
        return any(self._seen(later) for later in self._later[name])

    def _is_going_on(self, name: str) -> bool:
        mark = self._seen(name)
        return mark is not None and mark.is_open and not self._is_past(name)

    def _is_done(self, name: str) -> bool:
        mark = self._seen(name)
        return name not in self._steps or (mark is not None and mark.word == "completed") or self._is_past(name)

    def _is_skipped(self, step: DeclaredStep) -> bool:
        return step.optional and self._seen(step.name) is None and self._is_past(step.name)

    @cached_property
    def _failed(self) -> tuple[DeclaredStep, ...]:
        """Steps that failed, and that nothing forward followed."""
        return tuple(
            step
            for step in self._declared.steps
            if (mark := self._seen(step.name)) and mark.word == "failed" and not self._is_past(step.name)
        )

    @cached_property
    def _undone(self) -> Mapping[str, Mark]:
        """What undoes each step, as far as it was seen."""
        return {key.compensates: mark for key, mark in self._marks.items() if key.compensates}

    @property
    def is_undoing(self) -> bool:
        """Whether the transaction goes backwards: something was undone, or a step failed for good."""
        return bool(self._undone) or any(not self._may_retry(step) for step in self._failed)

    def _may_retry(self, step: DeclaredStep) -> bool:
        mark = self._seen(step.name)
        if self._is_past_pivot:
            return True
        if mark is None or step.retry_max is None or mark.attempts > step.retry_max:
            return False
        chance = self._history.chance(StepKey(step.name))
        return chance is None or chance >= _UNKNOWN_P

    @cached_property
    def _is_past_pivot(self) -> bool:
        return any(step.pivot and self._is_done(step.name) for step in self._declared.steps)

    def expected(self) -> tuple[Place, ...]:
        """Say which steps should begin next."""
        again = tuple(self._again(step) for step in self._failed if self._may_retry(step))
        if again and not self._undone:
            return again
        return tuple(self._undoing()) if self.is_undoing else tuple(self._ready())

    def _again(self, step: DeclaredStep) -> Place:
        limit = limit_of(step.deadline_s, self._limits, self._timing(StepKey(step.name)))
        return self._place(StepKey(step.name), step.owner, "failed", "step-overdue", limit, of=(StepKey(step.name),))

    def _ready(self) -> Iterator[Place]:
        """Give the steps whose predecessors are done; those that may be left out where nothing else is to come."""
        ready = [step for step in self._declared.steps if self._is_ready(step)]
        must = [step for step in ready if not step.optional]
        opened = any(mark.is_open and not self.is_past(key) for key, mark in self._marks.items())
        yield from (self._begin(step, 1.0) for step in must)
        if not must and not opened and ready:
            yield self._likeliest(ready)

    def _likeliest(self, ready: Sequence[DeclaredStep]) -> Place:
        """Of several steps that may be left out name the likeliest, with the patience that the slowest wants."""
        places = sorted((self._begin(step, self._chance(step)) for step in ready), key=lambda place: -place.p)
        limit = longest(*(Limit(one.limit_s, one.limit_basis, one.limit_n) for one in places))
        return replace(places[0], limit_s=limit.limit_s, limit_basis=limit.basis, limit_n=limit.n)

    def _is_ready(self, step: DeclaredStep) -> bool:
        if self._seen(step.name) or self._is_past(step.name):
            return False
        before = [self._steps[name] for name in step.after if name in self._steps]
        if any(self._is_going_on(one.name) for one in before):
            return False
        if any(not one.optional and not self._is_done(one.name) for one in before):
            return False
        return not before or any(self._is_done(one.name) for one in before)

    def _chance(self, step: DeclaredStep) -> float:
        if not step.optional:
            return 1.0
        share = self._history.share_of(StepKey(step.name))
        return _UNKNOWN_P if share is None else share

    def _begin(self, step: DeclaredStep, p: float) -> Place:
        key = StepKey(step.name)
        before = tuple(StepKey(name) for name in step.after if StepKey(name) in self._closed)
        since = before or self._closed
        history = learned_step(self._learned, key)
        if step.waits and history and history.waits:
            limit = limit_of(None, self._limits, self._handoff(key))
            return self._place(key, step.owner, "pending", "handoff-lost", limit, of=since, p=p)
        if step.waits:
            limit = Limit(step.deadline_s, "declared")
            return self._place(key, step.owner, "waiting", "wait-overdue", limit, of=since, p=p)
        limit = limit_of(step.deadline_s, self._limits, *self._until_done(key))
        return self._place(key, step.owner, "pending", "handoff-lost", limit, of=since, p=p)

    def _undoing(self) -> Iterator[Place]:
        """Give the compensations that should run next: none beside one that runs, later steps before earlier ones."""
        failed = [(name, mark) for name, mark in self._undone.items() if mark.word == "failed"]
        for name, mark in failed:
            yield self._undo(name, mark, "compensation_failed", (mark.key,))
        if failed or any(mark.is_open for mark in self._undone.values()) or self._is_past_pivot:
            return
        for name in self._next_undos():
            yield self._undo(name, None, "pending", self._closed)

    def to_undo(self) -> tuple[str, ...]:
        """Name the steps that are still to be undone, in the order of undoing."""
        if self._is_past_pivot:
            return ()
        names = [step.name for step in self._declared.steps if self._is_undoable(step)]
        return tuple(sorted(names, key=lambda name: (-self._depth(name), -list(self._steps).index(name))))

    def _next_undos(self) -> list[str]:
        left = self.to_undo()
        return [name for name in left if not self._later[name] & set(left)]

    def _is_undoable(self, step: DeclaredStep) -> bool:
        mark = self._seen(step.name)
        was_done = self._is_lost(step, mark) if mark is None or mark.is_open else mark.word == "completed"
        return step.compensation is not None and was_done and step.name not in self._undone

    def _is_lost(self, step: DeclaredStep, mark: Mark | None) -> bool:
        """Whether a step was done without a record of its end: it was seen to begin, or may not be left out."""
        return self._is_past(step.name) and (mark is not None or not step.optional)

    def _depth(self, name: str) -> int:
        return sum(name in later for later in self._later.values())

    def _undo(self, name: str, mark: Mark | None, state: StepState, of: tuple[StepKey, ...]) -> Place:
        step = self._steps.get(name)
        undo = step.compensation if step else None
        key = mark.key if mark else StepKey(undo.step if undo else name, name)
        timings = (self._timing(key),) if mark else self._until_done(key)
        limit = limit_of(undo.deadline_s if undo else None, self._limits, *timings)
        return self._place(key, undo.owner if undo else None, state, "compensation-stuck", limit, of=of)

    def _place(
        self,
        key: StepKey,
        owner: str | None,
        state: StepState,
        kind: StallKind,
        limit: Limit,
        *,
        of: tuple[StepKey, ...],
        p: float = 1.0,
    ) -> Place:
        return Place(
            step=key.step,
            compensates=key.compensates,
            owner=owner,
            state=state,
            kind=kind,
            limit_s=limit.limit_s,
            limit_basis=limit.basis,
            limit_n=limit.n,
            expected_s=expected_s(self._handoff(key), self._timing(key)),
            of=of,
            basis="declared",
            p=p,
        )

    @property
    def _closed(self) -> tuple[StepKey, ...]:
        return tuple(sorted(key for key, mark in self._marks.items() if not mark.is_open))

    def _timing(self, key: StepKey) -> Timing | None:
        step = learned_step(self._learned, key)
        return step.timing if step else None

    def _until_done(self, key: StepKey) -> tuple[Timing | None, ...]:
        """Give the times of the hand-off and of the step; none where it is not known how long the hand-off takes."""
        handoff = self._handoff(key)
        return (handoff, self._timing(key)) if handoff else ()

    def _handoff(self, key: StepKey) -> Timing | None:
        handoffs = self._learned.handoffs if self._learned else ()
        reached = [one.timing for one in handoffs if one.after == key and one.before in self._marks and one.timing]
        return nearest(reached)

    def ends(self) -> Outcome | None:
        """Say how the transaction ended, where all that was declared is done."""
        if any(mark.is_open and not self.is_past(key) for key, mark in self._marks.items()):
            return None
        if self.is_undoing:
            return None if [*self._undoing()] or self._is_past_pivot else outcome_of(self._marks.values())
        last = [step for step in self._declared.steps if not self._later[step.name]]
        done = [step for step in last if self._is_done(step.name)]
        left = [step for step in self._declared.steps if not step.optional and not self._is_done(step.name)]
        return "completed" if done and not left else None

    def remaining(self) -> tuple[Coming, ...]:
        """List the steps to come in their order: those to be undone, or those to be done."""
        if self.is_undoing:
            left = [self._undo(name, None, "pending", ()) for name in self.to_undo()]
            return tuple(self._coming(one.key, one.owner, 1.0) for one in left)
        forward = sorted(self._declared.steps, key=lambda step: self._depth(step.name))
        return tuple(
            self._coming(StepKey(step.name), step.owner, self._chance(step))
            for step in forward
            if self._seen(step.name) is None and not self._is_past(step.name)
        )

    def _coming(self, key: StepKey, owner: str | None, p: float) -> Coming:
        took_s = expected_s(self._handoff(key), self._timing(key))
        return Coming(
            step=key.step, compensates=key.compensates, owner=owner, expected_s=took_s, basis="declared", p=round(p, 3)
        )
