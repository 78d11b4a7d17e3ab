"""What is told of many transactions together: stalls, incidents, sagas, flows, figures over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tracer.model.words import (
    Outcome,
    StallKind,
    StepState,
    Style,
)
from tracer.views.alerts import AlertMark
from tracer.views.transaction import ThresholdSource


@dataclass(frozen=True, slots=True, kw_only=True)
class StallRow:
    """One stuck transaction: where it stands, since when, by how much that is over its limit, and its alert."""

    transaction_id: str
    saga: str | None
    kind: StallKind
    step: str | None
    owner: str | None
    state: StepState | None
    since: datetime
    stuck_s: float
    threshold_s: float
    threshold_source: ThresholdSource
    error: str | None
    alert: AlertMark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StallPage:
    """The stuck transactions, the longest overdue first; `total` counts all that the filters let through."""

    stalls: tuple[StallRow, ...]
    total: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StallQuery:
    """The filters of `stalls` and `incidents`: values of one filter are alternatives, different filters all hold."""

    saga: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    kind: tuple[StallKind, ...] = ()
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that is more frequent among the stuck transactions than among those that pass the same step.

    `stuck` of `stuck_of` have it, and `passing` of `passing_of`.
    """

    attribute: str
    value: str
    stuck: int
    stuck_of: int
    passing: int
    passing_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Stalls that share a cause: one saga, step, owner, kind and error.

    `id` stays the same while it lasts. `since` is when the first of them stopped, `recent` how many became stuck in the
    last ten minutes, `trend` how many in each minute of the last thirty (the latest last), `amount` the value at stake
    where the definition names one (of `amount_of` transactions). `examples` are transaction ids, the longest stuck
    first.
    """

    id: str
    saga: str | None
    step: str | None
    owner: str | None
    kind: StallKind
    error: str | None
    transactions: int
    since: datetime
    latest: datetime
    stuck_s: float
    recent: int
    amount: float | None
    amount_of: int
    different: tuple[Difference, ...]
    examples: tuple[str, ...]
    why: str
    trend: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentList:
    """What is wrong, the most transactions first; `stuck` counts the stuck transactions in all."""

    incidents: tuple[Incident, ...]
    stuck: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaSummary:
    """One saga: how many transactions stand how, how long finished ones took, and what is known of it.

    `declared` says where its definition stands (FILE:LINE), `learned_from` the weight of the finished transactions
    that it was learned from, `learned` whether they are enough to go by.
    """

    saga: str | None
    style: Style | None
    declared: str | None
    learned_from: float
    learned: bool
    counts: Mapping[str, int]
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaList:
    """The sagas that are declared or were seen."""

    sagas: tuple[SagaSummary, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A step in the graph of a saga; `open` transactions stand there now, `stuck` of them too long."""

    step: str
    compensates: str | None
    owner: str | None
    n: float
    p50_s: float | None
    p95_s: float | None
    retried: float
    failed: float
    open: int
    stuck: int
    basis: Literal["declared", "learned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEdge:
    """From one step to the next. `before` None is the beginning, `after` None the end, with its `outcome`.

    `share` is the part of the transactions at `before` that go this way; the times are those of the hand-off.
    """

    before: str | None
    before_compensates: str | None
    after: str | None
    after_compensates: str | None
    n: float
    share: float | None
    p50_s: float | None
    p95_s: float | None
    outcome: Outcome | None
    basis: Literal["declared", "learned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The graph of a saga: what is declared and what was learned from `samples` finished transactions."""

    saga: str
    samples: float
    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRow:
    """What became of the transactions of a saga that began in one span of time."""

    saga: str | None
    at: datetime
    started: int
    completed: int
    failed: int
    compensated: int
    open: int
    stuck: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Rates, durations and outcomes for each saga over time, in spans of `every_s`."""

    rows: tuple[StatsRow, ...]
    every_s: float
    as_of: datetime
