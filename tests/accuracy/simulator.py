"""Runs one transaction of a saga: what happens, when, and who has the ball meanwhile."""

from __future__ import annotations

import itertools
import math
from random import Random
from typing import Final, NamedTuple

from tests.accuracy.course import END, FOREVER_S, Course, Happening, Key, Stay, What, Where
from tests.accuracy.faults import Fault
from tests.accuracy.shapes import (
    HANDOFF_S,
    HANDOFF_SIGMA,
    Z_NORMAL,
    Block,
    Blocks,
    Choice,
    Parallel,
    Saga,
    Step,
    Undo,
    first_steps,
    quantile_s,
    walk,
)
from tracer.model.words import Outcome

_TRIES_APART_MAX_S: Final = 30.0
_TRIES_LEAST: Final = 12
_HANDOFF_NORMAL_S: Final = quantile_s(HANDOFF_S, HANDOFF_SIGMA, Z_NORMAL)

Names = tuple[tuple[str, str], ...]  # steps with their owners


class Reached(NamedTuple):
    """A point of the course: when, after what, and whether everything before it went well."""

    at_s: float
    by: tuple[Key, ...] = ()
    is_well: bool = True


class Likely(NamedTuple):
    """What one would expect next who does not know which alternative was taken; None: the step itself."""

    steps: tuple[Step, ...] | None = None

    def names(self, step: Step) -> Names:
        """Give the expected steps with their owners."""
        return tuple((one.name, one.owner) for one in self.steps or (step,))


def run(saga: Saga, random: Random, fault: Fault | None = None) -> Course:
    """Run a transaction from its beginning to its end, or to where the fault holds it for good."""
    return _Run(saga, random, fault).run()


class _Run:
    def __init__(self, saga: Saga, random: Random, fault: Fault | None) -> None:
        self._saga = saga
        self._random = random
        self._fault = fault
        self._course = Course()
        self._done: list[Step] = []

    def run(self) -> Course:
        self._course.happenings.append(Happening(0.0, "begun", END, self._saga.ender))
        reached = self._flow(self._saga.flow, Reached(0.0))
        if reached and not reached.is_well:
            reached = self._undo(reached)
            outcome: Outcome = "compensated" if self._undone() else "failed"
        else:
            outcome = "completed"
        if reached:
            self._end(reached, outcome)
        self._course.happenings.sort(key=lambda happening: happening.at_s)
        return self._course

    def _flow(self, flow: Blocks, reached: Reached | None, likely: Likely | None = None) -> Reached | None:
        for block in flow:
            if reached is None or not reached.is_well:
                return reached
            reached = self._block(block, reached, likely or Likely())
            likely = None
        return reached

    def _block(self, block: Block, reached: Reached, likely: Likely) -> Reached | None:
        if isinstance(block, Step):
            return self._step(block, reached, likely)
        if isinstance(block, Parallel):
            return self._parallel(block, reached, likely)
        return self._flow(self._choose(block), reached, Likely(first_steps((block,))))

    def _choose(self, block: Choice) -> Blocks:
        """Take a branch by chance, or the one that leads to the fault."""
        wanted = {self._fault.step, self._fault.refused} if self._fault else set()
        for _, branch in block.branches:
            if wanted & {step.name for step, _ in walk(branch)}:
                return branch
        shares = [share for share, _ in block.branches]
        return self._random.choices([branch for _, branch in block.branches], shares)[0]

    def _parallel(self, block: Parallel, reached: Reached, likely: Likely) -> Reached | None:
        ends = [self._flow(branch, reached, likely) for branch in block.branches]
        there = [end for end in ends if end is not None]
        if len(there) < len(ends):
            return None
        last_first = sorted(there, key=lambda end: end.at_s, reverse=True)
        bad_first = sorted(last_first, key=lambda end: end.is_well)
        by = tuple(key for end in bad_first for key in end.by)
        return Reached(last_first[0].at_s, by, all(end.is_well for end in there))

    def _step(self, step: Step, reached: Reached, likely: Likely) -> Reached | None:
        key = Key(step.name)
        names = likely.names(step)
        is_first = step is self._saga.flow[0] and not self._saga.telemetry.begins and not self._saga.orchestrated
        at_s = reached.at_s if is_first else self._hand(key, step.owner, reached, names)
        if at_s is None:
            return None
        return self._tries(step, at_s, reached.by, names)

    def _tries(self, step: Step, at_s: float, by: tuple[Key, ...], likely: Names) -> Reached | None:
        where: Where = "waiting" if step.waits else "running"
        here = Stay(where, Key(step.name), step.owner, at_s, FOREVER_S, 0.0, by, likely)
        if self._has("loop", step):
            self._loop(here, step)
            return None
        for attempt in itertools.count(1):
            self._tell(at_s, "waiting" if step.waits else "started", here, attempt=attempt)
            if self._has("crash", step) or self._has("timer", step):
                self._course.stays.append(here)
                break
            since_s, at_s = at_s, at_s + self._time(step.median_s, step.sigma)
            normal_s = quantile_s(step.median_s, step.sigma, Z_NORMAL)
            self._stay(here, since_s, at_s, normal_s, attempt=attempt)
            if not self._tries_again(step, attempt):
                return self._finish(step, here, since_s, at_s, attempt)
            self._tell(at_s, "tried", here, attempt=attempt, since_s=since_s)
            pause_s = step.backoff_s * 2 ** (attempt - 1)
            self._stay(here, at_s, at_s + pause_s, pause_s, attempt=attempt + 1)
            at_s += pause_s
        return None

    def _loop(self, here: Stay, step: Step) -> None:
        """Try until the picture is taken, and some more."""
        age_s = self._fault.age_s if self._fault else 0.0
        most_apart_s = max(_TRIES_APART_MAX_S, age_s / _TRIES_LEAST)
        at_s, attempt = here.from_s, 0
        while at_s - here.from_s <= age_s:
            attempt += 1
            since_s = at_s
            self._tell(since_s, "started", here, attempt=attempt)
            at_s += self._time(step.median_s, step.sigma)
            self._tell(at_s, "tried", here, attempt=attempt, since_s=since_s)
            at_s += min(step.backoff_s * 2 ** min(attempt - 1, 20), most_apart_s)
        self._course.stays.append(here._replace(attempt=attempt))

    def _tries_again(self, step: Step, attempt: int) -> bool:
        if self._fault and step.name in {self._fault.step, self._fault.refused}:
            return False
        return attempt <= step.retry_max and self._random.random() < step.tries_again

    def _finish(self, step: Step, here: Stay, since_s: float, at_s: float, attempt: int) -> Reached:
        is_well = not self._refuses(step)
        self._tell(at_s, "completed" if is_well else "refused", here, attempt=attempt, since_s=since_s)
        if is_well:
            self._done.append(step)
        return Reached(at_s, (here.key,), is_well)

    def _refuses(self, step: Step) -> bool:
        if self._fault:
            return step.name == self._fault.refused
        return self._random.random() < step.fails

    def _undone(self) -> list[Step]:
        """Give the steps that must be undone, the last one of the description first."""
        order = {step.name: nth for nth, step in enumerate(self._saga.steps())}
        return sorted((step for step in self._done if step.undo), key=lambda step: -order[step.name])

    def _undo(self, reached: Reached) -> Reached | None:
        for step in self._undone():
            if step.undo is None:
                continue
            at_s = self._undo_one(step, step.undo, reached)
            if at_s is None:
                return None
            reached = Reached(at_s, (Key(step.undo.name, step.name),), is_well=False)
        return reached

    def _undo_one(self, step: Step, undo: Undo, reached: Reached) -> float | None:
        key, names = Key(undo.name, step.name), ((undo.name, undo.owner),)
        at_s = self._hand(key, undo.owner, reached, names)
        if at_s is None:
            return None
        here = Stay("running", key, undo.owner, at_s, FOREVER_S, 0.0, reached.by, names)
        self._tell(at_s, "started", here)
        if self._has("undo-crash", step):
            self._course.stays.append(here)
            return None
        done_s = at_s + self._time(undo.median_s, undo.sigma)
        self._stay(here, at_s, done_s, quantile_s(undo.median_s, undo.sigma, Z_NORMAL))
        self._tell(done_s, "completed", here, since_s=at_s)
        return done_s

    def _hand(self, key: Key, owner: str, reached: Reached, likely: Names) -> float | None:
        """Send the message or the command that makes a step begin; when it arrives, None where it never does."""
        at_s, kind = reached.at_s, self._fault.kind if self._fault and self._is_at(key) else None
        here = Stay("handoff", key, owner, at_s, FOREVER_S, _HANDOFF_NORMAL_S, reached.by, likely)
        if self._saga.orchestrated:
            at_s += FOREVER_S if kind == "reply-lost" else self._time(HANDOFF_S, HANDOFF_SIGMA)
            self._stay(here, reached.at_s, at_s, _HANDOFF_NORMAL_S, attempt=0)
            if kind == "reply-lost":
                return None
        self._tell(at_s, "sent", here)
        is_lost = kind in {"lost", "undo-lost"}
        arrives_s = at_s + (FOREVER_S if is_lost else self._time(HANDOFF_S, HANDOFF_SIGMA))
        self._stay(here, at_s, arrives_s, _HANDOFF_NORMAL_S)
        return None if is_lost else arrives_s

    def _end(self, reached: Reached, outcome: Outcome) -> None:
        at_s, ender = reached.at_s, self._saga.ender
        if self._saga.telemetry.end:
            is_forgotten = self._fault is not None and self._fault.kind == "no-end"
            at_s += FOREVER_S if is_forgotten else self._time(HANDOFF_S, HANDOFF_SIGMA)
            here = Stay("ending", END, ender, reached.at_s, at_s, _HANDOFF_NORMAL_S, reached.by, (("", ender),))
            self._course.stays.append(here)
            if is_forgotten:
                return
            self._course.happenings.append(
                Happening(at_s, "ended", END, ender, since_s=at_s, by=reached.by[0], outcome=outcome)
            )
        self._course.end_s, self._course.outcome = at_s, outcome

    def _has(self, kind: str, step: Step) -> bool:
        return self._fault is not None and self._fault.kind == kind and self._fault.step == step.name

    def _is_at(self, key: Key) -> bool:
        """Whether the fault is at this step, or at this compensation."""
        if self._fault is None:
            return False
        is_of_undo = self._fault.kind in {"undo-lost", "undo-crash"}
        return self._fault.step == (key.undoes if is_of_undo else key.step)

    def _time(self, median_s: float, sigma: float) -> float:
        return self._random.lognormvariate(math.log(median_s), sigma)

    def _tell(self, at_s: float, what: What, here: Stay, *, attempt: int = 1, since_s: float | None = None) -> None:
        cause = here.by[0] if here.by else END
        since_s = at_s if since_s is None else since_s
        self._course.happenings.append(Happening(at_s, what, here.key, here.owner, attempt, since_s, cause))

    def _stay(self, here: Stay, from_s: float, to_s: float, normal_s: float, *, attempt: int = 1) -> None:
        self._course.stays.append(here._replace(from_s=from_s, to_s=to_s, normal_s=normal_s, attempt=attempt))
