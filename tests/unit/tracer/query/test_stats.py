"""Rates, durations and outcomes of sagas over time."""

import re

import pytest

from tests.unit.tracer.query.test_stalls import NOW_NS, event, overdue
from tests.worlds import NOON_NS
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.query.stats import MAX_SPANS, list_stats

EVERY_S = 100.0  # NOON_NS is a whole multiple


def ask(lab, *, saga=None, since=0, until=1000, every_s=EVERY_S):
    """Ask for the time between so many seconds after noon."""
    bounds = {"since_ns": NOON_NS + since * NS_PER_S, "until_ns": NOON_NS + until * NS_PER_S}
    return lab.store.read(lambda session: list_stats(session, saga=saga, every_s=every_s, now_ns=NOW_NS, **bounds))


def counts(stats):
    """Give the counts by saga and the second of the span."""
    return {
        (one.saga, int((one.at - to_datetime(NOON_NS)).total_seconds())): (
            one.started,
            one.completed,
            one.failed,
            one.compensated,
            one.open,
            one.stuck,
        )
        for one in stats.rows
    }


@pytest.fixture
def told(lab):
    """Take in transactions of two sagas that began in three spans of time."""
    lab.take(
        [
            event("A", 0),
            event("A", 40, "txn_completed"),
            event("B", 99),
            event("B", 159, "txn_completed"),
            event("C", 100),
            event("D", 120, "txn_failed"),
            event("E", 130, outcome="compensated"),
            event("F", 140),
            event("G", 300, saga="transfer"),
            event("H", 300, saga=None),
        ]
    )
    overdue(lab, only="C")
    return lab


def test_a_row_counts_what_began_in_its_span(told):
    """Each saga has a row for each span in which one began: what became of those; open ones include the stuck."""
    assert {
        ("order", 0): (2, 2, 0, 0, 0, 0),
        ("order", 100): (4, 0, 1, 1, 2, 1),
        ("transfer", 300): (1, 0, 0, 0, 1, 0),
        (None, 300): (1, 0, 0, 0, 1, 0),
    } == counts(ask(told))


def test_durations_are_those_of_completed_ones(told):
    """The median and the 95th percentile of what began in a span and completed; none where none did."""
    first, second, *_ = ask(told).rows

    assert (50.0, pytest.approx(59.0)) == (first.p50_s, first.p95_s)
    assert (None, None) == (second.p50_s, second.p95_s)


def test_one_saga_and_a_part_of_the_time(told):
    """Only what began from `since` until before `until` counts; spans begin at multiples of their length."""
    assert {("transfer", 300): (1, 0, 0, 0, 1, 0)} == counts(ask(told, saga="transfer"))
    assert {("order", 0): (1, 1, 0, 0, 0, 0), ("order", 100): (2, 0, 1, 0, 1, 1)} == counts(
        ask(told, since=99, until=130)
    )
    assert {} == counts(ask(told, saga="nope"))


@pytest.mark.parametrize(
    "asked",
    [
        {"every_s": 0.0},
        {"every_s": -1.0},
        {"every_s": float("nan")},
        {"every_s": float("inf")},
        {"since": 5, "until": 5},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(lab, asked):
    """A length of spans that is none, or no time at all, is an error of usage."""
    with pytest.raises(UsageError, match="must"):
        ask(lab, **asked)


@pytest.mark.parametrize("since", [0, 99, 12345])
def test_too_many_spans_are_refused_with_the_fix(lab, since):
    """More than a thousand rows a saga are refused, and what the error proposes is accepted."""
    asked = {"since": since, "until": since + 86_400}
    with pytest.raises(UsageError, match=rf"at most {MAX_SPANS} are told: ask with every of at least \d+s") as caught:
        ask(lab, **asked, every_s=1.0)

    proposed = float(re.search(r"at least (\d+)s", str(caught.value))[1])
    assert proposed == ask(lab, **asked, every_s=proposed).every_s
    with pytest.raises(UsageError):
        ask(lab, **asked, every_s=proposed - 1)


def test_times_beyond_all_dates_do_not_spoil_it(lab):
    """A question over all of time, and transactions of a mad clock, are answered."""
    lab.take(
        [event("A", 0, at_ns=at_ns, uid=str(at_ns), transaction_id=f"T{at_ns}") for at_ns in (-(2**63), 0, 2**63 - 1)]
    )
    stats = lab.store.read(
        lambda session: list_stats(session, saga=None, since_ns=-(2**80), until_ns=2**80, every_s=1e8, now_ns=NOW_NS)
    )

    assert [1] == [one.started for one in stats.rows]
