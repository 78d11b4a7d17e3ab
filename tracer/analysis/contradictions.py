"""Where the records of a transaction contradict the definition of its saga, in sentences for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from tracer.analysis.undoing import TimedMark, befores
from tracer.clock import NS_PER_S
from tracer.model.duration import spell
from tracer.model.sagas import DeclaredSaga, DeclaredStep, StepKey
from tracer.model.text import clean
from tracer.model.words import Outcome

SKEW_S: Final = 5.0  # clocks of different services may disagree by so much without a word
MAX_NAMED: Final = 5
MAX_NAME: Final = 80


def contradictions(
    marks: Sequence[TimedMark], declared: DeclaredSaga | None, outcome: Outcome | None
) -> tuple[str, ...]:
    """Say where the records say otherwise than the definition; nothing where it declares no steps."""
    if declared is None or not declared.steps:
        return ()
    steps = {step.name: step for step in declared.steps}
    source = f"the definition ({declared.where})" if declared.where else "the definition"
    return (
        *_unknown(marks, steps, source),
        *_owners(marks, steps, source),
        *_missing(marks, steps, source, outcome),
        *_disordered(marks, steps, source),
        *_past_pivot(marks, steps),
    )


def _unknown(marks: Iterable[TimedMark], steps: Mapping[str, DeclaredStep], source: str) -> Iterator[str]:
    undos = {StepKey(step.compensation.step, step.name) for step in steps.values() if step.compensation}
    known = {*steps, *(undo.step for undo in undos)}
    marked = list(marks)
    names = [_short(mark.step) for mark in marked if not mark.compensates and mark.step not in known]
    if names:
        yield f"T{source[1:]} does not know the step{'s' if len(names) > 1 else ''} {_listed(names)}."
    others = [mark for mark in marked if mark.compensates and mark.key not in undos and mark.step != mark.compensates]
    if others:
        told = [f"{_short(mark.step)} undoes {_short(mark.compensates)}" for mark in others]
        yield f"T{source[1:]} does not know that {_listed(told)}."


def _owners(marks: Iterable[TimedMark], steps: Mapping[str, DeclaredStep], source: str) -> Iterator[str]:
    told = []
    for mark in marks:
        owner = _owner(mark.key, steps)
        if owner and mark.owner and mark.owner != owner and mark.word != "pending":
            told.append(f"{_short(mark.step)} is by {_short(mark.owner)}, not by {_short(owner)}")
    if told:
        yield f"T{source[1:]} names other owners: {_listed(told)}."


def _owner(key: StepKey, steps: Mapping[str, DeclaredStep]) -> str | None:
    step = steps.get(key.compensates or key.step)
    undo = step.compensation if step and key.compensates else None
    if key.compensates:
        return undo.owner if undo and undo.step == key.step else None
    return step.owner if step else None


def _missing(
    marks: Iterable[TimedMark], steps: Mapping[str, DeclaredStep], source: str, outcome: Outcome | None
) -> Iterator[str]:
    """Name the steps that must have been, because a later one was or the end was told, and that were not seen."""
    seen = {mark.step for mark in marks if not mark.compensates}
    must = [step.name for step in steps.values() if not step.optional and step.name not in seen]
    if outcome == "completed" and must:
        yield f"It was ended as completed, but {_listed([*map(_short, must)])} of {source} {_were(must)} not seen."
        return
    before = befores(steps)
    for name in must:
        later = sorted(_short(other) for other in seen if name in before.get(other, ()))
        if later:
            yield f"{_short(name)} was not seen, but {_listed(later)} {_were(later)}, after it in {source}."


def _disordered(marks: Iterable[TimedMark], steps: Mapping[str, DeclaredStep], source: str) -> Iterator[str]:
    """Say where a step was completed before one that it comes after, by more than clocks disagree."""
    closed = {
        mark.step: mark.closed_ns
        for mark in marks
        if mark.word == "completed" and not mark.compensates and mark.closed_ns is not None
    }
    for name, at_ns in closed.items():
        for earlier in steps[name].after if name in steps else ():
            by_s = (closed.get(earlier, at_ns) - at_ns) / NS_PER_S
            if by_s > SKEW_S:
                early = f"{_short(name)} was completed {spell(by_s)} before {_short(earlier)}"
                yield f"{early}, after which {source} has it."


def _past_pivot(marks: Sequence[TimedMark], steps: Mapping[str, DeclaredStep]) -> Iterator[str]:
    done = {mark.step for mark in marks if mark.word == "completed" and not mark.compensates}
    pivot = next((name for name in steps if steps[name].pivot and name in done), None)
    told = [f"{_short(mark.step)} (undoes {_short(mark.compensates)})" for mark in marks if mark.compensates]
    if pivot and told:
        yield f"{_short(pivot)}, the point of no return, was completed, but {_listed(told)} began all the same."


def _listed(names: Sequence[str]) -> str:
    """Name the first few, and count the rest."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _were(names: Sequence[str]) -> str:
    return "were" if len(names) > 1 else "was"


def _short(name: str) -> str:
    return clean(name, MAX_NAME)
