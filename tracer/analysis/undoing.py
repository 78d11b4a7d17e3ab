"""Which compensations are left to run, and in which order.

What was completed last is undone first, and a step only after all completed steps that came after it are undone. A
declaration says what came after what; where there is none, earlier transactions that were undone from the same state
say what ran next, and else the times of completion do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tracer.model.sagas import Basis, DeclaredSaga, DeclaredStep, LearnedSaga, LearnedUndo, Place, StepKey, Variant

LIKELY: Final = 0.5  # what undid a step in fewer of its failed transactions is not taken for its compensation
_OPEN: Final = frozenset({"pending", "running", "waiting", "retrying"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedMark:
    """How a step of one transaction stands, as a Mark says it, with whose it is, when, and the last error.

    `since_ns` is when it began or was told to begin, `closed_ns` when it ended; None where no record says so.
    """

    step: str
    compensates: str = ""
    word: str
    attempts: int = 1
    owner: str | None = None
    since_ns: int | None = None
    closed_ns: int | None = None
    error: str | None = None

    @property
    def key(self) -> StepKey:
        """The step that is marked."""
        return StepKey(self.step, self.compensates)

    @property
    def is_open(self) -> bool:
        """Whether the step has begun, or was told to begin, and has not ended."""
        return self.word in _OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A compensation: `step` undoes `undoes`. Learned ones were seen in `n` of `of` earlier transactions, as `seen`."""

    step: str
    undoes: str
    owner: str | None
    basis: Basis
    run: str | None = None
    n: float = 0.0
    of: float = 0.0
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What there is to undo in one transaction.

    `next` may run now, the first one before the others; `later` follows, in this order. `begun` are compensations that
    are running or failed, with what they undo in `compensates`, and `undone` the steps that are. `pivot` is the
    completed step of no return: then nothing is to be undone. `facts` are sentences on what was left out, and on what
    history or the transaction itself shows otherwise.
    """

    next: tuple[Undo, ...] = ()
    later: tuple[Undo, ...] = ()
    begun: tuple[TimedMark, ...] = ()
    undone: frozenset[str] = frozenset()
    known: tuple[Undo, ...] = ()
    pivot: str | None = None
    facts: tuple[str, ...] = ()

    def of(self, undoes: str) -> Undo | None:
        """The compensation of a step, where one is known."""
        return next((undo for undo in self.known if undo.undoes == undoes), None)


def undoing(
    marks: Iterable[TimedMark],
    declared: DeclaredSaga | None,
    learned: LearnedSaga | None,
    place: Place | None = None,
) -> Undoing:
    """Find what is left to undo, as if the transaction had to be; `place` is a compensation that is known to be due."""
    known = _known(declared, learned)
    steps = {step.name: step for step in declared.steps} if declared else {}
    forward, undos = _sides(marks, known, steps)
    completed = {mark.step: mark for mark in forward if mark.word == "completed"}
    undone = frozenset(mark.compensates for mark in undos if mark.word == "completed")
    begun = tuple(mark for mark in undos if mark.compensates not in undone)
    told = Undoing(begun=begun, undone=undone, known=tuple(known.values()))
    pivot = next((name for name in completed if name in steps and steps[name].pivot), None)
    if pivot is not None:
        return replace(told, pivot=pivot, facts=tuple(_past(pivot, undos)))
    busy = {mark.compensates for mark in begun}
    left = {name: known[name] for name in completed if name in known and name not in undone | busy}
    voted = _voted(left, forward, undos, learned, known, steps)
    wanted = place.compensates or _undone_by(place.step, known, steps) if place else None
    first = wanted if wanted in left else voted.undoes if voted and not steps else None
    before = befores(steps)
    order = _ordered(left, completed, before, first, tuple(steps))
    free = _free(order, left.keys() | busy, before, is_declared=bool(steps), is_busy=bool(busy))
    if voted:
        order = [voted if undo.undoes == voted.undoes else undo for undo in order]
    return replace(
        told,
        next=tuple(undo for undo in order if undo.undoes in free),
        later=tuple(undo for undo in order if undo.undoes not in free),
        facts=(
            *_without(completed, undone | busy, steps, learned),
            *_disordered(completed, undone, steps),
            *_otherwise(voted, free),
        ),
    )


def _known(declared: DeclaredSaga | None, learned: LearnedSaga | None) -> dict[str, Undo]:
    """Give the compensation of each step that has one; the declaration says all of the steps that it has."""
    found = {undo.undoes: _as_undo(undo) for undo in _likely(learned)}
    for step in declared.steps if declared else ():
        found.pop(step.name, None)
        if step.compensation:
            undo = step.compensation
            found[step.name] = Undo(step=undo.step, undoes=step.name, owner=undo.owner, basis="declared", run=undo.run)
    return found


def _likely(learned: LearnedSaga | None) -> list[LearnedUndo]:
    """Give what history knows to undo a step, of several the most frequent one last."""
    undos = learned.undos if learned else ()
    return sorted((undo for undo in undos if undo.n >= LIKELY * undo.of), key=lambda undo: (undo.n, undo.step))


def _as_undo(undo: LearnedUndo) -> Undo:
    seen = f"in {undo.n:.0f} of {undo.of:.0f} earlier failures after {undo.undoes}, {undo.step} undid it"
    return Undo(step=undo.step, undoes=undo.undoes, owner=undo.owner, basis="learned", n=undo.n, of=undo.of, seen=seen)


def _undone_by(name: str, known: Mapping[str, Undo], steps: Mapping[str, DeclaredStep]) -> str | None:
    """Give what a step undoes by its name alone, where its records do not say that it compensates."""
    if name in steps:
        return None
    undone = [undo.undoes for undo in known.values() if undo.step == name]
    return undone[0] if len(undone) == 1 else None


def _sides(
    marks: Iterable[TimedMark], known: Mapping[str, Undo], steps: Mapping[str, DeclaredStep]
) -> tuple[list[TimedMark], list[TimedMark]]:
    """Part the forward steps from the compensations, which then all say what they undo."""
    forward, undos = [], []
    for mark in marks:
        undoes = mark.compensates or _undone_by(mark.step, known, steps)
        if undoes:
            undos.append(replace(mark, compensates=undoes))
        else:
            forward.append(mark)
    return forward, undos


def befores(steps: Mapping[str, DeclaredStep]) -> dict[str, set[str]]:
    """Give for each declared step all that come before it."""
    before: dict[str, set[str]] = {}
    for name in steps:
        found: set[str] = set()
        ahead = list(steps[name].after)
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead.extend(steps[one].after if one in steps else ())
        before[name] = found - {name}
    return before


def _ordered(
    left: Mapping[str, Undo],
    completed: Mapping[str, TimedMark],
    before: Mapping[str, set[str]],
    first: str | None,
    names: tuple[str, ...],
) -> list[Undo]:
    """Put compensations into the reverse of the declared order, and of the completions where that leaves it open."""

    def latest(name: str) -> tuple[bool, int, int, str]:
        at = completed[name].closed_ns
        return name == first, -1 if at is None else at, names.index(name) if name in names else -1, name

    order, rest = [], set(left)
    while rest:
        free = {name for name in rest if not any(name in before.get(other, ()) for other in rest)}
        chosen = max(free or rest, key=latest)  # a circle in the declaration is cut at the latest
        order.append(left[chosen])
        rest.discard(chosen)
    return order


def _free(
    order: list[Undo], pending: set[str], before: Mapping[str, set[str]], *, is_declared: bool, is_busy: bool
) -> set[str]:
    """Give the steps that may be undone now; where no order is declared, one after the other."""
    if not is_declared:
        return {undo.undoes for undo in order[:1] if not is_busy}
    return {undo.undoes for undo in order if not any(undo.undoes in before.get(other, ()) for other in pending)}


def _voted(
    left: Mapping[str, Undo],
    forward: list[TimedMark],
    undos: list[TimedMark],
    learned: LearnedSaga | None,
    known: Mapping[str, Undo],
    steps: Mapping[str, DeclaredStep],
) -> Undo | None:
    """Give what ran next in earlier transactions that were undone from this very state, else what mostly runs first."""
    done = {(mark.step, "", mark.word) for mark in forward if not mark.is_open}
    done |= {(mark.step, mark.compensates, mark.word) for mark in undos if not mark.is_open}
    completed = _completed(done)
    alike: dict[str, float] = {}
    several: dict[str, float] = {}
    for variant in learned.variants if learned else ():
        course = _course(variant, known, steps)
        coming = [mark[1] for mark in course if mark[1] in left and mark not in done]
        if coming and done <= set(course) and completed == _completed(course):
            alike[coming[0]] = alike.get(coming[0], 0.0) + variant.n
        if len(coming) > 1:
            several[coming[0]] = several.get(coming[0], 0.0) + variant.n
    if alike:
        failed = next((mark.step for mark in forward if mark.word == "failed"), None)
        which = f"earlier failures at {failed}" if failed else "earlier transactions that were undone from here"
        return _most(left, alike, which, "next")
    return _most(left, several, "earlier transactions that ran several of what is left", "first") if several else None


def _most(left: Mapping[str, Undo], weights: Mapping[str, float], which: str, when: str) -> Undo:
    best = max(weights, key=lambda name: (weights[name], name))
    n, of = weights[best], sum(weights.values())
    return replace(left[best], n=n, of=of, seen=f"in {n:.0f} of {of:.0f} {which}, {left[best].step} ran {when}")


def _completed(course: Iterable[tuple[str, str, str]]) -> set[str]:
    return {step for step, undoes, word in course if word == "completed" and not undoes}


def _course(
    variant: Variant, known: Mapping[str, Undo], steps: Mapping[str, DeclaredStep]
) -> list[tuple[str, str, str]]:
    return [
        (mark.step, mark.compensates or _undone_by(mark.step, known, steps) or "", mark.word) for mark in variant.marks
    ]


# --- what a person should know about it -----------------------------------------------------------------------


def _past(pivot: str, undos: list[TimedMark]) -> Iterator[str]:
    yield f"{pivot}, the point of no return, is completed: nothing is undone any more"
    for mark in undos:
        did = "was completed" if mark.word == "completed" else "failed" if mark.word == "failed" else "began"
        yield f"But {mark.step}, which undoes {mark.compensates}, {did} all the same"


def _without(
    completed: Mapping[str, TimedMark],
    handled: frozenset[str] | set[str],
    steps: Mapping[str, DeclaredStep],
    learned: LearnedSaga | None,
) -> Iterator[str]:
    """Say which completed steps stay as they are, and where history undoes what nothing is declared to undo."""
    undid = {undo.undoes: undo for undo in sorted(learned.undos, key=lambda undo: undo.n)} if learned else {}
    for name in completed:
        if name in steps and not steps[name].compensation and name not in handled:
            yield f"{name} declares no compensation and stays as it is"
            if name in undid:
                undo = undid[name]
                yield f"But in {undo.n:.0f} of {undo.of:.0f} earlier failures after {name}, {undo.step} undid it"


def _disordered(
    completed: Mapping[str, TimedMark], undone: frozenset[str], steps: Mapping[str, DeclaredStep]
) -> Iterator[str]:
    """Say where a step was completed before one that it is declared to come after."""
    for name, mark in completed.items():
        for earlier in steps[name].after if name in steps else ():
            other = completed.get(earlier)
            if other is None or mark.closed_ns is None or other.closed_ns is None or {name, earlier} & undone:
                continue
            if mark.closed_ns < other.closed_ns:
                yield f"But {name} was completed before {earlier}, which it is declared to come after"


def _otherwise(voted: Undo | None, free: set[str]) -> Iterator[str]:
    """Say where history mostly ran next what may not run yet."""
    if voted and voted.undoes not in free and voted.n > LIKELY * voted.of:
        yield f"But {voted.seen}"
