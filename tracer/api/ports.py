"""What the API asks of the rest of the sidecar."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import pyarrow as pa

from tracer.exchange.pages import Page, Place
from tracer.measure import Measure
from tracer.model.exports import ExportQuery
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed
from tracer.views import (
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertView,
    CollectorView,
    CoverageRow,
    DeliveryList,
    DeliveryState,
    Flow,
    IncidentList,
    RecordPage,
    RuleList,
    RuleTest,
    SagaList,
    Silence,
    SilenceList,
    StallPage,
    StallQuery,
    Stats,
    Table,
    Transaction,
    TransactionPage,
    TransactionQuery,
    TrialQuery,
)

DEFAULT_EVERY_S: Final = 3600.0

# Opens a span of our own telemetry around a request; its argument is the span's name.
Spans = Callable[[str], AbstractContextManager[object]]


class Answers(Protocol):
    """Answers questions from the store; every method blocks."""

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give a page of the list."""
        ...

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give one transaction. Raises NotFound with the nearest ids."""
        ...

    def records(self, transaction_id: str, *, limit: int, offset: int) -> RecordPage:
        """Give records of one transaction. Raises NotFound."""
        ...

    def stalls(self, query: StallQuery) -> StallPage:
        """Give the stuck transactions, the longest overdue first. Raises UsageError for a limit that is none."""
        ...

    def incidents(self, query: StallQuery) -> IncidentList:
        """Give what is wrong: stalls that share a cause. Raises UsageError for a limit that is none."""
        ...

    def sagas(self) -> SagaList:
        """Give the sagas that are declared or were seen."""
        ...

    def flow(self, saga: str) -> Flow:
        """Give the graph of a saga. Raises NotFound with the nearest names."""
        ...

    def definition(self, saga: str) -> str:
        """Write what was learned of a saga as a definition in TOML. Raises NotFound where nothing was."""
        ...

    def stats(self, *, saga: str | None, since: datetime | None, until: datetime | None, every_s: float) -> Stats:
        """Give rates, durations and outcomes of each saga over time. Raises UsageError for too many spans."""
        ...

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give the messages that no decoder understood."""
        ...

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give one of them, whole. Raises NotFound."""
        ...

    def begin_export(self, query: ExportQuery) -> Place:
        """Say where an export of records begins. Raises NotFound."""
        ...

    def export_page(self, query: ExportQuery, place: Place) -> Page:
        """Give a page of an export."""
        ...

    def coverage(self) -> tuple[CoverageRow, ...]:
        """Say how many records of each source and service joined a transaction."""
        ...

    def latest_records(self) -> Mapping[str, datetime]:
        """Say when the latest record of each source arrived."""
        ...

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Run one read-only statement. Raises UsageError, QueryTimeout."""
        ...

    def sql_parquet(self, query: str, *, limit: int, timeout_s: float) -> bytes:
        """Run one read-only statement and give the rows as a Parquet file."""
        ...


class Intake(Protocol):
    """Takes records in that a person sends."""

    def now_ns(self) -> int:
        """Say what time it is."""
        ...

    def append(self, table: pa.Table) -> tuple[int, int]:
        """Commit what is new of a table of records, durably; (stored, duplicates). Blocks.

        Raises Busy, StoreError or Rejected.
        """
        ...


class Replays(Protocol):
    """Decodes again what was rejected, with the configuration that runs."""

    async def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Try the next part of the messages after an id, bounded in number, size and time.

        Raises Busy while another replay runs, StoreError, and what a decoder raises.
        """
        ...


class Alerts(Protocol):
    """Knows the alerts, and takes down what people do about them; every method blocks.

    Those that list raise UsageError for a limit that is none.
    """

    def alerts(self, query: AlertQuery) -> AlertList:
        """Give the alerts, firing ones first."""
        ...

    def alert(self, alert_id: str) -> AlertView:
        """Give one alert. Raises NotFound."""
        ...

    def rules(self) -> RuleList:
        """Give the rules that run, and how it goes with the notifiers."""
        ...

    def deliveries(
        self,
        *,
        alert: str | None = None,
        notifier: Sequence[str] = (),
        state: Sequence[DeliveryState] = (),
        limit: int = 100,
    ) -> DeliveryList:
        """Give what was told to whom, the latest first."""
        ...

    def history(self, *, subject: str | None = None, limit: int = 100) -> AlertHistory:
        """Give the audit trail, of one alert or silence or of all, the latest first."""
        ...

    def silences(self) -> SilenceList:
        """Give the silences, those that hold now first."""
        ...

    def acknowledge(self, alert_id: str, *, by: str, note: str = "") -> AlertView:
        """Note that somebody is on it. Raises NotFound, and UsageError where it is over or nobody is named."""
        ...

    def unacknowledge(self, alert_id: str, *, by: str) -> AlertView:
        """Take an acknowledgement back. Raises NotFound, UsageError."""
        ...

    def silence(
        self, matchers: Sequence[str], *, by: str, reason: str, ends: datetime, starts: datetime | None = None
    ) -> Silence:
        """Make a silence. Raises UsageError for matchers or times that are none."""
        ...

    def end_silence(self, silence_id: str, *, by: str) -> Silence:
        """End a silence now. Raises NotFound, and UsageError where it is over."""
        ...


class Trials(Protocol):
    """Tries rules over stored history; blocks, for a bounded time."""

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Say when a rule would have fired. Raises NotFound, and UsageError for what history cannot tell."""
        ...


class Notifiers(Protocol):
    """Knows the notifiers that run."""

    async def send_test(self, name: str) -> None:
        """Send a test notice now.

        Raises NotFound with the nearest names, Busy while another test of it runs, and a SagascopeError where it fails.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether the sidecar takes data in and answers; each detail is one line for a person."""

    ready: bool
    details: tuple[str, ...] = ()


class Sidecar(Protocol):
    """What runs, apart from the store."""

    def collectors(self) -> tuple[CollectorView, ...]:
        """Say how each collector goes; at once."""
        ...

    def readiness(self) -> Readiness:
        """Say whether all of it runs; at once."""
        ...

    def measures(self) -> Sequence[Measure]:
        """Give everything that is measured; may block."""
        ...

    def mark(self) -> Hashable:
        """Give a value that changes when records have come in; at once."""
        ...
