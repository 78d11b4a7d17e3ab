"""Whether one more try is left, and how much a share of few counts for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.advice_cases import learned, order, retried
from tracer.analysis.repeating import repeat, wilson
from tracer.model.sagas import Limits, StepKey

CHARGE = StepKey("charge-card")
REFUND = StepKey("refund-card", "charge-card")


@pytest.mark.parametrize(
    ("n", "of", "expected"),
    [(0, 0, 0.0), (0, 10, 0.0), (3, 3, 0.44), (37, 41, 0.77), (100, 100, 0.96), (5.5, 5.0, 0.57), (1, 2, 0.09)],
)
def test_a_share_of_few_counts_for_little(n, of, expected):
    """The lower bound of the Wilson score interval, as it stands in tables; a share over one counts as one."""
    assert expected == pytest.approx(wilson(n, of), abs=0.006)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_bound_lies_below_the_share(n, of):
    """Whatever was counted, the bound lies between nothing and the share itself."""
    assert 0.0 <= wilson(n, of) <= min(1.0, n / of if of else 0.0) + 1e-9


@pytest.mark.parametrize(
    ("key", "attempts", "expected"), [(CHARGE, 3, True), (CHARGE, 4, False), (REFUND, 2, True), (REFUND, 3, False)]
)
def test_tries_are_left_below_the_limit(key, attempts, expected):
    """The first try and `retry.max` more; without a declared limit as many as count for a loop."""
    assert expected == repeat(key, attempts, order(), None, Limits()).is_left


def test_a_compensation_is_known_by_its_own_history():
    """What is said of a step says nothing of what undoes it; the compensation's own retries do."""
    history = learned(retried("refund-card", 40, 40, compensates="charge-card"))

    assert "default" == repeat(CHARGE, 1, order(), history, Limits()).basis
    assert "learned" == repeat(REFUND, 1, order(), history, Limits()).basis
    assert ("retrying refund-card worked in 40 of 40 earlier transactions",) == repeat(
        REFUND, 1, None, history, Limits()
    ).facts
