"""Where the screens' data comes from: one thread that reads, and one frozen Snapshot for each reading.

The only module that knows `tracer.client`. A screen says what it wants to watch; the thread reads that
again and again, never faster than a tenth of the time a reading takes, and backs off while the sidecar
cannot be reached. Wants that changed in the meantime are skipped, so that fast scrolling asks once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from tracer.client import AlertDesk, Client
from tracer.client import Console as Reader
from tracer.clock import Clock, to_ns
from tracer.errors import (
    Busy,
    QueryTimeout,
    SagascopeError,
    UsageError,
)
from tracer.rejections import RejectedQuery
from tracer.views import AlertList, AlertQuery, AlertView, CollectorList, Silence, StallQuery, TransactionQuery
from tui.pace import WHEN_ASKED, Pace
from tui.trouble import trouble_of
from tui.wants import (
    AcknowledgeWant,
    AlertDetail,
    AlertsAnswer,
    AlertsWant,
    AlertWant,
    Answer,
    Deed,
    DeliveriesWant,
    EndSilenceWant,
    FindWant,
    FlowWant,
    Found,
    ListWant,
    NormsWant,
    NowAnswer,
    RecordsWant,
    RejectedWant,
    RulesWant,
    SagasWant,
    SchemaWant,
    SilenceWant,
    Snapshot,
    SourcesAnswer,
    SourcesWant,
    TransactionWant,
    Want,
)

__all__ = ["Failure", "Opener", "Pace", "Poller", "Reader", "StoreFile", "connect", "opened", "trouble_of"]

SCAN_PAGE_ROWS: Final = 500
MAX_SCAN_PAGES: Final = 20
MAX_ASKS: Final = 8
MAX_INCIDENTS: Final = 50
MAX_STALLS: Final = 200
MAX_REJECTED: Final = 200
MAX_ALERTS: Final = 200
MAX_TOLD: Final = 50
MAX_DELIVERIES: Final = 200
MAX_COLUMNS: Final = 1_000
SCHEMA_TIMEOUT_S: Final = 5.0
SCHEMA: Final = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_name IN ('records', 'transactions', 'steps') ORDER BY table_name, ordinal_position
"""
# What joins is counted over every record that carries no id: too much to ask for with each reading.
COLLECTORS_EVERY_S: Final = 15.0
TOTAL_EVERY_S: Final = 5.0
Opener = Callable[[Path], AbstractContextManager[Reader]]
TROUBLED: Final = frozenset({"stuck", "failed"})
_ONCE: Final = (RecordsWant, FindWant, NormsWant, SagasWant, RejectedWant, SchemaWant, RulesWant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The thread died of something that is no trouble with the sidecar: a fault of ours, to be shown whole."""

    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFile:
    """A store file, opened for each reading and no longer, so that a sidecar can have it in between."""

    path: Path
    opener: Opener

    def open(self) -> AbstractContextManager[Reader]:
        """Open it for one reading. Raises StoreLocked while a sidecar holds it, StoreError where it is no store."""
        return self.opener(self.path)


def connect(url: str, token: str | None = None) -> Reader:
    """Give a reader of the sidecar at `url`; nothing is sent yet."""
    return Client(url, token=token)


def opened(source: Reader | StoreFile) -> AbstractContextManager[Reader]:
    """Give what answers, for one reading."""
    return source.open() if isinstance(source, StoreFile) else nullcontext(source)


class Poller:
    """Reads in its own thread and delivers a Snapshot each time; every method may be called from any thread."""

    def __init__(
        self,
        source: Reader | StoreFile,
        deliver: Callable[[Snapshot | Failure], None],
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._source = source
        self._reader: Reader
        self._deliver = deliver
        self._clock = clock
        self._pace = WHEN_ASKED if isinstance(source, StoreFile) else pace or Pace()
        self._wake = threading.Condition()
        self._watched: Want | None = None
        self._asks: deque[Want] = deque(maxlen=MAX_ASKS)
        self._deeds: deque[Want] = deque()
        self._due_s = 0.0
        self._failures = 0
        self._paused = False
        self._stopped = False
        self._totals: tuple[float, datetime | None, int] | None = None
        self._collected: tuple[float, int, CollectorList | None] | None = None
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more; a reading that is under way is not waited for."""
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def watch(self, want: Want) -> None:
        """Read this from now on, at once if it is another want than before."""
        with self._wake:
            if want == self._watched:
                return
            self._watched = want
            # While the sidecar is away, moving the cursor must not hammer it.
            self._due_s = self._due_s if self._failures else 0.0
            self._wake.notify()

    def ask(self, want: Want) -> None:
        """Read this once, before anything else; of too many the oldest is forgotten, but never a deed."""
        with self._wake:
            (self._deeds if isinstance(want, Deed) else self._asks).append(want)
            self._wake.notify()

    def refresh(self) -> None:
        """Read what is watched now, whatever the pace says."""
        with self._wake:
            self._due_s = 0.0
            self._wake.notify()

    def pause(self, *, paused: bool) -> None:
        """Stop or resume reading the same thing again; another want is still read once."""
        with self._wake:
            self._paused = paused
            self._due_s = 0.0 if not paused else float("inf")
            self._wake.notify()

    def _run(self) -> None:
        try:
            while (want := self._next()) is not None:
                snapshot = self._timed(want)
                if not self._stopped:
                    self._deliver(snapshot)
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must end with it and not stand still
            self._deliver(Failure(error=error))

    def _next(self) -> Want | None:
        with self._wake:
            while not self._stopped:
                if self._deeds:
                    return self._deeds.popleft()
                if self._asks:
                    return self._asks.popleft()
                wait_s = self._due_s - time.monotonic()
                if self._watched is not None and wait_s <= 0:
                    self._due_s = float("inf")
                    return self._watched
                self._wake.wait(min(wait_s, threading.TIMEOUT_MAX) if self._watched is not None else None)
            return None

    def _timed(self, want: Want) -> Snapshot:
        began_s = time.monotonic()
        snapshot = self._read(want)
        ended_s = time.monotonic()
        with self._wake:
            away = snapshot.trouble is not None and snapshot.trouble.kind == "away"
            self._failures = self._failures + 1 if away else 0
            pause_s = self._pace.next_s(ended_s - began_s, self._failures)
            if _is_past(want) and not self._failures:
                pause_s = max(pause_s, self._pace.most_s)
            if want == self._watched or not isinstance(want, (*_ONCE, AcknowledgeWant, SilenceWant, EndSilenceWant)):
                self._reschedule(want, ended_s + pause_s)
        if snapshot.trouble is None:
            return snapshot
        return replace(snapshot, trouble=replace(snapshot.trouble, retry_s=pause_s))

    def _reschedule(self, want: Want, due_s: float) -> None:
        if want != self._watched and not self._failures:
            self._due_s = 0.0
        elif not self._paused or self._failures:
            self._due_s = min(self._due_s, due_s)

    def _read(self, want: Want) -> Snapshot:
        try:
            with opened(self._source) as self._reader:
                answer = self._answer(want)
                everything = self._everything(want)
                newest_ns = self._newest_ns()
        except SagascopeError as error:
            return Snapshot(want=want, taken_ns=self._clock.now_ns(), trouble=trouble_of(error))
        return Snapshot(
            want=want, taken_ns=self._clock.now_ns(), answer=answer, everything=everything, newest_ns=newest_ns
        )

    def _newest_ns(self) -> int | None:
        """Say when the newest record of a store file happened; a sidecar's records keep coming."""
        if not isinstance(self._source, StoreFile):
            return None
        page = self._reader.transactions(TransactionQuery(sort="-last_activity", limit=1))
        return max((to_ns(row.last_activity_at) for row in page.transactions), default=None)

    def _answer(self, want: Want) -> Answer:
        if isinstance(want, ListWant):
            return self._reader.transactions(want.query)
        if isinstance(want, TransactionWant):
            return self._reader.transaction(want.transaction_id, as_of=want.as_of)
        if isinstance(want, RecordsWant):
            return self._reader.records(want.transaction_id, limit=want.limit)
        if isinstance(want, FindWant):
            return self._find(want)
        if isinstance(want, AlertsWant | AlertWant | DeliveriesWant | RulesWant):
            return self._of_alerts(want)
        return self._done(want) if isinstance(want, Deed) else self._overview(want)

    def _of_alerts(self, want: AlertsWant | AlertWant | DeliveriesWant | RulesWant) -> Answer:
        if isinstance(want, RulesWant):
            return self._reader.rules()
        if isinstance(want, DeliveriesWant):
            return self._reader.deliveries(limit=MAX_DELIVERIES)
        if isinstance(want, AlertWant):
            return AlertDetail(
                alert=self._reader.alert(want.alert_id),
                deliveries=self._reader.deliveries(alert=want.alert_id, limit=MAX_TOLD),
                history=self._reader.alert_history(subject=want.alert_id, limit=MAX_TOLD),
            )
        return AlertsAnswer(
            alerts=self._reader.alerts(AlertQuery(state=("firing", "pending", "resolved"), limit=MAX_ALERTS)),
            silences=self._reader.silences(),
            undelivered=self._reader.deliveries(state=("failed", "waiting"), limit=MAX_DELIVERIES),
        )

    def _done(self, want: Deed) -> AlertView | Silence:
        """Carry out what a person asked for."""
        desk = self._reader
        if not isinstance(desk, AlertDesk):
            raise UsageError("a store file takes no acknowledgement and no silence: ask the sidecar that writes it")
        if isinstance(want, EndSilenceWant):
            return desk.end_silence(want.silence_id, by=want.by)
        if isinstance(want, SilenceWant):
            return desk.silence(want.matchers, by=want.by, reason=want.reason, ends=want.ends)
        if want.note is None:
            return desk.unacknowledge(want.alert_id, by=want.by)
        return desk.acknowledge(want.alert_id, by=want.by, note=want.note)

    def _overview(self, want: Want) -> Answer:
        if isinstance(want, FlowWant | NormsWant):
            return self._reader.flow(want.saga)
        if isinstance(want, SourcesWant):
            return self._sources()
        if isinstance(want, RejectedWant):
            return self._reader.rejected_message(want.number)
        if isinstance(want, SchemaWant):
            return self._reader.sql(SCHEMA, limit=MAX_COLUMNS, timeout_s=SCHEMA_TIMEOUT_S)
        return self._reader.sagas() if isinstance(want, SagasWant) else self._now()

    def _sources(self) -> SourcesAnswer:
        collectors = self._reader.collectors()
        try:
            rejected = self._reader.rejected(RejectedQuery(limit=MAX_REJECTED))
        except (Busy, QueryTimeout):
            # What takes data in is worth showing without it.
            rejected = None
        return SourcesAnswer(collectors=collectors, rejected=rejected)

    def _now(self) -> NowAnswer:
        incidents = self._reader.incidents(StallQuery(limit=MAX_INCIDENTS))
        stalls = self._reader.stalls(StallQuery(limit=MAX_STALLS))
        counts = self._reader.transactions(TransactionQuery(limit=1)).counts
        collected_ns, collectors = self._collectors()
        return NowAnswer(
            incidents=incidents, stalls=stalls, counts=counts, collectors=collectors, collected_ns=collected_ns,
            alerts=self._firing(),
        )  # fmt: skip

    def _firing(self) -> AlertList | None:
        try:
            return self._reader.alerts(AlertQuery(state=("firing", "pending"), limit=MAX_ALERTS))
        except (Busy, QueryTimeout):
            # A sidecar without alerts says that it cannot tell; what is stuck is worth showing all the same.
            return None

    def _collectors(self) -> tuple[int, CollectorList | None]:
        """Give what the collectors said, and when; asked again only after a while."""
        if self._collected is None or time.monotonic() - self._collected[0] >= COLLECTORS_EVERY_S:
            collectors: CollectorList | None
            try:
                collectors = self._reader.collectors()
            except (Busy, QueryTimeout):
                # What is stuck is worth showing without it; the screen says that this is not known.
                collectors = None
            self._collected = (time.monotonic(), self._clock.now_ns(), collectors)
        return self._collected[1:]

    def _everything(self, want: Want) -> int | None:
        """Count without the filter, where the answer itself does not: it counts every status under the others."""
        if not isinstance(want, ListWant):
            return None
        query = want.query
        bare = TransactionQuery(
            status=query.status, sort=query.sort, offset=query.offset, limit=query.limit, as_of=query.as_of
        )
        return None if query == bare else self._total(query.as_of)

    def _total(self, as_of: datetime | None) -> int:
        """Count all transactions, again only after a while: a filter is asked with each letter that is typed."""
        known = self._totals
        if known is None or known[1] != as_of or time.monotonic() - known[0] >= TOTAL_EVERY_S:
            total = self._reader.transactions(TransactionQuery(limit=1, as_of=as_of)).total
            self._totals = known = (time.monotonic(), as_of, total)
        return known[2]

    def _find(self, want: FindWant) -> Found:
        start, scanned = want.start, 0
        for _ in range(MAX_SCAN_PAGES):
            offset = start if want.direction > 0 else max(0, start + 1 - SCAN_PAGE_ROWS)
            limit = SCAN_PAGE_ROWS if want.direction > 0 else start + 1 - offset
            if limit <= 0 or self._stopped:
                break
            page = self._reader.transactions(replace(want.query, offset=offset, limit=limit)).transactions
            numbered = list(enumerate(page, offset))[:: want.direction]
            troubled = ((index, row) for index, row in numbered if row.status in TROUBLED)
            found = next((each for each in troubled if each[1].transaction_id != want.but), None)
            scanned += len(page)
            if found is not None:
                return Found(index=found[0], transaction_id=found[1].transaction_id, scanned=scanned)
            if len(page) < limit:
                break
            start = start + limit * want.direction
        return Found(index=None, scanned=scanned)


def _is_past(want: Want) -> bool:
    """Whether an earlier instant is looked at, of which only what comes late is news."""
    if isinstance(want, ListWant):
        return want.query.as_of is not None
    return isinstance(want, TransactionWant) and want.as_of is not None
