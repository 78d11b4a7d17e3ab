"""A transaction of a bad night, with everything that an answer can hold."""

from datetime import timedelta
from typing import Any

from tests.api_fakes import NOW, make_transaction
from tracer.views import (
    Advice,
    Compensation,
    Current,
    Forecast,
    Remaining,
    Stall,
    Step,
    TimelineEntry,
    Transaction,
)

START = NOW - timedelta(minutes=38, seconds=20)


def make_entry(offset_s: float, took_s: float | None, name: str, owner: str, **changes: Any) -> TimelineEntry:
    """A record so many seconds after the start; a span where it took a time, else an event."""
    at = START + timedelta(seconds=offset_s)
    facts: dict[str, Any] = {
        "until": None if took_s is None else at + timedelta(seconds=took_s),
        "kind": "event" if took_s is None else "span",
        "step": name,
        "phase": "observed" if took_s is None else "completed",
        "attempt": None,
        "status": "ok",
        "error": None,
        "source": "otlp",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "span_kind": None,
        "correlated_by": "id",
    }
    nothing = dict.fromkeys(("span_id", "parent_span_id", "message_id", "causation_id"))
    return TimelineEntry(at=at, name=name, owner=owner, **{**facts, **nothing, **changes})


def make_step(step: str, owner: str, offset_s: float, took_s: float | None, **changes: Any) -> Step:
    """A completed step, unless changed."""
    at = START + timedelta(seconds=offset_s)
    facts: dict[str, Any] = {
        "state": "completed",
        "ended_at": None if took_s is None else at + timedelta(seconds=took_s),
        "duration_s": took_s,
        "attempts": 1,
        "error": None,
        "compensation": None,
    }
    return Step(step=step, owner=owner, started_at=at, **{**facts, **changes})


def make_advice(rank: int = 1, **changes: Any) -> Advice:
    """To retry by a command, unless changed."""
    facts: dict[str, Any] = {
        "action": "retry",
        "step": "ship-parcel",
        "owner": "shipping",
        "command": "curl -fsS -X POST http://shipping/parcels/P-17/retry",
        "confidence": 0.93,
        "basis": "declared",
        "why": "the step is idempotent, and a further try completed in 28 of 30 transactions",
        "evidence": ("retry.max is 3, and 1 try was made", "shipping has completed 40 others since"),
    }
    return Advice(rank=rank, **{**facts, **changes})


def make_told(transaction_id: str = "ORD-1", **changes: Any) -> Transaction:
    """Stuck before ship-parcel, with all that is known of it."""
    error = "HTTP 503 from acquirer"
    undo = Compensation(
        step="cancel-hold", owner="payment", state="compensated", started_at=NOW, ended_at=NOW, error=None
    )
    facts: dict[str, Any] = {
        "status": "stuck",
        "started_at": START,
        "elapsed_s": 2300.0,
        "aliases": ("PAY-77",),
        "current": (
            Current(
                step="ship-parcel", owner="shipping", state="running", since=START + timedelta(seconds=8),
                elapsed_s=2292.0, expected_s=1.2, threshold_s=4.2, threshold_source="learned", basis="exact",
            ),
        ),
        "stall": Stall(
            kind="step-overdue", since=START + timedelta(seconds=12), stuck_s=2288.0, step="ship-parcel",
            owner="shipping", why="shipping began ship-parcel 38m 12s ago and was not seen to end it (limit 4.2s)",
        ),
        "remaining": (
            Remaining(step="ship-parcel", owner="shipping", expected_s=1.2, basis="declared"),
            Remaining(step="send-invoice", owner="billing", expected_s=3.0, basis="learned", p=0.97),
        ),
        "forecast": Forecast(
            finish_p=0.62, end_low=NOW + timedelta(seconds=30), end=NOW + timedelta(minutes=4),
            end_high=NOW + timedelta(minutes=40), basis="learned", n=412.4,
        ),
        "steps": (
            make_step("place-order", "orders", 0, 0.4),
            make_step("hold-amount", "payment", 0.5, 1.5, state="failed", attempts=3, error=error, compensation=undo),
            make_step("charge-card", "payment", 4, 3.5),
            make_step("ship-parcel", "shipping", 8, None, state="running"),
        ),
        "timeline": (
            make_entry(0, 0.4, "place-order", "orders"),
            make_entry(0.5, 0.5, "hold-amount", "payment", status="error", error=error, attempt=1),
            make_entry(1.2, 0.5, "hold-amount", "payment", status="error", error=error, attempt=2),
            make_entry(1.8, 0.2, "hold-amount", "payment", status="error", error=error, attempt=3),
            make_entry(4, 3.5, "charge-card", "payment"),
            make_entry(7.9, None, "CardCharged", "payment", step="charge-card"),
            make_entry(8, None, "ship-parcel", "shipping", phase="started"),
        ),
        "timeline_total": 7,
        "advice": (
            make_advice(),
            make_advice(2, action="compensate", step="refund-card", owner="payment", compensates="charge-card",
                        confidence=0.4, basis="learned", command=None, evidence=(),
                        why="a refund ended 4 of 10 such transactions"),
        ),
        "notes": ("its records come from two traces",),
        "links": {"trace": "https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736", "runbook": "javascript:alert(1)"},
    }  # fmt: skip
    return make_transaction(transaction_id, **{**facts, **changes})
