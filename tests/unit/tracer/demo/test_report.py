from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from tracer.demo.report import counts_line, span_text, stuck_report, unjoined_lines
from tracer.errors import NotFound
from tracer.views import Advice, CollectorList, CoverageRow, Stall, Summary, Transaction, TransactionPage

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SHIP_IT = "curl -fsS -X POST http://shipping/orders/ORD-1/shipment --data 'a long word that would not fit on a line'"


def _summary(transaction_id):
    return Summary(
        transaction_id=transaction_id, saga="order-fulfilment", style="choreography", status="stuck",
        step="ship-parcel", owner="shipping", state="running", basis="exact", stall="step-overdue", started_at=NOW,
        last_activity_at=NOW, ended_at=None, elapsed_s=60.0, in_step_s=60.0, error=None,
    )  # fmt: skip


def _advice(rank, action, *, why="Because.", command=None):
    return Advice(
        rank=rank, action=action, step="ship-parcel", owner="shipping", command=command, confidence=0.854,
        basis="declared", why=why, evidence=(),
    )  # fmt: skip


def _stuck(transaction_id, why, *advice):
    stall = Stall(kind="step-overdue", since=NOW, stuck_s=754.0, step="ship-parcel", owner="shipping", why=why)
    return Transaction(
        transaction_id=transaction_id, aliases=(), saga="order-fulfilment", style="choreography", status="stuck",
        started_at=NOW, last_activity_at=NOW, ended_at=None, elapsed_s=60.0, current=(), stall=stall, remaining=(),
        steps=(), timeline=(), timeline_total=0, advice=advice, notes=(), as_of=NOW,
    )  # fmt: skip


@dataclass
class FakeReader:
    """Answers from what the test put in."""

    page: TransactionPage
    known: dict = field(default_factory=dict)
    coverage: tuple = ()

    def transactions(self, query):
        """Give the page, whatever the query but its status."""
        assert query.status == ("stuck",)
        return self.page

    def transaction(self, transaction_id):
        """Give a known transaction."""
        if transaction_id not in self.known:
            raise NotFound
        return self.known[transaction_id]

    def collectors(self):
        """Give the coverage alone."""
        return CollectorList(collectors=(), coverage=self.coverage)


def _page(*ids, total=None, counts=None):
    found = tuple(_summary(each) for each in ids)
    return TransactionPage(transactions=found, next=None, total=total or len(found), counts=counts or {}, as_of=NOW)


def _report(reader, width=80):
    return list(stuck_report(reader, width))


def _told(*advice):
    """Give the lines that a stuck transaction with this advice has after the reason."""
    return _report(FakeReader(_page("ORD-1"), {"ORD-1": _stuck("ORD-1", "why", *advice)}))[3:]


def test_a_stuck_transaction_is_told_whole():
    """Below the heading a line has the id, saga, step, owner and how long; the next, indented, since when and why."""
    reader = FakeReader(_page("ORD-1"), {"ORD-1": _stuck("ORD-1", "no end of ship-parcel")})
    heading, line, reason = _report(reader)
    since = NOW.astimezone().strftime("%H:%M:%S")

    assert heading == "1 stuck, the longest first:"
    assert line.split() == ["ORD-1", "order-fulfilment", "ship-parcel", "owner", "shipping", "12m"]
    assert reason == f"    since {since}: no end of ship-parcel"


def test_reasons_are_folded_between_words():
    """A long reason takes more lines, each within the width and indented, and no word is torn."""
    why = "shipping began ship-parcel a while ago and was not seen to end it"
    _, line, *reason = _report(FakeReader(_page("ORD-1"), {"ORD-1": _stuck("ORD-1", why)}), width=40)

    assert len(reason) > 1
    assert all(len(each) <= 40 and each.startswith("    ") for each in reason)
    assert " ".join(" ".join(reason).split()).endswith(why)
    assert len(line) <= 80


def test_the_first_advice_is_told_with_its_command():
    """What to do first stands below the reason, and its command whole in one line, however long."""
    assert ["    do: resume ship-parcel (85% sure): Because.", f"    run: {SHIP_IT}"] == _told(
        _advice(1, "resume", command=SHIP_IT), _advice(2, "retry", command="other")
    )


def test_an_advice_with_nothing_to_run_is_followed_by_one_that_has():
    """Where the first advice is no command, the next one that is follows; others are left out."""
    expected = ["    do: investigate ship-parcel (85% sure): Because."]
    expected += ["    then: retry ship-parcel (85% sure): Because.", "    run: retry it"]

    assert expected == _told(
        _advice(1, "investigate"), _advice(2, "wait"), _advice(3, "retry", command="retry it"), _advice(4, "resume")
    )


def test_an_unknown_owner_is_said():
    """Where no record names an owner, the line says so."""
    stuck = _stuck("ORD-1", "why")
    reader = FakeReader(_page("ORD-1"), {"ORD-1": replace(stuck, stall=replace(stuck.stall, owner=None))})

    assert "no owner known" in _report(reader)[1]


def test_a_night_without_trouble():
    """Where nothing is stuck the heading says so."""
    assert _report(FakeReader(_page())) == ["nothing is stuck"]


def test_what_does_not_fit_is_counted():
    """The transactions beyond the page are said as a number."""
    reader = FakeReader(_page("ORD-1", total=43), {"ORD-1": _stuck("ORD-1", "why")})

    assert _report(reader)[-1] == "... and 42 more"


def test_one_that_is_gone_meanwhile():
    """A transaction that is gone between the two questions is left out."""
    assert _report(FakeReader(_page("ORD-1"))) == ["1 stuck, the longest first:"]


def test_nothing_raw_reaches_the_terminal():
    """Control sequences in ids and reasons are shown as stand-ins."""
    hostile = "\x1b]52;c;AAAA\x07"
    reader = FakeReader(
        _page(hostile),
        {hostile: _stuck(hostile, hostile, _advice(1, "retry", why=hostile, command=hostile))},
        (CoverageRow(source="otlp", owner=hostile, records=2, by_id=0, joined=0, ambiguous=0, unplaced=2),),
    )
    text = "".join([*_report(reader), *unjoined_lines(reader)])

    assert "\x1b" not in text
    assert "\x07" not in text


def test_only_services_that_do_not_join_are_named():
    """A service is named when some of its records join nothing."""
    rows = [
        CoverageRow(source="otlp", owner=owner, records=10, by_id=0, joined=0, ambiguous=0, unplaced=unplaced)
        for owner, unplaced in (("order", 0), ("fraud-check", 10))
    ]
    reader = FakeReader(_page(), coverage=tuple(rows))

    assert list(unjoined_lines(reader)) == ["fraud-check: 10 of 10 records join no transaction"]


def test_counts_begin_with_what_is_stuck():
    """The line of counts has the total, what is stuck first, and leaves out what there is none of."""
    page = _page(counts={"running": 2, "completed": 5, "stuck": 1, "failed": 0})

    assert counts_line(page) == "8 transactions: 1 stuck, 2 running, 5 completed"


@pytest.mark.parametrize(
    ("seconds", "text"), [(48.4, "48s"), (60, "1m"), (754, "12m"), (3599, "59m"), (11_220, "3h07m")]
)
def test_span_text(seconds, text):
    """A time span has at most two units."""
    assert text == span_text(seconds)
