"""Stalls, incidents, sagas, a flow and statistics, as a test needs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tracer.views import (
    Difference,
    Flow,
    FlowEdge,
    FlowNode,
    Incident,
    SagaSummary,
    StallRow,
    Stats,
    StatsRow,
)

NOW = datetime(2026, 3, 1, 2, 14, 7, tzinfo=UTC)


def make_stall(transaction_id: str = "ORD-1", **changes: Any) -> StallRow:
    """A lost hand-off over a learned limit, unless changed."""
    facts: dict[str, Any] = {
        "saga": "order-fulfilment",
        "kind": "handoff-lost",
        "step": "ship-parcel",
        "owner": "shipping",
        "state": "pending",
        "since": NOW - timedelta(minutes=38),
        "stuck_s": 2275.8,
        "threshold_s": 4.2,
        "threshold_source": "learned",
        "error": None,
    }
    return StallRow(transaction_id=transaction_id, **{**facts, **changes})


def make_incident(**changes: Any) -> Incident:
    """Twelve lost hand-offs of one region, unless changed."""
    different = Difference(attribute="region", value="eu-west", stuck=12, stuck_of=12, passing=40, passing_of=400)
    facts: dict[str, Any] = {
        "id": "3f2a9c01",
        "saga": "order-fulfilment",
        "step": "ship-parcel",
        "owner": "shipping",
        "kind": "handoff-lost",
        "error": None,
        "transactions": 12,
        "since": NOW - timedelta(minutes=38),
        "latest": NOW - timedelta(minutes=2),
        "stuck_s": 2280.0,
        "recent": 3,
        "trend": (*[0] * 19, 1, 3, 2, 2, 1, 0, 1, 1, 1, 0, 0),
        "amount": 12400.5,
        "amount_of": 10,
        "different": (different,),
        "examples": ("ORD-1", "ORD-2"),
        "why": "12 transactions of order-fulfilment stopped before ship-parcel: shipping was not seen to begin it",
    }
    return Incident(**{**facts, **changes})


def make_saga(name: str | None = "order-fulfilment", **changes: Any) -> SagaSummary:
    """A saga that is declared and learned, unless changed."""
    facts: dict[str, Any] = {
        "style": "choreography",
        "declared": "sagas/order.toml:3",
        "learned_from": 412.0,
        "learned": True,
        "counts": {"stuck": 12, "running": 3, "completed": 400},
        "p50_s": 8.5,
        "p95_s": 31.0,
    }
    return SagaSummary(saga=name, **{**facts, **changes})


def make_node(step: str, **changes: Any) -> FlowNode:
    """A step that 400 transactions took, unless changed."""
    facts: dict[str, Any] = {
        "compensates": None,
        "owner": f"{step.partition('-')[2] or step}-service",
        "n": 400.0,
        "p50_s": 0.25,
        "p95_s": 1.4,
        "retried": 0.0,
        "failed": 0.0,
        "open": 0,
        "stuck": 0,
        "basis": "learned",
    }
    return FlowNode(step=step, **{**facts, **changes})


def make_edge(before: str | None, after: str | None, n: float = 400.0, share: float | None = 1.0, **changes: Any):
    """A way that transactions go, unless changed."""
    facts: dict[str, Any] = {
        "before_compensates": None,
        "after_compensates": None,
        "p50_s": 0.12,
        "p95_s": 0.8,
        "outcome": None,
        "basis": "learned",
    }
    return FlowEdge(before=before, after=after, n=n, share=share, **{**facts, **changes})


def make_flow(**changes: Any) -> Flow:
    """Five steps with parallel branches, a way back, and a compensation."""
    undo = "release-inventory"
    nodes = (
        make_node("place-order", owner="orders"),
        make_node("reserve-inventory", owner="inventory", open=3),
        make_node("check-fraud", owner="fraud"),
        make_node("charge-card", owner="payment", n=392.0, retried=12.0, failed=8.0),
        make_node("ship-parcel", owner="shipping", n=384.0, open=14, stuck=12),
        make_node(undo, compensates="reserve-inventory", owner="inventory", n=8.0),
        make_node("refund-card", compensates="charge-card", owner="payment", n=0.0, p50_s=None, p95_s=None,
                  basis="declared"),
    )  # fmt: skip
    edges = (
        make_edge(None, "place-order"),
        make_edge("place-order", "reserve-inventory"),
        make_edge("place-order", "check-fraud"),
        make_edge("reserve-inventory", "charge-card", 392.0, 0.98),
        make_edge("check-fraud", "charge-card", 392.0, 0.98),
        make_edge("charge-card", "ship-parcel", 384.0, 0.98),
        make_edge("charge-card", "reserve-inventory", 4.0, 0.01),
        make_edge("charge-card", undo, 8.0, 0.02, after_compensates="reserve-inventory"),
        make_edge("charge-card", "refund-card", 0.0, None, after_compensates="charge-card", p50_s=None, p95_s=None,
                  basis="declared"),
        make_edge("refund-card", undo, 0.0, None, before_compensates="charge-card",
                  after_compensates="reserve-inventory", p50_s=None, p95_s=None, basis="declared"),
        make_edge("ship-parcel", None, 384.0, 1.0, outcome="completed", p50_s=None, p95_s=None),
        make_edge(undo, None, 8.0, 1.0, before_compensates="reserve-inventory", outcome="compensated", p50_s=None,
                  p95_s=None),
    )  # fmt: skip
    facts: dict[str, Any] = {"saga": "order-fulfilment", "samples": 412.0, "nodes": nodes, "edges": edges}
    return Flow(**{**facts, "as_of": NOW, **changes})


def make_stats_row(hours_ago: int = 0, **changes: Any) -> StatsRow:
    """One hour of a saga, unless changed."""
    facts: dict[str, Any] = {
        "saga": "order-fulfilment",
        "at": NOW.replace(minute=0, second=0) - timedelta(hours=hours_ago),
        "started": 120,
        "completed": 100,
        "failed": 2,
        "compensated": 3,
        "open": 15,
        "stuck": 12,
        "p50_s": 8.5,
        "p95_s": 31.0,
    }
    return StatsRow(**{**facts, **changes})


def make_stats(*rows: StatsRow) -> Stats:
    """Two hours of a saga, unless told others."""
    return Stats(rows=rows or (make_stats_row(1), make_stats_row()), every_s=3600.0, as_of=NOW)
