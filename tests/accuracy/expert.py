"""A person who knows the sagas and reads records: whether the labels can be reached at all.

It knows each saga's flow and deadlines, and nothing of what truly happened. It is slow, goes through the records of one
transaction in Python, and learns nothing: a measure for the corpus, not for the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.accuracy.course import END, Happening, Key
from tests.accuracy.definitions import deadline_s
from tests.accuracy.labels import next_undos
from tests.accuracy.measure import Answer
from tests.accuracy.shapes import Block, Blocks, Parallel, Saga, Step, first_steps, walk
from tests.accuracy.telemetry import Row
from tracer.clock import NS_PER_S
from tracer.model.words import StallKind

_NOTICED_S = 300.0
_SAME_S = 0.01


@dataclass(slots=True)
class View:
    """What the records of one transaction show: by step the times of each phase, and the tries."""

    times: dict[Key, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    tries: dict[Key, set[int]] = field(default_factory=lambda: defaultdict(set))
    last_s: float = 0.0

    def at(self, key: Key, *phases: str) -> list[float]:
        """Give the times at which a step was in one of these phases."""
        shown = self.times.get(key, {})
        return [at_s for phase in phases for at_s in shown.get(phase, ())]

    def is_refused(self, step: Step) -> bool:
        """Whether a step failed for good: after the failure nothing says that it is tried again."""
        failed, retried = self.at(Key(step.name), "failed"), self.at(Key(step.name), "retried")
        return bool(failed) and not any(abs(max(failed) - at_s) < _SAME_S for at_s in retried)

    def shows(self, flow: Blocks) -> bool:
        """Whether anything was seen of a part of the flow."""
        return any(Key(step.name) in self.times for step, _ in walk(flow))


def answer(saga: Saga, rows: Iterable[Row], now_s: float) -> Answer:
    """Say of a transaction that has not ended who has the ball and whether it is stuck."""
    view = _read(saga, rows)
    refused = [step for step in saga.steps() if view.is_refused(step)]
    begun = {key for key in view.times if key.undoes}
    beside = [] if begun else list(_beside(saga.flow, view, refused))
    if (refused or begun) and not beside:
        return _undoing(saga, view, begun, now_s)
    places = beside or _frontier(saga.flow, view)
    if not places:
        return _ending(saga, view, now_s)
    return max((_standing(step, view, now_s) for step in places), key=lambda found: found[0])[1]


def _read(saga: Saga, rows: Iterable[Row]) -> View:
    view, names = View(), dict(_names(saga))
    for row in rows:
        at_s = (row.until_ns or row.at_ns) / NS_PER_S
        view.last_s = max(view.last_s, at_s)
        if row.step is None:
            continue
        key, phase = names.get(row.step, (Key(row.step, row.compensates or ""), row.phase))
        view.times[key][phase].append(at_s)
        view.tries[key].add(row.attempt or 1)
    return view


def _names(saga: Saga) -> Iterator[tuple[str, tuple[Key, str]]]:
    """Give what each event means where events have only names."""
    for step in saga.steps() if saga.telemetry.names_only else ():
        yield step.done, (Key(step.name), "completed")
        yield step.refused, (Key(step.name), "failed")
        if step.undo:
            yield step.undo.event, (Key(step.undo.name, step.name), "compensated")


def _frontier(flow: Blocks, view: View) -> list[Step]:
    """Give the steps that are begun or due: of the first block that is not done, and that nothing seen lies behind."""
    for nth, block in enumerate(flow):
        places = [] if view.shows(flow[nth + 1 :]) else _places(block, view)
        if places:
            return places
    return []


def _places(block: Block, view: View) -> list[Step]:
    if isinstance(block, Step):
        is_over = view.at(Key(block.name), "completed") or view.is_refused(block)
        return [] if is_over else [block]
    if isinstance(block, Parallel):
        return [step for branch in block.branches for step in _frontier(branch, view)]
    taken = next((branch for _, branch in block.branches if view.shows(branch)), None)
    return _frontier(taken, view) if taken else list(first_steps((block,)))


def _beside(flow: Blocks, view: View, refused: Sequence[Step]) -> Iterator[Step]:
    """Give the steps that still run in branches beside one that was refused."""
    for block in flow:
        branches = block.branches if isinstance(block, Parallel) else ()
        hit = [branch for branch in branches if any(step in refused for step, _ in walk(branch))]
        for branch in branches if hit else ():
            if branch not in hit:
                yield from _frontier(branch, view)


def _standing(step: Step, view: View, now_s: float) -> tuple[float, Answer]:
    """Say how a step stands, and by how much it is over its deadline."""
    key = Key(step.name)
    begun = view.at(key, "started", "waiting", "command", "failed")
    waits = bool(view.at(key, "waiting"))
    over_s = now_s - (min(begun) if begun else view.last_s) - max(_NOTICED_S, deadline_s(step))
    kind: StallKind = "wait-overdue" if waits else "step-overdue" if begun else "handoff-lost"
    if len(view.tries[key]) > step.retry_max + 1:
        kind, over_s = "retry-loop", max(over_s, 1.0)
    return over_s, _answer(step.name, step.owner, kind, is_stuck=over_s > 0)


def _undoing(saga: Saga, view: View, begun: set[Key], now_s: float) -> Answer:
    """Say which compensation is next: one that began and did not end, else one of those that are left."""
    order = [step.name for step in saga.steps()]
    furthest = min((order.index(key.undoes) for key in begun), default=len(order))
    over = {key for key in begun if view.at(key, "compensated") or order.index(key.undoes) > furthest}
    running = sorted(begun - over)
    known = [Happening(0.0, "completed", key, "") for key in over]
    known += [Happening(0.0, "completed", Key(step.name), "") for step in _done(saga.flow, view)]
    known += [_undone(step) for step in saga.steps()[furthest + 1 :] if step.undo]
    owners = {(step.undo.name, step.name): step.undo.owner for step in saga.steps() if step.undo}
    following = [(running[0].step, owners[running[0]])] if running else next_undos(saga, known)
    if not following:
        return _ending(saga, view, now_s)
    step, owner = following[0]
    return _answer(step, owner, "compensation-stuck", is_stuck=now_s - view.last_s > _NOTICED_S, next_undo=step)


def _undone(step: Step) -> Happening:
    return Happening(0.0, "completed", Key(step.undo.name if step.undo else "", step.name), "")


def _done(flow: Blocks, view: View) -> Iterator[Step]:
    """Give the steps that must be completed: seen so, or with something seen behind them."""
    for nth, block in enumerate(flow):
        if isinstance(block, Step):
            is_passed = view.shows(flow[nth + 1 :]) and not view.is_refused(block)
            if is_passed or view.at(Key(block.name), "completed"):
                yield block
            continue
        branches = block.branches if isinstance(block, Parallel) else [part for _, part in block.branches]
        for branch in branches:
            yield from _done(branch, view)


def _ending(saga: Saga, view: View, now_s: float) -> Answer:
    return _answer(END.step, saga.ender, "never-ended", is_stuck=now_s - view.last_s > _NOTICED_S)


def _answer(step: str, owner: str, kind: StallKind, *, is_stuck: bool, next_undo: str | None = None) -> Answer:
    undo = next_undo if is_stuck else None
    return Answer(
        is_stuck=is_stuck,
        kind=kind if is_stuck else None,
        step=step,
        owner=owner,
        next_undo=undo,
        why="as an expert says",
    )
