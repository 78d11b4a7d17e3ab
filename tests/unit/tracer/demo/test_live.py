from threading import Event

import pytest

from tracer.clock import FixedClock
from tracer.demo.faults import Plan
from tracer.demo.live import MAX_SAGAS, LiveWorld
from tracer.demo.wire import Server
from tracer.demo.world import Crashed, Message, Refusal, Reply, Request

MESSAGE = Message(
    id="m1", topic="t", event="OrderPlaced", key="ORD-2026-1", body={"a": 1}, headers={"traceparent": "x"}
)


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests; it stands for the broker or for a peer."""
    with Server(lambda _: Reply(status=500)) as started:
        started.start()
        yield started
        started.shutdown()


@pytest.fixture
def world(server):
    """Give a world in which the server is both the broker and the service "account"."""
    peers = {"account": server.address}
    return LiveWorld(plan=Plan(7), clock=FixedClock(1), broker=server.address, peers=peers)


@pytest.fixture
def asked(server):
    """Collect what is asked of the server, which accepts everything."""
    requests = []

    def accept(request):
        requests.append(request)
        return Reply(status=202)

    server.answer = accept
    return requests


def test_publish(world, asked):
    """A message reaches the broker whole."""
    world.publish(MESSAGE)

    assert [("/publish", MESSAGE)] == [(request.path, Message(**request.body)) for request in asked]


def test_a_broker_that_is_full(world, server):
    """What the broker does not take is a refusal that says why."""
    server.answer = lambda _: Reply(status=503, body={"detail": "t holds 5000 messages already"})

    with pytest.raises(Refusal, match="refused OrderPlaced: t holds 5000 messages already"):
        world.publish(MESSAGE)


def test_a_message_that_fails_goes_back(world, asked):
    """When its handler is refused by somebody, a message goes back to the broker."""

    def fail(_):
        raise Refusal("the carrier is down")

    world._messages.acquire()
    world._handling(MESSAGE, fail)()

    assert ["/redeliver"] == [request.path for request in asked]


def test_a_message_whose_handler_vanishes(world, asked):
    """When its handler breaks off, a message is neither done nor given back, and its slot is free again."""

    def vanish(_):
        raise Crashed

    world._messages.acquire()
    free = world._messages._value
    world._handling(MESSAGE, vanish)()

    assert ([], free + 1) == (asked, world._messages._value)


def test_a_peer_that_crashes(world, server):
    """The caller of a service that dies is told which service gave no answer."""

    def crash(_):
        raise Crashed

    server.answer = crash

    with pytest.raises(Refusal, match="no answer from account: connection closed before a response"):
        world.call("account", Request(path="/refunds", body={}))


def test_sagas_in_progress_are_bounded(world):
    """So many sagas run at once; one more is refused, and goes once another has ended."""
    go_on = Event()
    for _ in range(MAX_SAGAS):
        world.later(go_on.wait)
    with pytest.raises(Refusal, match=f"{MAX_SAGAS} transfers are in progress"):
        world.later(go_on.wait)
    go_on.set()
    done = Event()
    for _ in range(MAX_SAGAS):
        world._sagas.acquire()
    world._sagas.release()
    world.later(done.set)

    assert done.wait(10)
