"""In which order the steps of a saga may run: the rules about `after` and the pivot."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.config.definition_places import Wrong, steps
from tracer.config.shape import unknown
from tracer.model.sagas import DeclaredSaga, DeclaredStep


def known_after(saga: DeclaredSaga) -> Iterator[Wrong]:
    """A step comes after steps of its own saga."""
    known = [step.name for step in saga.steps]
    for at, step in steps(saga):
        for index, name in enumerate(step.after):
            if name not in known:
                yield (*at, "after", str(index)), f'"{name}": {unknown(name, known, what="step")}'


def no_cycle(saga: DeclaredSaga) -> Iterator[Wrong]:
    """No step waits for itself, at any distance; all steps of `after` are known here."""
    after = {step.name: step.after for step in saga.steps}
    places = {step.name: at for at, step in steps(saga)}
    done: set[str] = set()
    for name in after:
        if cycle := _cycle(name, after, (), done):
            path = " after ".join(f'"{each}"' for each in cycle)
            yield (*places[cycle[0]], "after"), f"the steps wait for each other: {path}: take one of them out of after"


def _cycle(name: str, after: dict[str, tuple[str, ...]], above: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    """Follow `after` from a step; give the first way that comes back to itself, else nothing."""
    if name in above:
        return (*above[above.index(name) :], name)
    if name in done:
        return ()
    ways = (_cycle(before, after, (*above, name), done) for before in after[name])
    found = next(filter(None, ways), ())
    done.add(name)
    return found


def past_a_pivot(saga: DeclaredSaga) -> Iterator[Wrong]:
    """Past a pivot, at any distance, there is neither another one nor a compensation; `after` has no cycle here."""
    by_name = {step.name: step for step in saga.steps}
    for at, step in steps(saga):
        before = next((name for name in _all_before(step, by_name) if by_name[name].pivot), None)
        if before is None:
            continue
        if step.pivot:
            problem = f'"{step.name}" comes after "{before}", which is a pivot already'
            yield (*at, "pivot"), f"{problem}: one way through a saga has one point of no return"
        if step.compensation:
            problem = f'"{step.name}" runs only when the pivot "{before}" is done, and then nothing is undone any more'
            yield (*at, "compensation"), f"{problem}: take the compensation out, or put the pivot later"


def _all_before(step: DeclaredStep, by_name: dict[str, DeclaredStep]) -> list[str]:
    found = dict.fromkeys(step.after)
    waiting = list(found)
    while waiting:
        further = [name for name in by_name[waiting.pop()].after if name not in found]
        found.update(dict.fromkeys(further))
        waiting.extend(further)
    return list(found)
