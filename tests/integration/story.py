"""What is to come of the order that python/saga.py and node/saga.mjs tell, in the words of `show --json`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

# name, step, owner, span kind, phase, attempt, error, from, until (seconds after noon), and who is its parent.
_SPANS: Final = (
    ("POST /orders", "place-order", "order", "server", "completed", None, None, 0, 10, None),
    ("reserve-inventory", "reserve-inventory", "inventory", "consumer", "failed", 1, "no answer from the warehouse", 1, 2, "POST /orders"),  # noqa: E501 - a row of the table
    ("reserve-inventory", "reserve-inventory", "inventory", "consumer", "completed", 2, None, 3, 4, "POST /orders"),
    ("capture-payment", "capture-payment", "payment", "consumer", "completed", None, None, 5, 6, "POST /orders"),
    ("book-courier", "book-courier", "order", "internal", "failed", None, "no courier", 7, 8, "POST /orders"),
    ("refund-payment", "refund-payment", "payment", "consumer", "compensated", None, None, 9, 9.5, "POST /orders"),
)  # fmt: skip
# name, step, phase, at; logs of the order service.
_LOGS: Final = (("notification.requested", "notify-customer", "started", 11), ("INFO", None, "observed", 12))
RECORDS: Final = len(_SPANS) + len(_LOGS)
# step, owner, state, attempts, error, from, until.
_STEPS: Final = (
    ("place-order", "order", "completed", 1, None, 0, 10),
    ("reserve-inventory", "inventory", "completed", 2, "no answer from the warehouse", 1, 4),
    ("capture-payment", "payment", "compensated", 1, None, 5, 6),
    ("book-courier", "order", "failed", 1, "no courier", 7, 8),
    ("notify-customer", "order", "running", 1, None, 11, None),
)
_REFUND: Final = ("refund-payment", "payment", "compensated", None, 9, 9.5)


def timeline(noon: datetime, *, logs_by: str) -> list[tuple[Any, ...]]:
    """Give the timeline that is to come; `logs_by` is the rule that joins the log records."""
    spans = [
        ("span", name, step, owner, kind, phase, attempt, error, _at(noon, start), _at(noon, end), parent, "id")
        for name, step, owner, kind, phase, attempt, error, start, end, parent in _SPANS
    ]
    logs = [
        ("event", name, step, "order", None, phase, None, None, _at(noon, at), None, None, logs_by)
        for name, step, phase, at in _LOGS
    ]
    return [*spans, *logs]


def told_timeline(shown: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give the timeline that came, in the same words; a parent is named, not numbered."""
    names = {entry["span_id"]: entry["name"] for entry in shown["timeline"] if entry["kind"] == "span"}
    return [
        (
            entry["kind"], entry["name"], entry["step"], entry["owner"], entry["span_kind"], entry["phase"],
            entry["attempt"], entry["error"], _time(entry["at"]), _time(entry["until"]),
            names.get(entry["parent_span_id"]), entry["correlated_by"],
        )
        for entry in shown["timeline"]
    ]  # fmt: skip


def standing(noon: datetime) -> dict[str, Any]:
    """Give where the transaction is to stand: stuck in the step of which only the beginning was told."""
    return {
        "saga": "order-fulfilment",
        "status": "stuck",
        "current": [("notify-customer", "order", "running", "exact", _at(noon, 11))],
        "stall": ("step-overdue", "notify-customer", "order", _at(noon, 11)),
        "steps": [
            (*facts, _at(noon, start), _at(noon, end), _refund(noon) if facts[0] == "capture-payment" else None)
            for *facts, start, end in _STEPS
        ],
    }


def told_standing(shown: dict[str, Any]) -> dict[str, Any]:
    """Give where it was told to stand, in the same words."""
    stall = shown["stall"] or {}
    return {
        "saga": shown["saga"],
        "status": shown["status"],
        "current": [(c["step"], c["owner"], c["state"], c["basis"], _time(c["since"])) for c in shown["current"]],
        "stall": (stall.get("kind"), stall.get("step"), stall.get("owner"), _time(stall.get("since"))),
        "steps": [
            (
                step["step"], step["owner"], step["state"], step["attempts"], step["error"],
                _time(step["started_at"]), _time(step["ended_at"]), _told_compensation(step["compensation"]),
            )
            for step in shown["steps"]
        ],
    }  # fmt: skip


def _refund(noon: datetime) -> tuple[Any, ...]:
    *facts, start, end = _REFUND
    return (*facts, _at(noon, start), _at(noon, end))


def _told_compensation(told: dict[str, Any] | None) -> tuple[Any, ...] | None:
    if told is None:
        return None
    facts = (told["step"], told["owner"], told["state"], told["error"])
    return (*facts, _time(told["started_at"]), _time(told["ended_at"]))


def _at(noon: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else noon + timedelta(seconds=seconds)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
