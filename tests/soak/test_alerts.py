"""A real sidecar, and the receiver that it tells, killed while transactions stand still and go on."""

import pytest

from tests.soak.alerts import KILLS, killed

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def test_every_alert_is_told_through_twenty_kills(scratch, say):
    """Every firing is told, once in each repeat, and its end once, whatever is killed when."""
    assert killed(scratch, KILLS, say)
