"""How long something may take: declared, else learned, else the default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.situations import LIMITS, at, saga, step
from tracer.analysis.limits import Limit, expected_s, limit_of, longest, open_place
from tracer.analysis.precedent import nearest
from tracer.model.sagas import LearnedSaga, LearnedStep, Limits, Timing


def timing(p50_s, p95_s=None, limit_s=None, *, n=100.0, censored=0.0):
    """Make what was learned of a time."""
    return Timing(n=n, censored=censored, p50_s=p50_s, p95_s=p95_s, limit_s=limit_s)


def history(at_s, **more):
    """Make a history of a step "pay" alone."""
    paid = LearnedStep(step="pay", compensates="", owner="payment", n=100.0, timing=at_s, **more)
    return LearnedSaga(saga="order", samples=100.0, says_end=False, steps=(paid,))


FAST, SLOW = timing(1.0, 2.0, 4.0), timing(10.0, 20.0, 40.0, n=60.0)
HANDOFF = timing(0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("declared_s", "timings", "expected"),
    [
        (5.0, (), (5.0, "declared", 0.0)),
        (5.0, (SLOW,), (5.0, "declared", 0.0)),
        (0.0, (SLOW,), (0.0, "declared", 0.0)),
        (None, (), (300.0, "default", 0.0)),
        (None, (None,), (300.0, "default", 0.0)),
        (None, (FAST,), (8.0, "learned", 100.0)),
        (None, (None, FAST), (8.0, "learned", 100.0)),
        (None, (FAST, SLOW), (88.0, "learned", 60.0)),
        (None, (HANDOFF,), (1.0, "learned", 100.0)),
        (None, (timing(1.0, 2.0, 4.0, n=30.0),), (8.0, "learned", 30.0)),
        (None, (timing(1.0, 2.0, 4.0, n=29.9),), (300.0, "default", 0.0)),
        (None, (timing(1.0, 2.0, 4.0, n=100.0, censored=71.0),), (300.0, "default", 0.0)),
        (None, (FAST, timing(1.0, 2.0, 4.0, n=5.0)), (300.0, "default", 0.0)),
    ],
)
def test_declared_comes_before_learned_before_default(declared_s, timings, expected):
    """What follows one after another is added up, as sure as the least sure of it, and never below the floor."""
    assert Limit(*expected) == limit_of(declared_s, LIMITS, *timings)


@pytest.mark.parametrize(
    ("learned", "expected"),
    [
        (timing(100.0, 200.0), (800.0, "learned", 100.0)),
        (timing(1.0, 2.0), (300.0, "learned", 100.0)),
        (timing(100.0), (1600.0, "learned", 100.0)),
        (timing(1.0), (300.0, "learned", 100.0)),
        (timing(None), (300.0, "default", 0.0)),
    ],
)
def test_where_too_many_never_ended_lower_quantiles_stand_in(learned, expected):
    """With a wide margin, and at least the patience of the default."""
    assert Limit(*expected) == limit_of(None, LIMITS, learned)


def test_a_few_odd_transactions_do_not_stretch_a_limit():
    """A quantile far above the lower one is cut."""
    odd, even = timing(1.0, 2.0, 3_600.0), timing(1.0, 2.0, 90.0)

    assert (200.0, 180.0) == (limit_of(None, LIMITS, odd).limit_s, limit_of(None, LIMITS, even).limit_s)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1.0, 10.0), st.floats(0, 100))
def test_a_learned_limit_is_never_below_what_is_usual(one_s, two_s, three_s, factor, floor_s):
    """Nor below the floor."""
    p50_s, p95_s, limit_s = sorted((one_s, two_s, three_s))
    limits = Limits(factor=factor, floor_s=floor_s)
    found = limit_of(None, limits, timing(p50_s, p95_s, limit_s)).limit_s

    assert max(floor_s, p95_s) <= found


@pytest.mark.parametrize(
    ("limits", "expected"),
    [([1.0], 1.0), ([1.0, 3.0, 2.0], 3.0), ([1.0, None], None), ([None, 5.0], None), ([None], None)],
)
def test_the_longest_limit_is_the_most_patient(limits, expected):
    """And never is the longest of all."""
    assert expected == longest(*(Limit(limit_s, "learned") for limit_s in limits)).limit_s


@pytest.mark.parametrize(
    ("timings", "expected"),
    [((), None), ((None,), None), ((timing(None),), None), ((FAST,), 1.0), ((FAST, None, SLOW), 11.0)],
)
def test_what_is_usual_is_added_up(timings, expected):
    """As far as it is known."""
    assert expected == expected_s(*timings)


def test_the_shortest_hand_off_is_the_nearest():
    """What came last before a step is what it waited for; an unknown one says nothing."""
    assert HANDOFF is nearest([FAST, timing(None), HANDOFF, SLOW])
    assert nearest([timing(None)]) is None
    assert nearest([]) is None


# --- a step that has begun ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "state", "kind"),
    [
        ("pay-", "pending", "step-overdue"),
        ("pay?", "running", "step-overdue"),
        ("pay?9", "running", "step-overdue"),
        ("pay%2", "retrying", "step-overdue"),
        ("pay%3", "retrying", "retry-loop"),
        ("pay!3", "failed", "retry-loop"),
        ("pay@", "waiting", "wait-overdue"),
        ("refund~pay?", "compensating", "compensation-stuck"),
        ("refund~pay-", "compensating", "compensation-stuck"),
        ("refund~pay%9", "compensating", "compensation-stuck"),
        ("refund~pay@", "compensating", "compensation-stuck"),
    ],
)
def test_each_word_has_its_state_and_its_kind_of_stall(text, state, kind):
    """Of a step that nobody declared."""
    place = open_place(*at(text), None, None, LIMITS)

    assert (state, kind, "default") == (place.state, place.kind, place.basis)


@pytest.mark.parametrize(("retry_max", "loops_at"), [(None, 3), (0, 1), (1, 2), (4, 5), (8, 9), (20, 9)])
def test_a_loop_begins_past_the_declared_tries(retry_max, loops_at):
    """At the configured number where none were declared, at the last that is counted where more were."""
    declared = saga(step("pay", retry_max=retry_max))
    kinds = [open_place(*at(f"pay%{n}"), declared, None, LIMITS).kind for n in range(1, 10)]

    assert loops_at == kinds.index("retry-loop") + 1


@pytest.mark.parametrize(
    ("declared_s", "learned", "expected"),
    [
        (None, None, (300.0, "default", "default")),
        (None, history(SLOW), (80.0, "learned", "learned")),
        (None, history(None), (300.0, "default", "learned")),
        (9.0, history(SLOW), (9.0, "declared", "declared")),
    ],
)
def test_a_running_step_may_take_what_is_known_of_it(declared_s, learned, expected):
    """Its own time alone: it has begun."""
    declared = saga(step("pay", deadline_s=declared_s)) if declared_s else None
    place = open_place(*at("pay?"), declared, learned, LIMITS)

    assert expected == (place.limit_s, place.limit_basis, place.basis)


@pytest.mark.parametrize("text", ["pay@", "refund~pay@"])
def test_a_wait_never_has_a_learned_limit(text):
    """Nor the default: people take their time."""
    place = open_place(*at(text), None, history(FAST, waits=True), LIMITS)

    assert place.limit_s is None


def test_what_was_only_asked_for_is_its_owners():
    """Declared, else learned; the records of a running step name their own."""
    assert "payment" == open_place(*at("pay-"), None, history(FAST), LIMITS).owner
    assert "pay-owner" == open_place(*at("pay-"), saga(step("pay")), history(FAST), LIMITS).owner
    assert "refund-owner" == open_place(*at("refund~pay-"), saga(step("pay", undo="refund")), None, LIMITS).owner
    assert [None] * 2 == [open_place(*at(text), None, history(FAST), LIMITS).owner for text in ("pay?", "ship-")]


def test_compensations_have_their_own_deadline():
    """Also by another name than the declared one: it undoes the same step."""
    declared = saga(step("pay", undo="refund", undo_s=12.0, deadline_s=3.0))

    assert [12.0, 12.0] == [
        open_place(*at(text), declared, None, LIMITS).limit_s for text in ("refund~pay?", "void~pay?")
    ]
