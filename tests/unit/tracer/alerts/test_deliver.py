"""Every notice is delivered at least once or visibly given up, in order, and no receiver delays another."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from tests.alert_fakes import MemoryOutbox, notice
from tests.unit.tracer.alerts.stand import START_NS, Scripted, Stand
from tracer.alerts.channel import Channel
from tracer.alerts.deliver import Deliverer
from tracer.alerts.notice import NotDelivered, Undeliverable
from tracer.clock import NS_PER_S
from tracer.errors import Busy, NotFound


@pytest.fixture
def stand():
    """An empty stand."""
    return Stand()


def run(stand, **notifiers):
    """Deliver until nothing waits."""
    asyncio.run(stand.run(stand.is_empty, **notifiers))


def test_what_waits_is_delivered_in_order(stand):
    """And counted as one try each, written before it began."""
    stand.put(notice("n1"), notice("n2", alert="b"), notice("n3", alert="c"))
    pager = Scripted()
    run(stand, pager=pager)

    assert ["n1", "n2", "n3"] == pager.sent
    assert [1, 1, 1] == [row.tries for row in stand.outbox.rows.values()]
    assert pager.stopped


def test_what_was_not_taken_is_tried_again_under_the_same_id(stand):
    """With what the receiver asked to wait."""
    stand.put(notice("n1"))
    pager = Scripted([NotDelivered("HTTP 503"), NotDelivered("HTTP 429", retry_after_s=7.0)])
    run(stand, pager=pager)

    assert ["n1", "n1", "n1"] == pager.sent
    assert [(1, None), (2, 7.0)] == stand.pauses
    assert "delivered" == stand.states()["n1"]
    assert 2 == stand.deliverer.status()[0].counters["notices_retried"]
    assert stand.deliverer.status()[0].trouble is None


def test_what_is_refused_is_given_up_at_once_and_the_others_go_out(stand):
    """With what the receiver said."""
    stand.put(notice("n1"), notice("n2", alert="b"))
    run(stand, pager=Scripted([Undeliverable("HTTP 400: wrong key")]))

    assert {"n1": "failed", "n2": "delivered"} == stand.states()
    assert "HTTP 400: wrong key" == stand.outbox.rows["n1"].error


def test_it_gives_up_after_the_limit_and_says_so(stand):
    """What is older than the limit and failed again."""
    stand.put(notice("n1"))
    stand.clock.ns += 3600 * NS_PER_S
    stand.pause = lambda *_: 1.0
    run(stand, pager=Scripted([NotDelivered("HTTP 503")]))

    assert "given up after 1h and 1 tries: HTTP 503" == stand.outbox.rows["n1"].error
    assert stand.deliverer.status()[0].trouble == stand.outbox.rows["n1"].error


def test_what_is_older_than_the_limit_is_not_tried_any_more(stand):
    """Nobody is told today what was to be told the week before."""
    stand.put(notice("n1"))
    stand.clock.ns += 3600 * NS_PER_S + 1
    stand.put(notice("n2", alert="b"))
    pager = Scripted()
    run(stand, pager=pager)

    assert ["n2"] == pager.sent
    assert "given up after 1h and 0 tries: it is too old" == stand.outbox.rows["n1"].error


def test_what_waits_for_a_notifier_that_is_gone_is_given_up(stand):
    """At the start; it would wait for ever."""
    stand.put(notice("n1"), notifier="gone")
    stand.put(notice("n2"))
    run(stand, pager=Scripted())

    assert {"n1": "failed", "n2": "delivered"} == stand.states()
    assert "notifier is gone" == stand.outbox.rows["n1"].error


def test_a_resolved_never_overtakes_its_firing(stand):
    """It waits while the firing is tried, and other alerts go on."""
    stand.put(notice("n1"))
    pager = Scripted([NotDelivered("x", maybe_taken=True)])
    stand.pause = lambda *_: 3600.0 - 1
    asyncio.run(stand.run(lambda: stand.pauses or stand.outbox.rows["n1"].error, pager=pager))
    stand.put(notice("n2", kind="acknowledged"), notice("n3", alert="b"))
    asyncio.run(stand.run(lambda: stand.states()["n3"] == "delivered", pager=pager))

    assert ["n1", "n3"] == pager.sent


def test_what_nobody_heard_of_and_is_over_is_not_told(stand):
    """Firing and resolved are dropped together, and the audit says superseded."""
    stand.put(notice("n1"))
    pager = Scripted([NotDelivered("no connection")])

    def until():
        if stand.outbox.rows["n1"].error == "no connection" and "n2" not in stand.outbox.rows:
            stand.put(notice("n2", kind="resolved"))
            stand.clock.ns += NS_PER_S
        return stand.is_empty()

    stand.pause = lambda *_: 0.5
    asyncio.run(stand.run(until, pager=pager))

    assert ["n1"] == pager.sent
    assert {"n1": "failed", "n2": "failed"} == stand.states()
    assert all(row.error.startswith("superseded") for row in stand.outbox.rows.values())


def test_a_firing_that_may_have_arrived_has_its_end_told(stand):
    """A receiver that hung may hold an incident open."""
    stand.put(notice("n1"))
    pager = Scripted([NotDelivered("no answer", maybe_taken=True)])

    def until():
        if stand.outbox.rows["n1"].error == "no answer" and "n2" not in stand.outbox.rows:
            stand.put(notice("n2", kind="resolved"))
            stand.clock.ns += NS_PER_S
        return stand.is_empty()

    stand.pause = lambda *_: 0.5
    asyncio.run(stand.run(until, pager=pager))

    assert ["n1", "n2"] == pager.sent
    assert {"n1": "failed", "n2": "delivered"} == stand.states()


def test_a_try_before_a_crash_counts_as_one_that_may_have_arrived(stand):
    """It was written down, and what came of it was not."""
    stand.put(notice("n1"), notice("n2", kind="resolved"))
    stand.outbox.begun(["n1"], START_NS)
    pager = Scripted()
    run(stand, pager=pager)

    assert ["n2"] == pager.sent


def test_a_receiver_that_hangs_delays_nobody(stand):
    """Its notices wait, the other's are delivered meanwhile."""
    stand.put(notice("n1"))
    for number in range(20):
        stand.put(notice(f"m{number}", alert=f"a{number}"), notifier="chat")
    chat = Scripted()
    began = time.monotonic()
    asyncio.run(stand.run(lambda: len(chat.sent) == 20, pager=Scripted(["hang"] * 99), chat=chat))

    assert "waiting" == stand.states()["n1"]
    assert time.monotonic() - began < 2.0


def test_it_stops_within_seconds_while_a_receiver_hangs(stand):
    """And the notice is still there for the next start."""
    stand.put(notice("n1"))
    pager = Scripted(["hang"])
    asyncio.run(stand.run(lambda: pager.sent, pager=pager))
    run(stand, pager=pager)

    assert ["n1", "n1"] == pager.sent
    assert 2 == stand.outbox.rows["n1"].tries


def test_a_defect_of_a_notifier_is_a_failed_try(stand):
    """And not the end of its worker."""
    stand.put(notice("n1"))
    run(stand, pager=Scripted([KeyError("x")]))

    assert "delivered" == stand.states()["n1"]


def test_what_could_not_be_written_down_is_not_sent_again(stand, monkeypatch):
    """A store that fails for a moment makes no storm: what was taken is written before anything else is sent."""
    stand.put(notice("n1"))
    monkeypatch.setattr("tracer.alerts.deliver.AFTER_DEFECT_S", 0.01)
    failing = [OSError("disk full")] * 3
    write = stand.outbox.delivered

    def delivered(id_, now_ns):
        if failing:
            raise failing.pop()
        write(id_, now_ns)

    monkeypatch.setattr(MemoryOutbox, "delivered", lambda _self, id_, now_ns: delivered(id_, now_ns))
    pager = Scripted()
    run(stand, pager=pager)

    assert ["n1"] == pager.sent
    assert not failing


def test_it_is_woken_from_any_thread(stand):
    """What is put in later goes out at once."""
    pager = Scripted()

    async def scenario():
        async def later():
            await asyncio.sleep(0.05)
            stand.put(notice("n1"))
            await asyncio.to_thread(stand.deliverer.wake)

        putting = asyncio.create_task(later())
        await stand.run(lambda: pager.sent, within_s=2.0, pager=pager)
        await putting

    asyncio.run(scenario())

    assert ["n1"] == pager.sent


def test_a_receiver_that_takes_nothing_is_asked_seldom(stand):
    """With a hundred alerts waiting, three tries and then a rest."""
    for number in range(100):
        stand.put(notice(f"n{number}", alert=f"a{number}"))
    pager = Scripted([NotDelivered("down")] * 1000)
    channels = [Channel(name="pager", notifier=pager)]

    async def scenario():
        deliverer = Deliverer(stand.outbox, channels, stand.clock)
        await deliverer.start()
        await asyncio.sleep(0.3)
        await deliverer.stop()

    asyncio.run(scenario())

    assert 3 == len(pager.sent)


def test_a_test_goes_out_at_once_and_says_what_happened(stand):
    """Past the outbox."""
    pager = Scripted([Undeliverable("HTTP 403")])
    deliverer = Deliverer(stand.outbox, [Channel(name="pager", notifier=pager)], stand.clock)

    with pytest.raises(Undeliverable, match="HTTP 403"):
        asyncio.run(deliverer.send_test("pager"))
    asyncio.run(deliverer.send_test("pager"))
    with pytest.raises(NotFound, match="no notifier page"):
        asyncio.run(deliverer.send_test("page"))

    assert 2 == len(pager.sent)


def test_one_test_of_a_notifier_runs_at_a_time(stand):
    """Another is told so at once; the next may run when it has ended."""
    pager = Scripted(["hang"])
    deliverer = Deliverer(stand.outbox, [Channel(name="pager", notifier=pager)], stand.clock)

    async def scenario():
        first = asyncio.create_task(deliverer.send_test("pager"))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="a test of pager runs already"):
            await deliverer.send_test("pager")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await deliverer.send_test("pager")

    asyncio.run(scenario())

    assert 2 == len(pager.sent)


def test_whom_a_receiver_refused_is_trouble_and_the_notice_delivered(stand):
    """Until one goes to all; a test says it."""

    class Partly(Scripted):
        async def send(self, one):
            await super().send(one)
            return None if one.id == "n2" else "delivered, but not to b@x.example: 550 gone"

    seen = []
    stand.put(notice("n1"))

    async def scenario():
        await stand.run(lambda: stand.outbox.rows["n1"].state == "delivered", pager=Partly())
        seen.extend(stand.deliverer.troubles())
        with pytest.raises(Undeliverable, match="but not to b@x"):
            await stand.deliverer.send_test("pager")
        stand.put(notice("n3", alert="a3"), notice("n2", alert="a2"))
        await stand.run(lambda: stand.outbox.rows["n2"].state == "delivered", pager=Partly())
        seen.extend(stand.deliverer.troubles())

    asyncio.run(scenario())

    assert ["notifier pager fails: delivered, but not to b@x.example: 550 gone"] == seen


def test_many_are_asked_for_fifty_at_a_time(stand, monkeypatch):
    """However many wait."""
    for number in range(200):
        stand.put(notice(f"n{number}", alert=f"a{number}"))
    asked = []
    due = stand.outbox.due

    def watched(notifier, now_ns, most):
        asked.append(len(due(notifier, now_ns, most)))
        return due(notifier, now_ns, most)

    monkeypatch.setattr(MemoryOutbox, "due", lambda _self, *asked_for: watched(*asked_for))
    run(stand, pager=Scripted())

    assert max(asked) == 50


def test_measures_name_the_notifier(stand):
    """Counters and whether it fails."""
    stand.put(notice("n1"))
    run(stand, pager=Scripted())
    told = {one.name: (one.value, one.labels) for one in stand.deliverer.measures()}

    assert (1, {"notifier": "pager"}) == told["notices_delivered"]
    assert (False, {"notifier": "pager"}) == told["notifier_failing"]


@dataclass
class Forgetful(Scripted):
    """A notifier whose receiver wants to be told again."""

    refresh_s: float = 0.01
    refreshes: list = field(default_factory=list)

    async def refresh(self):
        """Fail the first two times."""
        self.refreshes.append(len(self.refreshes))
        if len(self.refreshes) < 3:
            raise NotDelivered("an instance is down")


def test_a_refresh_goes_on_and_says_what_it_did_not_reach(stand):
    """Until it reaches all again."""
    prometheus = Forgetful()
    told = []

    def until():
        told.append(stand.deliverer.troubles())
        return len(prometheus.refreshes) > 4

    asyncio.run(stand.run(until, prometheus=prometheus))

    assert ["notifier prometheus fails: an instance is down"] in told
    assert [] == stand.deliverer.troubles()
