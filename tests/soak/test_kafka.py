"""Real sidecars on a real broker, killed while events come; `make soak-kafka` alone, with its size."""

import pytest

from tests.soak.kafka import EVENTS, alone, shared

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]


def test_two_instances_have_every_event_between_them(scratch, say):
    """Two instances of one group, killed alike: none is missing, and what both have is the same by its uid."""
    assert shared(scratch, EVENTS // 5, say)


def test_every_event_is_stored_exactly_once(scratch, say):
    """After twenty kills and two restarts of the broker every event is there once, and none is missing."""
    assert alone(scratch, EVENTS, say)
