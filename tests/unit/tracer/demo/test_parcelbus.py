import pytest

from tracer.demo.parcelbus import ParcelBus
from tracer.demo.wire import Server
from tracer.demo.world import Crashed, Message, Refusal, Reply

MESSAGE = Message(
    id="m1", topic="t", event="OrderPlaced", key="ORD-2026-1", body={"a": 1}, headers={"traceparent": "x"}
)


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests; it stands for the broker."""
    with Server(lambda _: Reply(status=500)) as started:
        started.start()
        yield started
        started.shutdown()


@pytest.fixture
def bus(server):
    """Give a service's way to the broker."""
    return ParcelBus(server.address)


@pytest.fixture
def asked(server):
    """Collect what is asked of the server, which accepts everything."""
    requests = []

    def accept(request):
        requests.append(request)
        return Reply(status=202)

    server.answer = accept
    return requests


def test_publish(bus, asked):
    """A message reaches the broker whole."""
    bus.publish(MESSAGE)

    assert [("/publish", MESSAGE)] == [(request.path, Message(**request.body)) for request in asked]


def test_a_broker_that_is_full(bus, server):
    """What the broker does not take is a refusal that says why."""
    server.answer = lambda _: Reply(status=503, body={"detail": "t holds 5000 messages already"})

    with pytest.raises(Refusal, match="refused OrderPlaced: t holds 5000 messages already"):
        bus.publish(MESSAGE)


def test_a_message_that_fails_goes_back(bus, asked):
    """When its handler is refused by somebody, a message goes back to the broker."""

    def fail(_):
        raise Refusal("the carrier is down")

    bus._messages.acquire()
    bus._handling(MESSAGE, fail)()

    assert ["/redeliver"] == [request.path for request in asked]


def test_a_message_whose_handler_vanishes(bus, asked):
    """When its handler breaks off, a message is neither done nor given back, and its slot is free again."""

    def vanish(_):
        raise Crashed

    bus._messages.acquire()
    free = bus._messages._value
    bus._handling(MESSAGE, vanish)()

    assert ([], free + 1) == (asked, bus._messages._value)
