"""From transactions with random times and wrong clocks the learning finds the process that made them."""

import random
from collections import Counter

import pytest

from tests.courses import learned
from tracer.analysis.learning import VariantCount
from tracer.analysis.learnoutline import outline
from tracer.model.sagas import Mark

# Two branches between a fork and a join; then a choice, whose ways meet again.
PROCESS = {
    "place": (),
    "pay": ("place",),
    "bill": ("pay",),
    "pack": ("place",),
    "label": ("pack",),
    "hand-over": ("bill", "label"),
    "ship": ("hand-over",),
    "pickup": ("hand-over",),
    "tell": ("ship", "pickup"),
}
TRANSACTIONS = 500


def transaction(chance):
    """Run the process once: {step: (begin, end)} as the clocks of its services tell it."""
    left_out = "ship" if chance.random() < 0.3 else "pickup"
    ends, seen = {left_out: 0.0}, {}
    for step, causes in PROCESS.items():
        if step == left_out:
            continue
        begin = max((ends[cause] for cause in causes), default=0.0) + chance.expovariate(20)
        ends[step] = begin + chance.expovariate(1) + 0.05
        skew = chance.uniform(-2, 2) if chance.random() < 0.02 else 0.0
        seen[step] = (begin + skew, ends[step] + skew)
    return seen


def course(seen):
    """Give the order of the beginnings, and who overlaps whom."""
    steps = sorted(seen, key=lambda step: seen[step])
    overlaps = tuple(
        (earlier, later)
        for later, second in enumerate(steps)
        for earlier, first in enumerate(steps[:later])
        if seen[first][1] > seen[second][0]
    )
    return tuple(Mark(step, "", "completed") for step in steps), overlaps


@pytest.mark.parametrize("outcome", ["completed", None])
@pytest.mark.parametrize("seed", range(5))
def test_finds_the_process(seed, outcome):
    """Fork, join and choice, whether or not a record says the end."""
    chance = random.Random(seed)
    counted = Counter(course(transaction(chance)) for _ in range(TRANSACTIONS))
    saga = learned(
        *(
            VariantCount(marks=marks, overlaps=overlaps, outcome=outcome, n=float(n))
            for (marks, overlaps), n in counted.items()
        )
    )
    drawn = outline(saga, 100)

    assert {step: set(causes) for step, causes in PROCESS.items()} == {
        step: set(causes) for step, causes in drawn.after.items()
    }
    assert ([] if outcome else ["tell"]) == [end.key.step for end in saga.ends]
    assert pytest.approx({"ship": 0.7, "pickup": 0.3}, abs=0.08) == {
        way.after.step: way.share
        for way in saga.handoffs
        if way.before and way.before.step == "hand-over" and way.share > 0.1
    }
