"""A real sidecar that is killed while it tells a real receiver; `make soak-alerts` does more of it."""

import pytest

from tests.alert_kills import REPEAT_S, tell_through_kills

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def test_what_fired_is_told_once_in_time_and_so_is_its_end(scratch):
    """After three kills, and one of the receiver: nothing is missing, nothing is told twice under another id."""
    outcome = tell_through_kills(scratch, kills=3, places=6, seed=1, longest_s=3.0, stuck_s=12.0)

    assert [] == outcome.complaints
    assert outcome.fired == outcome.told_firing + outcome.superseded == outcome.resolved + outcome.superseded
    assert outcome.told_firing >= 3
    assert outcome.nearest_s > REPEAT_S - 0.05
