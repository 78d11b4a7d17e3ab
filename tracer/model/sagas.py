"""What is known of a saga: what its team declared, and what its history showed.

A **mark** says how one step of a transaction stands; all marks of a transaction together are its
**situation**. Whatever is expected next follows from the situation, the declaration and the history alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tracer.model.words import Outcome, StallKind, StepState, Style

Basis = Literal["declared", "learned", "default"]
MAX_COUNTED_ATTEMPTS = 9


class StepKey(NamedTuple):
    """A step, or with `compensates` the step that undoes that one; an empty text for forward work."""

    step: str
    compensates: str = ""


class Mark(NamedTuple):
    """How a step of one transaction stands.

    `word` is pending, running, waiting, retrying, completed or failed, also for a compensation; `attempts` counts
    up to MAX_COUNTED_ATTEMPTS.
    """

    step: str
    compensates: str
    word: str
    attempts: int = 1

    @property
    def key(self) -> StepKey:
        """The step that is marked."""
        return StepKey(self.step, self.compensates)

    @property
    def is_open(self) -> bool:
        """Whether the step has begun, or was told to begin, and has not ended."""
        return self.word in {"pending", "running", "waiting", "retrying"}


# --- what a team declares -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The name of a span or an event, narrowed by values of its attributes: pairs of a path and a text."""

    name: str
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredUndo:
    """The compensation of a step; `run` is the template of a command for a person, with {path} for values."""

    step: str
    owner: str
    starts: tuple[Pattern, ...] = ()
    completes: tuple[Pattern, ...] = ()
    fails: tuple[Pattern, ...] = ()
    deadline_s: float | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredStep:
    """One step. `after` names the steps that must be completed before it; none for a first step.

    `waits` says that the step waits for a person or a timer: it is no stall before its own deadline. `optional` steps
    may be left out (an alternative). `retry_max` counts tries after the first. Past a completed `pivot` nothing is
    undone any more. `idempotent` is None where nothing was said.
    """

    name: str
    owner: str
    after: tuple[str, ...] = ()
    starts: tuple[Pattern, ...] = ()
    completes: tuple[Pattern, ...] = ()
    fails: tuple[Pattern, ...] = ()
    deadline_s: float | None = None
    waits: bool = False
    optional: bool = False
    retry_max: int | None = None
    backoff_s: float | None = None
    idempotency_key: str | None = None
    idempotent: bool | None = None
    pivot: bool = False
    run: str | None = None
    compensation: DeclaredUndo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSaga:
    """A saga as a definition file describes it.

    `completes` and `fails` are the names of records that end the whole transaction. `amount` is a path to the value at
    stake; `trace_url` and `runbook_url` are templates. `where` says where it stands, as FILE:LINE.
    """

    name: str
    style: Style | None = None
    deadline_s: float | None = None
    amount: str | None = None
    trace_url: str | None = None
    runbook_url: str | None = None
    completes: tuple[Pattern, ...] = ()
    fails: tuple[Pattern, ...] = ()
    steps: tuple[DeclaredStep, ...] = ()
    where: str = ""


# --- what history showed --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something takes, in seconds; `limit_s` is the configured quantile, None where too many never ended.

    `n` is the weight of what was seen (recent counts more, so it is no whole number), with `censored` of it still open.
    """

    n: float
    censored: float
    p50_s: float | None
    p95_s: float | None
    limit_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedStep:
    """A step as history shows it: `n` transactions took it, `retried` of them tried it more than once.

    `retried_well` of those it completed in the end. `failed` is how many ended it as failed. `announces` tells whether
    its records say that it will be tried again: then a failure without that is for good.
    """

    step: str
    compensates: str
    owner: str | None
    n: float
    retried: float = 0.0
    retried_well: float = 0.0
    failed: float = 0.0
    most_attempts: int = 1
    waits: bool = False
    announces: bool = False
    timing: Timing | None = None

    @property
    def key(self) -> StepKey:
        """Which step it is."""
        return StepKey(self.step, self.compensates)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedHandoff:
    """From the end of one step to the beginning of the next: `n` transactions went that way.

    `share` of those that had completed `before`; `before` is None for a first step.
    """

    before: StepKey | None
    after: StepKey
    n: float
    share: float
    timing: Timing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same course that `n` transactions took: each step once, in the order of their beginnings, with how it ended.

    `outcome` is what a record said at the end, None where none did and the transaction only fell silent.
    """

    marks: tuple[Mark, ...]
    n: float
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedUndo:
    """What undid a step: in `n` of `of` failed transactions that had completed it."""

    undoes: str
    step: str
    owner: str | None
    n: float
    of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedEnd:
    """A last step: of `of` transactions that came to it `n` had nothing after it."""

    key: StepKey
    outcome: Outcome
    n: float
    of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedSaga:
    """A saga as its finished transactions show it.

    `samples` is their weight; with fewer than the configured minimum nothing here may alarm. `closer` is who usually
    says the end. `says_end` tells whether
    its records say the end; where they do not, `ends` holds the steps after which nothing comes. `concurrent` holds
    pairs of steps that run beside each other, in either order.
    """

    saga: str
    samples: float
    says_end: bool
    closer: str | None = None
    steps: tuple[LearnedStep, ...] = ()
    handoffs: tuple[LearnedHandoff, ...] = ()
    variants: tuple[Variant, ...] = ()
    undos: tuple[LearnedUndo, ...] = ()
    ends: tuple[LearnedEnd, ...] = ()
    concurrent: tuple[tuple[StepKey, StepKey], ...] = ()


# --- what follows for one situation ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`[stalls]`: when something counts as overdue, where nothing was declared."""

    default_s: float = 300.0
    factor: float = 2.0
    floor_s: float = 5.0
    min_samples: int = 30
    retries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a transaction stands, or one of several places (parallel branches).

    `owner` None means: the one that the step's records name. Time counts from the beginning of the step itself where
    `of` is empty, else from the latest end of the steps in `of`. After `limit_s` the place is overdue, as `kind`; None
    means never. `p` is the chance that the transaction is here (1.0 for what was seen or declared).
    """

    step: str
    compensates: str
    owner: str | None
    state: StepState
    kind: StallKind
    limit_s: float | None
    limit_basis: Basis
    limit_n: float = 0.0
    expected_s: float | None = None
    of: tuple[StepKey, ...] = ()
    basis: Basis = "default"
    p: float = 1.0

    @property
    def key(self) -> StepKey:
        """Which step it is."""
        return StepKey(self.step, self.compensates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A step that is still to come; `p` is the chance that it does, `expected_s` how long until it is done."""

    step: str
    compensates: str
    owner: str | None
    expected_s: float | None
    basis: Basis
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from a situation.

    `ends` is the outcome where it follows that the transaction is over (with its `end_basis`); `places` are then empty.
    The first place is the one to name where there is room for one. `finish_p` is the chance to complete, None where
    nothing is known; `end_s` is a low, a middle and a high guess of the seconds until the end.
    """

    places: tuple[Place, ...] = ()
    remaining: tuple[Coming, ...] = ()
    ends: Literal["completed", "failed", "compensated"] | None = None
    end_basis: Basis = "default"
    deadline_s: float | None = None
    finish_p: float | None = None
    end_s: tuple[float, float, float] | None = None
    notes: tuple[str, ...] = field(default=())
