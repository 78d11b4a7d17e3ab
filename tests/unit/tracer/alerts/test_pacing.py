"""Tries are spaced ever wider, up to a limit, and a receiver's word counts."""

import pytest

from tracer.alerts.pacing import LONGEST_S, pause_s, rest_s


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 1, 2), (2, 2, 3), (4, 8, 9), (50, LONGEST_S, LONGEST_S)])
def test_pauses_double_with_jitter(failures, least, most):
    """From one second to the longest."""
    assert all(least <= pause_s(failures, None) <= most for _ in range(20))


@pytest.mark.parametrize(("asked", "expected"), [(7.0, 7.0), (0.0, 0.0), (-5.0, 0.0), (1e9, 900.0)])
def test_what_the_receiver_asks_is_waited(asked, expected):
    """Within reason."""
    assert expected == pause_s(3, asked)


@pytest.mark.parametrize(
    ("failures", "pause", "asked", "expected"),
    [(1, 4.0, None, 0.0), (3, 4.0, None, 4.0), (9, 60.0, None, 30.0), (1, 120.0, 120.0, 120.0)],
)
def test_a_receiver_that_takes_nothing_is_left_alone(failures, pause, asked, expected):
    """After three failures in a row, or when it asks for it."""
    assert expected == rest_s(failures, pause, asked)
