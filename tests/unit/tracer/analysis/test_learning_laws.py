"""Laws of the learning that hold whatever was counted."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.courses import learned
from tracer.analysis.learning import StepFact, TimeCount, VariantCount
from tracer.model.sagas import Mark, StepKey

KEYS = (*(StepKey(step) for step in "abcde"), StepKey("undo-a", "a"), StepKey("undo-b", "b"))
FACTORS = (1.0, 2.5, 3.0, 1e6)
words = st.sampled_from(["completed", "completed", "completed", "failed", "running"])
weights = st.integers(2, 50).map(float)
keys = st.sampled_from(KEYS)


@st.composite
def variants(draw):
    """Make a course of some steps in some order, with some overlaps."""
    steps = draw(st.permutations(KEYS))[: draw(st.integers(1, len(KEYS)))]
    overlaps = [pair for pair in combinations(range(len(steps)), 2) if draw(st.integers(0, 4)) == 0]
    return VariantCount(
        marks=tuple(Mark(key.step, key.compensates, draw(words), draw(st.integers(1, 3))) for key in steps),
        overlaps=tuple(overlaps),
        outcome=draw(st.sampled_from([None, None, "completed", "failed", "compensated", "cancelled"])),
        n=draw(weights),
    )


times = st.one_of(
    st.builds(TimeCount, kind=st.just("step"), after=keys, bucket=st.integers(0, 9), n=weights, censored=st.booleans()),
    st.builds(
        TimeCount,
        kind=st.just("handoff"),
        before=st.none() | keys,
        after=keys,
        bucket=st.integers(0, 9),
        n=weights,
        censored=st.booleans(),
    ),
)
facts = st.builds(
    StepFact,
    key=keys,
    owner=st.sampled_from([None, "x", "y"]),
    n=weights,
    retried=st.floats(0, 9),
    retried_well=st.floats(0, 9),
    failed=st.floats(0, 9),
    most_attempts=st.integers(1, 9),
    waits=st.booleans(),
)
histories = st.tuples(st.lists(variants(), max_size=8), st.lists(times, max_size=12), st.lists(facts, max_size=6))


def learn_from(history, **options):
    """Learn from a history of three kinds of rows."""
    counted, timed, told = history
    return learned(*counted, times=timed, facts=told, **{"min_samples": 0} | options)


def scaled(rows, factor):
    """Give the same rows with other weights."""
    return [replace(row, n=row.n * factor) for row in rows]


def limits(saga):
    """Show every quantile that was learned."""
    timed = [(one.key, one.timing) for one in saga.steps] + [((w.before, w.after), w.timing) for w in saga.handoffs]
    return {key: (at.p50_s, at.p95_s, at.limit_s) for key, at in timed if at is not None}


@given(histories, st.data())
def test_the_order_of_rows_changes_nothing(history, data):
    """Not even the last digit of a sum of tenths."""
    tenths = tuple(scaled(rows, 0.1) for rows in history)
    shuffled = tuple(data.draw(st.permutations(rows)) for rows in tenths)

    assert learn_from(tenths) == learn_from(shuffled)


@given(histories, st.sampled_from(FACTORS))
def test_more_of_the_same_changes_no_share(history, factor):
    """Multiplying all weights changes neither share nor quantile nor order."""
    before = learn_from(history)
    after = learn_from(tuple(scaled(rows, factor) for rows in history))

    assert {(one.before, one.after): pytest.approx(one.share) for one in before.handoffs} == {
        (one.before, one.after): one.share for one in after.handoffs
    }
    assert limits(before) == limits(after)
    assert (before.says_end, before.concurrent) == (after.says_end, after.concurrent)
    assert {(one.key, one.outcome) for one in before.ends} == {(one.key, one.outcome) for one in after.ends}
    assert {(one.undoes, one.step): pytest.approx(one.n / one.of) for one in before.undos} == {
        (one.undoes, one.step): one.n / one.of for one in after.undos
    }


@given(histories)
def test_rows_are_added_up(history):
    """Two rows of half the weight are one row, also for what was counted in several stores or days."""
    counted, timed, told = history
    halves = (scaled(counted, 0.5) * 2, scaled(timed, 0.5) * 2, told)

    assert learn_from(history, max_variants=99) == learn_from(halves, max_variants=99)


@given(histories)
def test_nothing_is_more_than_all(history):
    """Shares lie in 0..1, parts do not exceed their whole."""
    saga = learn_from(history)

    assert all(0 < one.share <= 1 + 1e-9 for one in saga.handoffs)
    assert all(0 < one.n <= one.of * (1 + 1e-9) for one in (*saga.undos, *saga.ends))
    assert pytest.approx(saga.samples) == sum(one.n for one in saga.variants)


@given(histories)
def test_every_step_of_a_variant_is_known_and_has_a_way_to_it(history):
    """What the courses show, steps and handoffs show; but for what came only after a step that never ended."""
    saga = learn_from(history)
    seen = {mark.key for one in saga.variants for mark in one.marks}
    after_open = {mark.key for one in saga.variants if any(at.is_open for at in one.marks) for mark in one.marks}

    assert seen <= {step.key for step in saga.steps}
    assert seen - after_open <= {one.after for one in saga.handoffs}


@given(histories)
def test_what_runs_beside_a_step_hands_nothing_to_it(history):
    """No pair is both concurrent and a handoff."""
    saga = learn_from(history)
    ways = {frozenset((one.before, one.after)) for one in saga.handoffs}

    assert not ways & {frozenset(pair) for pair in saga.concurrent}


@given(histories)
def test_the_silent_are_learned_from_only_where_nobody_speaks(history):
    """A saga that says its end has no variant without an outcome, and no ends."""
    saga = learn_from(history)

    assert not saga.says_end or (all(one.outcome for one in saga.variants) and not saga.ends)
