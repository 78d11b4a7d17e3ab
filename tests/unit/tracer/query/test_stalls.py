"""The stuck transactions, from real records and their deadlines."""

from contextlib import closing

import pytest

from tests.worlds import NOON_NS, Lab
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.query.stalls import MAX_STALLS, list_stalls
from tracer.views import StallQuery

NOW_S = 3600
NOW_NS = NOON_NS + NOW_S * NS_PER_S


def event(transaction, second, phase="started", step="pay", **columns):
    """Make an event so many seconds after noon."""
    at_ns = NOON_NS + second * NS_PER_S
    common = {"kind": "event", "saga": "order", "owner": "payment", "step_by": "attribute", "source": "test"}
    said = {"transaction_id": transaction, "step": step, "phase": phase, "at_ns": at_ns, "received_ns": at_ns}
    return common | said | {"uid": f"{transaction}-{second}-{phase}-{step}"} | columns


def overdue(lab, *, limit_s=60, basis="declared", kind=None, only="%"):
    """Give the open transactions of that name a limit where they stand, and those with the default's none."""
    change(lab, "UPDATE txn SET limit_ns = NULL, limit_basis = NULL, deadline_ns = NULL WHERE limit_basis = 'default'")
    text = """UPDATE txn SET limit_ns = $limit, limit_basis = $basis, deadline_ns = since_ns + $limit,
              stall = coalesce($kind, stall) WHERE ended_ns IS NULL AND transaction_id LIKE $only"""
    values = {"limit": limit_s * NS_PER_S, "basis": basis, "kind": kind, "only": only}
    change(lab, text, values)


def change(lab, text, values=None):
    """Change the store's own tables."""
    lab.store.fold(lambda session: session._cursor.execute(text, values or {}).fetchall())


def ask(lab, **filters):
    """Ask for the stuck transactions."""
    return lab.store.read(lambda session: list_stalls(session, StallQuery(**filters), now_ns=NOW_NS))


def names(page):
    """Give the names on a page, in its order."""
    return [one.transaction_id for one in page.stalls]


@pytest.fixture(scope="module")
def lab():
    """Give a store in which three of six transactions are stuck, with limits of their own."""
    with closing(Lab(now_ns=NOW_NS)) as lab:
        lab.take(
            [
                event("A", 100, error="no answer"),
                event("B", 50),
                event("C", 3000, step="ship", owner="shipping", saga="transfer"),
                event("fresh", NOW_S - 30),
                event("ended", 10, "txn_completed", outcome="completed"),
                event("endless", 20),
            ]
        )
        overdue(lab, limit_s=60, only="_%")
        overdue(lab, limit_s=3400, only="B", basis="learned")
        overdue(lab, limit_s=60, only="C", kind="retry-loop")
        overdue(lab, limit_s=1 << 30, only="endless")
        change(lab, "UPDATE txn SET deadline_ns = 1, stall = 'step-overdue' WHERE transaction_id = 'ended'")
        yield lab


def test_the_longest_overdue_come_first(lab):
    """What counts is the time over the limit, not the time in the step; who is in time, or ended, is not there."""
    page = ask(lab)

    assert ["A", "C", "B"] == names(page)
    assert (3, to_datetime(NOW_NS)) == (page.total, page.as_of)


def test_a_row_says_where_since_when_and_by_what_limit(lab):
    """A row has the place, the time there, the limit with who says so, and the last error."""
    first, second, third = ask(lab).stalls

    assert ("order", "step-overdue", "pay", "payment") == (first.saga, first.kind, first.step, first.owner)
    assert ("running", "no answer") == (first.state, first.error)
    assert (to_datetime(NOON_NS + 100 * NS_PER_S), 3500.0) == (first.since, first.stuck_s)
    assert (60.0, "declared", 3400.0, "learned") == (
        first.threshold_s,
        first.threshold_source,
        third.threshold_s,
        third.threshold_source,
    )
    assert ("retry-loop", None) == (second.kind, second.error)


def test_on_the_deadline_it_is_not_stuck_yet(lab):
    """A transaction is stuck once its deadline has passed, not at it."""
    deadline_ns = NOON_NS + 160 * NS_PER_S

    for now_ns, expected in ((deadline_ns, []), (deadline_ns + 1, ["A"])):
        page = lab.store.read(lambda session, now_ns=now_ns: list_stalls(session, StallQuery(), now_ns=now_ns))
        assert expected == [name for name in names(page) if name == "A"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"saga": ("order",)}, ["A", "B"]),
        ({"saga": ("order", "transfer")}, ["A", "C", "B"]),
        ({"owner": ("shipping",)}, ["C"]),
        ({"step": ("pay",)}, ["A", "B"]),
        ({"kind": ("retry-loop",)}, ["C"]),
        ({"kind": ("retry-loop",), "step": ("pay",)}, []),
        ({"saga": ("nope",)}, []),
    ],
    ids=str,
)
def test_a_filter_lets_through_what_it_says(lab, filters, expected):
    """Values of one filter are alternatives, different filters all hold; `total` counts what comes through."""
    page = ask(lab, **filters)

    assert expected == names(page)
    assert len(expected) == page.total


def test_a_limit_cuts_the_rows_not_the_total(lab):
    """`limit` rows are told, `total` counts all."""
    page = ask(lab, limit=1)

    assert (["A"], 3) == (names(page), page.total)


@pytest.mark.parametrize("limit", [0, -1, MAX_STALLS + 1])
def test_a_limit_that_is_none_is_refused(lab, limit):
    """The limit has its bounds."""
    with pytest.raises(UsageError, match=r"limit must be from 1 to 1000"):
        ask(lab, limit=limit)


def test_without_a_limit_of_its_own_the_deadline_says_it():
    """Where only the deadline is known, the limit is how long it lay after the beginning, and the default's."""
    with closing(Lab(now_ns=NOW_NS)) as other:
        other.take([event("A", 100)])
        overdue(other, limit_s=90)
        change(other, "UPDATE txn SET limit_ns = NULL, limit_basis = NULL")
        (row,) = ask(other).stalls

    assert (90.0, "default") == (row.threshold_s, row.threshold_source)
