"""Transactions as they are gathered for an answer, made by hand."""

from typing import Any, Final

from tests.worlds import NOON_NS
from tracer.clock import NS_PER_S
from tracer.model.sagas import Place, StepKey
from tracer.query.gathering import Gathered, Head, Kept, StepRow

_HEAD: Final = {
    "saga": "order",
    "style": None,
    "status": "running",
    "ended_ns": None,
    "step": "pay",
    "owner": "payment",
    "state": "running",
    "since_ns": NOON_NS,
    "basis": "inferred",
    "stall": "step-overdue",
    "lost_span": None,
    "error": None,
    "records": 1,
    "outcome": None,
    "situation": None,
    "deadline_ns": NOON_NS + 300 * NS_PER_S,
    "limit_ns": 300 * NS_PER_S,
    "limit_basis": "default",
}


def second(at_s: float) -> int:
    """Give the instant so many seconds after noon."""
    return NOON_NS + int(at_s * NS_PER_S)


def head(*, first_s: float = 0, last_s: float = 9, **columns: Any) -> Head:
    """Make the row of a transaction that goes by the defaults."""
    return Head(first_ns=second(first_s), last_ns=second(last_s), **(_HEAD | columns))


def running(step: str, since_s: float, **columns: Any) -> StepRow:
    """Make a step that has begun."""
    return _row(step, since_s, None, {"state": "running", "word": "running", "is_open": True, **columns})


def done(step: str, since_s: float, until_s: float, **columns: Any) -> StepRow:
    """Make a step that has ended."""
    return _row(step, since_s, until_s, {"state": "completed", "word": "completed", "is_open": False, **columns})


def _row(step: str, since_s: float, until_s: float | None, columns: dict[str, Any]) -> StepRow:
    at_ns = second(since_s)
    common = {"step": step, "compensates": "", "owner": f"{step}-team", "attempts": 1, "error": None, "exact": False}
    times = {"started_ns": at_ns, "commanded_ns": None, "first_ns": at_ns, "since_ns": at_ns}
    return StepRow(**(common | times | {"closed_ns": None if until_s is None else second(until_s)} | columns))


def gathered(at: Head, *steps: StepRow, kept: Kept | None = None) -> Gathered:
    """Make a transaction of these steps."""
    return Gathered(transaction_id="A", aliases=(), head=at, steps=steps, timeline=(), handoff=None, mixed=0, kept=kept)


def place(step: str, limit_s: float | None, *of: str, **columns: Any) -> Place:
    """Make a place that is overdue after so long: of a step that runs, or after the steps in `of`."""
    common = {"compensates": "", "owner": None, "state": "running", "kind": "step-overdue", "limit_basis": "learned"}
    return Place(step=step, limit_s=limit_s, of=tuple(StepKey(one) for one in of), **(common | columns))
