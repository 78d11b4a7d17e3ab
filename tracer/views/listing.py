"""The list of transactions, records, tables and collectors."""

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
from tracer.views.alerts import AlertMark

# The key in the metadata of a Parquet result that says, as "true", that rows were cut off.
PARQUET_TRUNCATED: Final = b"sagascope.truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line of the list of transactions.

    `elapsed_s` is the age (until the end, for one that ended), `in_step_s` the time in the current step.
    `alert` is the alert that a stuck one belongs to, and who is on it.
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
    alert: AlertMark | None = None


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

    `q` finds a part of the transaction id, an alias, saga, step, owner or error text, in any case; `error` a part of
    the error text alone. `attribute` has names (or paths, as definitions have them) with values: each must stand in
    some record of the transaction. `older_than_s` is the time in the current step; `longer_than_s` and
    `shorter_than_s` bound the time that the whole transaction took, or has taken so far. `since` and `until` bound
    the last activity, `began_since` and `began_until` the beginning. `sort` is a SortKey, descending with a leading
    "-". `cursor` comes from `TransactionPage.next`; `offset` counts rows to skip (for a list that jumps); at most one
    of the two. `as_of` asks for the list as it stood at an instant: all filters then mean what was so at it.
    """

    status: tuple[TransactionStatus, ...] = ()
    saga: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    kind: tuple[StallKind, ...] = ()
    error: str | None = None
    attribute: tuple[tuple[str, str], ...] = ()
    older_than_s: float | None = None
    longer_than_s: float | None = None
    shorter_than_s: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    began_since: datetime | None = None
    began_until: datetime | None = None
    q: str | None = None
    sort: str = "-in_step"
    limit: int = 50
    cursor: str | None = None
    offset: int = 0
    as_of: datetime | None = None


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
    """A collector as the sidecar runs it; when its last record arrived, where that is known."""

    name: str
    type: str
    state: str
    detail: str
    listening: Mapping[str, str]
    counters: Mapping[str, int]
    gauges: Mapping[str, float]
    last_record_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorList:
    """The collectors, and how much of what they take in joins transactions."""

    collectors: tuple[CollectorView, ...]
    coverage: tuple[CoverageRow, ...] = field(default=())
