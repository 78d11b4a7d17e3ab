"""Incidents, collectors, graphs and advice for the terminal's tests, as of one bad night."""

from datetime import UTC, datetime, timedelta

from tracer.views import (
    Advice,
    CollectorList,
    CollectorView,
    CoverageRow,
    Difference,
    Flow,
    FlowEdge,
    FlowNode,
    Incident,
    StallRow,
)

NOW = datetime(2026, 3, 14, 2, 7, 30, tzinfo=UTC)


def ago(seconds):
    """Give the moment so many seconds before now."""
    return NOW - timedelta(seconds=seconds)


def stall_of(row):
    """Give the stuck transaction behind a row of the list."""
    return StallRow(
        transaction_id=row.transaction_id, saga=row.saga, kind=row.stall, step=row.step, owner=row.owner,
        state=row.state, since=ago(row.in_step_s), stuck_s=row.in_step_s, threshold_s=300.0,
        threshold_source="default", error=row.error,
    )  # fmt: skip


def incident(number=1, *, since_s=15_130.0, **fields):
    """Give an incident of the bad night: hand-offs to inventory that were lost."""
    values = {
        "saga": "order-fulfilment", "step": "reserve-inventory", "owner": "inventory", "kind": "handoff-lost",
        "error": None, "transactions": 12, "since": ago(since_s), "latest": ago(40), "stuck_s": since_s, "recent": 3,
        "amount": 1840.5, "amount_of": 12, "examples": ("order-1042",),
        "different": (Difference(attribute="region", value="eu-1", stuck=11, stuck_of=12, passing=3, passing_of=80),),
        "why": "12 transactions of order-fulfilment were lost on the way at reserve-inventory (inventory) since "
               "21:55 UTC, 4h 12m the longest: region is eu-1 in 11 of them.",
    }  # fmt: skip
    return Incident(id=f"incident-{number}", **{**values, **fields})


def retry_incident():
    """Give another one: a step that is tried again and again."""
    return incident(
        2, since_s=1_925.0, saga="money-transfer", step="credit-account", owner="ledger", kind="retry-loop",
        error="409 version conflict on account 8841", transactions=2, recent=0, amount=None, amount_of=0, different=(),
        examples=("transfer-77-0031",),
        why="2 transactions of money-transfer try credit-account (ledger) again and again since 01:35 UTC, 32m the "
            "longest. Last error: 409 version conflict on account 8841.",
    )  # fmt: skip


def node(step, owner, n=241.0, *, undoes=None, stuck=0, here=0, **fields):
    """Give a step of a graph."""
    values = {"p50_s": 0.031, "p95_s": 0.087, "retried": 0.0, "failed": 0.0, "basis": "learned"}
    return FlowNode(step=step, compensates=undoes, owner=owner, n=n, open=here, stuck=stuck, **{**values, **fields})


def edge(before, after, n=241.0, share=1.0, **fields):
    """Give a hand-off of a graph."""
    values = {"before_compensates": None, "after_compensates": None, "p50_s": 0.146, "p95_s": 1.74, "outcome": None,
              "basis": "learned"}  # fmt: skip
    return FlowEdge(before=before, after=after, n=n, share=share, **{**values, **fields})


def graph(**fields):
    """Give the graph of the orders, with three of them stuck before inventory."""
    end = {"p50_s": None, "p95_s": None}
    values = {
        "saga": "order-fulfilment", "samples": 241.0, "as_of": NOW,
        "nodes": (
            node("ship", "shipping", 232.0, here=2), node("place-order", "orders"),
            node("charge-card", "payments", failed=9.0),
            node("reserve-inventory", "inventory", 232.0, here=4, stuck=3),
            node("refund-card", "payments", 9.0, undoes="charge-card"),
            node("gift-wrap", "shipping", 0.0, basis="declared"),
        ),
        "edges": (
            edge("ship", None, 232.0, 1.0, outcome="completed", **end), edge(None, "place-order"),
            edge("charge-card", "reserve-inventory", 232.0, 0.963), edge("place-order", "charge-card"),
            edge("charge-card", "refund-card", 9.0, 0.037, after_compensates="charge-card"),
            edge("place-order", "reserve-inventory", 1.0, 0.004), edge("reserve-inventory", "ship", 232.0, 1.0),
            edge("refund-card", None, 9.0, 1.0, before_compensates="charge-card", outcome="compensated", **end),
            edge("reserve-inventory", "gift-wrap", 0.0, None, basis="declared", **end),
        ),
    }  # fmt: skip
    return Flow(**{**values, **fields})


def collected(records=48_000, **fields):
    """Give collectors that took in so many records, of which 96% joined."""
    values = {"name": "otlp", "type": "otlp", "state": "running", "detail": "", "listening": {}, "gauges": {}}
    one = CollectorView(counters={"records": records}, **{**values, **fields})
    covered = CoverageRow(source="otlp", owner="orders", records=1_000, by_id=900, joined=60, ambiguous=0, unplaced=40)
    return CollectorList(collectors=(one,), coverage=(covered,))


def advised():
    """Give two pieces of advice, the best one with a command."""
    values = {"step": "reserve-inventory", "owner": "inventory", "basis": "declared"}
    return (
        Advice(
            rank=1, action="retry", command="curl -fsS -X POST http://inventory/reservations/R-7/retry",
            confidence=0.8, why="the consumer of inventory has no members; the step is idempotent",
            evidence=("shipping has not read orders[3]@18822", "reserve-inventory is declared idempotent"), **values,
        ),
        Advice(
            rank=2, action="compensate", command=None, confidence=0.4, why="charge-card is done and can be undone",
            evidence=("12 of 14 like it were refunded",), compensates="charge-card",
            **{**values, "step": "refund-card", "owner": "payments"},
        ),
    )  # fmt: skip
