"""The list of transactions, held against the oracle and a plain filter."""

import json
import random
from contextlib import closing
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import tell
from tests.worlds import NOON_NS, OWNERS, STEPS, Lab, sparingly
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.model.words import StallKind
from tracer.query import holding
from tracer.query.listing import MAX_LIMIT, MAX_OFFSET
from tracer.views import TransactionQuery

NOW_NS = NOON_NS + 1_000 * NS_PER_S
THRESHOLD_S = 300
KINDS = get_args(StallKind)
SORTS = ("transaction_id", "status", "saga", "step", "owner", "in_step", "age", "started", "last_activity")
# What records say beyond their columns: the places that a path may mean, other types, and what is no JSON.
SAID = (
    {},
    {},
    {
        "attributes": '{"customer.id":"C-1","n":7,"vip":true,"ü":"é"}',
        "resource": '{"k8s.pod":"pod-1","customer.id":"C-9"}',
    },
    {"attributes": '{"payload":{"customer":{"id":"C-1"},"customer.id":"C-2"},"headers":{"tenant":"C-1"}}'},
    {"attributes": '{"otel.body":{"customer.id":"C-1"}}', "resource": '{"k8s.pod":"pod-2"}'},
    {"attributes": '{"other":"customer.id C-1","customer":{"id":"C-2"},"price":1.5}'},
    {"attributes": "customer.id C-1 {"},
)
SEVERITY = ("stuck", "compensating", "running", "failed", "compensated", "completed")


def night():
    """Give the records of some sixty transactions of all kinds."""
    dice = random.Random(7)
    told = []
    for n in range(60):
        started_ns = NOON_NS + dice.randrange(1_000) * NS_PER_S
        common = {
            "kind": "event",
            "source": "test",
            "received_ns": NOW_NS,
            "transaction_id": f"{dice.choice('Oo')}rder-{n}",
        }
        saga = dice.choice((None, "order", "transfer"))
        for i in range(dice.randrange(1, 5)):
            at_ns = min(started_ns + dice.randrange(200) * NS_PER_S, NOW_NS)
            told.append(
                {
                    **common,
                    "uid": f"{n}-{i}",
                    "at_ns": at_ns,
                    "saga": saga,
                    "step": dice.choice((None, *STEPS)),
                    "step_by": "attribute",
                    "owner": dice.choice(OWNERS),
                    "phase": dice.choice(("started", "completed", "failed", "waiting", "compensating", "retried")),
                    "error": dice.choice((None, None, "Card DECLINED", "no stock")),
                    "outcome": dice.choice((None,) * 7 + ("completed", "failed", "compensated")),
                    "aliases": dice.choice((None, None, f'{{"payment":"Pay-{n}"}}')),
                    **dice.choice(SAID),
                }
            )
    return told


TOLD = night()
WORLD = tell(TOLD)


@pytest.fixture(scope="module")
def ask():
    """Give the list of that night."""
    with closing(Lab(now_ns=NOW_NS, threshold_s=THRESHOLD_S)) as lab:
        lab.take(TOLD)
        yield lambda **filters: lab.queries.transactions(TransactionQuery(**{"limit": MAX_LIMIT, **filters}))


def status(name):
    """Give the status as of now: stuck lies over an open one."""
    told = WORLD.transactions[name]
    is_stuck = told.stall is not None and NOW_NS - told.since_ns > THRESHOLD_S * NS_PER_S
    return "stuck" if is_stuck else told.status


def expected(holds):
    """Give the names of the transactions for which something holds."""
    return {name for name, told in WORLD.transactions.items() if holds(name, told)}


def names(page):
    """Give the names on a page, in its order."""
    return [one.transaction_id for one in page.transactions]


def aliases(name):
    """Give the text of all aliases of a transaction."""
    return " ".join(record.get("aliases") or "" for record in WORLD.members[name])


def whole_s(told):
    """Give how long a transaction took, or has taken so far."""
    return max(0, (NOW_NS if told.ended_ns is None else told.ended_ns) - told.first_ns) / NS_PER_S


def says(name, *which):
    """Tell whether some record of a transaction says one of these of SAID."""
    return any(SAID[n].items() <= record.items() for record in WORLD.members[name] for n in which)


def test_the_night_has_something_of_everything():
    """The transactions of this test are of every status, so that filters have something to choose from."""
    assert set(SEVERITY) == {status(name) for name in WORLD.transactions}


def test_a_row_says_what_the_transaction_says(ask):
    """Every column of the list is what the oracle tells of the transaction."""
    rows = {one.transaction_id: one for one in ask().transactions}

    assert WORLD.transactions.keys() == rows.keys()
    for name, told in WORLD.transactions.items():
        row, is_stuck = rows[name], status(name) == "stuck"
        assert (told.saga, told.style, status(name), told.step) == (row.saga, row.style, row.status, row.step)
        assert (told.owner, told.state, told.basis, told.error) == (row.owner, row.state, row.basis, row.error)
        assert (told.stall if is_stuck else None) == row.stall
        assert (to_datetime(told.first_ns), to_datetime(told.last_ns)) == (row.started_at, row.last_activity_at)
        assert (None if told.ended_ns is None else to_datetime(told.ended_ns)) == row.ended_at
        assert max(0, (told.ended_ns or NOW_NS) - told.first_ns) / NS_PER_S == row.elapsed_s
        assert (None if told.since_ns is None else (NOW_NS - told.since_ns) / NS_PER_S) == row.in_step_s


FILTERS = [
    ({"status": ("stuck",)}, lambda name, _: status(name) == "stuck"),
    ({"status": ("running", "completed")}, lambda name, _: status(name) in {"running", "completed"}),
    ({"saga": ("order",)}, lambda _, told: told.saga == "order"),
    ({"saga": ("order", "transfer")}, lambda _, told: told.saga is not None),
    ({"owner": ("payment",)}, lambda _, told: told.owner == "payment"),
    ({"step": ("pay", "ship")}, lambda _, told: told.step in {"pay", "ship"}),
    ({"older_than_s": 400.0}, lambda _, told: told.since_ns is not None and NOW_NS - told.since_ns >= 400 * NS_PER_S),
    ({"since": to_datetime(NOON_NS + 500 * NS_PER_S)}, lambda _, told: told.last_ns >= NOON_NS + 500 * NS_PER_S),
    ({"until": to_datetime(NOON_NS + 500 * NS_PER_S)}, lambda _, told: told.last_ns <= NOON_NS + 500 * NS_PER_S),
    ({"q": "ORDER-1"}, lambda name, _: "order-1" in name.lower()),
    ({"q": "Declined"}, lambda _, told: "DECLINED" in (told.error or "")),
    ({"q": "TRANSF"}, lambda _, told: told.saga == "transfer"),
    ({"q": "inventor"}, lambda _, told: told.owner == "inventory"),
    ({"q": "pay-1"}, lambda name, _: "Pay-1" in aliases(name)),
    ({"q": "%"}, lambda *_: False),
    ({"error": "declined"}, lambda _, told: "DECLINED" in (told.error or "")),
    ({"error": "order"}, lambda *_: False),
    ({"kind": ("step-overdue",)}, lambda name, told: status(name) == "stuck" and told.stall == "step-overdue"),
    ({"kind": KINDS}, lambda name, _: status(name) == "stuck"),
    ({"longer_than_s": 500.0}, lambda _, told: whole_s(told) >= 500),
    ({"shorter_than_s": 100.0}, lambda _, told: whole_s(told) <= 100),
    ({"longer_than_s": 0.0}, lambda *_: True),
    ({"began_since": to_datetime(NOON_NS + 500 * NS_PER_S)}, lambda _, told: told.first_ns >= NOON_NS + 500 * NS_PER_S),
    ({"began_until": to_datetime(NOON_NS + 500 * NS_PER_S)}, lambda _, told: told.first_ns <= NOON_NS + 500 * NS_PER_S),
    ({"attribute": (("customer.id", "C-1"),)}, lambda name, _: says(name, 2, 4)),
    ({"attribute": (("customer.id", "C-2"),)}, lambda name, _: says(name, 3)),
    ({"attribute": (("customer.id", "C-9"),)}, lambda name, _: says(name, 2)),
    ({"attribute": (("customer.id", "C-"),)}, lambda *_: False),
    ({"attribute": (("$.customer.id", "C-1"),)}, lambda name, _: says(name, 3)),
    ({"attribute": (("$.customer.id", "C-2"),)}, lambda name, _: says(name, 5)),
    ({"attribute": (("tenant", "C-1"),)}, lambda name, _: says(name, 3)),
    ({"attribute": (("n", "7"),)}, lambda name, _: says(name, 2)),
    ({"attribute": (("vip", "true"),)}, lambda name, _: says(name, 2)),
    ({"attribute": (("price", "1.5"),)}, lambda name, _: says(name, 5)),
    ({"attribute": (("ü", "é"),)}, lambda name, _: says(name, 2)),
    ({"attribute": (("k8s.pod", "pod-1"), ("k8s.pod", "pod-2"))}, lambda name, _: says(name, 2) and says(name, 4)),
    (
        {"attribute": (("k8s.pod", "pod-2"),), "saga": ("order",), "status": ("stuck", "completed")},
        lambda name, told: says(name, 4) and told.saga == "order" and status(name) in {"stuck", "completed"},
    ),
    ({"attribute": (("nobody", ""),)}, lambda *_: False),
    ({"attribute": (("nobody", "x"), ("customer.id", "C-1"))}, lambda *_: False),
    ({"q": ""}, lambda *_: True),
    ({"saga": ("nope",)}, lambda *_: False),
    (
        {"status": ("stuck", "running"), "saga": ("order",), "owner": ("payment", "shipping")},
        lambda name, told: status(name) in {"stuck", "running"} and told.saga == "order" and told.owner in OWNERS[1:],
    ),
]


@pytest.mark.parametrize(("filters", "holds"), FILTERS, ids=[str(filters)[:60] for filters, _ in FILTERS])
def test_a_filter_lets_through_what_it_says(ask, filters, holds):
    """Values of one filter are alternatives, different filters all hold; `total` counts what comes through."""
    page = ask(**filters)

    assert expected(holds) == set(names(page))
    assert len(page.transactions) == page.total


@pytest.mark.parametrize(("filters", "holds"), FILTERS, ids=[str(filters)[:60] for filters, _ in FILTERS])
def test_counts_are_those_of_the_other_filters(ask, filters, holds):
    """`counts` tells what each status would give under the same filters but the status one."""
    counts = ask(**filters, limit=1).counts
    others = {key: value for key, value in filters.items() if key != "status"}

    assert ask(**others).counts == counts
    if not filters.get("status"):
        assert {
            one: n for one in SEVERITY if (n := len([1 for name in expected(holds) if status(name) == one]))
        } == counts


def sort_value(sort, name):
    """Give what a sort key compares (None comes last either way)."""
    told = WORLD.transactions[name]
    return {
        "transaction_id": name,
        "saga": told.saga,
        "step": told.step,
        "owner": told.owner,
        "in_step": None if told.since_ns is None else NOW_NS - told.since_ns,
        "age": (NOW_NS if told.ended_ns is None else told.ended_ns) - told.first_ns,
        "started": told.first_ns,
        "last_activity": told.last_ns,
        "status": SEVERITY.index(status(name)),
    }[sort]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_goes_both_ways(ask, sort, sign):
    """A sort orders by its key, turned round with a minus; what has no value comes last either way."""
    values = [sort_value(sort, name) for name in names(ask(sort=sign + sort))]
    known = [value for value in values if value is not None]

    assert known + [None] * (len(values) - len(known)) == values
    assert sorted(known, reverse=bool(sign)) == known


def test_the_list_begins_with_what_has_been_in_its_step_longest(ask):
    """Without a sort, what is stuck longest comes first."""
    assert names(ask(sort="-in_step")) == names(ask())


@pytest.mark.parametrize("limit", [1, 7, 59, 60])
@pytest.mark.parametrize("sort", [*SORTS, *(f"-{sort}" for sort in SORTS)])
def test_pages_cover_the_list_once(ask, sort, limit):
    """Following `next` from page to page gives every transaction once, in the order of one large page."""
    filters = {"saga": ("order", "transfer"), "sort": sort}
    page = ask(**filters, limit=limit)
    found = names(page)
    while page.next:
        page = ask(**filters, limit=limit, cursor=page.next)
        found += names(page)

    assert names(ask(**filters)) == found
    assert len(found) == page.total


def test_pages_go_on_as_of_the_first(ask):
    """A cursor keeps the instant of the first page, so that what is stuck does not change on the way."""
    with closing(Lab(now_ns=NOW_NS, threshold_s=THRESHOLD_S)) as lab:
        lab.take(TOLD)
        first = lab.queries.transactions(TransactionQuery(limit=5, status=("running",)))
        lab.clock.ns += 10**15
        second = lab.queries.transactions(TransactionQuery(limit=5, status=("running",), cursor=first.next))

    assert ask(limit=10, status=("running",)).transactions == first.transactions + second.transactions
    assert first.as_of == second.as_of


def test_an_offset_jumps_into_the_list(ask):
    """An offset leaves so many rows out; beyond the end there is nothing."""
    assert names(ask())[13:18] == names(ask(offset=13, limit=5))
    assert ([], None, 60) == (names(beyond := ask(offset=60)), beyond.next, beyond.total)


@pytest.mark.parametrize(
    "filters",
    [
        {"limit": 0},
        {"limit": MAX_LIMIT + 1},
        {"offset": -1},
        {"offset": MAX_OFFSET + 1},
        {"older_than_s": -1.0},
        {"older_than_s": float("nan")},
        {"older_than_s": float("inf")},
        {"longer_than_s": -1.0},
        {"shorter_than_s": float("nan")},
        {"attribute": (("", "x"),)},
        {"attribute": (("$.", "x"),)},
        {"attribute": (("*", "x"),)},
        {"attribute": (("$.a.*", "x"),)},
        {"attribute": (('a"b', "x"),)},
        {"attribute": (("a\\", "x"),)},
        {"attribute": (("a\0", "x"),)},
        {"attribute": (("a", "x"),) * 9},
        {"sort": ""},
        {"sort": "nope"},
        {"sort": "--age"},
        {"sort": "age; DROP TABLE txn"},
        {"cursor": "nonsense"},
        {"cursor": "\u00e9"},
        {"cursor": "WzEsIjIiXQ=="},
        {"cursor": "Wy0xLDBd"},
        {"cursor": "WzAsOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTld"},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(ask, filters):
    """A limit, offset, age, sort or cursor that is none is an error of usage."""
    with pytest.raises(UsageError):
        ask(**filters)


def test_more_records_than_can_be_read_are_refused(ask, monkeypatch):
    """A search for an attribute is bounded by what the other filters let through, and says so beyond that."""
    monkeypatch.setattr(holding, "MAX_SEARCHED", 40)
    records = sum(len(told) for told in WORLD.members.values())

    with pytest.raises(UsageError, match=f"in at most 40 records; these transactions have {records}: narrow"):
        ask(attribute=(("n", "7"),))
    assert {"order-1"} >= set(names(ask(attribute=(("n", "7"),), q="order-1", owner=("payment",), step=("pay",))))


@sparingly(2)
@given(name=st.text(max_size=8), value=st.text(max_size=8))
def test_any_attribute_can_be_asked_for(ask, name, value):
    """Whatever a person writes, the answer is a list or that this is no name."""
    try:
        found = names(ask(attribute=(("customer.id", "C-1"), (name, value))))
    except UsageError:
        found = []

    assert expected(lambda one, _: says(one, 2, 4)) >= set(found)


@pytest.mark.parametrize(
    "name", ["a.b", "a b", "a*b", "[0]", "ü\U0001f600", "a/b", "'", "a\nb", "?", "$.a", "$", "$a", "--"]
)
def test_an_attribute_with_signs_in_its_name_is_found(lab, name):
    """A name is found as it is, whatever JSON does with its signs."""
    common = {"kind": "event", "phase": "started", "source": "test", "at_ns": NOON_NS, "received_ns": NOON_NS}
    said = {"a": "x"} if name == "$.a" else {name: "x"}
    lab.take(
        [
            {**common, "uid": "1", "name": "n", "transaction_id": "A", "attributes": json.dumps(said)},
            {**common, "uid": "2", "name": "n", "transaction_id": "B", "attributes": json.dumps({"z": name, "y": "x"})},
        ]
    )

    assert ["A"] == names(lab.queries.transactions(TransactionQuery(attribute=((name, "x"),))))


def test_records_that_joined_without_an_id_are_searched_too(lab):
    """A record that its trace tied to a transaction is one of its records."""
    common = {"kind": "span", "name": "n", "phase": "completed", "source": "test", "received_ns": NOON_NS}
    trace = {"trace_id": bytes([1]) * 16, "at_ns": NOON_NS}
    lab.take(
        [
            {**common, **trace, "transaction_id": "A", "span_id": 1},
            {**common, **trace, "span_id": 2, "parent_span_id": 1, "attributes": '{"db":"orders"}'},
            {**common, "at_ns": NOON_NS, "transaction_id": "B", "span_id": 3},
        ]
    )

    assert ["A"] == names(lab.queries.transactions(TransactionQuery(attribute=(("db", "orders"),))))


def test_times_beyond_all_dates_do_not_spoil_the_list(lab):
    """One sender's mad clock leaves the list, its sorts and the tables of `sql` readable."""
    common = {"kind": "event", "phase": "started", "step": "pay", "source": "test", "received_ns": NOON_NS}
    mad = (-(2**63), -(2**63) + 1, -1, 0, 2**63 - 1)
    lab.take([{**common, "uid": f"{n}", "transaction_id": f"T{n}", "at_ns": at_ns} for n, at_ns in enumerate(mad)])
    for sort in SORTS:
        for sign in ("", "-"):
            assert 5 == len(lab.queries.transactions(TransactionQuery(sort=sign + sort)).transactions)
    assert 5 == lab.queries.transactions(TransactionQuery(longer_than_s=0.0, shorter_than_s=2.0**32)).total
    for name in ("records", "transactions", "steps"):
        assert 5 == len(lab.rows(f"FROM {name}"))
    for n in range(5):
        assert 1 == lab.queries.transaction(f"T{n}").timeline_total


@pytest.mark.parametrize("sort", [sign + key for key in SORTS for sign in ("", "-")])
def test_rows_stand_where_they_do_in_the_whole_list(ask, sort):
    """A page from anywhere, its far end too, is that part of the whole list; beyond it is nothing."""
    whole = names(ask(sort=sort))

    for offset in range(0, len(whole) + 2, 5):
        assert whole[offset : offset + 7] == names(ask(sort=sort, offset=offset, limit=7))
