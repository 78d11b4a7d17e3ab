"""Which transactions are finished, and in which order their steps belong.

**Order.** Clocks of services differ, so one transaction's order proves little. Two steps are concurrent where they
often overlap or often come in either order; else the one that mostly begins first belongs before the other, also in
the few transactions that show it the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracer.model.counts import VariantCount
from tracer.model.sagas import StepKey

SAID: Final = 0.5
SAID_OF_GOOD_ENDS: Final = 0.2
OVERLAPPING: Final = 0.10
REVERSED: Final = 0.15
MIN_EVIDENCE: Final = 2.0  # of overlaps or of reversals: one transaction proves nothing
MAX_STEPS: Final = 64  # of one course; more of them are names with ids in them
HAIR: Final = 1e-9  # what rounding may leave between two shares that are equal
_USUALLY: Final = 0.5

Pair = tuple[StepKey, StepKey]
ENDED: Final = frozenset({"completed", "failed"})


def in_order(variants: Iterable[VariantCount]) -> tuple[VariantCount, ...]:
    """Sort what was counted, so that sums do not depend on the order of rows; without what cannot be a course."""
    usable = (one for one in variants if one.n > 0 and _is_course(one))
    return tuple(sorted(usable, key=lambda one: (one.marks, one.outcome or "", one.overlaps, one.n)))


def _is_course(one: VariantCount) -> bool:
    return 0 < len(one.marks) <= MAX_STEPS and len({mark.key for mark in one.marks}) == len(one.marks)


def weight(variants: Iterable[VariantCount]) -> float:
    """How many transactions took these courses."""
    return sum((one.n for one in variants), start=0.0)


def says_end(variants: Sequence[VariantCount]) -> bool:
    """Tell whether records say the end of this saga: then silence is no end.

    They do where half of all transactions have an outcome. In a long incident fewer may have one, so a fifth is enough
    of those that completed or are silent: a saga that says only its failures has no `completed` at all, and to take
    what is stuck for finished is the worse error.
    """
    said = weight(one for one in variants if one.outcome is not None)
    completed = weight(one for one in variants if one.outcome == "completed")
    silent = weight(one for one in variants if one.outcome is None)
    if said < 1 - HAIR:
        return False
    is_half = said >= SAID * (said + silent) - HAIR * said
    return is_half or completed >= SAID_OF_GOOD_ENDS * (completed + silent) - HAIR * said


def finished(variants: Sequence[VariantCount]) -> tuple[VariantCount, ...]:
    """Keep the transactions to learn from.

    Where records say the end, the silent ones are stuck. Where they do not, the silent ones are the finished ones, but
    for those that stand in a step which others usually end.
    """
    if says_end(variants):
        return tuple(one for one in variants if one.outcome is not None)
    usually = _usually_ended(variants)
    return tuple(
        one
        for one in variants
        if one.outcome is not None or not any(mark.is_open and mark.key in usually for mark in one.marks)
    )


def _usually_ended(variants: Iterable[VariantCount]) -> frozenset[StepKey]:
    begun: defaultdict[StepKey, float] = defaultdict(float)
    ended: defaultdict[StepKey, float] = defaultdict(float)
    for one in variants:
        for mark in one.marks:
            begun[mark.key] += one.n
            ended[mark.key] += one.n if mark.word in ENDED else 0.0
    return frozenset(key for key, n in begun.items() if ended[key] >= _USUALLY * n * (1 - HAIR))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which steps belong before which, directly or not, and which run beside each other (pairs in their own order)."""

    before: Mapping[StepKey, frozenset[StepKey]]
    concurrent: frozenset[Pair]


@dataclass(slots=True)
class _Together:
    """Two steps in the transactions that have both: `swapped` where the second one begins first."""

    n: float = 0.0
    swapped: float = 0.0
    overlapping: float = 0.0

    @property
    def is_concurrent(self) -> bool:
        rarer = min(self.swapped, self.n - self.swapped)
        return _is_often(self.overlapping, OVERLAPPING, self.n) or _is_often(rarer, REVERSED, self.n)


def _is_often(n: float, share: float, of: float) -> bool:
    return n >= MIN_EVIDENCE * (1 - HAIR) and n >= share * of * (1 - HAIR)


def order_of(variants: Sequence[VariantCount]) -> Order:
    """Learn the order of steps from all courses together. Two that never meet (alternatives) have none."""
    before: defaultdict[StepKey, set[StepKey]] = defaultdict(set)
    concurrent: set[Pair] = set()
    for (one, other), both in _together(variants).items():
        first = both.n - both.swapped
        if both.is_concurrent:
            concurrent.add((one, other))
        elif first > both.swapped * (1 + HAIR):
            before[other].add(one)
        elif both.swapped > first * (1 + HAIR):
            before[one].add(other)
    return Order(before={key: frozenset(keys) for key, keys in before.items()}, concurrent=frozenset(concurrent))


def _together(variants: Iterable[VariantCount]) -> dict[Pair, _Together]:
    pairs: defaultdict[Pair, _Together] = defaultdict(_Together)
    for variant in variants:
        keys = [mark.key for mark in variant.marks]
        overlapping = {(min(pair), max(pair)) for pair in variant.overlaps}
        for later, second in enumerate(keys):
            for earlier, first in enumerate(keys[:later]):
                is_swapped = second < first
                both = pairs[(second, first) if is_swapped else (first, second)]
                both.n += variant.n
                both.swapped += variant.n if is_swapped else 0.0
                both.overlapping += variant.n if (earlier, later) in overlapping else 0.0
    return pairs


class Course:
    """A course with its steps in their learned order; sets of steps are bits, the first step the lowest one."""

    def __init__(self, variant: VariantCount, order: Order) -> None:
        self.variant = variant
        self.n = variant.n
        self.marks = variant.marks
        keys = [mark.key for mark in variant.marks]
        bits = {key: 1 << at for at, key in enumerate(keys)}
        self.before = [sum(bits[key] for key in order.before.get(mine, frozenset()) & bits.keys()) for mine in keys]
        self.after = [
            sum(bit for at, bit in enumerate(bits.values()) if self.before[at] & mine) for mine in bits.values()
        ]

    def causes(self, at: int) -> tuple[int, ...]:
        """Indexes of the marks directly before this one: all that nothing lies between. Several join here."""
        before = self.before[at]
        further = 0
        for one in members(before):
            further |= self.before[one]
        # Orders that were learned from different transactions may run in a circle: then the latest one counts.
        return members(before & ~further) or members(before)[-1:]


def members(bits: int) -> tuple[int, ...]:
    """Indexes of the bits that are set, ascending."""
    return tuple(at for at in range(bits.bit_length()) if bits >> at & 1)
