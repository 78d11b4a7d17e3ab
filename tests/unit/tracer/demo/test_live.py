from threading import Event

import pytest

from tracer.clock import FixedClock
from tracer.demo.faults import Plan
from tracer.demo.live import MAX_SAGAS, LiveWorld
from tracer.demo.parcelbus import ParcelBus
from tracer.demo.wire import Server
from tracer.demo.world import Crashed, Refusal, Reply, Request


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests; it stands for a peer."""
    with Server(lambda _: Reply(status=500)) as started:
        started.start()
        yield started
        started.shutdown()


@pytest.fixture
def world(server):
    """Give a world in which the server is the service "account"."""
    peers = {"account": server.address}
    return LiveWorld(plan=Plan(7), clock=FixedClock(1), bus=ParcelBus(server.address), peers=peers)


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
