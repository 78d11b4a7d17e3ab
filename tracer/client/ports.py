"""What the command line and the terminal ask of a reader, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, Protocol, runtime_checkable

from tracer.model.exports import ExportQuery, Imported
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed
from tracer.views import (
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertView,
    CollectorList,
    DeliveryList,
    DeliveryState,
    Flow,
    IncidentList,
    NotifierTest,
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

DEFAULT_ROWS: Final = 1000
DEFAULT_EVERY_S: Final = 3600.0

SqlFormat = Literal["json", "csv", "parquet"]
FileFormat = Literal["ndjson", "parquet"]


class Reader(Protocol):
    """Answers about transactions, from a sidecar or from a store file."""

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give a page of the list."""
        ...

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give one transaction, by its id or by an alias, as it is now or as it was then."""
        ...

    def records(self, transaction_id: str, *, limit: int = DEFAULT_ROWS, offset: int = 0) -> RecordPage:
        """Give records of one transaction in the order of time, with everything they came with."""
        ...

    def stalls(self, query: StallQuery) -> StallPage:
        """Give the stuck transactions, the longest overdue first."""
        ...

    def incidents(self, query: StallQuery) -> IncidentList:
        """Give what is wrong: stalls that share a cause, and what is different about them."""
        ...

    def sagas(self) -> SagaList:
        """Give the sagas that are declared or were seen."""
        ...

    def flow(self, saga: str) -> Flow:
        """Give the graph of a saga. Raises NotFound with the nearest names."""
        ...

    def definition(self, saga: str) -> str:
        """Give what was learned of a saga as a definition in TOML. Raises NotFound where nothing was."""
        ...

    def stats(
        self,
        *,
        saga: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        every_s: float = DEFAULT_EVERY_S,
    ) -> Stats:
        """Give rates, durations and outcomes of each saga over time, in spans of `every_s`."""
        ...

    def collectors(self) -> CollectorList:
        """Give the collectors, and how much of what they take in joins transactions."""
        ...


class Exporter(Protocol):
    """Gives records as a file."""

    def export(self, query: ExportQuery, format_: FileFormat) -> Iterator[bytes]:
        """Give the bytes of a file of records, piece by piece. Raises NotFound for an unknown transaction."""
        ...


class Rejections(Protocol):
    """Knows the messages that no decoder understood."""

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give those that the filters let through, the latest first."""
        ...

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give one of them, whole. Raises NotFound."""
        ...


class Replayer(Protocol):
    """Decodes rejected messages again."""

    def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Try the next part of what the filters let through, after an id."""
        ...


class Importer(Protocol):
    """Takes records in."""

    def import_records(self, lines: bytes) -> Imported:
        """Commit records, one JSON object a line; return when they are durable, all of them or none."""
        ...


class AlertReader(Protocol):
    """Knows the alerts, from a sidecar or from a store file."""

    def alerts(self, query: AlertQuery) -> AlertList:
        """Give the alerts, firing ones first."""
        ...

    def alert(self, alert_id: str) -> AlertView:
        """Give one alert. Raises NotFound."""
        ...

    def rules(self) -> RuleList:
        """Give the rules that run, and how it goes with the notifiers."""
        ...

    def silences(self) -> SilenceList:
        """Give the silences, those that hold now first."""
        ...

    def deliveries(
        self,
        *,
        alert: str | None = None,
        notifier: Sequence[str] = (),
        state: Sequence[DeliveryState] = (),
        limit: int = 100,
    ) -> DeliveryList:
        """Give what was told to whom, and what came of it, the latest first."""
        ...

    def alert_history(self, *, subject: str | None = None, limit: int = 100) -> AlertHistory:
        """Give the audit trail, of one alert or silence or of all, the latest first."""
        ...

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Say when a rule would have fired. Raises NotFound, and UsageError for what history cannot tell."""
        ...


@runtime_checkable
class AlertDesk(AlertReader, Protocol):
    """Takes down what people do about alerts; only a sidecar does."""

    def acknowledge(self, alert_id: str, *, by: str, note: str = "") -> AlertView:
        """Say that somebody is on it. Raises NotFound, and UsageError where it is over."""
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
        """End a silence now. Raises NotFound, UsageError."""
        ...

    def test_notifier(self, name: str) -> NotifierTest:
        """Send a test notice to one notifier now. Raises NotFound with the nearest names."""
        ...


class Console(Reader, Exporter, Rejections, AlertReader, Protocol):
    """A reader that also runs SQL."""

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Run one read-only statement and give at most `limit` rows."""
        ...

    def sql_bytes(self, query: str, format_: SqlFormat, *, limit: int, timeout_s: float) -> bytes:
        """Run one read-only statement and give the rows as a document: JSON objects, CSV or Parquet."""
        ...
