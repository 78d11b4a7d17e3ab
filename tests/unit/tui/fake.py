"""Readers for the terminal's tests: one that holds a few transactions, one that holds a million, one that is away."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.unit.tui.alerting import FakeDesk
from tests.unit.tui.console import FakeConsole, busy_sources, rejected
from tests.unit.tui.graphs import graph
from tests.unit.tui.samples import NOW, ago, collected, incident, retry_incident, stall_of
from tracer.errors import NotFound, Unreachable
from tracer.views import (
    Compensation,
    Current,
    IncidentList,
    MessageGroup,
    MessagePlace,
    RecordPage,
    RecordRow,
    SagaList,
    SagaSummary,
    Stall,
    StallPage,
    Step,
    Summary,
    TimelineEntry,
    Transaction,
    TransactionPage,
)

ORDER = ("stuck", "compensating", "running", "failed", "compensated", "completed")
STEPS = (
    ("place-order", "orders"),
    ("reserve-inventory", "inventory"),
    ("charge-card", "payments"),
    ("ship", "shipping"),
)


def summary(transaction_id="order-1001", status="running", *, in_step_s=42.0, age_s=61.0, **fields):
    """Give a row of the list, all its times consistent."""
    open_now = status in {"stuck", "compensating", "running"}
    values = {
        "saga": "order-fulfilment", "style": "choreography", "step": "charge-card", "owner": "payments",
        "state": "running", "basis": "exact", "stall": "step-overdue" if status == "stuck" else None, "error": None,
    }  # fmt: skip
    return Summary(
        transaction_id=transaction_id, status=status, started_at=ago(age_s), last_activity_at=ago(in_step_s),
        ended_at=None if open_now else ago(in_step_s), elapsed_s=age_s if open_now else age_s - in_step_s,
        in_step_s=in_step_s if open_now else None, **{**values, **fields},
    )  # fmt: skip


def night():
    """Give the list of a bad night."""
    rows = [
        summary("order-1042", "stuck", in_step_s=15_130, age_s=15_140, step="reserve-inventory", owner="inventory",
                stall="handoff-lost", basis="inferred"),
        summary("transfer-77-0031", "stuck", in_step_s=1_925, age_s=1_990, saga="money-transfer",
                style="orchestration", step="credit-account", owner="ledger", stall="retry-loop",
                error="409 version conflict on account 8841"),
        summary("order-1107", "stuck", in_step_s=733, age_s=741, step="charge-card", owner="payments"),
        summary("order-1129", "compensating", in_step_s=95, age_s=171, step="release-inventory", owner="inventory"),
        summary("order-1150", "running", in_step_s=257, age_s=259, step="ship", owner="shipping"),
        summary("order-1158", "running", in_step_s=21, age_s=25, step="charge-card", owner="payments"),
        summary("transfer-77-0040", "running", in_step_s=3, age_s=4, saga="money-transfer", style="orchestration",
                step="debit-account", owner="ledger"),
        summary("order-1093", "failed", in_step_s=900, age_s=931, step="charge-card", owner="payments",
                error="card declined: do not honour"),
        summary("order-1090", "compensated", in_step_s=1_000, age_s=1_031, step="release-inventory", owner="inventory"),
    ]  # fmt: skip
    done = [
        summary(f"order-{1000 + number}", "completed", in_step_s=1_200 + 7 * number, age_s=1_204 + 8 * number,
                step="ship", owner="shipping")
        for number in range(40)
    ]  # fmt: skip
    return rows + done


KEYS = {
    "status": lambda row: (ORDER.index(row.status), -(row.in_step_s or 0)),
    "in_step": lambda row: row.in_step_s or 0,
    "age": lambda row: row.elapsed_s,
    "started": lambda row: row.started_at,
    "last_activity": lambda row: row.last_activity_at,
}


class FakeReader(FakeDesk, FakeConsole):
    """Holds these rows and transactions, filters and sorts as the sidecar does, and remembers what it was asked."""

    def __init__(self, rows=(), transactions=(), records=()):
        FakeDesk.__init__(self)
        FakeConsole.__init__(self)
        self.rows = list(rows)
        self.by_id = {each.transaction_id: each for each in transactions}
        self.record_rows = tuple(records)
        self.incident_list = ()
        self.collector_list = collected()
        self.graph = graph()
        self.asked = []
        self.away = None
        self.now = NOW

    def transactions(self, query):
        """Give a window of the list."""
        self.asked.append(query)
        self._check()
        kept = [row for row in self.rows if self._kept(row, query)]
        counts = {status: sum(row.status == status for row in kept) for status in ORDER}
        kept = [row for row in kept if not query.status or row.status in query.status]
        key = query.sort.lstrip("-")
        kept.sort(key=KEYS.get(key, lambda row: getattr(row, key) or ""), reverse=query.sort.startswith("-"))
        page = tuple(kept[query.offset : query.offset + query.limit])
        then = query.as_of or self.now
        return TransactionPage(transactions=page, next=None, total=len(kept), counts=counts, as_of=then)

    def _kept(self, row, query):
        text = " ".join(filter(None, (row.transaction_id, row.saga, row.step, row.owner, row.error))).casefold()
        return (
            (not query.saga or row.saga in query.saga)
            and (not query.owner or row.owner in query.owner)
            and (not query.step or row.step in query.step)
            and (not query.kind or row.stall in query.kind)
            and (query.error is None or query.error.casefold() in (row.error or "").casefold())
            and (query.older_than_s is None or (row.in_step_s or 0) > query.older_than_s)
            and (query.since is None or row.last_activity_at >= query.since)
            and (query.until is None or row.last_activity_at <= query.until)
            and (query.as_of is None or row.started_at <= query.as_of)
            and (query.q is None or query.q.casefold() in text)
        )

    def transaction(self, transaction_id, *, as_of=None):
        """Give a transaction, of the past with the records that had begun by then."""
        self.asked.append(transaction_id if as_of is None else (transaction_id, as_of))
        self._check()
        if transaction_id not in self.by_id:
            raise NotFound(f"no transaction {transaction_id}", nearest=tuple(self.by_id)[:2])
        found = self.by_id[transaction_id]
        return found if as_of is None else then(found, as_of)

    def records(self, transaction_id, *, limit=1000):
        """Give the first records."""
        self.asked.append(("records", transaction_id, limit))
        self._check()
        return RecordPage(transaction_id=transaction_id, records=self.record_rows[:limit], total=len(self.record_rows))

    def incidents(self, query):
        """Give what is wrong."""
        self.asked.append(query)
        self._check()
        stuck = sum(row.status == "stuck" for row in self.rows)
        return IncidentList(incidents=tuple(self.incident_list), stuck=stuck, as_of=self.now)

    def stalls(self, query):
        """Give the stuck transactions."""
        self.asked.append(query)
        self._check()
        found = [stall_of(row) for row in self.rows if row.status == "stuck"]
        found.sort(key=lambda row: -row.stuck_s)
        return StallPage(stalls=tuple(found[: query.limit]), total=len(found), as_of=self.now)

    def sagas(self):
        """Give the sagas that were seen."""
        self._check()
        names = sorted({row.saga for row in self.rows if row.saga})
        known = {"style": None, "declared": None, "learned_from": 241.0, "learned": True, "p50_s": 0.645, "p95_s": 1.3}
        counts = {name: Counter(row.status for row in self.rows if row.saga == name) for name in names}
        listed = tuple(SagaSummary(saga=name, counts=counts[name], **known) for name in names)
        return SagaList(sagas=listed, as_of=self.now)

    def flow(self, saga):
        """Give the graph of the one saga that is known."""
        self.asked.append(("flow", saga))
        self._check()
        if saga != self.graph.saga:
            raise NotFound(f"no saga {saga}", nearest=(self.graph.saga,))
        return self.graph

    def collectors(self):
        """Give the collectors."""
        self._check()
        return self.collector_list

    def _check(self):
        if self.away:
            raise Unreachable(self.away)


class VastReader(FakeReader):
    """Holds a million transactions without making more than the rows it is asked for."""

    TOTAL = 1_000_000
    STUCK = 120
    FAILED_FROM = 700_000

    def transactions(self, query):
        """Give a window of the list."""
        self.asked.append(query)
        stop = min(self.TOTAL, query.offset + query.limit)
        page = tuple(self.row(index) for index in range(query.offset, stop))
        counts = {
            "stuck": self.STUCK,
            "running": self.FAILED_FROM - self.STUCK,
            "failed": self.TOTAL - self.FAILED_FROM,
        }
        return TransactionPage(transactions=page, next=None, total=self.TOTAL, counts=counts, as_of=NOW)

    def row(self, index):
        """Make the row of that number."""
        status = "stuck" if index < self.STUCK else "running" if index < self.FAILED_FROM else "failed"
        return summary(f"order-{index:07}", status, in_step_s=2_000_000.0 - index, age_s=2_000_001.0 - index)


def entry(name, at_s, until_s=None, *, owner="orders", step=None, kind="span", phase="completed", **fields):
    """Give an entry that began `at_s` seconds before now."""
    values = {
        "attempt": None, "status": "unset", "error": None, "trace_id": "5b8efff798038103d269b633813fc60c",
        "span_id": f"{int(at_s * 1000) % 2**64:016x}", "parent_span_id": None, "span_kind": "internal",
        "message_id": None, "causation_id": None, "correlated_by": "id", "source": "otlp",
    }  # fmt: skip
    return TimelineEntry(
        at=ago(at_s), until=None if until_s is None else ago(until_s), kind=kind, name=name, step=step or name,
        owner=owner, phase=phase, **{**values, **fields},
    )  # fmt: skip


def step(name, owner, state, at_s, until_s=None, *, attempts=1, error=None, compensation=None):
    """Give a step that began `at_s` seconds before now."""
    return Step(
        step=name, owner=owner, state=state, started_at=None if at_s is None else ago(at_s),
        ended_at=None if until_s is None else ago(until_s),
        duration_s=None if until_s is None or at_s is None else at_s - until_s,
        attempts=attempts, error=error, compensation=compensation,
    )  # fmt: skip


def lost_message(name="shipping"):
    """Give the place of a message that one group has not read and another one has."""
    known = {"eta_s": None, "total_lag": None, "members": 1, "read_at": None, "why": "has not read it"}
    groups = (
        MessageGroup(group=name, state="unread", committed=18790, lag=33, **known),
        MessageGroup(group="audit", state="read", committed=18900, lag=None, **known),
    )
    return MessagePlace(
        source="kafka",
        topic="orders" if name == "shipping" else name,
        partition=3,
        offset=18822,
        at=ago(15_130),
        groups=groups,
    )


def transaction(transaction_id="order-1042", **fields):
    """Give a transaction whose hand-off was lost four hours ago."""
    began = 15_140.0
    values = {
        "aliases": ("PAY-2231", "SHIP-9"), "saga": "order-fulfilment", "style": "choreography", "status": "stuck",
        "started_at": ago(began), "last_activity_at": ago(15_131.2), "ended_at": None, "elapsed_s": began,
        "current": (
            Current(step="reserve-inventory", owner="inventory", state="waiting", since=ago(15_130), elapsed_s=15_130.0,
                    expected_s=None, threshold_s=300.0, threshold_source="default", basis="inferred"),
        ),
        "stall": Stall(
            kind="handoff-lost", since=ago(15_130), stuck_s=15_130.0, step="reserve-inventory", owner="inventory",
            why="charge-card completed at payments and published PaymentCaptured, but inventory never began "
                "reserve-inventory: the message was lost, or its consumer is down.",
        ),
        "remaining": (), "advice": (), "notes": ("2 records came without the id and were joined by their trace",),
        "steps": (
            step("place-order", "orders", "completed", began, 15_138.9),
            step("charge-card", "payments", "completed", 15_138.4, 15_131.2, attempts=3,
                 compensation=Compensation(step="refund-card", owner="payments", state="pending", started_at=None,
                                           ended_at=None, error=None)),
            step("reserve-inventory", "inventory", "waiting", 15_130),
        ),
        "timeline": (
            entry("POST /orders", began, 15_138.9, span_id="aa01", step="place-order"),
            entry("INSERT orders", 15_139.7, 15_139.2, span_id="aa02", parent_span_id="aa01", step="place-order"),
            entry("OrderPlaced", 15_139.0, kind="event", span_id="aa01", phase="observed", step="place-order"),
            entry("charge-card", 15_138.4, 15_136.2, owner="payments", status="error", phase="failed", attempt=1,
                  error="gateway timeout", span_id="aa03", parent_span_id="aa01"),
            entry("charge-card", 15_135.2, 15_133.5, owner="payments", status="error", phase="failed", attempt=2,
                  error="gateway timeout", span_id="aa04", parent_span_id="aa01"),
            entry("charge-card", 15_132.4, 15_131.2, owner="payments", phase="completed", attempt=3, span_id="aa05",
                  parent_span_id="aa01"),
            entry("PaymentCaptured", 15_131.2, owner="payments", kind="event", phase="completed", span_id="aa05",
                  step="charge-card"),
        ),
        "as_of": NOW,
    }  # fmt: skip
    whole = {**values, **fields}
    return Transaction(transaction_id=transaction_id, timeline_total=len(whole["timeline"]), **whole)


def record(of, **fields):
    """Give the stored record behind an entry."""
    ns = int((of.at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000
    values = {
        "uid": "u1", "transaction_id": "order-1042", "saga": "order-fulfilment", "step": of.step,
        "step_by": "attribute", "owner": of.owner, "phase": of.phase, "kind": of.kind,
        "span_kind": of.span_kind, "name": of.name, "at_ns": ns,
        "until_ns": None, "received_ns": ns, "attempt": of.attempt, "message_id": None, "causation_id": None,
        "trace_id": of.trace_id, "span_id": of.span_id, "parent_span_id": None, "links": [], "status": of.status,
        "error": of.error, "schema_ref": None, "compensates": None, "outcome": None, "style": None, "source": of.source,
        "position": None, "aliases": None, "resource": {"service.name": of.owner}, "correlated_by": "id",
        "attributes": {"saga.id": "order-1042", "http.response.status_code": 504, "tags": ["a", "b"]},
    }  # fmt: skip
    return RecordRow(**{**values, **fields})


def then(found, as_of):
    """Give a transaction as it stood then, as far as its records say; NotFound before there were any."""
    timeline = tuple(
        replace(each, until=each.until if each.until is not None and each.until <= as_of else None)
        for each in found.timeline
        if each.at <= as_of
    )
    if not timeline:
        raise NotFound(f"{found.transaction_id} had no record yet at {as_of.isoformat()}")
    steps = tuple(each for each in found.steps if each.started_at is not None and each.started_at <= as_of)
    last = timeline[-1]
    current = Current(
        step=last.step, owner=last.owner, state="running", since=last.at, elapsed_s=0.0, expected_s=None,
        threshold_s=None, threshold_source="default", basis="exact",
    )  # fmt: skip
    return replace(
        found, timeline=timeline, timeline_total=len(timeline), steps=steps, status="running", stall=None,
        current=(current,), as_of=as_of, elapsed_s=(as_of - found.started_at).total_seconds(), notes=(), message=None,
    )  # fmt: skip


def bad_night():
    """Give a reader of the whole night."""
    one = transaction()
    reader = FakeReader(
        night(), [one, replace(one, transaction_id="order-1107")], [record(each) for each in one.timeline]
    )
    reader.incident_list = (incident(), retry_incident())
    return reader


def worried():
    """Give a reader of the night with sources that are not well, and rejected messages."""
    reader = bad_night()
    reader.collector_list = busy_sources()
    reader.rejections = (rejected(1), rejected(2), rejected(3, "no id"))
    return reader
