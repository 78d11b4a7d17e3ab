"""Incidents from real records: how stuck transactions are grouped, and what is at stake."""

import json
from collections import defaultdict
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tracer.query.test_sagas import know
from tests.unit.tracer.query.test_stalls import NOW_NS, NOW_S, event, overdue
from tests.worlds import NOON_NS, Lab, records, sparingly
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.model.sagas import DeclaredSaga
from tracer.query import incidents
from tracer.query.incidents import list_incidents, places_of
from tracer.query.stalls import list_stalls
from tracer.views import StallQuery

HOUR_S = 3600
HOUR_NS = HOUR_S * NS_PER_S


def ask(lab, *, now_ns=NOW_NS, **filters):
    """Ask for the incidents."""
    return lab.store.read(lambda session: list_incidents(session, StallQuery(**filters), now_ns=now_ns))


def stuck(lab, told, **limits):
    """Take records in and give all open transactions a limit."""
    lab.take(told)
    overdue(lab, **limits)


@pytest.fixture
def lab():
    """Give an empty store, an hour after noon."""
    with closing(Lab(now_ns=NOW_NS)) as lab:
        yield lab


def test_nothing_stuck_is_no_incident(lab):
    """A store in which nothing is overdue has no incidents."""
    stuck(lab, [event("A", NOW_S - 10)])

    assert ((), 0, to_datetime(NOW_NS)) == (ask(lab).incidents, ask(lab).stuck, ask(lab).as_of)


def test_one_cause_is_one_incident(lab):
    """What shares saga, step, owner, kind and shape of the error is one incident, with a true example of the error."""
    told = [event(f"T{n}", 100 + n, error=f"timeout after {3000 + n} ms") for n in range(7)]
    stuck(lab, [*told, event("U", 90, owner="other"), event("V", 80, step="ship"), event("W", 70, saga="transfer")])
    overdue(lab, only="T6", kind="retry-loop")
    first, *others = ask(lab).incidents

    assert (6, "order", "pay", "payment", "step-overdue") == (
        first.transactions,
        first.saga,
        first.step,
        first.owner,
        first.kind,
    )
    assert "timeout after 3005 ms" == first.error
    assert ("T0", "T1", "T2", "T3", "T4") == first.examples
    assert (3500.0, to_datetime(NOW_NS - 3500 * NS_PER_S)) == (first.stuck_s, first.since)
    assert to_datetime(NOW_NS - 3495 * NS_PER_S) == first.latest
    assert [("W",), ("V",), ("U",), ("T6",)] == [one.examples for one in others]
    assert 10 == ask(lab).stuck
    assert first.why.startswith("6 transactions of order stand in pay (payment) since 22:15 UTC, 58m 20s the longest")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("timeout after 3012 ms", "timeout after 9 ms", True),
        ("no order 6f1c1e0a-94c5-4bd4-9a6a-7a4d6f1c1e0a", "no order 0b7d3c2e-aaaa-bbbb-cccc-dddddddddddd", True),
        ("card 'joe' declined", "card 'ann lee' declined", True),
        ('key "a" is missing', 'key "b c" is missing', True),
        ("at 0xdeadbeef", "at 0xff", True),
        ("10.0.0.1:5432 refused", "10.0.12.1:80 refused", True),
        ("trace 4bf92f3577b34da6", "trace a3ce929d0e0e4736", True),
        ("can't pay order 1, won't ship", "can't pay order 2, won't ship", True),
        ("can't pay, won't ship", "can't ship, won't ship", False),
        ("card declined", "card expired", False),
        ("card declined", None, False),
    ],
)
def test_the_shape_of_an_error_leaves_out_what_differs_from_case_to_case(lab, one, other, is_same):
    """Numbers, ids, hex and quoted texts make no other error; other words do."""
    stuck(lab, [event("A", 100, error=one), event("B", 200, error=other)])

    assert is_same == (1 == len(ask(lab).incidents))


def test_an_error_from_before_it_stopped_is_not_its_cause(lab):
    """What failed at an earlier step, and was then done, does not split an incident."""
    failed = event("A", 50, "failed", step="reserve", error="no stock")
    stuck(lab, [failed, event("A", 60, "completed", step="reserve"), event("A", 100), event("B", 100)])
    (only,) = ask(lab).incidents

    assert (2, None) == (only.transactions, only.error)


def test_starts_far_apart_are_incidents_of_their_own(lab):
    """A gap of more than six hours between two starts begins another incident, however long each lasts."""
    starts = [0, 5 * HOUR_S, 11 * HOUR_S, 17 * HOUR_S + 1]
    stuck(lab, [event(f"T{n}", second) for n, second in enumerate(starts)])
    found = ask(lab, now_ns=NOW_NS + 24 * HOUR_S * NS_PER_S).incidents

    assert [("T0", "T1", "T2"), ("T3",)] == [one.examples for one in found]
    assert 2 == len({one.id for one in found})


def test_an_id_stays_while_the_earliest_leave(lab):
    """As transactions go on and others join, an incident keeps its id and the next one keeps its own."""
    stuck(lab, [event(f"T{n}", n * HOUR_S) for n in (0, 5, 10, 20, 21)])
    later_ns = NOW_NS + 30 * HOUR_S * NS_PER_S
    before = [one.id for one in ask(lab, now_ns=later_ns).incidents]
    lab.take([event("T0", 22 * HOUR_S, "txn_completed", outcome="completed"), event("T22", 22 * HOUR_S)])
    overdue(lab)
    after = {one.examples: one.id for one in ask(lab, now_ns=later_ns).incidents}

    assert before == [after["T5", "T10"], after["T20", "T21", "T22"]]


def test_recent_ones_are_those_that_became_stuck_in_ten_minutes(lab):
    """`recent` counts those whose deadline passed in the last ten minutes."""
    stuck(lab, [event("A", NOW_S - 661), event("B", NOW_S - 660), event("C", NOW_S - 61)])
    (only,) = ask(lab).incidents

    assert (3, 2) == (only.transactions, only.recent)


def test_the_trend_counts_those_that_became_stuck_in_each_minute(lab):
    """Of thirty minutes, the latest last; what became stuck before them is in none, and the last ten are `recent`."""
    ages = (60.5, 61, 119, 120, 121, 661, 1_859, 1_860, 1_861, 5_000)
    stuck(lab, [event(f"T{n}", NOW_S - age) for n, age in enumerate(ages)])
    (only,) = ask(lab).incidents

    assert (30, 8) == (len(only.trend), sum(only.trend))
    assert (4, 1) == (only.trend[-1], only.trend[-2])
    assert only.recent == sum(only.trend[-10:])


def test_filters_and_limit(lab):
    """Filters are those of the stalls, the limit counts incidents; `stuck` counts what the filters let through."""
    stuck(lab, [event("A", 100), event("B", 100, owner="o"), event("C", 100), event("D", 100, step="ship")])

    assert ([("A", "C")], 4) == ([one.examples for one in ask(lab, limit=1).incidents], ask(lab, limit=1).stuck)
    assert ([("D",)], 1) == (
        [one.examples for one in ask(lab, step=("ship",)).incidents],
        ask(lab, step=("ship",)).stuck,
    )
    with pytest.raises(UsageError, match="limit must be"):
        ask(lab, limit=0)


def test_times_beyond_all_dates_do_not_spoil_them(lab):
    """One sender's mad clock leaves stalls and incidents readable, each with the others that stopped then."""
    stuck(lab, [event(f"T{at_ns}", 0, at_ns=at_ns) for at_ns in (-(2**63), -1, 0, NOON_NS)])
    found = [one.examples for one in ask(lab).incidents]

    assert [("T-1", "T0"), (f"T{-(2**63)}",), (f"T{NOON_NS}",)] == found


# --- what is at stake -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "attributes"),
    [
        ("$.total", {"total": 12.5}),
        ("total", {"total": "12.5"}),
        ("$.order.total", {"order.total": 12.5}),
        ("$.order.total", {"order": {"total": 12.5}}),
        ("$.order.total", {"key": "k", "headers": {}, "payload": {"order": {"total": 12.5}}}),
        ("$.lines[1].sum", {"payload": {"lines": [{"sum": 1}, {"sum": 12.5}]}}),
        ('$."the total"', {"the total": 12.5}),
        ("$.total", {"otel.body": {"total": 12.5}}),
        ("$.a/b~c", {"a/b~c": 12.5}),
    ],
    ids=str,
)
def test_the_amount_is_found_by_its_path(lab, path, attributes):
    """A path of a definition leads into attributes, payload and body, as numbers or their text."""
    know(lab, declared=DeclaredSaga(name="order", amount=path))
    stuck(lab, [event("A", 100, attributes=json.dumps(attributes)), event("B", 100)])
    (only,) = ask(lab).incidents

    assert (12.5, 1, 2) == (only.amount, only.amount_of, only.transactions)


def test_the_amount_is_the_sum_of_the_latest_values(lab):
    """Of a transaction the latest record with a number counts; what is no number is none."""
    know(lab, declared=DeclaredSaga(name="order", amount="$.total"))
    values = ((100, "10"), (200, "20"), (300, '"none"'), (400, "1e999"))
    told = [event("A", second, attributes=f'{{"total":{value}}}') for second, value in values[:3]]
    joined = event("A", 250, trace_id=b"1" * 16, attributes="{}")
    by_trace = event(None, 260, phase="observed", uid="t", trace_id=b"1" * 16, attributes='{"total":0.5}')
    stuck(lab, [*told, joined, by_trace, event("B", 100, attributes='{"total":7}'), event("C", 100, attributes="no")])
    (only,) = ask(lab).incidents

    assert (7.5, 2, 3) == (only.amount, only.amount_of, only.transactions)


def test_the_amount_is_added_up_for_the_longest_overdue(lab, monkeypatch):
    """Of a great many stuck transactions only so many are looked into, the longest overdue."""
    monkeypatch.setattr(incidents, "MAX_AT_STAKE", 2)
    know(lab, declared=DeclaredSaga(name="order", amount="$.total"))
    stuck(lab, [event(f"T{n}", 100 - n, attributes=f'{{"total":{10**n}}}') for n in range(4)])
    (only,) = ask(lab).incidents

    assert (1100.0, 2, 4) == (only.amount, only.amount_of, only.transactions)


def test_without_a_declared_amount_there_is_none(lab):
    """Where no definition names an amount, nothing is told, and nothing for a path that is none."""
    stuck(lab, [event("A", 100, attributes='{"total":7}')])
    assert (None, 0) == (ask(lab).incidents[0].amount, ask(lab).incidents[0].amount_of)
    know(lab, declared=DeclaredSaga(name="order", amount="$["))

    assert (None, 0) == (ask(lab).incidents[0].amount, ask(lab).incidents[0].amount_of)


@pytest.mark.parametrize("path", ["", "$", "$[", '$."a', "$.a[x]"])
def test_what_is_no_path_leads_nowhere(path):
    """A path that cannot be read has no places."""
    assert [] == places_of(path)


# --- random worlds --------------------------------------------------------------------------------------------


STARTS = st.fixed_dictionaries(
    {
        "saga": st.sampled_from(("order", None)),
        "step": st.sampled_from(("pay", "ship")),
        "owner": st.sampled_from(("payment", None)),
        "error": st.sampled_from((None, "timeout after 3 ms", "timeout after 40 ms", "declined")),
        "hour": st.integers(0, 30),
    }
)


def grouped(starts):
    """Group the numbers of starts as incidents do, by a plain loop."""
    causes = defaultdict(list)
    for n, one in enumerate(starts):
        shape = one["error"] and one["error"][:7]
        causes[one["saga"], one["step"], one["owner"], shape].append((one["hour"], n))
    groups = []
    for members in causes.values():
        last = None
        for hour, n in sorted(members):
            if last is None or hour - last > 6:
                groups.append(set())
            groups[-1].add(f"T{n}")
            last = hour
    return sorted(sorted(group) for group in groups)


@sparingly(3)
@given(st.lists(STARTS, max_size=12))
def test_incidents_are_causes_cut_at_gaps(starts):
    """Stalls are of one incident where all of their cause is the same and no six hours lie between starts."""
    told = [
        event(f"T{n}", one["hour"] * HOUR_S, **{k: v for k, v in one.items() if k != "hour"})
        for n, one in enumerate(starts)
    ]
    now_ns = NOON_NS + 40 * HOUR_NS
    with closing(Lab(now_ns=now_ns)) as lab, pytest.MonkeyPatch.context() as patch:
        patch.setattr(incidents, "MAX_EXAMPLES", 1000)
        stuck(lab, told)
        page = ask(lab, now_ns=now_ns, limit=1000)

    assert grouped(starts) == sorted(sorted(one.examples) for one in page.incidents)
    assert sorted((one.transactions for one in page.incidents), reverse=True) == [
        one.transactions for one in page.incidents
    ]
    assert len(page.incidents) == len({one.id for one in page.incidents})


@sparingly(6)
@given(records())
def test_every_stuck_transaction_is_in_exactly_one_incident(told):
    """Whatever there is: incidents hold each stuck transaction once, under its own place, and sum up to the stalls."""
    now_ns = NOON_NS + HOUR_NS
    with closing(Lab(now_ns=now_ns)) as lab:
        stuck(lab, told)
        stalls = lab.store.read(lambda session: list_stalls(session, StallQuery(limit=1000), now_ns=now_ns))
        page = ask(lab, now_ns=now_ns, limit=1000)

    held = {name: one for one in page.incidents for name in one.examples}
    assert stalls.total == len(held) == sum(one.transactions for one in page.incidents) == page.stuck
    for row in stalls.stalls:
        one = held[row.transaction_id]
        assert (row.saga, row.step, row.owner, row.kind) == (one.saga, one.step, one.owner, one.kind)
