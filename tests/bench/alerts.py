"""What a tick costs with 100,000 stuck transactions, beside plain SQL; `storm` says what ingestion notices of it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.bench.preload import Columns, fill
from tests.bench.reading import times
from tests.bench.report import Report
from tracer.alerts.book import Book
from tracer.alerts.explaining import Explainer
from tracer.alerts.observing import Observer
from tracer.alerts.rules import Route, make_rules, too_many_rule
from tracer.alerts.telling import Links
from tracer.alerts.watch import Watch
from tracer.clock import NS_PER_S, FixedClock
from tracer.config.settings import Settings
from tracer.query.queries import Queries
from tracer.store.session import Session
from tracer.store.store import Store

_STUCK = 100_000
_INCIDENTS = 5
_TICKS = 10
_FLOOR = (
    "SELECT saga, step, owner, stall, count(*), min(since_ns) FROM txn "
    "WHERE deadline_ns < $now AND ended_ns IS NULL GROUP BY ALL"
)


def fill_stuck(path: Path) -> None:
    """Make a store of transactions that are all stuck, in a few places."""

    def told(numbers: np.ndarray, begun: np.ndarray) -> Columns:
        del begun
        return {"saga": pa.array([f"saga-{number % _INCIDENTS}" for number in np.repeat(numbers, 2)])}

    fill(path, transactions=_STUCK, records_each=2, days=0.1, ended=False, told=told)


def watch(folder: Path, report: Report) -> None:
    """Ticks in the process."""
    report.say(f"filling a store with {_STUCK:,} stuck transactions in {_INCIDENTS} incidents ...")
    data = folder / "stuck.duckdb"
    fill_stuck(data)
    clock = FixedClock(time.time_ns() + 600 * NS_PER_S)
    store = Store.open(data, clock=clock)
    ticks(store, clock, report)
    store.close()


def ticks(store: Store, clock: FixedClock, report: Report) -> None:
    """The first tick, which writes the notices; ticks at which nothing and at which something has changed."""
    settings, routes = Settings(), (Route(name="pager"),)
    rules = make_rules(settings, routes, {})
    book = Book(
        store=store,
        rules=rules,
        too_many=too_many_rule(settings, rules),
        routes=routes,
        links=Links(),
        max_alerts=1000,
    )
    observer = Observer(store=store, collectors=list)
    queries = Queries(store=store, clock=clock)
    watching = Watch(
        store=store,
        clock=clock,
        book=book,
        observer=observer,
        explainer=Explainer(queries),
        tick_s=1.0,
        wake=lambda: None,
    )

    def tick() -> None:
        clock.ns += NS_PER_S
        watching.tick()

    def changed() -> None:
        observer._marks.clear()
        tick()

    floor = _median_ms(times(lambda: store.read(lambda session: _plain(session, clock.ns)), _TICKS))
    begun_s = time.monotonic()
    told = watching.tick()
    first_s = time.monotonic() - begun_s
    usual, moving = _median_ms(times(tick, _TICKS)), _median_ms(times(changed, _TICKS))
    note = f"floor, the same columns counted by plain SQL: {floor:.1f} ms"
    report.at_most("first tick, explained and advised on", first_s, 2, "s", f"{told} notices")
    report.at_most("tick, others are stuck than before, median", moving, 500, "ms", note)
    report.at_most("tick, the same are stuck, median", usual, 100, "ms", note)


def _plain(session: Session, now_ns: int) -> object:
    return session._cursor.execute(_FLOOR, {"now": now_ns}).fetchall()


def _median_ms(taken: list[float]) -> float:
    return float(np.median(taken)) * 1000
