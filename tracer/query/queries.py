"""The reader: every question, asked of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import Final, NoReturn

from tracer.analysis.initial import write_definition
from tracer.clock import NS_PER_S, Clock, to_datetime, to_ns
from tracer.errors import NotFound, UsageError
from tracer.exchange.pages import Page, Place
from tracer.model.exports import ExportQuery
from tracer.model.sagas import Limits
from tracer.query.advising import advice
from tracer.query.alerted import alert_marks
from tracer.query.exporting import begin_export, export_page
from tracer.query.flow import saga_flow
from tracer.query.gathering import FOREVER_NS, Gathered, gather, gather_records
from tracer.query.incidents import list_incidents
from tracer.query.listing import MAX_OFFSET, list_transactions
from tracer.query.messages import find_message
from tracer.query.paging import record_page
from tracer.query.present import is_stuck, said
from tracer.query.rejected import rejected_message, rejected_page
from tracer.query.sagas import list_sagas
from tracer.query.stalls import list_stalls
from tracer.query.standing import stand
from tracer.query.stats import list_stats
from tracer.query.telling import tell
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery
from tracer.store.console import Console
from tracer.store.knowledge import knowledge, known_of
from tracer.store.session import Session
from tracer.store.store import Store
from tracer.views import (
    AlertMark,
    CoverageRow,
    Flow,
    IncidentList,
    RecordPage,
    SagaList,
    StallPage,
    StallQuery,
    Stats,
    Table,
    Transaction,
    TransactionPage,
    TransactionQuery,
)

MAX_RECORDS: Final = 10_000
_SPANS: Final = 24
_LATEST_AMONG: Final = 500_000


class Queries:
    """Answers in the shapes of `tracer.views`. Every method blocks, and may be called from any thread.

    All raise Busy when too many questions are asked at once, and StoreError when the store cannot answer.
    """

    def __init__(self, *, store: Store, clock: Clock, limits: Limits | None = None) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits or Limits(default_s=store.stuck_after_s)
        self._console = Console(store=store)

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """A page of the list, now or as it stood at the query's instant.

        Raises UsageError for a limit, sort or cursor that is none, and where too much has to be folded for an instant.
        """
        now_ns = self._clock.now_ns()
        return self._store.read(lambda session: list_transactions(session, query, self._limits, now_ns=now_ns))

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """One transaction by its id or an alias, now or as it stood at `as_of`.

        Raises NotFound where there is none, had been none then, or where the alias is one of several transactions.
        """
        now_ns = self._clock.now_ns() if as_of is None else to_ns(as_of)

        def ask(session: Session) -> Transaction:
            found = self._gather(session, transaction_id, None if as_of is None else now_ns)
            if found is not None:
                known = known_of(session, found.head.saga)
                standing = stand(found, known, self._limits)
                stuck = is_stuck(found, standing, now_ns)
                message = find_message(session, found, now_ns=now_ns, is_stuck=stuck, is_past=as_of is not None)
                told = tell(found, standing, known, now_ns=now_ns, message=message)
                proposed = advice(
                    session,
                    found,
                    standing,
                    known,
                    limits=self._limits,
                    stall=told.stall,
                    now_ns=now_ns,
                    message=said(message),
                )
                alert = _mark(session, told) if as_of is None else None
                return replace(told, advice=proposed, alert=alert)
            if as_of is not None and self._gather(session, transaction_id) is not None:
                raise NotFound(f"{transaction_id} had no record yet at {as_of.isoformat()}")
            return _missing(session, transaction_id)

        return self._store.read(ask)

    def _gather(self, session: Session, transaction_id: str, as_of_ns: int | None = None) -> Gathered | None:
        default_ns = int(self._limits.default_s * NS_PER_S)
        return gather(session, transaction_id, default_ns=default_ns, as_of_ns=as_of_ns)

    def records(self, transaction_id: str, *, limit: int = 1000, offset: int = 0) -> RecordPage:
        """The records of one transaction, whole. Raises NotFound, and UsageError for a limit or offset that is none."""
        if not 1 <= limit <= MAX_RECORDS:
            raise UsageError(f"limit must be from 1 to {MAX_RECORDS}, not {limit}")
        if not 0 <= offset <= MAX_OFFSET:
            raise UsageError(f"offset must be from 0 to {MAX_OFFSET}, not {offset}")

        def ask(session: Session) -> RecordPage:
            found = gather_records(session, transaction_id, as_of_ns=FOREVER_NS)
            return (
                record_page(session, found, limit=limit, offset=offset) if found else _missing(session, transaction_id)
            )

        return self._store.read(ask)

    def stalls(self, query: StallQuery) -> StallPage:
        """The stuck transactions, the longest overdue first. Raises UsageError for a limit that is none."""
        now_ns = self._clock.now_ns()
        return self._store.read(lambda session: list_stalls(session, query, now_ns=now_ns))

    def incidents(self, query: StallQuery) -> IncidentList:
        """Stalls that share a cause, the most transactions first. Raises UsageError for a limit that is none."""
        now_ns = self._clock.now_ns()
        return self._store.read(lambda session: list_incidents(session, query, now_ns=now_ns))

    def sagas(self) -> SagaList:
        """The sagas that are declared or were seen."""
        now_ns, least = self._clock.now_ns(), self._limits.min_samples
        return self._store.read(lambda session: list_sagas(session, now_ns=now_ns, min_samples=least))

    def flow(self, saga: str) -> Flow:
        """The graph of a saga. Raises NotFound with the nearest names."""
        now_ns = self._clock.now_ns()
        return self._store.read(lambda session: saga_flow(session, saga, now_ns=now_ns))

    def definition(self, saga: str) -> str:
        """What was learned of a saga, as a definition in TOML. Raises NotFound where nothing was learned."""

        def ask(session: Session) -> str:
            known = knowledge(session)
            learned = known[saga].learned if saga in known else None
            if learned is None:
                names = [name for name, one in known.items() if one.learned is not None]
                near = tuple(get_close_matches(saga, names, n=3, cutoff=0.5))  # from difflib
                raise NotFound(f"nothing was learned yet of a saga {saga}", nearest=near)
            return write_definition(learned)

        return self._store.read(ask)

    def stats(self, *, saga: str | None, since: datetime | None, until: datetime | None, every_s: float) -> Stats:
        """Rates, durations and outcomes of each saga over time, the last 24 spans where no beginning is named.

        Raises UsageError for too many spans.
        """
        now_ns = self._clock.now_ns()
        until_ns = now_ns if until is None else to_ns(until)
        since_ns = until_ns - int(_SPANS * every_s * NS_PER_S) if since is None else to_ns(since)
        return self._store.read(
            lambda session: list_stats(
                session, saga=saga, since_ns=since_ns, until_ns=until_ns, every_s=every_s, now_ns=now_ns
            )
        )

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """The messages that no decoder understood, the latest first. Raises UsageError for a limit that is none."""
        return self._store.read(lambda session: rejected_page(session, query, now_ns=self._clock.now_ns()))

    def rejected_message(self, number: int) -> RejectedMessage:
        """One of them, whole. Raises NotFound."""
        return self._store.read(lambda session: rejected_message(session, number))

    def begin_export(self, query: ExportQuery) -> Place:
        """Where an export of records begins. Raises NotFound for a transaction that there is none of."""
        return self._store.read(lambda session: begin_export(session, query))

    def export_page(self, query: ExportQuery, place: Place) -> Page:
        """A page of an export, bounded in rows and in bytes."""
        return self._store.read(lambda session: export_page(session, query, place))

    def coverage(self) -> tuple[CoverageRow, ...]:
        """By source and owner: how many records joined a transaction, by an id or otherwise, and how many did not."""
        rows = self._store.read(lambda session: session.rows("coverage"))
        return tuple(
            CoverageRow(
                source=source, owner=owner, records=records, by_id=by_id, joined=joined, ambiguous=mixed, unplaced=rest
            )
            for source, owner, records, by_id, joined, mixed, rest in rows
        )

    def latest_records(self) -> Mapping[str, datetime]:
        """When the latest record of each source arrived; of those alone that sent one of the last 500,000."""

        def ask(session: Session) -> Mapping[str, datetime]:
            rows = session.rows("latest_of_sources", {"seq": session.value("append_last") - _LATEST_AMONG})
            return {source: to_datetime(at_ns) for source, at_ns in rows}

        return self._store.read(ask)

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Run one SELECT, read-only. Raises UsageError for anything else, QueryTimeout when it takes too long."""
        return self._console.table(query, limit=limit, timeout_s=timeout_s)

    def sql_parquet(self, query: str, *, limit: int, timeout_s: float) -> bytes:
        """Run one SELECT likewise; its result as a Parquet file."""
        return self._console.parquet(query, limit=limit, timeout_s=timeout_s)


def _mark(session: Session, told: Transaction) -> AlertMark | None:
    """Give the alert of a stuck transaction."""
    at = told.stall
    if at is None:
        return None
    return alert_marks(session).of(saga=told.saga, step=at.step, owner=at.owner, kind=at.kind)


def _missing(session: Session, transaction_id: str) -> NoReturn:
    nearest = tuple(row[0] for row in session.rows("nearest", {"id": transaction_id}))
    raise NotFound(f"no transaction {transaction_id}", nearest=nearest)
