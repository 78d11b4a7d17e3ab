"""A fake of what the API answers from, and the real API over it, in a thread of its own."""

import asyncio
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.alert_views import FakeAlerts
from tests.saga_fakes import NOW, make_flow, make_incident, make_saga, make_stall, make_stats
from tracer.api.ports import Intake, Readiness
from tracer.api.server import ApiServer, make_application
from tracer.config.settings import ApiSettings
from tracer.errors import NotFound, QueryTimeout, UsageError
from tracer.measure import Measure
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed
from tracer.views import (
    PARQUET_TRUNCATED,
    CollectorView,
    CoverageRow,
    Flow,
    IncidentList,
    RecordPage,
    SagaList,
    StallPage,
    StallQuery,
    Stats,
    Summary,
    Table,
    Transaction,
    TransactionPage,
    TransactionQuery,
)


def make_summary(transaction_id: str = "ORD-1", **changes: Any) -> Summary:
    """One line of the list: stuck, inferred, unless changed."""
    facts: dict[str, Any] = {
        "transaction_id": transaction_id,
        "saga": "order-fulfilment",
        "style": "choreography",
        "status": "stuck",
        "step": "ship-parcel",
        "owner": "shipping",
        "state": "pending",
        "basis": "inferred",
        "stall": "handoff-lost",
        "started_at": NOW,
        "last_activity_at": NOW,
        "ended_at": None,
        "elapsed_s": 2400.0,
        "in_step_s": 2292.0,
        "error": None,
    }
    return Summary(**{**facts, **changes})


def make_transaction(transaction_id: str = "ORD-1", **changes: Any) -> Transaction:
    """One transaction without steps or records, unless changed."""
    facts: dict[str, Any] = {
        "transaction_id": transaction_id,
        "aliases": (),
        "saga": "order-fulfilment",
        "style": "choreography",
        "status": "running",
        "started_at": NOW,
        "last_activity_at": NOW,
        "ended_at": None,
        "elapsed_s": 1.5,
        "current": (),
        "stall": None,
        "remaining": (),
        "steps": (),
        "timeline": (),
        "timeline_total": 0,
        "advice": (),
        "notes": (),
        "as_of": NOW,
    }
    return Transaction(**{**facts, **changes})


def make_table(*rows: tuple[Any, ...]) -> Table:
    """A whole result of SQL; its columns are a, b, c."""
    names = tuple("abc"[: len(rows[0])])
    return Table(columns=names, types=names, rows=rows, truncated=False)


def make_rejected(number: int = 7, **changes: Any) -> RejectedMessage:
    """A rejected message, unless changed."""
    facts: dict[str, Any] = {
        "source": "kafka",
        "topic": "orders",
        "partition": 3,
        "offset": 18822,
        "at": NOW,
        "received_at": NOW,
        "size": 9,
        "reason": "not JSON",
        "key": "ORD-1",
        "value": "{oops",
        "is_cut": False,
    }
    return RejectedMessage(id=number, **{**facts, **changes})


class FakeReplays:
    """Replays part after part, as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.parts = [Replayed(tried=2, accepted=1, stored=1, skipped=0, reasons=(), next=None)]

    async def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Give the next part."""
        self.asked.append((query, after))
        return self.parts.pop(0)


class FakeAnswers:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.rows: tuple[Summary, ...] = (make_summary(),)
        self.pages = 1
        self.total = 7
        self.told: dict[str, Transaction] = {}
        self.record_page: RecordPage | None = None
        self.rejections: tuple[RejectedMessage, ...] = (make_rejected(),)
        self.table = Table(columns=("a", "a"), types=("INTEGER", "VARCHAR"), rows=((1, "x"),), truncated=True)
        self.stalled = (make_stall(),)
        self.wrong = (make_incident(),)
        self.known = (make_saga(),)
        self.flows = {"order-fulfilment": make_flow()}
        self.counted = make_stats()
        self.failure: Exception | None = None
        self.hold: threading.Event | None = None

    def _ask(self, *question: Any) -> None:
        self.asked.append(question)
        if self.hold:
            self.hold.wait(10)
        if self.failure:
            raise self.failure

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give the rows, whatever the filters, on each of `pages` pages."""
        self._ask(query)
        number = int(query.cursor or 1)
        following = str(number + 1) if number < self.pages else None
        counts = {"stuck": self.total} if self.total else {}
        return TransactionPage(transactions=self.rows, next=following, total=self.total, counts=counts, as_of=NOW)

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give a transaction of any id but "none"."""
        self._ask(transaction_id, as_of)
        if transaction_id == "none":
            raise NotFound("no transaction none", nearest=("nine", "nome"))
        return self.told.get(transaction_id) or make_transaction(transaction_id)

    def records(self, transaction_id: str, *, limit: int, offset: int) -> RecordPage:
        """Give no records, unless told others."""
        self._ask(transaction_id, limit, offset)
        return self.record_page or RecordPage(transaction_id=transaction_id, records=(), total=0)

    def stalls(self, query: StallQuery) -> StallPage:
        """Give the stalls, whatever the filters."""
        self._ask(query)
        return StallPage(stalls=self.stalled, total=len(self.stalled), as_of=NOW)

    def incidents(self, query: StallQuery) -> IncidentList:
        """Give the incidents, whatever the filters."""
        self._ask(query)
        return IncidentList(incidents=self.wrong, stuck=sum(one.transactions for one in self.wrong), as_of=NOW)

    def sagas(self) -> SagaList:
        """Give the sagas."""
        self._ask("sagas")
        return SagaList(sagas=self.known, as_of=NOW)

    def flow(self, saga: str) -> Flow:
        """Give the graph of a saga that there is."""
        self._ask("flow", saga)
        return self.flows[self._known(saga)]

    def definition(self, saga: str) -> str:
        """Give a definition of a saga that there is."""
        self._ask("definition", saga)
        return f'[saga."{self._known(saga)}"]\n'

    def stats(self, *, saga: str | None, since: datetime | None, until: datetime | None, every_s: float) -> Stats:
        """Give the statistics, whatever is asked for."""
        self._ask("stats", saga, since, until, every_s)
        return self.counted

    def _known(self, saga: str) -> str:
        if saga not in self.flows:
            raise NotFound(f"no saga {saga}", nearest=tuple(self.flows))
        return saga

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give the messages, whatever the filters."""
        self._ask(query)
        return RejectedPage(messages=self.rejections, total=len(self.rejections), as_of=NOW)

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give the message of this number."""
        self._ask(number)
        found = [one for one in self.rejections if one.id == number]
        if not found:
            raise NotFound(f"no rejected message {number}")
        return found[0]

    def coverage(self) -> tuple[CoverageRow, ...]:
        """Give one row."""
        self._ask("coverage")
        facts = {"records": 9, "by_id": 5, "joined": 2, "ambiguous": 1, "unplaced": 1}
        return (CoverageRow(source="otlp", owner="fraud-check", **facts),)

    def latest_records(self) -> Mapping[str, datetime]:
        """Give the time of one."""
        return {"otlp": NOW}

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Give the table, unless the query is a bad or a slow one."""
        self._ask(query, limit, timeout_s)
        if query == "bad":
            raise UsageError("syntax error at bad")
        if query == "slow":
            raise QueryTimeout("the query took longer than 1 s")
        return self.table

    def sql_parquet(self, query: str, *, limit: int, timeout_s: float) -> bytes:
        """Give one row as Parquet, cut off as the table is."""
        self._ask(query, limit, timeout_s)
        metadata = {PARQUET_TRUNCATED: b"true"} if self.table.truncated else {}
        out = io.BytesIO()
        pq.write_table(pa.table({"a": [1]}).replace_schema_metadata(metadata), out)
        return out.getvalue()


class FakeSidecar:
    """One collector, and a mark that a test can move."""

    def __init__(self) -> None:
        self.is_ready = True
        self.moved = 0

    def collectors(self) -> tuple[CollectorView, ...]:
        """Give the one."""
        facts = {"state": "running", "detail": "", "listening": {"otlp_grpc": "127.0.0.1:4317"}}
        return (CollectorView(name="otlp", type="otlp", counters={"requests": 3}, gauges={"inflight": 0.5}, **facts),)

    def readiness(self) -> Readiness:
        """Ready as told."""
        return Readiness(ready=self.is_ready, details=("a log was set aside",))

    def measures(self) -> list[Measure]:
        """Give a counter with labels and a gauge."""
        one = Measure(name="collector_requests", kind="counter", about="Requests.", value=3, labels={"collector": "a"})
        two = Measure(name="collector_requests", kind="counter", about="Requests.", value=4, labels={"collector": "b"})
        return [one, two, Measure(name="store_records", kind="gauge", about="Records.", value=12)]

    def mark(self) -> int:
        """Give what the test moves."""
        return self.moved


class Served:
    """The real API over the fakes: called with settings, it listens on a free port and gives its URL."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.answers = FakeAnswers()
        self.sidecar = FakeSidecar()
        self.replays = FakeReplays()
        self.alerts: FakeAlerts | None = FakeAlerts()

    def __call__(self, **changes: Any) -> str:
        """Listen with these settings; the URL."""
        settings = ApiSettings(**{"listen": "127.0.0.1:0", **changes})
        return self._stack.enter_context(
            listening(self.answers, self.sidecar, self.replays, settings, alerts=self.alerts)
        )


@contextmanager
def serving() -> Iterator[Served]:
    """Serve for as long as the context is open."""
    with ExitStack() as stack:
        yield Served(stack)


@contextmanager
def listening(
    answers: Any,
    sidecar: FakeSidecar,
    replays: FakeReplays,
    settings: ApiSettings,
    *,
    intake: Intake | None = None,
    alerts: FakeAlerts | None = None,
) -> Iterator[str]:
    """Serve answers over HTTP in a thread; the URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> ApiServer:
        application = make_application(
            answers,
            sidecar,
            settings,
            stream_every_s=0.02,
            replays=replays,
            intake=intake,
            alerts=alerts,
            trials=alerts,
            notifiers=alerts,
        )
        server = ApiServer(application, settings)
        await server.start()
        return server

    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        try:
            yield server.url
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
