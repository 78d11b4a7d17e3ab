"""The list as it stood at an earlier instant, held against what `show` tells of each transaction at it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import ORDER, event, knowing, step
from tests.worlds import NOON_NS, Arrival, lab_of, records, sparingly
from tracer.clock import NS_PER_S
from tracer.errors import NotFound, UsageError
from tracer.query import past
from tracer.views import Summary, TransactionQuery

NAMES = ("OrderPlaced", "Reserve", "Reserved", "Rejected", "Release", "Released", "Paid", "Declined", "Shipped", "Odd")
PHASES = (None, None, "command", "started", "waiting", "retried", "failed")
EVENTS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 60), st.sampled_from(NAMES), st.sampled_from(PHASES)),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one[:3],
)
MINUTE_NS = 60 * NS_PER_S


def listed(lab, at, **filters):
    """Give the rows of the list at an instant by transaction."""
    page = lab.queries.transactions(TransactionQuery(as_of=at, limit=1000, **filters))
    assert page.total == len(page.transactions)
    return {row.transaction_id: row for row in page.transactions}


def shown(lab, name, at):
    """Give the same row as `show` tells of the transaction; None where it was not there yet."""
    try:
        told = lab.queries.transaction(name, as_of=at)
    except NotFound:
        return None
    place = told.current[0] if told.current else None
    return Summary(
        transaction_id=told.transaction_id, saga=told.saga, style=told.style, status=told.status,
        step=place and place.step, owner=place and place.owner, state=place and place.state,
        basis=place and place.basis, stall=told.stall and told.stall.kind, started_at=told.started_at,
        last_activity_at=told.last_activity_at, ended_at=told.ended_at, elapsed_s=told.elapsed_s,
        in_step_s=place and place.elapsed_s, error=None, outcome=told.outcome,
    )  # fmt: skip


def assert_agree(lab, at):
    """Hold every row of the list against the story of its transaction."""
    rows = listed(lab, at)
    stories = {name: told for name in lab.transactions() if (told := shown(lab, name, at)) is not None}
    assert stories == {name: _as_told(row) for name, row in rows.items()}


def _as_told(row):
    """Leave out what a story has nowhere: the latest error, and a time in no step."""
    return replace(row, error=None, in_step_s=row.in_step_s if row.step else None)


# When records arrived: at noon, or so early that what they date after noon counts from a minute after that.
ARRIVALS = st.lists(st.sampled_from((0, 0, 0, 3_000 - MINUTE_NS, 7_000 - MINUTE_NS)), min_size=14, max_size=14)


@given(records(), ARRIVALS, st.integers(0, 13))
@sparingly(8)
def test_the_list_and_the_story_agree_at_every_instant(told, received, instant):
    """Whatever records say, however they are tied and by whatever clocks: a row is the summary of the story then."""
    rows = [{**one, "received_ns": NOON_NS + early} for one, early in zip(told, received, strict=False)]
    with lab_of(Arrival((tuple(rows),), (100,)), threshold_s=2e-6) as lab:
        assert_agree(lab, lab.moment(instant * 1_000))


@given(EVENTS, st.integers(0, 70), st.sampled_from((None, 20.0)))
@sparingly(8)
def test_they_agree_where_the_saga_is_known(events, at_s, whole_s):
    """Names, limits and what is expected next are those of today's definition, in both."""
    with knowing(replace(ORDER, deadline_s=whole_s), now_s=500.0) as lab:
        lab.take(
            event(name, second, called, owner=f"{called}-team", **({"phase": phase} if phase else {}))
            for name, second, called, phase in events
        )
        assert_agree(lab, lab.moment(at_s * NS_PER_S))


@pytest.fixture
def evening():
    """Give a store with one order over, one that spans second 50, and one that began later."""
    with knowing(replace(ORDER, deadline_s=None), now_s=500.0) as lab:
        lab.take(
            [
                step("over", 0, "place", attributes='{"tenant":"a"}'),
                step("over", 10, "ship", phase="txn_completed", step=None, attributes='{"tenant":"a"}'),
                step("spans", 20, "place", attributes='{"tenant":"a"}'),
                step("spans", 90, "reserve", attributes='{"tenant":"b"}', error="no stock", phase="failed"),
                step("later", 60, "place", attributes='{"tenant":"a"}'),
            ]
        )
        yield lab


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"over", "spans"}),
        ({"status": ("stuck",)}, {"spans"}),
        ({"status": ("completed",)}, {"over"}),
        ({"step": ("reserve",)}, {"spans"}),
        ({"owner": ("inventory",), "kind": ("handoff-lost",)}, {"spans"}),
        ({"error": "stock"}, set()),
        ({"attribute": (("tenant", "a"),)}, {"over", "spans"}),
        ({"attribute": (("tenant", "b"),)}, set()),
        ({"attribute": (("tenant", "a"),), "status": ("completed",)}, {"over"}),
        ({"longer_than_s": 35.0}, {"spans"}),
        ({"older_than_s": 36.0}, set()),
        ({"shorter_than_s": 11.0}, {"over"}),
        ({"q": "pan"}, {"spans"}),
    ],
)
def test_filters_mean_what_was_so_at_the_instant(evening, filters, expected):
    """Status, step, error, attributes and ages are those of then."""
    assert expected == set(listed(evening, evening.moment(55 * NS_PER_S), **filters))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"began_since": 15}, {"spans"}),
        ({"began_until": 15}, {"over"}),
        ({"since": 15}, {"spans"}),
        ({"until": 15}, {"over"}),
    ],
)
def test_times_bound_what_had_happened(evening, filters, expected):
    """The last activity is the last one until the instant."""
    bounds = {name: evening.moment(second * NS_PER_S) for name, second in filters.items()}

    assert expected == set(listed(evening, evening.moment(55 * NS_PER_S), **bounds))


def test_a_page_ends_where_the_next_one_begins(evening):
    """A cursor goes on at the same instant, in any order, and the total counts all pages."""
    at = evening.moment(95 * NS_PER_S)
    for sort in ("transaction_id", "-age", "status"):
        query = TransactionQuery(as_of=at, limit=1, sort=sort)
        first = evening.queries.transactions(query)
        second = evening.queries.transactions(replace(query, cursor=first.next))
        third = evening.queries.transactions(replace(query, cursor=second.next))
        pages = [first, second, third]

        assert ({3}, {at}, None) == ({one.total for one in pages}, {one.as_of for one in pages}, third.next)
        assert {"over", "spans", "later"} == {one.transactions[0].transaction_id for one in pages}


def test_before_everything_there_was_nothing_and_after_it_all_is_as_now(evening):
    """An instant before the first record has an empty list; one to come has the rows of now, told then."""
    assert {} == listed(evening, evening.moment(-NS_PER_S))
    assert {"over", "spans", "later"} == set(listed(evening, evening.moment(5_000 * NS_PER_S)))


@pytest.mark.parametrize("limit", ["MAX_SPANNING", "MAX_SPANNING_RECORDS"])
def test_too_much_to_look_back_at_is_refused_with_the_way_out(evening, monkeypatch, limit):
    """Beyond the limits the answer says how many there are and how to narrow it; a narrower question is answered."""
    monkeypatch.setattr(past, limit, 0)
    at = evening.moment(55 * NS_PER_S)

    with pytest.raises(UsageError, match=r"1 transactions with 2 records were under way.*narrow it by the saga"):
        listed(evening, at)
    assert {"over"} == set(listed(evening, at, began_until=evening.moment(15 * NS_PER_S)))
