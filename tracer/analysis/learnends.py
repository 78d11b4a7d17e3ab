"""After which steps a transaction is over, and which step undoes which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tracer.analysis.learncourses import ENDED, HAIR, Course, members
from tracer.model.sagas import LearnedEnd, LearnedUndo, Mark, StepKey
from tracer.model.words import Outcome

ENDS: Final = 0.9
_UNDONE: Final = frozenset({"failed", "compensated", "cancelled"})

End = tuple[StepKey, str, Outcome]


def ends(courses: Sequence[Course], min_samples: float) -> tuple[LearnedEnd, ...]:
    """Give the steps after which nothing came in nine of ten transactions that came to them, most frequent first.

    The outcome is part of the place: a step that failed and one that failed after something was undone are two. What
    runs beside a step does not come after it, so each of several parallel last steps is an end; the transaction is
    over when all that usually comes beside it is done, too.

    Where many are stuck now, earlier ones went on and keep the share low. Where history is so short, or has decayed so
    far, that nine of ten stopped at a step, it is taken for an end until others go on from there, or until a
    declaration says better; `min_samples` guards the first hours.
    """
    came: defaultdict[End, float] = defaultdict(float)
    stopped: defaultdict[End, float] = defaultdict(float)
    for course in courses:
        for at, end in _places(course):
            came[end] += course.n
            is_last = not course.after[at] and course.variant.outcome in {None, end[2]}
            stopped[end] += course.n if is_last else 0.0
    found = (
        LearnedEnd(key=end[0], outcome=end[2], n=stopped[end], of=of)
        for end, of in came.items()
        if of >= min_samples * (1 - HAIR) and stopped[end] >= ENDS * of * (1 - HAIR)
    )
    return tuple(sorted(found, key=lambda one: (-one.n, one.key, one.outcome)))


def _places(course: Course) -> Iterable[tuple[int, End]]:
    """Each step that ended, and what the outcome would be if nothing came after it."""
    everything = (1 << len(course.marks)) - 1
    for at, mark in enumerate(course.marks):
        outcome = _outcome(course, everything & ~course.after[at]) if mark.word in ENDED else None
        if outcome is not None:
            yield at, (mark.key, mark.word, outcome)


def _outcome(course: Course, seen: int) -> Outcome | None:
    """Tell how it would end here; not at all where an undoing failed or is not over."""
    marks = [course.marks[at] for at in members(seen)]
    undoing = [mark.word for mark in marks if mark.compensates]
    if undoing:
        return "compensated" if set(undoing) == {"completed"} else None
    is_failed = any(course.marks[at].word == "failed" and not course.after[at] & seen for at in members(seen))
    return "failed" if is_failed else "completed"


def undos(courses: Sequence[Course], owners: Mapping[StepKey, str | None]) -> tuple[LearnedUndo, ...]:
    """Give what undid each step, in how many of the transactions that failed, or undid something, after it was done."""
    undone: defaultdict[StepKey, float] = defaultdict(float)
    failed: defaultdict[str, float] = defaultdict(float)
    for course in courses:
        if not _is_going_back(course):
            continue
        keys = [mark.key for mark in course.marks if mark.compensates]
        done = {mark.step for mark in course.marks if not mark.compensates and mark.word == "completed"}
        for step in done | {key.compensates for key in keys}:
            failed[step] += course.n
        for key in keys:
            undone[key] += course.n
    found = (
        LearnedUndo(undoes=key.compensates, step=key.step, owner=owners.get(key), n=n, of=failed[key.compensates])
        for key, n in undone.items()
    )
    return tuple(sorted(found, key=lambda one: (one.undoes, -one.n, one.step)))


def _is_going_back(course: Course) -> bool:
    if course.variant.outcome in _UNDONE or any(mark.compensates for mark in course.marks):
        return True
    return course.variant.outcome is None and _last_word(course.marks) == "failed"


def _last_word(marks: Sequence[Mark]) -> str:
    return next((mark.word for mark in reversed(marks) if not mark.compensates), "")
