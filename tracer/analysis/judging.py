"""What follows from a situation: where such a transaction stands, what is still to come, whether it is over.

What the team declared wins; what history shows fills in what nobody declared; the defaults stand for the rest. A
step is over too when a later one was seen: telemetry gets lost. History is asked with the set of what is done, never
with its order: clocks of different services disagree.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from tracer.analysis.limits import is_round_and_round, open_place
from tracer.analysis.plan import Plan
from tracer.analysis.precedent import Precedent
from tracer.model.sagas import DeclaredSaga, LearnedSaga, Limits, Mark, Place, Verdict
from tracer.model.words import Outcome

_SURE_END: Final = 0.9


def judge(
    marks: Collection[Mark], declared: DeclaredSaga | None, learned: LearnedSaga | None, limits: Limits
) -> Verdict:
    """Say what follows from the marks of one transaction that no record has ended; their order says nothing."""
    marks = tuple({mark.key: mark for mark in sorted(marks)}.values())
    history = Precedent(marks, learned, limits)
    plan = Plan(marks, declared, learned, limits) if declared and declared.steps else None
    is_past = (plan or history).is_past
    is_undoing = any(mark.compensates for mark in marks)
    standing = [
        open_place(mark, declared, learned, limits)
        for mark in marks
        if (mark.is_open or (not is_undoing and is_round_and_round(mark, declared, limits))) and not is_past(mark.key)
    ]
    expected = plan.expected() if plan else history.expected()
    places = [*standing, *(place for place in expected if place.key not in {one.key for one in standing})]
    says_end = history.says_end or bool(declared and (declared.completes or declared.fails))
    if not places:
        ends = plan.ends() if plan else history.ends(_SURE_END)
        if ends and not says_end:
            return Verdict(ends=_status(ends), end_basis="declared" if plan else "learned")
        places = [*(history.unsaid(is_past) if ends else history.last(is_past))]
    finish_p, end_s = history.finish()
    return Verdict(
        places=tuple(sorted(places, key=_rank)),
        remaining=plan.remaining() if plan else history.remaining(),
        deadline_s=declared.deadline_s if declared else None,
        finish_p=finish_p,
        end_s=end_s,
    )


def _status(ends: Outcome) -> Literal["completed", "failed", "compensated"]:
    return "compensated" if ends == "cancelled" else ends


def _rank(place: Place) -> tuple[bool, bool, bool, float]:
    """Compensations first, then what was seen to begin, then the likeliest; what waits for a person comes last."""
    return place.state == "waiting", not place.compensates, bool(place.of), -place.p
