"""A teacher that only writes down what it is told, and transactions to learn from."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.oracle_places import Record
from tests.stories import knowing, span, step
from tests.worlds import Lab
from tracer.clock import NS_PER_S
from tracer.model.counts import StepFact, TimeCount, VariantCount
from tracer.model.sagas import LearnedSaga, Mark, StepKey
from tracer.store.learning import Lessons

PLACE: Final = Mark("place", "", "completed")
RESERVE: Final = Mark("reserve", "", "completed")
PAY: Final = Mark("pay", "", "completed")


@dataclass(slots=True)
class Pupil:
    """A teacher that keeps what it was told of each saga the last time, and how often that was."""

    variants: dict[str, list[VariantCount]] = field(default_factory=dict)
    times: dict[str, list[TimeCount]] = field(default_factory=dict)
    facts: dict[str, list[StepFact]] = field(default_factory=dict)
    lessons: int = 0

    def __call__(
        self,
        saga: str,
        variants: Iterable[VariantCount],
        times: Iterable[TimeCount],
        facts: Iterable[StepFact],
    ) -> LearnedSaga:
        """Learn nothing."""
        self.lessons += 1
        self.variants[saga] = [*variants]
        self.times[saga] = sorted(times, key=repr)
        self.facts[saga] = sorted(facts, key=repr)
        return LearnedSaga(saga=saga, samples=1.0, says_end=True)


def lessons_of(pupil: Pupil, quiet_s: float = 150.0) -> Lessons:
    """Let a pupil be taught; what says nothing for so long is silent."""
    return Lessons(teacher=pupil, quiet_s=quiet_s)


def learn(lab: Lab) -> None:
    """Learn all that there is to learn."""
    while lab.keeper.learn():
        pass
    lab.settle()


def later(lab: Lab, seconds: float) -> None:
    """Let time go by."""
    lab.clock.ns += int(seconds * NS_PER_S)


def pupil_of(
    records: Iterable[Record], *, saga: str = "order"
) -> tuple[list[VariantCount], list[TimeCount], list[StepFact]]:
    """Give what a teacher was told of a saga of which the store has these records."""
    pupil = Pupil()
    with knowing(lessons=lessons_of(pupil)) as lab:
        lab.take(records)
        learn(lab)
    return pupil.variants.get(saga, []), pupil.times.get(saga, []), pupil.facts.get(saga, [])


def bucket(seconds: float) -> int:
    """Give the bucket of a duration."""
    return math.floor(4 * math.log2(seconds * NS_PER_S))


def took(name: str, seconds: float, n: float = 1.0, **more: Any) -> TimeCount:
    """Make the count of a step's duration."""
    return TimeCount(kind="step", after=StepKey(name), bucket=bucket(seconds), n=n, **more)


def went(before: str, after: str, seconds: float, n: float = 1.0, **more: Any) -> TimeCount:
    """Make the count of a hand-off's duration."""
    return TimeCount(kind="handoff", before=StepKey(before), after=StepKey(after), bucket=bucket(seconds), n=n, **more)


def course(name: str, at_s: float, *steps: str, **last: Any) -> list[Record]:
    """Make a transaction of instantaneous steps, a second apart; what the last one says as well."""
    return [step(name, at_s + n, one, **(last if n == len(steps) - 1 else {})) for n, one in enumerate(steps)]


def says(name: str, begin_s: float, end_s: float, what: str, **more: Any) -> Record:
    """Make a span of the saga that says its step."""
    return span(name, begin_s, end_s, what, saga="order", step_by="attribute", owner=f"{what}-team", **more)
