"""What is normal between two steps of a saga, and the hand-offs that took too long against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tracer.clock import NS_PER_S, to_ns
from tracer.views import Flow, Step, Transaction

# What takes more than twice what nineteen of twenty took is worth a mark.
FACTOR: Final = 2.0
LEAST_S: Final = 1.0
# A way that few go says little about the others.
USUAL_SHARE: Final = 0.1
Norms = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A hand-off that took too long: from the end of `after` to the beginning of the step; `normal_s` is its p95."""

    after: str
    since_ns: int
    until_ns: int
    normal_s: float

    @property
    def seconds(self) -> float:
        """Say how long it took."""
        return (self.until_ns - self.since_ns) / NS_PER_S


def norms(flow: Flow) -> Norms:
    """Give how long each hand-off of a saga takes at most, in nineteen of twenty transactions."""
    forward = (edge for edge in flow.edges if not edge.after_compensates and not edge.before_compensates)
    return {
        (edge.before, edge.after): edge.p95_s
        for edge in forward
        if edge.before is not None
        and edge.after is not None
        and edge.p95_s is not None
        and edge.share is not None
        and edge.share >= USUAL_SHARE
    }


def lates(transaction: Transaction, known: Norms) -> Mapping[str, Late]:
    """Give the steps that began too late after the last step that hands over to them."""
    found = {step.step: _late(step, transaction.steps, known) for step in transaction.steps}
    return {name: late for name, late in found.items() if late is not None}


def _late(step: Step, steps: tuple[Step, ...], known: Norms) -> Late | None:
    if step.started_at is None:
        return None
    before = [(end, each.step) for each in steps if (end := _ended(each, step, known)) is not None]
    if not before:
        return None
    ended_at, name = max(before)
    normal_s = known[name, step.step]
    waited_s = (step.started_at - ended_at).total_seconds()
    if waited_s <= max(LEAST_S, normal_s * FACTOR):
        return None
    return Late(after=name, since_ns=to_ns(ended_at), until_ns=to_ns(step.started_at), normal_s=normal_s)


def _ended(before: Step, step: Step, known: Norms) -> datetime | None:
    """Say when a step ended that hands over to this one; None where it does not, or ended after this one began."""
    if (before.step, step.step) not in known or before.ended_at is None or step.started_at is None:
        return None
    return before.ended_at if before.ended_at <= step.started_at else None
