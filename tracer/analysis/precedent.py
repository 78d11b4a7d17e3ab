"""What history shows for a situation: the courses that finished transactions took from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import Final, NamedTuple

from tracer.analysis.limits import Limit, expected_s, learned_step, limit_of, longest
from tracer.analysis.undonames import is_undo_name
from tracer.model.sagas import Coming, LearnedSaga, Limits, Mark, Place, StepKey, Timing, Variant
from tracer.model.words import Outcome, StallKind, StepState

_LIKELY: Final = 0.05
_SURE: Final = 0.9
_RARE: Final = 0.5
_ORDERED: Final = 0.95
_EITHER: Final = 0.15
_FEW: Final = 5.0
_END: Final = None


class _Course(NamedTuple):
    """A variant that agrees with a situation, and its weight."""

    variant: Variant
    n: float


class Precedent:
    """The history of a saga, as seen from one situation. `learned` None is a saga without any."""

    def __init__(self, marks: Collection[Mark], learned: LearnedSaga | None, limits: Limits) -> None:
        self._marks = {mark.key: mark for mark in marks}
        self._learned = learned
        self._limits = limits
        self._is_enough = learned is not None and learned.samples >= limits.min_samples

    @property
    def says_end(self) -> bool:
        """Whether transactions of this saga usually say that they are over."""
        return bool(self._is_enough and self._learned and self._learned.says_end)

    @cached_property
    def courses(self) -> tuple[_Course, ...]:
        """The variants that agree with all marks; else with all steps; else none."""
        if not self._is_enough or self._learned is None:
            return ()
        for strict in (True, False):
            found = [_Course(one, one.n * self._fit(one, strict=strict)) for one in self._learned.variants]
            if kept := tuple(course for course in found if course.n > 0):
                return kept
        return ()

    @cached_property
    def weight(self) -> float:
        """How many transactions those courses are."""
        return sum(course.n for course in self.courses)

    def _fit(self, variant: Variant, *, strict: bool) -> float:
        """Say how well a variant agrees: 0 not at all, 1 wholly; less where a failed step would have to be retried."""
        words = {mark.key: mark.word for mark in variant.marks}
        fit = 1.0
        for key, mark in self._marks.items():
            word = words.get(key)
            if word is None:
                return 0.0
            if not strict or mark.is_open or word == mark.word:
                continue
            if mark.word == "failed" and word == "completed":
                fit *= self._retried(key)
            else:
                return 0.0
        return fit

    def _retried(self, key: StepKey) -> float:
        """Say how often a step that completed had been tried more than once."""
        step = learned_step(self._learned, key)
        if step is None or step.announces or step.n <= 0:
            return 0.0
        return min(1.0, step.retried_well / step.n)

    @cached_property
    def _order(self) -> Mapping[tuple[StepKey, StepKey], float]:
        """How many transactions began one step before another."""
        order: dict[tuple[StepKey, StepKey], float] = defaultdict(float)
        for variant in self._learned.variants if self._learned and self._is_enough else ():
            for earlier, later in combinations([mark.key for mark in variant.marks], 2):
                order[earlier, later] += variant.n
        return order

    @cached_property
    def _before(self) -> Mapping[StepKey, frozenset[StepKey]]:
        """For each step those that nearly always begin before it, and do not go on beside it."""
        before: dict[StepKey, set[StepKey]] = defaultdict(set)
        for (earlier, key), n in list(self._order.items()):
            often = max(_FEW, _ORDERED * (n + self._order[key, earlier]))
            if n >= often and not self._do_overlap(earlier, key):
                before[key].add(earlier)
        return {key: frozenset(earlier) for key, earlier in before.items()}

    def is_past(self, key: StepKey) -> bool:
        """Whether a step must be over: one that always comes later was seen, or it is being undone."""
        if not key.compensates and any(own.compensates == key.step for own in self._marks if own.compensates):
            return True
        return any(key in self._before.get(other, ()) for other in self._marks if other != key)

    @cached_property
    def _passed(self) -> frozenset[StepKey]:
        """Steps that must be over although no record says so: one that always comes later was seen."""
        return frozenset(earlier for key in self._marks for earlier in self._before.get(key, ())) - self._marks.keys()

    def _next(self, variant: Variant) -> StepKey | None:
        """Give the next step of a course from here; None where it is at its end."""
        for mark in variant.marks:
            seen = self._marks.get(mark.key)
            if seen is None and mark.key not in self._passed:
                return mark.key
            if seen is not None and seen.word == "failed" and mark.word == "completed" and not self.is_past(mark.key):
                return mark.key  # it was tried again
        return _END

    def chance(self, key: StepKey) -> float | None:
        """Say how likely a step comes next; None where history does not know the situation."""
        return self.nexts.get(key, 0.0) if self.courses else None

    @cached_property
    def nexts(self) -> Mapping[StepKey | None, float]:
        """The chance of each next step; None is the end."""
        found: dict[StepKey | None, float] = defaultdict(float)
        for course in self.courses:
            found[self._next(course.variant)] += course.n
        total = self.weight
        return {key: n / total for key, n in sorted(found.items(), key=_by_weight)}

    def expected(self) -> tuple[Place, ...]:
        """Say which steps should begin next: the likeliest one, and those that run beside it."""
        if not self._beside_open():
            return ()
        nexts = {key: p for key, p in self.nexts.items() if key is not None and p >= _LIKELY}
        if not nexts or self.nexts.get(_END, 0.0) >= _SURE:
            return ()
        first = next(iter(nexts))
        chosen = [first, *(key for key in nexts if key != first and self._is_beside(first, key))]
        places = [self._place(key, 1.0 if len(chosen) > 1 else nexts[key]) for key in chosen]
        others = [self._place(key, p) for key, p in nexts.items() if key not in chosen]
        return tuple(_patient(place, others) for place in places)

    def _beside_open(self) -> bool:
        """Whether what comes next runs beside all that is open now, if anything is."""
        opened = [key for key, mark in self._marks.items() if mark.is_open and not self.is_past(key)]
        first = next((key for key in self.nexts if key is not None), None)
        return first is not None and all(self._is_beside(first, key) for key in opened)

    def _do_overlap(self, one: StepKey, other: StepKey) -> bool:
        pairs = self._learned.concurrent if self._learned else ()
        return (one, other) in pairs or (other, one) in pairs

    def _is_beside(self, one: StepKey, other: StepKey) -> bool:
        """Whether two steps run beside each other, and either may begin first."""
        if not self._do_overlap(one, other):
            return False
        first, second = self._order[one, other], self._order[other, one]
        return min(first, second) >= _EITHER * (first + second)

    def _place(self, key: StepKey, p: float) -> Place:
        step = learned_step(self._learned, key)
        timing = step.timing if step else None
        failed = self._marks.get(key)
        before = self._causes(key)
        handoffs = [one for one in self._learned.handoffs if one.after == key] if self._learned else []
        reached = [one.timing for one in handoffs if one.before in before and one.timing]
        handoff = nearest(reached)
        limit = limit_of(None, self._limits, *([timing] if failed else [handoff, timing] if handoff else [None]))
        return Place(
            step=key.step,
            compensates=key.compensates,
            owner=step.owner if step else None,
            state=_state(key, is_failed=bool(failed)),
            kind=_kind(is_failed=bool(failed), is_undo=self.is_undo(key)),
            limit_s=limit.limit_s,
            limit_basis=limit.basis,
            limit_n=limit.n,
            expected_s=expected_s(handoff, timing),
            of=tuple(sorted(before)) if not failed else (key,),
            basis="learned",
            p=p,
        )

    def is_undo(self, key: StepKey) -> bool:
        """Whether a step takes something back: its records say so, or its name does and few transactions take it."""
        if key.compensates:
            return True
        step = learned_step(self._learned, key)
        is_rare = bool(step and self._learned and step.n < _RARE * self._learned.samples)
        return is_rare and is_undo_name(key.step)

    def _causes(self, key: StepKey) -> frozenset[StepKey]:
        """Give the steps after which this one comes, of those that were seen; all of them where history has none."""
        handoffs = self._learned.handoffs if self._learned else ()
        closed = {own for own, mark in self._marks.items() if not mark.is_open}
        named = {one.before for one in handoffs if one.after == key and one.before in closed and one.share >= _LIKELY}
        return frozenset(one for one in named if one is not None) or frozenset(closed)

    def ends(self, share: float) -> Outcome | None:
        """Say how the transaction ended, where nearly all that came so far had nothing after it."""
        is_end = self._is_at_end()
        if self.nexts.get(_END, 0.0) < share and not (is_end and not self.courses):
            return None
        is_undone = any(mark.compensates for mark in self._marks.values())
        if self.weight < (_FEW if is_undone else self._limits.min_samples) and not is_end:
            return None
        ended = [one for one in self.courses if self._next(one.variant) is _END]
        course = max(ended, key=lambda one: one.n, default=None)
        return (course.variant.outcome if course else None) or outcome_of(self._marks.values())

    def _is_at_end(self) -> bool:
        """Whether a step is done, and nothing is open, after which nothing comes as a rule."""
        has_failed = any(mark.word == "failed" for mark in self._marks.values())
        known = self._learned.ends if self._learned and self._is_enough else ()
        ends = {end.key for end in known if has_failed or end.outcome != "failed"}
        is_open = any(mark.is_open and not self.is_past(key) for key, mark in self._marks.items())
        return not is_open and any(self._marks[key].word == "completed" for key in ends & self._marks.keys())

    def remaining(self) -> tuple[Coming, ...]:
        """List the steps to come with the chance of each, in the order in which they usually come."""
        found: dict[StepKey, list[float]] = {}
        for course in self.courses:
            for place, mark in enumerate(course.variant.marks):
                if mark.key not in self._marks and mark.key not in self._passed:
                    sums = found.setdefault(mark.key, [0.0, 0.0])
                    sums[0] += course.n
                    sums[1] += course.n * place
        coming = sorted(found.items(), key=lambda item: (item[1][1] / item[1][0], item[0]))
        return tuple(self._coming(key, n / self.weight) for key, (n, _) in coming if n >= _LIKELY * self.weight)

    def _coming(self, key: StepKey, p: float) -> Coming:
        step = learned_step(self._learned, key)
        handoffs = [one for one in self._learned.handoffs if one.after == key] if self._learned else []
        likeliest = max(handoffs, key=lambda one: one.n, default=None)
        return Coming(
            step=key.step,
            compensates=key.compensates,
            owner=step.owner if step else None,
            expected_s=expected_s(likeliest.timing if likeliest else None, step.timing if step else None),
            basis="learned",
            p=round(p, 3),
        )

    def share_of(self, key: StepKey) -> float | None:
        """Say how many of the transactions that came so far took a step; None where history has none that did."""
        if not self.courses:
            return None
        took = sum(one.n for one in self.courses if any(mark.key == key for mark in one.variant.marks))
        return took / self.weight

    def finish(self) -> tuple[float | None, tuple[float, float, float] | None]:
        """Give the chance to complete, and a low, a middle and a high guess of the seconds until the end."""
        if not self.courses or self.weight < self._limits.min_samples:
            return None, None
        well = sum(course.n for course in self.courses if _ends_well(course.variant))
        return round(well / self.weight, 3), self._until_end()

    def _until_end(self) -> tuple[float, float, float] | None:
        """Add up middle times for the low guess of what is sure to come, p95 of all that may for the high one."""
        low = middle = high = 0.0
        for coming in self.remaining():
            step = learned_step(self._learned, StepKey(coming.step, coming.compensates))
            if step is None or step.timing is None or step.timing.p95_s is None or coming.expected_s is None:
                return None
            low += coming.expected_s if coming.p >= _SURE else 0.0
            middle += coming.p * coming.expected_s
            high += max(coming.expected_s, step.timing.p95_s)
        return low, max(low, middle), max(low, high)

    def unsaid(self, is_past: Callable[[StepKey], bool] | None = None) -> tuple[Place, ...]:
        """Say where it stands when all is done but the end, which the records of this saga usually say."""
        closer = self._learned.closer if self._learned else None
        return tuple(replace(place, owner=closer, basis="learned") for place in self.last(is_past))

    def last(self, is_past: Callable[[StepKey], bool] | None = None) -> tuple[Place, ...]:
        """Say where it stands when nothing is open and nothing is known to follow: at the last of its steps.

        `is_past` says of which steps something later was seen, where a declaration knows it better.
        """
        closed = sorted(key for key, mark in self._marks.items() if not mark.is_open)
        if not closed:
            return ()
        sinks = [key for key in closed if not (is_past or self.is_past)(key)] or closed
        mark = max((self._marks[key] for key in sinks), key=_lateness)
        return (
            Place(
                step=mark.step,
                compensates=mark.compensates,
                owner=None,
                state=_closed_state(mark),
                kind=_closed_kind(mark),
                limit_s=self._limits.default_s,
                limit_basis="default",
                of=tuple(closed),
            ),
        )


def nearest(timings: Iterable[Timing]) -> Timing | None:
    """Choose the hand-off that takes the least: what came last before a step is what it waited for."""
    known = [timing for timing in timings if timing.p50_s is not None]
    return min(known, key=lambda timing: timing.p50_s or 0.0, default=None)


def outcome_of(marks: Collection[Mark]) -> Outcome:
    """Say how a transaction ended whose records do not: by what its last steps did."""
    if any(mark.compensates and mark.word == "completed" for mark in marks):
        return "compensated"
    return "failed" if any(mark.word == "failed" for mark in marks) else "completed"


def _ends_well(variant: Variant) -> bool:
    return (variant.outcome or outcome_of(variant.marks)) == "completed"


def _patient(place: Place, others: Sequence[Place]) -> Place:
    """Give a place the longest limit of all that may come instead: it is not known which of them was chosen."""
    limits = [Limit(one.limit_s, one.limit_basis, one.limit_n) for one in (place, *others)]
    limit = longest(*limits)
    return replace(place, limit_s=limit.limit_s, limit_basis=limit.basis, limit_n=limit.n)


def _by_weight(item: tuple[StepKey | None, float]) -> tuple[float, StepKey]:
    key, n = item
    return -n, key or StepKey("")


def _lateness(mark: Mark) -> tuple[bool, bool, StepKey]:
    """Of several last steps name one that undid something before others, and one that failed before others."""
    return bool(mark.compensates), mark.word == "failed", mark.key


def _state(key: StepKey, *, is_failed: bool) -> StepState:
    if key.compensates:
        return "compensation_failed" if is_failed else "pending"
    return "failed" if is_failed else "pending"


def _kind(*, is_failed: bool, is_undo: bool) -> StallKind:
    if is_undo:
        return "compensation-stuck"
    return "step-overdue" if is_failed else "handoff-lost"


def _closed_state(mark: Mark) -> StepState:
    if mark.compensates:
        return "compensated" if mark.word == "completed" else "compensation_failed"
    return "completed" if mark.word == "completed" else "failed"


def _closed_kind(mark: Mark) -> StallKind:
    return "compensation-stuck" if mark.compensates and mark.word == "failed" else "never-ended"
