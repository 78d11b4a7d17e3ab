"""Reads a store file without a sidecar, for the command line's --data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from tracer.api import documents
from tracer.api.ports import DEFAULT_EVERY_S, Alerts, Trials
from tracer.app.alerting import alerts_of_file
from tracer.app.limits import limits_of
from tracer.app.opening import open_store
from tracer.clock import SystemClock
from tracer.config.decode import decode
from tracer.config.sources import Source, read
from tracer.exchange.pages import Place
from tracer.exchange.writing import FileFormat, make_writer
from tracer.model.exports import ExportQuery
from tracer.query.queries import Queries
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery
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
    RecordPage,
    RuleList,
    RuleTest,
    SagaList,
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


class DirectReader:
    """Answers from an open store, in the shapes that a sidecar answers in; implements `tracer.client.Console`."""

    def __init__(self, queries: Queries, alerts: Alerts, trials: Trials) -> None:
        self._queries = queries
        self._alerts = alerts
        self._trials = trials

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give a page of the list."""
        return self._queries.transactions(query)

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give one transaction. Raises NotFound with the nearest ids."""
        return self._queries.transaction(transaction_id, as_of=as_of)

    def records(self, transaction_id: str, *, limit: int = 1000, offset: int = 0) -> RecordPage:
        """Give records of one transaction in the order of time."""
        return self._queries.records(transaction_id, limit=limit, offset=offset)

    def stalls(self, query: StallQuery) -> StallPage:
        """Give the stuck transactions, the longest overdue first."""
        return self._queries.stalls(query)

    def incidents(self, query: StallQuery) -> IncidentList:
        """Give what is wrong: stalls that share a cause, and what is different about them."""
        return self._queries.incidents(query)

    def sagas(self) -> SagaList:
        """Give the sagas that are declared or were seen."""
        return self._queries.sagas()

    def flow(self, saga: str) -> Flow:
        """Give the graph of a saga. Raises NotFound with the nearest names."""
        return self._queries.flow(saga)

    def definition(self, saga: str) -> str:
        """Give what was learned of a saga as a definition in TOML. Raises NotFound where nothing was."""
        return self._queries.definition(saga)

    def stats(
        self,
        *,
        saga: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        every_s: float = DEFAULT_EVERY_S,
    ) -> Stats:
        """Give rates, durations and outcomes of each saga over time, in spans of `every_s`."""
        return self._queries.stats(saga=saga, since=since, until=until, every_s=every_s)

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give the messages that no decoder understood, the latest first."""
        return self._queries.rejected(query)

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give one of them, whole. Raises NotFound."""
        return self._queries.rejected_message(number)

    def export(self, query: ExportQuery, format_: FileFormat) -> Iterator[bytes]:
        """Give the bytes of a file of records, piece by piece. Raises NotFound."""
        place: Place | None = self._queries.begin_export(query)
        writer = make_writer(format_)
        while place is not None:
            page = self._queries.export_page(query, place)
            yield writer.write(page.records)
            place = page.next
        yield writer.end()

    def collectors(self) -> CollectorList:
        """Give no collectors, since none runs, and the coverage that the store has."""
        return CollectorList(collectors=(), coverage=self._queries.coverage())

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Run one read-only statement."""
        return self._queries.sql(query, limit=limit, timeout_s=timeout_s)

    def sql_bytes(
        self, query: str, format_: Literal["json", "csv", "parquet"], *, limit: int, timeout_s: float
    ) -> bytes:
        """Run one read-only statement and give its rows as a document."""
        if format_ == "parquet":
            return self._queries.sql_parquet(query, limit=limit, timeout_s=timeout_s)
        table = self._queries.sql(query, limit=limit, timeout_s=timeout_s)
        return documents.csv_text(table) if format_ == "csv" else documents.json_objects(table)

    def alerts(self, query: AlertQuery) -> AlertList:
        """Give the alerts as the sidecar left them, firing ones first."""
        return self._alerts.alerts(query)

    def alert(self, alert_id: str) -> AlertView:
        """Give one alert. Raises NotFound."""
        return self._alerts.alert(alert_id)

    def rules(self) -> RuleList:
        """Give the rules that would run with this configuration."""
        return self._alerts.rules()

    def silences(self) -> SilenceList:
        """Give the silences, those that hold now first."""
        return self._alerts.silences()

    def deliveries(
        self,
        *,
        alert: str | None = None,
        notifier: Sequence[str] = (),
        state: Sequence[DeliveryState] = (),
        limit: int = 100,
    ) -> DeliveryList:
        """Give what was told to whom, and what came of it, the latest first."""
        return self._alerts.deliveries(alert=alert, notifier=notifier, state=state, limit=limit)

    def alert_history(self, *, subject: str | None = None, limit: int = 100) -> AlertHistory:
        """Give the audit trail, of one alert or silence or of all, the latest first."""
        return self._alerts.history(subject=subject, limit=limit)

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Say when a rule would have fired. Raises NotFound, and UsageError for what history cannot tell."""
        return self._trials.try_rule(name, query)


@contextmanager
def open_store_file(path: Path) -> Iterator[DirectReader]:
    """Open a store file for reading; what counts as stuck is what the sidecar that wrote it went by.

    Raises StoreLocked when a sidecar holds it, StoreError when it is not there or not a store, ConfigError for a
    configuration that is none.
    """
    source = configuration_source()
    settings = decode(source).settings
    clock = SystemClock()
    store = open_store(path, clock=clock, read_only=True)
    try:
        limits = replace(limits_of(settings.stalls), default_s=store.stuck_after_s)
        alerts, trials = alerts_of_file(settings, source, store=store, clock=clock, limits=limits)
        yield DirectReader(Queries(store=store, clock=clock, limits=limits), alerts, trials)
    finally:
        store.close()


def configuration_source(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> Source:
    """Read the configuration that applies here, or this file. Raises ConfigError."""
    file = config or (Path(named) if (named := environ.get("SAGASCOPE_CONFIG")) else None)
    return read(file, environ=environ, cwd=Path.cwd())
