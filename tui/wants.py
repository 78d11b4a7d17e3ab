"""What a screen can ask for, and what comes back: one frozen Snapshot for each reading. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from tracer.rejections import RejectedMessage, RejectedPage
from tracer.views import (
    AlertHistory,
    AlertList,
    AlertView,
    CollectorList,
    DeliveryList,
    Flow,
    IncidentList,
    RecordPage,
    RuleList,
    SagaList,
    Silence,
    SilenceList,
    StallPage,
    Table,
    Transaction,
    TransactionPage,
    TransactionQuery,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWant:
    """A window of the list."""

    query: TransactionQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionWant:
    """One transaction, now or as it stood then."""

    transaction_id: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsWant:
    """The first records of one transaction, with their attributes."""

    transaction_id: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindWant:
    """The next stuck or failed row from row `start` on, downwards (1) or upwards (-1), other than `but`."""

    query: TransactionQuery
    start: int
    direction: Literal[1, -1]
    but: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NowWant:
    """What is wrong now, how many transactions there are, and what comes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowWant:
    """The graph of one saga."""

    saga: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NormsWant:
    """The graph of one saga, once, for what is normal in it."""

    saga: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SagasWant:
    """The sagas, and what is known of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesWant:
    """The collectors, how much of what they take in joins, and what was rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedWant:
    """One rejected message, whole."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaWant:
    """The columns of the tables that SQL may ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlWant:
    """The rows of a query; `number` tells one run from another."""

    number: int
    text: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWant:
    """The rows of a query in a file, in the format that its name ends in."""

    number: int
    text: str
    limit: int
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsWant:
    """The alerts, the silences, and what could not be delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWant:
    """One alert, with what was told and what became of it."""

    alert_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesWant:
    """What was told to whom, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesWant:
    """The rules of alerts that run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeWant:
    """To take down that somebody is on an alert; without `note` that nobody is any more."""

    alert_id: str
    by: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceWant:
    """To take down a silence that begins now."""

    matchers: tuple[str, ...]
    by: str
    reason: str
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSilenceWant:
    """To end a silence now."""

    silence_id: str
    by: str


Deed = AcknowledgeWant | SilenceWant | EndSilenceWant
"""What changes something at the sidecar."""
Want = (
    ListWant
    | TransactionWant
    | RecordsWant
    | FindWant
    | NowWant
    | FlowWant
    | NormsWant
    | SagasWant
    | SourcesWant
    | RejectedWant
    | SchemaWant
    | SqlWant
    | ExportWant
    | AlertsWant
    | AlertWant
    | DeliveriesWant
    | RulesWant
    | Deed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a FindWant found: the row's number and id, or None after `scanned` rows."""

    index: int | None
    scanned: int
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NowAnswer:
    """What is wrong: incidents, stuck transactions, how many there are of each status.

    `collectors` were read at `collected_ns`, which may be a while ago; they and the firing `alerts` are None where the
    sidecar did not tell.
    """

    incidents: IncidentList
    stalls: StallPage
    counts: Mapping[str, int]
    collectors: CollectorList | None
    collected_ns: int
    alerts: AlertList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesAnswer:
    """The collectors with what joins, and the latest rejected messages; None where the sidecar did not tell."""

    collectors: CollectorList
    rejected: RejectedPage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsAnswer:
    """The alerts, the silences, and the deliveries that failed or wait."""

    alerts: AlertList
    silences: SilenceList
    undelivered: DeliveryList


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDetail:
    """One alert, what was told of it to whom, and its audit trail."""

    alert: AlertView
    deliveries: DeliveryList
    history: AlertHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAnswer:
    """The rows of a query, and how long they took."""

    table: Table
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many bytes were written to a file."""

    size: int


Answer = (
    TransactionPage
    | Transaction
    | RecordPage
    | Found
    | NowAnswer
    | Flow
    | SagaList
    | SourcesAnswer
    | RejectedMessage
    | Table
    | SqlAnswer
    | Exported
    | AlertsAnswer
    | AlertDetail
    | AlertView
    | RuleList
    | DeliveryList
    | Silence
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a reading failed. `away` is tried again in `retry_s` seconds; the others say no."""

    kind: Literal["away", "missing", "refused"]
    message: str
    retry_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One reading: what was wanted, and the answer or the trouble with it.

    With a list that a filter narrows comes how many transactions there are without one; with what is read from a
    store file, when its newest record happened.
    """

    want: Want
    taken_ns: int
    answer: Answer | None = None
    trouble: Trouble | None = None
    everything: int | None = None
    newest_ns: int | None = None
