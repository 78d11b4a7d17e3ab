"""A saga's graph for the terminal's tests."""

from datetime import UTC, datetime

from tracer.views import Flow, FlowEdge, FlowNode

NOW = datetime(2026, 3, 14, 2, 7, 30, tzinfo=UTC)


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
