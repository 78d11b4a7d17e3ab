"""One business transaction, end to end: the shape of `show --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

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
from tracer.views.alerts import AlertMark

ThresholdSource = Literal["declared", "learned", "default"]
ReaderState = Literal["unread", "reading", "read", "no-members", "dead-lettered", "unknown"]
SortKey = Literal["transaction_id", "status", "saga", "step", "owner", "in_step", "age", "started", "last_activity"]


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
    place of its last message, where its records come from a broker. `alert` is the alert that a stuck one belongs to.
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
    alert: AlertMark | None = None
