"""What an expert could say of an open transaction who sees only its telemetry: the truth that answers are held to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.accuracy.course import Course, Happening, Key, Stay
from tests.accuracy.faults import Fault, FaultKind
from tests.accuracy.shapes import Saga, before
from tracer.model.words import StallKind

_ALWAYS: Final[dict[FaultKind, StallKind]] = {
    "reply-lost": "handoff-lost",
    "loop": "retry-loop",
    "undo-lost": "compensation-stuck",
    "undo-crash": "compensation-stuck",
    "timer": "wait-overdue",
    "no-end": "never-ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The label of one open transaction. Several owners, steps or compensations are equally right.

    `next_undo` is empty where nothing has to be undone. A stall that `needs_deadline` is one only where a deadline was
    declared. `clouded`: a record that decides the label did not arrive, so that nobody could give it.
    """

    transaction_id: str
    saga: str
    fault: FaultKind | None
    kind: StallKind | None
    steps: frozenset[str]
    owners: frozenset[str]
    next_undo: frozenset[str] = frozenset()
    needs_deadline: bool = False
    clouded: bool = False

    def is_stuck(self, *, declared: bool) -> bool:
        """Whether it is stuck, for somebody who has the definitions or has not."""
        return self.kind is not None and (declared or not self.needs_deadline)


def label(
    saga: Saga, transaction_id: str, course: Course, fault: Fault | None, *, at_s: float, unseen: frozenset[Happening]
) -> Truth:
    """Label a transaction as it stands so long after its beginning."""
    stays = [course.stuck()] if fault else course.at(at_s)
    so_far = [happening for happening in course.happenings if happening.at_s <= at_s]
    places = [place for stay in stays for place in visible(saga, stay, so_far)]
    return Truth(
        transaction_id=transaction_id,
        saga=saga.name,
        fault=fault.kind if fault else None,
        kind=stall_kind(saga, fault) if fault else None,
        steps=frozenset(step for step, _ in places),
        owners=frozenset(owner for _, owner in places),
        next_undo=frozenset(step for step, _ in places if stays[0].key.undoes) if fault else frozenset(),
        needs_deadline=fault is not None and fault.kind == "timer",
        clouded=any(_decides(saga, happening, stays) for happening in unseen),
    )


def stall_kind(saga: Saga, fault: Fault) -> StallKind:
    """Say which stall a fault looks like: what does not show in the telemetry cannot be told."""
    if fault.kind == "lost":
        return "step-overdue" if saga.telemetry.commands else "handoff-lost"
    if fault.kind == "crash":
        return "step-overdue" if saga.telemetry.shows_start else "handoff-lost"
    return _ALWAYS[fault.kind]


def visible(saga: Saga, stay: Stay, so_far: Sequence[Happening]) -> tuple[tuple[str, str], ...]:
    """Give the (step, owner) that the telemetry shows to have the ball; several are equally right.

    Before anything shows that a step has begun, it is the one that most likely follows.
    """
    if stay.where == "ending" or _shows(saga, stay):
        return ((stay.key.step, stay.owner),)
    return next_undos(saga, so_far) if stay.key.undoes else stay.likely


def _shows(saga: Saga, stay: Stay) -> bool:
    tells = saga.telemetry
    if stay.where == "handoff":
        return tells.commands is not None and stay.attempt > 0
    return tells.shows_start or (stay.attempt > 1 and tells.carrier == "span")


def next_undos(saga: Saga, so_far: Iterable[Happening]) -> tuple[tuple[str, str], ...]:
    """Give the compensations that may run next: of steps after which no other is left to undo."""
    completed = {happening.key for happening in so_far if happening.what == "completed"}
    undone = {key.undoes for key in completed}
    left = [step for step in saga.steps() if step.undo and Key(step.name) in completed and step.name not in undone]
    behind = _behind(saga)
    free = [step for step in left if not any(step.name in behind[other.name] for other in left)]
    return tuple((step.undo.name, step.undo.owner) for step in free if step.undo)


def _behind(saga: Saga) -> dict[str, set[str]]:
    """Give for each step all that come before it."""
    known: dict[str, set[str]] = {}
    for step, after, _ in before(saga.flow):
        known[step.name] = {*after, *(name for one in after for name in known[one])}
    return known


def _decides(saga: Saga, happening: Happening, stays: Iterable[Stay]) -> bool:
    """Whether the label hangs on this: the end of what came directly before, or the beginning of what is now."""
    if happening.what in {"completed", "refused"}:
        return any(happening.key in stay.by for stay in stays)
    if happening.what == "begun":
        return any(not stay.by for stay in stays)
    if happening.what == "sent" and saga.telemetry.commands is None:
        return False
    return any(happening.key == stay.key for stay in stays) and happening.attempt == 1


def told_names(saga: Saga) -> dict[str, str]:
    """Give how the telemetry calls the steps and compensations, where it calls them otherwise than the saga's team."""
    if not saga.telemetry.names_only:
        return {}
    undos = {step.undo.name: step.undo.event for step in saga.steps() if step.undo}
    return {step.name: step.done for step in saga.steps()} | undos
