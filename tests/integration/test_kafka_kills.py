"""Real sidecars on a real broker, killed while events come; `make soak-kafka` does more of it."""

import pytest

from tests.brokers import running_broker
from tests.kafka_kills import exactly_once

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

EVENTS = 30_000


def test_every_event_is_stored_exactly_once(scratch):
    """After three kills and a restart of the broker every event is there once, and none is missing."""
    with running_broker(scratch / "kafka") as broker:
        outcome = exactly_once(broker, scratch, events=EVENTS, kills=3, restarts=1, seed=1)

    assert (EVENTS, EVENTS, EVENTS) == (outcome.records, outcome.different, outcome.events)
    assert [0] == outcome.codes
    assert [] == outcome.complaints


def test_two_instances_have_every_event_between_them(scratch):
    """Two instances of one group, killed alike: none is missing, and what both have is the same by its uid."""
    with running_broker(scratch / "kafka") as broker:
        outcome = exactly_once(broker, scratch, events=EVENTS, kills=2, restarts=0, seed=2, instances=2)

    assert (EVENTS, EVENTS) == (outcome.different, outcome.events)
    assert outcome.records >= EVENTS
    assert [0, 0] == outcome.codes
    assert [] == outcome.complaints
