"""What may help a transaction that is stuck: take the step again, undo, go forward, or look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tracer.analysis.cases import Proposal, Spot, before, lateness, owner_of, seen, spot_of, where
from tracer.analysis.repeating import DECLARED, UNKNOWN, Repeat, repeat, wilson
from tracer.analysis.undoing import TimedMark, Undo
from tracer.model.duration import spell
from tracer.model.sagas import Coming, StepKey

_NEXT_BRANCH: Final = 0.9  # a compensation that may run as well, but comes later
_GIVE_UP: Final = 0.2  # how well it fits to undo where nothing has failed yet
_USED_UP: Final = (0.5, 0.8)  # and where all tries are used up: while the last may still run, and after it
_LOOK: Final = {"wait-overdue": 0.65, "compensation-stuck": 0.45}
_LOOK_ELSE: Final = 0.55
_SAFE: Final = {"declared": ": it may be repeated", "learned": ": that has helped before", "default": ""}
# What has waited for a person does not begin for being told to, and what failed again and again fails once more.
_LESS_ONWARD: Final = {"wait-overdue": 0.4, "retry-loop": 0.4}


def remedies(spot: Spot) -> Iterator[Proposal]:
    """Propose what may help, in no order: the confidence of each says how well it fits."""
    if spot.plan.pivot:
        yield from _onward(spot)
    elif _goes_back(spot):
        yield from _backward(spot)
    else:
        yield from _forward(spot)


def wait_at(spot: Spot, why: str, evidence: tuple[str, ...], fits: float = 1.0) -> Proposal:
    """Propose to wait for whoever is to act at a place."""
    place = spot.place
    return Proposal(
        action="wait",
        step=place.step,
        owner=spot.owner,
        why=why,
        fits=fits,
        sure=spot.sure,
        basis=place.limit_basis,
        evidence=(*evidence, *seen(spot.mark)),
        compensates=spot.undoes,
    )


def _goes_back(spot: Spot) -> bool:
    """Whether the transaction is being undone, or has failed and must be."""
    if spot.undoes or spot.place.kind == "compensation-stuck":
        return True
    return spot.place.kind == "never-ended" and bool(spot.plan.begun or spot.plan.undone or _failed(spot))


def _failed(spot: Spot) -> TimedMark | None:
    """Give the forward step that failed last, where it was not one that may be left out."""
    optional = {step.name for step in spot.case.declared.steps if step.optional} if spot.case.declared else set()
    undos = {mark.step for mark in spot.plan.begun} | {undo.step for undo in spot.plan.known}
    failed = [
        mark
        for mark in spot.case.marks
        if mark.word == "failed" and not mark.compensates and mark.step not in optional | undos
    ]
    return max(failed, key=lambda mark: (mark.closed_ns or 0, mark.step), default=None)


def _forward(spot: Spot) -> Iterator[Proposal]:
    """The way forward is blocked: take the step again, or look, or give up."""
    place, tries = spot.place, spot.repeat
    if not spot.is_done and place.kind in {"step-overdue", "handoff-lost", "never-ended"} and tries.is_left:
        yield from _again(spot, tries)
    is_limited = spot.declared is not None and spot.declared.retry_max is not None
    is_used_up = is_limited and (place.kind == "retry-loop" or not tries.is_left)
    if place.kind != "never-ended" or _coming(spot):
        why = f"The tries of {place.step} are used up" if is_used_up else "If the transaction is to be given up"
        yield from _undos(spot, _USED_UP[place.kind == "retry-loop"] if is_used_up else _GIVE_UP, f"{why}: ")
    if place.kind == "wait-overdue":
        yield wait_at(spot, f"{place.step} waits for {spot.who}, who may still act.", (), fits=0.3)
    is_telling = spot.has_begun or not tries.harmless
    yield _look(
        spot, tries.facts if is_telling and place.kind in {"step-overdue", "handoff-lost", "retry-loop"} else ()
    )


def _again(spot: Spot, tries: Repeat) -> Iterator[Proposal]:
    """Propose the step once more, where that is not declared to do harm; a step that never began is hardly repeated."""
    if not tries.harmless:
        return
    place, is_known = spot.place, tries.basis != "default"
    if spot.has_begun:
        sure, basis = tries.harmless, tries.basis
        fits = 0.9 if is_known else 0.3
        why = f"Try {place.step} again in {spot.who}{_SAFE[basis]}"
    else:
        sure, basis = spot.sure, place.basis
        fits = (0.9 if is_known else 0.65) if (spot.declared and spot.declared.run) or not spot.case.message else 0.5
        way = "run it" if spot.declared and spot.declared.run else "deliver its message again"
        why = f"{spot.subject} was not seen to begin {place.step}: {way}"
    yield Proposal(
        action="retry",
        step=place.step,
        owner=spot.owner,
        why=f"{why}." if is_known else f"{why}; whether {place.step} may be repeated is not known.",
        fits=fits,
        sure=sure,
        basis=basis,
        evidence=(*tries.facts, *before(spot), spot.case.message, *seen(spot.mark)),
        run=spot.declared.run if spot.declared else None,
    )


def _onward(spot: Spot) -> Iterator[Proposal]:
    """Past the point of no return: whatever is left must be finished, nothing undone."""
    plan, failed = spot.plan, _failed(spot)
    coming = _coming(spot)
    is_here = not spot.undoes and not spot.is_done
    at = spot if is_here else _elsewhere(spot, failed.step if failed else coming.step if coming else None)
    if at:
        is_unsafe = at.has_begun and not at.repeat.harmless
        check = f" Look first whether it took effect: {at.place.step} is not idempotent." if is_unsafe else ""
        yield Proposal(
            action="resume",
            step=at.place.step,
            owner=at.owner,
            why=f"{plan.pivot}, the point of no return, is completed: go forward and finish {at.place.step}.{check}",
            fits=_LESS_ONWARD.get(spot.place.kind, 0.9),
            sure=DECLARED,
            basis="declared",
            evidence=(
                *plan.facts,
                f"{plan.pivot} is declared the pivot{where(spot.case)}",
                *at.repeat.facts,
                *before(at),
                spot.case.message,
                *seen(at.mark),
            ),
            run=at.declared.run if at.declared and not is_unsafe else None,
        )
    look = _look(spot, plan.facts)
    yield replace(look, fits=1.0, sure=DECLARED) if plan.begun or plan.undone else look


def _elsewhere(spot: Spot, step: str | None) -> Spot | None:
    """Look at another forward step of the same transaction."""
    if step is None:
        return None
    return spot_of(
        spot.case, spot.plan, replace(spot.place, step=step, compensates="", owner=owner_of(spot.case, step))
    )


def _coming(spot: Spot) -> Coming | None:
    return next((one for one in spot.case.verdict.remaining if not one.compensates), None)


# --- undoing --------------------------------------------------------------------------------------------------


def _backward(spot: Spot) -> Iterator[Proposal]:
    """The transaction is to be undone: finish what undoes it, then go on in the reverse order."""
    plan, failed = spot.plan, _failed(spot)
    for mark in plan.begun:
        yield from _begun(spot, mark)
    is_begun = spot.mark in plan.begun
    why = (
        f"{failed.step} failed and the transaction must be undone: " if failed else "The transaction is being undone: "
    )
    yield from _undos(spot, 0.45 if is_begun else 0.95, why)
    undo = _unplanned(spot)
    if undo:
        yield _undo(spot, undo, 0.95, why)
    if not spot.undoes and spot.mark is None:
        yield _by_name(spot)
    if failed and not (plan.begun or plan.undone):
        yield from _retried(spot, failed)
    if not is_begun:
        yield _look(spot, plan.facts)


def _by_name(spot: Spot) -> Proposal:
    """Propose what came next in earlier transactions and is called like something that takes a step back."""
    place = spot.place
    return Proposal(
        action="compensate",
        step=place.step,
        owner=spot.owner,
        why=f"Earlier transactions went on with {place.step} from here, and its name says that it takes back.",
        fits=0.95,
        sure=spot.sure,
        basis=place.basis,
        evidence=(lateness(spot.case, place), *before(spot), *_errors(spot)),
    )


def _unplanned(spot: Spot) -> Undo | None:
    """Give the compensation that the place names, where nothing else knows it."""
    planned = {undo.undoes for undo in (*spot.plan.next, *spot.plan.later)} | spot.plan.undone
    if not spot.undoes or spot.mark is not None or spot.undoes in planned:
        return None
    known = spot.plan.of(spot.undoes)
    return known or Undo(step=spot.place.step, undoes=spot.undoes, owner=spot.owner, basis=spot.place.basis)


def _begun(spot: Spot, mark: TimedMark) -> Iterator[Proposal]:
    """A compensation that failed is tried again; one that is overdue is looked at, and run again if it must be."""
    case, undo = spot.case, spot.plan.of(mark.compensates)
    owner = mark.owner or (undo.owner if undo else None)
    tries = repeat(StepKey(mark.step, mark.compensates), mark.attempts, case.declared, case.learned, case.limits)
    basis = undo.basis if undo else "default"
    common = Proposal(
        action="wait",
        step=mark.step,
        owner=owner,
        why=f"{mark.step}, which undoes {mark.compensates}, is in hand at {owner or 'an unnamed service'}.",
        fits=0.4,
        sure=DECLARED if basis == "declared" else UNKNOWN,
        basis=basis,
        evidence=(*tries.facts, *seen(mark), case.message, *spot.plan.facts),
        compensates=mark.compensates,
    )
    run = undo.run if undo and undo.step == mark.step else None
    if mark.word == "failed":
        why = f"The compensation {mark.step}, which undoes {mark.compensates}, failed: try it again."
        yield replace(common, action="retry", why=why, fits=0.9 if tries.is_left else 0.4, run=run)
        why = f"Look at why {mark.step}, which undoes {mark.compensates}, failed."
        yield replace(common, action="investigate", why=why, fits=0.5)
    elif mark != spot.mark:
        yield common
    else:
        evidence = (lateness(case, spot.place), *common.evidence)
        why = f"Look at {spot.who}: {_unended(spot)}."
        yield replace(common, action="investigate", why=why, fits=0.6, evidence=evidence)
        why = f"If {spot.who} is not at it any more, run {mark.step} again to undo {mark.compensates}."
        yield replace(common, action="compensate", why=why, fits=0.5, run=run)


def _retried(spot: Spot, failed: TimedMark) -> Iterator[Proposal]:
    """Propose a failed step again, where it may be, while nothing is undone yet."""
    at = _elsewhere(spot, failed.step)
    if at is None or not at.repeat.is_left or at.repeat.basis == "default" or not at.repeat.harmless:
        return
    for proposal in _again(at, at.repeat):
        yield replace(proposal, fits=0.6 if not spot.plan.next else 0.4)


def _undos(spot: Spot, fits: float, why: str) -> Iterator[Proposal]:
    """Propose the compensations that may run now, the first one before those of other branches."""
    for nth, undo in enumerate(spot.plan.next):
        yield _undo(spot, undo, fits * _NEXT_BRANCH**nth, why)


def _undo(spot: Spot, undo: Undo, fits: float, why: str) -> Proposal:
    plan, case = spot.plan, spot.case
    then = ", ".join(later.step for later in plan.later)
    is_declared = undo.basis == "declared"
    sure = {"declared": DECLARED, "learned": wilson(undo.n, undo.of) if undo.of else spot.sure, "default": UNKNOWN}
    return Proposal(
        action="compensate",
        step=undo.step,
        owner=undo.owner or (spot.owner if undo.undoes == spot.undoes else None),
        why=f"{why}run {undo.step}, which undoes {undo.undoes}.",
        fits=fits,
        sure=sure[undo.basis],
        basis=undo.basis,
        evidence=(
            *(fact for mark in case.marks if mark.step == undo.undoes and not mark.compensates for fact in seen(mark)),
            f"{undo.step} is declared to undo {undo.undoes}{where(case)}" if is_declared else "",
            undo.seen,
            f"after it: {then}" if then else "",
            *_errors(spot),
            *plan.facts,
            *_unsure(spot),
        ),
        run=undo.run,
        compensates=undo.undoes,
    )


def _errors(spot: Spot) -> Iterator[str]:
    failed = _failed(spot)
    for mark in {mark.key: mark for mark in (failed, spot.mark) if mark}.values():
        yield from seen(mark)


def _unsure(spot: Spot) -> Iterator[str]:
    """Name forward steps that may still take effect while others are undone."""
    for mark in spot.case.marks:
        if mark.is_open and not mark.compensates and mark.step not in {undo.step for undo in spot.plan.known}:
            yield f"But {mark.step} has not ended and may still take effect"


# --- looking --------------------------------------------------------------------------------------------------


def _look(spot: Spot, facts: tuple[str, ...]) -> Proposal:
    place, message = spot.place, spot.case.message
    fits = _LOOK.get(place.kind, _LOOK_ELSE)
    if place.kind == "handoff-lost" and message:
        fits = 0.5 if spot.declared and spot.declared.run else 0.7
    elif place.kind == "handoff-lost":
        fits = 0.45
    return Proposal(
        action="investigate",
        step=place.step,
        owner=spot.owner,
        why=f"{_question(spot)}.{f' {message}' if message else ''}",
        fits=fits,
        sure=spot.sure,
        basis=place.limit_basis,
        evidence=(lateness(spot.case, place), *before(spot), *seen(spot.mark), *facts),
        compensates=spot.undoes,
    )


def _question(spot: Spot) -> str:
    place, who, so_long = spot.place, spot.who, spell(spot.case.stuck_s)
    if place.kind == "wait-overdue":
        return f"Ask {who}: {place.step} has waited for {so_long}, longer than it may"
    if place.kind == "retry-loop":
        return f"Look at why {place.step} fails in {who}: {spot.mark.attempts if spot.mark else 0} tries did not help"
    if spot.is_done:
        lacks = "nothing ended the transaction" if place.kind == "never-ended" else "nothing followed"
        return f"Look at {who}: {place.step} was completed {so_long} ago, and {lacks}"
    return f"Look at {who}: {_unended(spot)}"


def _unended(spot: Spot) -> str:
    """Say how the step of the place stands."""
    name = f"the compensation {spot.place.step}" if spot.undoes else spot.place.step
    so_long = spell(spot.case.stuck_s)
    if not spot.has_begun or spot.mark is None:
        return f"{name} was not seen to begin for {so_long}"
    if spot.mark.word == "failed":
        return f"{name} failed {so_long} ago and nothing followed"
    return f"{name} began {so_long} ago and was not seen to end, so whether it took effect is not known"
