"""What should run next for one transaction, and why: ranked, each with what it rests on.

Confidence is how well an action fits times how sure is what it rests on: `DECLARED` for a declaration, the lower bound
of the Wilson score interval (95 %) of its share for what was learned, which few samples keep low, and `UNKNOWN` for
what nobody declared or showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tracer.analysis.cases import Case, Proposal, Spot, lateness, seen, spot_of
from tracer.analysis.commands import fill
from tracer.analysis.remedies import remedies, wait_at
from tracer.analysis.repeating import UNKNOWN
from tracer.analysis.undoing import TimedMark, Undoing, undoing
from tracer.model.duration import spell_finely
from tracer.model.sagas import Place
from tracer.model.text import clean
from tracer.model.words import OPEN_STATUSES
from tracer.views import Advice

__all__ = ["Case", "TimedMark", "advise"]

MAX_FACT: Final = 600


def advise(case: Case) -> tuple[Advice, ...]:
    """Say what should run next, the best first; nothing where the transaction has ended or nothing is known of it."""
    if case.status not in OPEN_STATUSES or case.verdict.ends is not None:
        return ()
    plan = undoing(case.marks, case.declared, case.learned, case.stuck_place)
    proposals = remedies(spot_of(case, plan, case.stuck_place)) if case.stuck_place else _healthy(case, plan)
    ranked = sorted(proposals, key=lambda proposal: -proposal.confidence)
    return tuple(_told(case, rank, proposal) for rank, proposal in enumerate(ranked, 1))


def _told(case: Case, rank: int, proposal: Proposal) -> Advice:
    """Fill the command and clean what a person reads."""
    filled = fill(proposal.run, lambda path: _values(case, path)) if proposal.run else None
    problem = f" There is no command: {filled.problem}." if filled and filled.problem else ""
    return Advice(
        rank=rank,
        action=proposal.action,
        step=proposal.step,
        owner=proposal.owner,
        command=filled.command if filled else None,
        confidence=proposal.confidence,
        basis=proposal.basis,
        why=clean(proposal.why + problem),
        evidence=tuple(dict.fromkeys(clean(fact, MAX_FACT) for fact in proposal.evidence if fact)),
        compensates=proposal.compensates or None,
    )


def _values(case: Case, path: str) -> tuple[object, ...]:
    return (case.transaction_id,) if path == "transaction_id" else tuple(case.values(path))


# --- nothing is wrong -----------------------------------------------------------------------------------------


def _healthy(case: Case, plan: Undoing) -> Iterator[Proposal]:
    """Wait: for the first place, or for the last step that was seen."""
    places = case.verdict.places
    if places:
        spot = spot_of(case, plan, places[0])
        also = ", ".join(f"{place.step} ({place.owner or 'an unnamed service'})" for place in places[1:])
        evidence = (lateness(case, places[0]), f"at the same time: {also}" if also else "")
        yield wait_at(spot, f"{_standing(spot)}; {_normal(places[0])}.", evidence)
    elif case.marks:
        last = max(case.marks, key=lambda mark: (mark.closed_ns or mark.since_ns or 0, mark.step))
        yield Proposal(
            action="wait",
            step=last.step,
            owner=last.owner,
            why=f"Nothing is overdue: {last.step} is the last step that was seen.",
            fits=1.0,
            sure=UNKNOWN,
            basis="default",
            evidence=seen(last),
            compensates=last.compensates,
        )


def _standing(spot: Spot) -> str:
    name = f"{spot.place.step} (undoes {spot.undoes})" if spot.undoes else spot.place.step
    if spot.place.state == "waiting" or (spot.declared and spot.declared.waits):
        return f"Nothing is wrong: {name} waits for {spot.who}"
    if spot.mark is None or not spot.mark.is_open:
        return f"Nothing is wrong: {spot.who} is to begin {name} next"
    return f"Nothing is wrong: {spot.who} is at {name}"


def _normal(place: Place) -> str:
    if place.limit_s is None:
        return "no limit is set for it"
    usual = f"it usually takes {spell_finely(place.expected_s)}, and " if place.expected_s is not None else ""
    return f"{usual}up to {spell_finely(place.limit_s)} is normal"
