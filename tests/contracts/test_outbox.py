"""Every outbox gives what waits in order, counts tries, and forgets nothing. Add yours to OUTBOXES."""

from contextlib import contextmanager

import msgspec
import pytest

from tests.alert_fakes import MemoryOutbox, notice
from tracer.alerts.outbox import StoreOutbox
from tracer.clock import FixedClock
from tracer.store.alerting import NewDelivery, keep_deliveries
from tracer.store.store import Store


class Stored(StoreOutbox):
    """The store's, with a way to put notices in."""

    def put(self, notifier, one, now_ns):
        """Let a notice wait from now on."""
        written = msgspec.json.encode(one).decode()
        facts = {"id": one.id, "alert": one.alert, "rule": one.rule, "kind": one.kind}
        new = NewDelivery(notifier=notifier, created_ns=now_ns, notice=written, **facts)
        self._store.note(lambda session: keep_deliveries(session, [new]))


@contextmanager
def in_memory(_folder):
    """The twin."""
    yield MemoryOutbox()


@contextmanager
def in_a_store(folder):
    """The real one."""
    clock = FixedClock(0)
    store = Store.open(folder / "store.duckdb", clock=clock)
    try:
        yield Stored(store, clock)
    finally:
        store.close()


# Each makes an empty outbox that has `put(notifier, notice, now_ns)` beside the port, for the tests.
OUTBOXES = {"memory": in_memory, "store": in_a_store}


@pytest.fixture(params=OUTBOXES.values(), ids=OUTBOXES)
def outbox(request, tmp_path):
    """An empty outbox."""
    with request.param(tmp_path) as made:
        yield made


def ids(waiting):
    """The ids of what is due."""
    return [one.notice.id for one in waiting]


def test_a_new_notice_is_due_at_once(outbox):
    """With no try so far, as it was put in."""
    outbox.put("pager", notice("n1"), 100)
    (waiting,) = outbox.due("pager", 100, 10)

    assert (notice("n1"), 0, 100, ()) == (waiting.notice, waiting.tries, waiting.created_ns, waiting.behind)
    assert outbox.next_due_ns("pager") == 100


def test_each_notifier_has_its_own(outbox):
    """What waits for one is not due for another."""
    outbox.put("pager", notice("n1"), 100)

    assert [] == ids(outbox.due("chat", 100, 10))
    assert outbox.next_due_ns("chat") is None


def test_of_each_alert_only_the_oldest_is_due(outbox):
    """What waits behind it is named, in order; alerts come the oldest first, at most so many."""
    outbox.put("pager", notice("n1", alert="a"), 100)
    outbox.put("pager", notice("n2", alert="b"), 101)
    outbox.put("pager", notice("n3", alert="a", kind="repeat"), 102)
    outbox.put("pager", notice("n4", alert="a", kind="resolved"), 103)
    first, second = outbox.due("pager", 200, 10)

    assert ["n1", "n2"] == ids([first, second])
    assert [("n3", "repeat"), ("n4", "resolved")] == [(one.id, one.kind) for one in first.behind]
    assert ["n1"] == ids(outbox.due("pager", 200, 1))


def test_what_failed_holds_up_its_own_alert_only(outbox):
    """Until it is due again, nothing of its alert is given."""
    outbox.put("pager", notice("n1", alert="a"), 100)
    outbox.put("pager", notice("n2", alert="a", kind="resolved"), 101)
    outbox.put("pager", notice("n3", alert="b"), 102)
    outbox.begun(["n1"], 103)
    outbox.failed("n1", 104, "HTTP 503", 500)

    assert ["n3"] == ids(outbox.due("pager", 499, 10))
    assert ["n1", "n3"] == ids(outbox.due("pager", 500, 10))
    assert outbox.next_due_ns("pager") == 102


def test_the_next_one_is_due_when_the_first_of_its_alert_is(outbox):
    """A later notice of the same alert does not make it earlier."""
    outbox.put("pager", notice("n1"), 100)
    outbox.put("pager", notice("n2", kind="resolved"), 101)
    outbox.failed("n1", 104, "HTTP 503", 500)

    assert outbox.next_due_ns("pager") == 500


def test_a_clock_that_was_set_back_holds_nothing_up(outbox):
    """What was put in, or tried, later than now is due; what failed before now waits for its time."""
    outbox.put("pager", notice("n1", alert="a"), 1000)
    outbox.put("pager", notice("n2", alert="b"), 100)
    outbox.begun(["n2"], 1000)
    outbox.failed("n2", 1001, "HTTP 503", 1500)
    back = ids(outbox.due("pager", 500, 10))
    outbox.begun(["n1", "n2"], 500)
    outbox.failed("n1", 501, "HTTP 503", 700)
    outbox.failed("n2", 501, "HTTP 503", 800)

    assert {"n1", "n2"} == set(back)
    assert [[], ["n1"]] == [ids(outbox.due("pager", at, 10)) for at in (600, 700)]


def test_tries_are_counted_when_they_begin(outbox):
    """Whatever becomes of them."""
    outbox.put("pager", notice("n1"), 100)
    outbox.begun(["n1"], 101)
    outbox.begun(["n1"], 102)

    assert [2] == [one.tries for one in outbox.due("pager", 200, 10)]


@pytest.mark.parametrize("end", ["delivered", "given up"])
def test_what_is_done_makes_way_for_the_next(outbox, end):
    """Delivered or given up, it waits no more."""
    outbox.put("pager", notice("n1"), 100)
    outbox.put("pager", notice("n2", kind="resolved"), 101)
    if end == "delivered":
        outbox.delivered("n1", 102)
    else:
        outbox.failed("n1", 102, "HTTP 400", None)
    (waiting,) = outbox.due("pager", 200, 10)

    assert ("n2", ()) == (waiting.notice.id, waiting.behind)


def test_one_from_behind_can_be_taken_out(outbox):
    """A superseded notice leaves from where it stands."""
    outbox.put("pager", notice("n1"), 100)
    outbox.put("pager", notice("n2", kind="repeat"), 101)
    outbox.failed("n2", 102, "superseded by n1", None)
    (waiting,) = outbox.due("pager", 200, 10)

    assert ("n1", ()) == (waiting.notice.id, waiting.behind)


def test_what_does_not_wait_is_passed_over(outbox):
    """An id that is unknown or done changes nothing: what was delivered stays delivered."""
    outbox.put("pager", notice("n1"), 100)
    outbox.delivered("n1", 101)
    outbox.begun(["n1", "n9"], 102)
    outbox.failed("n1", 103, "late", 104)
    outbox.delivered("n9", 105)

    assert [] == ids(outbox.due("pager", 10**18, 10))


def test_what_waits_for_others_is_given_up(outbox):
    """For those that are not named, and for all where none is; what is done stays as it is."""
    outbox.put("pager", notice("n1"), 100)
    outbox.put("chat", notice("n2"), 100)
    outbox.abandon(["pager"], "notifier is gone")
    some = ids(outbox.due("pager", 100, 10)), ids(outbox.due("chat", 100, 10))
    outbox.abandon([], "notifier is gone")

    assert (["n1"], []) == some
    assert [] == ids(outbox.due("pager", 100, 10))
