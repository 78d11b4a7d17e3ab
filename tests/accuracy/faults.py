"""What can go wrong for good in a transaction, and where in a saga each of it can."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from tests.accuracy.shapes import (
    HANDOFF_S,
    HANDOFF_SIGMA,
    Z_99,
    Block,
    Blocks,
    Parallel,
    Saga,
    Step,
    quantile_s,
    walk,
)

FaultKind = Literal["lost", "reply-lost", "crash", "loop", "undo-lost", "undo-crash", "timer", "no-end"]

NOTICED_S: Final = 600.0
NOTICED_TIMES: Final = 20.0
_WEIGHTS: Final = {"undo-lost": 0.7, "undo-crash": 0.7, "reply-lost": 0.5}
SPREAD: Final = 20.0  # the oldest faults are so many times as old as the youngest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong.

    `step` is where the ball stays for good; of an undo fault it is the step whose compensation that is, and `refused`
    the step whose refusal makes it necessary. `age_s` is how long ago it was when the picture is taken.
    """

    kind: FaultKind
    step: str = ""
    refused: str = ""
    age_s: float = NOTICED_S


def choose_fault(saga: Saga, random: Random) -> Fault:
    """Choose a kind of fault that the saga can have, then a place for it."""
    found = list(possible(saga))
    kinds = sorted({fault.kind for fault, _ in found})
    kind = random.choices(kinds, [_WEIGHTS.get(kind, 1.0) for kind in kinds])[0]
    places = [(fault, share) for fault, share in found if fault.kind == kind]
    fault = random.choices([fault for fault, _ in places], [share for _, share in places])[0]
    age_s = noticed_s(saga, fault) * math.exp(random.uniform(0, math.log(SPREAD)))
    return Fault(kind=fault.kind, step=fault.step, refused=fault.refused, age_s=age_s)


def noticed_s(saga: Saga, fault: Fault) -> float:
    """Say how old a fault must be so that no threshold one could think of has not passed."""
    handoff_s = 2 * quantile_s(HANDOFF_S, HANDOFF_SIGMA, Z_99)
    if fault.kind == "no-end":
        return max(NOTICED_S, NOTICED_TIMES * handoff_s)
    step = saga.step(fault.step)
    if fault.kind == "timer":
        return max(1.3 * (step.deadline_s or 0.0), (step.deadline_s or 0.0) + NOTICED_S)
    if fault.kind in {"undo-lost", "undo-crash"} and step.undo:
        return max(NOTICED_S, NOTICED_TIMES * (handoff_s + quantile_s(step.undo.median_s, step.undo.sigma, Z_99)))
    return max(NOTICED_S, NOTICED_TIMES * (handoff_s + step.longest_s(Z_99)))


def possible(saga: Saga) -> Iterator[tuple[Fault, float]]:
    """Give every fault that leaves a trace in the telemetry, with the share of transactions that pass its place."""
    tells = saga.telemetry
    first = saga.flow[0]
    for step, share in walk(saga.flow):
        is_seen = step is not first or tells.begins
        if is_seen:
            yield Fault(kind="lost", step=step.name), share
        if is_seen and saga.orchestrated:
            yield Fault(kind="reply-lost", step=step.name), share
        if not step.waits and (is_seen or tells.shows_start):
            yield Fault(kind="crash", step=step.name), share
        if not step.waits and step.tries_again and (tells.starts or tells.carrier == "span"):
            yield Fault(kind="loop", step=step.name), share
        if step.waits and step.deadline_s and tells.starts:
            yield Fault(kind="timer", step=step.name), share
        if step.fails:
            yield from _of_undo(saga, step, share * step.fails)
    if saga.orchestrated and tells.end:
        yield Fault(kind="no-end"), 1.0


def _of_undo(saga: Saga, refused: Step, share: float) -> Iterator[tuple[Fault, float]]:
    """Give the faults of what a refusal makes necessary; where there are several compensations, at any of them."""
    undone = undone_by(saga, refused)
    for nth, step in enumerate(undone):
        yield Fault(kind="undo-lost", step=step.name, refused=refused.name), share * (2.0 if nth == 0 else 0.5)
        yield Fault(kind="undo-crash", step=step.name, refused=refused.name), share


def undone_by(saga: Saga, refused: Step) -> list[Step]:
    """Give the steps that the refusal of one undoes, the first one to undo first."""
    return [step for step in reversed(surely_done(saga.flow, refused.name)) if step.undo]


def surely_done(flow: Blocks, name: str) -> list[Step]:
    """Give the steps that are completed when a step was refused, in the order of the description.

    Of alternatives that lie before it, those count that are most frequent; branches beside it run to their end.
    """
    done: list[Step] = []
    for block in flow:
        has_it = name in {step.name for step, _ in walk((block,))}
        done += _done_in(block, name, has_it=has_it)
        if has_it:
            break
    return done


def _done_in(block: Block, name: str, *, has_it: bool) -> list[Step]:
    if isinstance(block, Step):
        return [] if has_it else [block]
    if isinstance(block, Parallel):
        return [step for branch in block.branches for step in surely_done(branch, name)]
    branches = [branch for _, branch in block.branches]
    taken = next((branch for branch in branches if name in {step.name for step, _ in walk(branch)}), branches[0])
    return surely_done(taken, name)
