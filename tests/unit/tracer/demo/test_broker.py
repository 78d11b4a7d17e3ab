from dataclasses import asdict

import pytest

from tracer.clock import NS_PER_S, FixedClock
from tracer.demo.broker import MAX_QUEUED, Broker
from tracer.demo.faults import Plan
from tracer.demo.world import Message, Request

HEALTHY = next(each for n in range(100) if Plan(7).fault(each := f"ORD-2026-{n}") is None)


@pytest.fixture
def clock():
    """Give a clock that the test moves."""
    return FixedClock(1_000 * NS_PER_S)


@pytest.fixture
def broker(clock):
    """Give a broker without its server."""
    return Broker(Plan(7), clock)


def _message(number=1):
    return Message(
        id=f"m{number}", topic="orders.placed", event="OrderPlaced", key=HEALTHY, body={}, headers={"a": "b"}
    )


def _post(broker, path, body):
    return broker.answer(Request(path=path, body=body))


def _receive(broker):
    return _post(broker, "/receive", {"topic": "orders.placed", "wait_s": 0}).body


def test_a_message_is_handed_out_once_when_it_is_due(broker, clock):
    """Nobody gets a message before it is due, one consumer gets it then, as it was published."""
    _post(broker, "/publish", asdict(_message()))
    early = _receive(broker)
    clock.ns += NS_PER_S

    assert [{}, {"message": asdict(_message())}, {}] == [early, _receive(broker), _receive(broker)]


def test_a_failed_message_comes_again_after_the_backoff(broker, clock):
    """A message given back comes again two seconds later, counted as the second delivery."""
    _post(broker, "/redeliver", asdict(_message()))
    clock.ns += 2 * NS_PER_S - 1
    early = _receive(broker)
    clock.ns += 1

    assert early == {}
    assert _receive(broker)["message"]["delivery"] == 2


def test_a_full_queue_refuses(broker):
    """A topic holds so many messages and no more; the publisher is told."""
    statuses = [_post(broker, "/publish", asdict(_message(number))).status for number in range(MAX_QUEUED + 1)]

    assert statuses == [202] * MAX_QUEUED + [503]


def test_unknown_path(broker):
    """What the broker does not know is a 404."""
    assert _post(broker, "/nothing", {}).status == 404
