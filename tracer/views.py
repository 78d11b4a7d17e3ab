"""What the query API answers: the shapes of `ls --json`, `show --json` and the HTTP API.

Every field is part of the contract with other people's scripts. Times are aware UTC datetimes (RFC 3339
in JSON), durations seconds. `null` means not known, never zero. Text comes from telemetry as it was:
whoever prints it cleans it first (`tracer.model.text`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from tracer.model.words import (
    CorrelatedBy,
    Outcome,
    Phase,
    RecordKind,
    StallKind,
    StepState,
    Style,
    TransactionStatus,
)

ThresholdSource = Literal["declared", "learned", "default"]
ReaderState = Literal["unread", "reading", "read", "no-members", "dead-lettered", "unknown"]
SortKey = Literal["transaction_id", "status", "saga", "step", "owner", "in_step", "age", "started", "last_activity"]

# The key in the metadata of a Parquet result that says, as "true", that rows were cut off.
PARQUET_TRUNCATED: Final = b"sagascope.truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """A step that owns the transaction now.

    `basis` is "exact" when a record said that the step began (a started event, a pending span), and
    "inferred" when it is only the last one that was seen to finish or to send a message.
    """

    step: str
    owner: str | None
    state: StepState
    since: datetime
    elapsed_s: float
    expected_s: float | None
    threshold_s: float | None
    threshold_source: ThresholdSource
    basis: Literal["exact", "inferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Why the transaction counts as stuck, in one sentence for a person."""

    kind: StallKind
    since: datetime
    stuck_s: float
    step: str | None
    owner: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A step that is still to come; `p` is the chance that it does, `expected_s` how long until it is done."""

    step: str
    owner: str | None
    expected_s: float | None
    basis: Literal["declared", "learned"]
    p: float = 1.0
    compensates: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """The step that undoes another one, as far as it was seen."""

    step: str
    owner: str | None
    state: StepState
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step over all of its attempts."""

    step: str
    owner: str | None
    state: StepState
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    attempts: int
    error: str | None
    compensation: Compensation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One record of the transaction, in the order of time."""

    at: datetime
    until: datetime | None
    kind: RecordKind
    name: str
    step: str | None
    owner: str | None
    phase: Phase
    attempt: int | None
    status: Literal["unset", "ok", "error"]
    error: str | None
    source: str
    trace_id: str | None
    span_id: str | None
    parent_span_id: str | None
    span_kind: str | None
    message_id: str | None
    causation_id: str | None
    correlated_by: CorrelatedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do next, and why."""

    rank: int
    action: Literal["wait", "retry", "compensate", "resume", "investigate"]
    step: str
    owner: str | None
    command: str | None
    confidence: float
    basis: Literal["declared", "learned", "default"]
    why: str
    evidence: tuple[str, ...]
    compensates: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageGroup:
    """What a consumer group did with a message; `why` says it in words after the group's name.

    `committed` is the next offset that it will read, `lag` counts from there up to this message and with it,
    `total_lag` all that waits in the partition, `eta_s` is when it will be through at the pace that was measured.
    """

    group: str
    state: ReaderState
    committed: int | None
    lag: int | None
    total_lag: int | None
    eta_s: float | None
    read_at: datetime | None
    members: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlace:
    """Where the last message of a transaction is, and what each group that reads its topic did with it.

    Those that are furthest behind come first; `more_groups` are not told.
    """

    source: str
    topic: str
    partition: int
    offset: int
    at: datetime
    groups: tuple[MessageGroup, ...]
    more_groups: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How an open transaction is likely to go on: the chance that it completes, and when it would be over.

    `basis` says what that is taken from, `n` how many finished transactions; the end is a low, a middle and a high
    guess.
    """

    finish_p: float | None
    end_low: datetime | None
    end: datetime | None
    end_high: datetime | None
    basis: Literal["declared", "learned"]
    n: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One business transaction, end to end.

    `outcome` is the word of the record that ended it: a cancelled one has the status compensated. `message` is the
    place of its last message, where its records come from a broker.
    """

    transaction_id: str
    aliases: tuple[str, ...]
    saga: str | None
    style: Style | None
    status: TransactionStatus
    started_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None
    elapsed_s: float
    current: tuple[Current, ...]
    stall: Stall | None
    remaining: tuple[Remaining, ...]
    steps: tuple[Step, ...]
    timeline: tuple[TimelineEntry, ...]
    timeline_total: int
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]
    as_of: datetime
    outcome: Outcome | None = None
    message: MessagePlace | None = None
    forecast: Forecast | None = None
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line of the list of transactions.

    `elapsed_s` is the age (until the end, for one that ended), `in_step_s` the time in the current step.
    """

    transaction_id: str
    saga: str | None
    style: Style | None
    status: TransactionStatus
    step: str | None
    owner: str | None
    state: StepState | None
    basis: Literal["exact", "inferred"] | None
    stall: StallKind | None
    started_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None
    elapsed_s: float
    in_step_s: float | None
    error: str | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPage:
    """A page of the list; `next` continues it, `total` counts what the filters let through.

    `counts` has the number of transactions of each status under the same filters but the status one.
    """

    transactions: tuple[Summary, ...]
    next: str | None
    total: int
    counts: Mapping[str, int]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionQuery:
    """The filters of the list. Several values of one filter are alternatives; different filters all hold.

    `q` finds a part of the transaction id, an alias, saga, step, owner or error text, in any case.
    `older_than_s` is the time in the current step. `since` and `until` bound the last activity. `sort` is a
    SortKey, descending with a leading "-". `cursor` comes from `TransactionPage.next`; `offset` counts rows
    to skip (for a list that jumps); at most one of the two.
    """

    status: tuple[TransactionStatus, ...] = ()
    saga: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    older_than_s: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    sort: str = "-in_step"
    limit: int = 50
    cursor: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StallRow:
    """One stuck transaction: where it stands, since when, and by how much that is over its limit."""

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

    `id` stays the same while it lasts. `since` is when the first of them stopped, `recent` how many stopped in the
    last ten minutes, `amount` the value at stake where the definition names one (of `amount_of` transactions).
    `examples` are transaction ids, the longest stuck first.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One stored record, with everything it came with."""

    uid: str
    transaction_id: str | None
    saga: str | None
    step: str | None
    step_by: str | None
    owner: str | None
    phase: Phase
    kind: RecordKind
    span_kind: str | None
    name: str
    at_ns: int
    until_ns: int | None
    received_ns: int
    attempt: int | None
    message_id: str | None
    causation_id: str | None
    trace_id: str | None
    span_id: str | None
    parent_span_id: str | None
    links: Any
    status: str
    error: str | None
    schema_ref: str | None
    compensates: str | None
    outcome: str | None
    style: str | None
    source: str
    position: str | None
    aliases: Mapping[str, Any] | None
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any] | None
    correlated_by: CorrelatedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """The records of one transaction in the order of time."""

    transaction_id: str
    records: tuple[RecordRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The result of a query: column names, their types in DuckDB's words, and rows of JSON values."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How many records of a source and service joined a transaction, by which rule, and how many did not."""

    source: str
    owner: str | None
    records: int
    by_id: int
    joined: int
    ambiguous: int
    unplaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorView:
    """A collector as the sidecar runs it."""

    name: str
    type: str
    state: str
    detail: str
    listening: Mapping[str, str]
    counters: Mapping[str, int]
    gauges: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorList:
    """The collectors, and how much of what they take in joins transactions."""

    collectors: tuple[CollectorView, ...]
    coverage: tuple[CoverageRow, ...] = field(default=())
