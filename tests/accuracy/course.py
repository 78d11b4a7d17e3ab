"""What truly happened in one simulated transaction."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from tracer.model.words import Outcome

FOREVER_S: Final = math.inf

What = Literal["begun", "sent", "started", "waiting", "tried", "refused", "completed", "ended"]
Where = Literal["handoff", "running", "waiting", "ending"]


class Key(NamedTuple):
    """A step, or with `undoes` the compensation of that step."""

    step: str
    undoes: str = ""


END: Final = Key("")


class Happening(NamedTuple):
    """One thing that happened, `since_s` to `at_s`. `owner` did it; `by` is what caused it."""

    at_s: float
    what: What
    key: Key
    owner: str
    attempt: int = 1
    since_s: float = 0.0
    by: Key = END
    outcome: Outcome | None = None


class Stay(NamedTuple):
    """A stretch of time in which somebody has the ball; the ball may be with several at once.

    `by` is what the stay follows. `likely` is the (step, owner) that one would name who does not see that the step has
    begun: the most frequent of the alternatives. In all but a few cases it takes no longer than `normal_s`.
    """

    where: Where
    key: Key
    owner: str
    from_s: float
    to_s: float
    normal_s: float
    by: tuple[Key, ...]
    likely: tuple[tuple[str, str], ...]
    attempt: int = 1


@dataclass(slots=True)
class Course:
    """Everything that happened, from 0 s on. `end_s` is None where a fault keeps the transaction from ending."""

    happenings: list[Happening] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    end_s: float | None = None
    outcome: Outcome | None = None

    def at(self, moment_s: float) -> list[Stay]:
        """Give the stays at one moment."""
        return [stay for stay in self.stays if stay.from_s <= moment_s < stay.to_s]

    def stuck(self) -> Stay:
        """Give the stay that a fault made endless."""
        return next(stay for stay in self.stays if stay.to_s == FOREVER_S)
