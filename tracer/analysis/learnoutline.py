"""The steps of a learned saga in forward order, each with what has to be done before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracer.model.sagas import LearnedSaga, StepKey, Variant

RARE: Final = 0.1  # a way to a step that fewer took is a lost record, not a rule
_MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Forward steps in `order`, without the `left_out` rarest; `after` names steps that come earlier in it.

    `share` is that of the transactions that went well (of all, where none did) in which the step took part; it is
    empty where none has finished.
    """

    order: tuple[str, ...]
    left_out: int
    after: Mapping[str, tuple[str, ...]]
    share: Mapping[str, float]


def outline(learned: LearnedSaga, limit: int) -> Outline:
    """Order the forward steps by who hands over to whom, else by where they mostly stand in a course."""
    causes = _causes(learned)
    forward = sorted((one for one in learned.steps if not one.compensates), key=lambda one: (-one.n, one.step))
    order = _ordered([one.step for one in forward[:limit]], causes, _standing(learned.variants))
    completed = _completed_before(learned.variants)
    after: dict[str, tuple[str, ...]] = {}
    for at, step in enumerate(order):
        earlier = order[:at]
        named: set[str] = set()
        for cause in causes[step] & set(earlier):
            # What follows a failure (an order is rejected) cannot wait for the failed step to be completed.
            named.update((cause,) if completed[cause, step] >= _MOSTLY else after[cause])
        after[step] = tuple(one for one in earlier if one in named)
    return Outline(
        order=tuple(order),
        left_out=len(forward) - len(order),
        after=after,
        share=_shares(learned.variants, order),
    )


def _causes(learned: LearnedSaga) -> defaultdict[str, set[str]]:
    into: defaultdict[StepKey, float] = defaultdict(float)
    for way in learned.handoffs:
        into[way.after] = max(into[way.after], way.n)
    causes: defaultdict[str, set[str]] = defaultdict(set)
    for way in learned.handoffs:
        is_forward = way.before is not None and not way.before.compensates and not way.after.compensates
        if way.before is not None and is_forward and way.n >= RARE * into[way.after]:
            causes[way.after.step].add(way.before.step)
    return causes


def _ordered(steps: Sequence[str], causes: Mapping[str, set[str]], standing: Mapping[str, float]) -> list[str]:
    """Take next what has no cause left; where causes run in a circle, the one that stands first."""
    left = set(steps)
    order: list[str] = []
    while left:
        ready = [step for step in left if not causes[step] & left] or left
        order.append(min(ready, key=lambda step: (standing.get(step, 0.0), step)))
        left.remove(order[-1])
    return order


def _standing(variants: Sequence[Variant]) -> dict[str, float]:
    """Where in a course each step stands, in the mean."""
    n: defaultdict[str, float] = defaultdict(float)
    places: defaultdict[str, float] = defaultdict(float)
    for variant in variants:
        for at, mark in enumerate(variant.marks):
            if not mark.compensates:
                n[mark.step] += variant.n
                places[mark.step] += variant.n * at
    return {step: places[step] / n[step] for step in n}


def _completed_before(variants: Sequence[Variant]) -> defaultdict[tuple[str, str], float]:
    """In which share of the transactions with both steps the first one completed."""
    both: defaultdict[tuple[str, str], float] = defaultdict(float)
    completed: defaultdict[tuple[str, str], float] = defaultdict(float)
    for variant in variants:
        forward = [mark for mark in variant.marks if not mark.compensates]
        for one in forward:
            for other in forward:
                both[one.step, other.step] += variant.n
                completed[one.step, other.step] += variant.n if one.word == "completed" else 0.0
    return defaultdict(float, {pair: completed[pair] / n for pair, n in both.items()})


def _shares(variants: Sequence[Variant], steps: Sequence[str]) -> dict[str, float]:
    good = [one for one in variants if _went_well(one)] or list(variants)
    total = sum(one.n for one in good)
    took: defaultdict[str, float] = defaultdict(float)
    for variant in good:
        for mark in variant.marks:
            took[mark.step] += 0.0 if mark.compensates else variant.n
    return {step: took[step] / total for step in steps} if total else {}


def _went_well(variant: Variant) -> bool:
    is_clean = not any(mark.compensates or mark.word == "failed" for mark in variant.marks)
    return variant.outcome == "completed" or (variant.outcome is None and is_clean)
