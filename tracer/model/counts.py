"""What SQL counts for the learning; weights are no whole numbers, because older transactions count less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tracer.model.sagas import Mark, StepKey
from tracer.model.words import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantCount:
    """A course that `n` transactions took, which ended (`outcome`) or fell silent for long (None).

    `marks` are in the order of their beginnings, each step once, with an open word where it never ended. `overlaps`
    are pairs of indexes into them that ran at the same time, for more than a moment: a sender that ends just after
    its receiver began is before it, not beside it. Rows that differ in the overlaps alone are added up.
    """

    marks: tuple[Mark, ...]
    overlaps: tuple[tuple[int, int], ...] = ()
    outcome: Outcome | None = None
    n: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCount:
    """`n` durations that fell into a bucket (tracer.analysis.survival), or were still open when they had come to it.

    Of a "step": from its begin to its end, `before` is None. Of a "handoff": from the end of `before`, or from the
    transaction's first moment where that is None, to the begin of `after`. Handoffs that are no cause are passed over.
    """

    kind: Literal["step", "handoff"]
    before: StepKey | None = None
    after: StepKey
    bucket: int
    n: float
    censored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """What `n` transactions say of a step: as in LearnedStep. Several rows for one step are added up."""

    key: StepKey
    owner: str | None
    n: float
    retried: float = 0.0
    retried_well: float = 0.0
    failed: float = 0.0
    most_attempts: int = 1
    waits: bool = False
    announces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOptions:
    """`quantile` is that of every limit; an end needs `min_samples`; of the variants the heaviest are kept."""

    quantile: float = 0.99
    min_samples: int = 30
    max_variants: int = 1000
