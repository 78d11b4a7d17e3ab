"""Incidents, collectors and advice for the terminal's tests, as of one bad night."""

from datetime import UTC, datetime, timedelta

from tracer.views import (
    Advice,
    CollectorList,
    CollectorView,
    CoverageRow,
    Difference,
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
        "trend": (*[0] * 12, 1, 4, 2, 0, 1, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0),
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
        error="409 version conflict on account 8841", transactions=2, recent=0, trend=(0,) * 30,
        amount=None, amount_of=0, different=(),
        examples=("transfer-77-0031",),
        why="2 transactions of money-transfer try credit-account (ledger) again and again since 01:35 UTC, 32m the "
            "longest. Last error: 409 version conflict on account 8841.",
    )  # fmt: skip


def collected(records=48_000, **fields):
    """Give collectors that took in so many records, of which 96% joined."""
    values = {
        "name": "otlp", "type": "otlp", "state": "running", "detail": "", "listening": {}, "gauges": {},
        "last_record_at": ago(2),
    }  # fmt: skip
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
