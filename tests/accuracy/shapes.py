"""The words in which a saga is described: its steps, how they follow each other, and what its services tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Z_99: Final = 2.326
Z_NORMAL: Final = 2.576  # 99.5 of 100 take no longer: beyond that nobody would call a transaction healthy

HANDOFF_S: Final = 0.15
HANDOFF_SIGMA: Final = 0.6


def quantile_s(median_s: float, sigma: float, z: float) -> float:
    """Give a quantile of a log-normal time."""
    return median_s * math.exp(sigma * z)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The compensation of a step. `event` is its name where the services tell events by name alone."""

    name: str
    owner: str
    median_s: float = 1.0
    sigma: float = 0.5
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: who does it, how long it takes (log-normal), and what may go wrong in ordinary life.

    `fails` is the chance that it is refused for good, which undoes the transaction; `tries_again` that one try fails
    for now. A step that `waits` waits for a person or a timer until `deadline_s`. `done` and `refused` are its events
    where the services tell events by name alone.
    """

    name: str
    owner: str
    median_s: float
    sigma: float = 0.5
    fails: float = 0.0
    tries_again: float = 0.0
    retry_max: int = 3
    backoff_s: float = 2.0
    waits: bool = False
    deadline_s: float | None = None
    pivot: bool = False
    undo: Undo | None = None
    done: str = ""
    refused: str = ""

    def longest_s(self, z: float) -> float:
        """How long it takes at most in all but a few cases, with the tries that are usual."""
        once = quantile_s(self.median_s, self.sigma, z)
        return once if not self.tries_again else 2 * once + 3 * self.backoff_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Branches that run beside each other; what follows waits for all of them."""

    branches: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Branches of which one is taken, each with its share; the first is the most frequent."""

    branches: tuple[tuple[float, Blocks], ...]


Block = Step | Parallel | Choice
Blocks = tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What the services of a saga tell.

    `carrier`: finished steps as events, or as spans that arrive when they end (with producer and consumer spans in one
    trace). `starts`: an event says that a step, a compensation or a wait has begun, and that a try failed.
    `names_only`: an event has a name and the id, no step and no phase. `commands`: how a coordinator's command shows:
    as a message with its destination as the owner, without an owner, or as a producer span of the coordinator.
    `end`: how the record that ends a transaction says so. `begins`: a record says that the transaction begins.
    """

    carrier: Literal["event", "span"]
    starts: bool = False
    names_only: bool = False
    commands: Literal["message", "bare", "span"] | None = None
    end: Literal["outcome", "phase"] | None = None
    begins: bool = False

    @property
    def shows_start(self) -> bool:
        """Whether something tells that a step was begun or commanded before it ends."""
        return self.starts or self.commands is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """A saga. `ender` begins and ends its transactions: the coordinator of an orchestration, else a service."""

    name: str
    prefix: str
    ender: str
    telemetry: Telemetry
    flow: Blocks
    orchestrated: bool = False

    def steps(self) -> tuple[Step, ...]:
        """Give all steps, in the order in which they are described."""
        return tuple(step for step, _ in walk(self.flow))

    def step(self, name: str) -> Step:
        """Give one step by its name."""
        return next(step for step in self.steps() if step.name == name)


def walk(flow: Blocks, share: float = 1.0) -> Iterator[tuple[Step, float]]:
    """Give each step with the share of transactions that come to it."""
    for block in flow:
        if isinstance(block, Step):
            yield block, share
        elif isinstance(block, Parallel):
            for branch in block.branches:
                yield from walk(branch, share)
        else:
            for part, branch in block.branches:
                yield from walk(branch, share * part)


def first_steps(flow: Blocks) -> tuple[Step, ...]:
    """Give the steps that a flow most likely begins with: several where it forks."""
    head = flow[0]
    if isinstance(head, Step):
        return (head,)
    if isinstance(head, Parallel):
        return tuple(step for branch in head.branches for step in first_steps(branch))
    return first_steps(head.branches[0][1])


def before(flow: Blocks, ends: tuple[str, ...] = ()) -> Iterator[tuple[Step, tuple[str, ...], bool]]:
    """Give each step with the names of those directly before it, and whether it is one of alternatives."""
    for block in flow:
        found = [*_before_in(block, ends)]
        yield from found
        ends = _ends(block)


def _before_in(block: Block, ends: tuple[str, ...]) -> Iterator[tuple[Step, tuple[str, ...], bool]]:
    if isinstance(block, Step):
        yield block, ends, False
        return
    is_choice = isinstance(block, Choice)
    branches = [branch for _, branch in block.branches] if isinstance(block, Choice) else block.branches
    for branch in branches:
        for step, after, optional in before(branch, ends):
            yield step, after, optional or is_choice


def _ends(block: Block) -> tuple[str, ...]:
    if isinstance(block, Step):
        return (block.name,)
    branches = [branch for _, branch in block.branches] if isinstance(block, Choice) else block.branches
    return tuple(name for branch in branches for name in _ends(branch[-1]))
