"""What it costs to judge and to learn: a tick among a million open transactions, lessons from ten million records."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from collectors.otlp.decode import Decoder
from tests.bench.courses import CAPTURED, ENDED, GOING, NOTIFIED, PLACED, RESERVED, SHIPPED, STANDING, Course, Telling
from tests.bench.ingest import folded_after_s, load
from tests.bench.preload import Columns, feed, fill
from tests.bench.reading import p99_ms, times
from tests.bench.report import Report
from tests.bench.sidecar import sidecar
from tests.bench.traffic import Traffic, template
from tracer.analysis.judging import judge
from tracer.app.limits import lessons_of, limits_of
from tracer.client import Client
from tracer.clock import NS_PER_S, FixedClock, SystemClock
from tracer.config.definitions import load_definitions
from tracer.config.settings import StallSettings
from tracer.query.queries import Queries
from tracer.store.keeper import Keeper
from tracer.store.store import Store
from tracer.views import StallQuery

_SETTINGS = StallSettings()
_SAGAS = ("order-fulfilment", "returns", "subscriptions")
_OPEN = 1_000_000
_ONE_IN = 100  # open transactions of which one stands too long
_ENDED = 1_000_000
_MINUTE = 10_000
_HOUR_NS = 3600 * NS_PER_S
_SHARES = (0.5, 0.2, 0.2, 0.05, 0.05)  # of the courses in ENDED
_TICKS = 30
_SHOWN = 300
_SETTLED_S = 120
_OWNERS = {
    PLACED: "orders",
    RESERVED: "inventory",
    CAPTURED: "payments",
    SHIPPED: "shipping",
    NOTIFIED: "notifications",
}


def keeper_of(store: Store) -> Keeper:
    """Give a keeper that judges and learns as a sidecar's does without a configuration."""
    return Keeper(
        store=store,
        clock=SystemClock(),
        judge=partial(judge, limits=limits_of(_SETTINGS)),
        lessons=lessons_of(_SETTINGS),
    )


def define(folder: Path, sagas: tuple[str, ...]) -> Path:
    """Write definitions of sagas of the same steps: an hour for each, but a month for the parcel."""
    lines = []
    for saga in sagas:
        lines.append(f"[saga.{saga}]")
        for at, (step, owner) in enumerate(_OWNERS.items()):
            after = f'after = ["{list(_OWNERS)[at - 1]}"]' if at else ""
            deadline = "720h" if step == SHIPPED else "1h"
            lines += [
                f"[[saga.{saga}.step]]",
                f'name = "{step}"',
                f'owner = "{owner}"',
                after,
                f'deadline = "{deadline}"',
            ]
    path = folder / "sagas.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- a tick ---------------------------------------------------------------------------------------------------


def fill_open(path: Path, going: Course = GOING, standing: tuple[Course, ...] = STANDING) -> None:
    """Make a store of open transactions of declared sagas, of which a few stand too long."""
    telling = Telling((going, *standing), _SAGAS, step_s=1.0)

    def told(numbers: np.ndarray, begun: np.ndarray) -> Columns:
        nth = numbers // _ONE_IN
        course = np.where(numbers % _ONE_IN == 0, 1 + nth % len(standing), 0)
        return telling.columns(numbers, begun, course)

    def declaring(store: Store) -> Keeper:
        keeper = keeper_of(store)
        keeper.declare(load_definitions([str(define(path.parent, _SAGAS))], base=path.parent))
        return keeper

    each = len(going.told)
    fill(path, transactions=_OPEN, records_each=each, days=2, ended=False, told=told, keeper_of=declaring)


def tick(folder: Path, report: Report) -> None:
    """The stalls and the incidents of 1,000,000 open transactions, when none is overdue and when 10,000 are."""
    report.say("filling a store with 1,000,000 open transactions of declared sagas ...")
    fill_open(folder / "tick.duckdb")
    clock = FixedClock(time.time_ns())
    store = Store.open(folder / "tick.duckdb", clock=clock, read_only=True)
    queries = Queries(store=store, clock=clock)

    def ask() -> int:
        queries.incidents(StallQuery())
        return queries.stalls(StallQuery()).total

    overdue = ask()
    worked_s = time.process_time()
    taken = times(ask, _TICKS)
    worked_ms = (time.process_time() - worked_s) / _TICKS * 1000
    clock.ns -= 40 * 24 * _HOUR_NS
    idle = times(ask, _TICKS)
    report.at_most("tick, 1 M open, none overdue, median", _median_ms(idle), 50, "ms", f"{ask()} overdue")
    note = f"p99 {p99_ms(taken):.0f} ms; {worked_ms:.0f} ms of processor time each"
    report.at_most(f"tick, 1 M open, {overdue:,} overdue, median", _median_ms(taken), 250, "ms", note)
    store.close()
    show(folder, report)


def show(folder: Path, report: Report) -> None:
    """`show` of random transactions among them, with what is expected and advised."""
    random = np.random.default_rng(5)
    files = str(folder / "sagas.toml")
    with sidecar(folder / "tick.duckdb", SAGASCOPE_SAGAS__FILES=files) as running:
        client = Client(running.api)
        _settle(client)

        def ask(number: int) -> None:
            client.transaction(f"ORD-{number:010d}")

        for name, every in (("going on", 1), ("stuck", _ONE_IN)):
            taken = times(lambda every=every: ask(random.integers(_OPEN // every) * every), _SHOWN + 20)[20:]
            note = f"median {_median_ms(taken):.0f} ms"
            report.at_most(f"show, judged, {name}, 1 M open, idle, p99", p99_ms(taken), 30, "ms", note)


def _settle(client: Client) -> None:
    """Wait until what was learned at the start has been looked at again."""
    begun = time.monotonic()
    time.sleep(2)
    while client.sql("SELECT count(*) FROM requeue", limit=1, timeout_s=10).rows[0][0]:
        if time.monotonic() - begun > _SETTLED_S:
            raise TimeoutError("transactions are still looked at again")
        time.sleep(0.5)


def _median_ms(taken: list[float]) -> float:
    return float(np.median(taken)) * 1000


# --- learning -------------------------------------------------------------------------------------------------


def lessons(folder: Path, report: Report) -> None:
    """Learning from 10,000,000 records, and from a minute's worth more."""
    report.say("filling a store with 10,000,000 records of transactions that ended ...")
    fill_ended(folder / "learn.duckdb")
    store = Store.open(folder / "learn.duckdb", clock=SystemClock())
    keeper = keeper_of(store)
    worked_s = time.process_time()
    slices = lesson_s(keeper)
    note = f"longest turn {max(slices):.2f} s; {time.process_time() - worked_s:.1f} s of processor time"
    report.at_most("learning, 10 M records, from nothing", sum(slices), 20, "s", note)
    feed_ended(keeper, range(_ENDED, _ENDED + _MINUTE))
    report.at_most("learning, 10,000 more transactions", sum(lesson_s(keeper)), 1, "s")
    begun = time.monotonic()
    while keeper.fold():
        pass
    report.at_most("  judging anew what that changes", time.monotonic() - begun, 1, "s")
    store.close()


def lesson_s(keeper: Keeper) -> list[float]:
    """Learn until there is nothing more to learn; the seconds of each turn."""
    taken, more = [], True
    while more:
        begun = time.monotonic()
        more = keeper.learn()
        taken.append(time.monotonic() - begun)
    return taken


def fill_ended(path: Path) -> None:
    """Make a store of transactions that ended, of several courses."""
    store = Store.open(path, clock=SystemClock())
    feed_ended(Keeper(store=store, clock=SystemClock()), range(_ENDED))
    store.checkpoint(force=True)
    store.close()


def feed_ended(keeper: Keeper, chosen: range) -> None:
    """Append and fold transactions that ended, of several courses."""
    telling = Telling(ENDED, _SAGAS, step_s=0.5)
    random = np.random.default_rng(chosen.start)

    def told(numbers: np.ndarray, begun: np.ndarray) -> Columns:
        return telling.columns(numbers, begun, random.choice(len(ENDED), len(numbers), p=_SHARES))

    days = 2.0 if chosen.start == 0 else 0.001
    feed(keeper, chosen, 10, days=days, ended=True, told=told)


# --- ingestion beside it --------------------------------------------------------------------------------------


def ingest(folder: Path, report: Report) -> None:
    """The load of the `ingest` benchmark with everything known of its saga, beside a sidecar that knows nothing."""
    for name, arguments in (
        ("ended, learned from", ("--seconds", "30")),
        ("open, judged", ("--open", "--seconds", "15")),
    ):
        bare = _rate(folder / "bare.duckdb", arguments, report)
        known = _rate(folder / "known.duckdb", arguments, report, is_known=True)
        report.say(f"512-span batches, transactions that are {name}: {known:,.0f} spans/s, {bare:,.0f} without")
        report.at_least(f"  transactions that are {name}", known / bare, 0.8, "of it")


def _rate(data: Path, arguments: tuple[str, ...], report: Report, *, is_known: bool = False) -> float:
    """Spans a second of a new sidecar; a known saga has a definition, and a history that was learned from."""
    for stale in data.parent.glob(f"{data.name}*"):
        stale.unlink()
    told: dict[str, str] = {}
    if is_known:
        _seed(data)
        told["SAGASCOPE_SAGAS__FILES"] = str(define(data.parent, ("order-fulfilment",)))
    with sidecar(data, module="tracer.cli.main" if is_known else "tests.bench.unlearned", **told) as running:
        load(running, "--seconds", "3", "--first", "900000000", *arguments[:-2])
        figures = load(running, *arguments)
        lag_s = folded_after_s(running)
        known = Client(running.api).sql("SELECT count(*) FROM txn WHERE situation IS NOT NULL", limit=1, timeout_s=10)
        lessons = Client(running.api).sql("SELECT sum(n) FROM course", limit=1, timeout_s=10)
    rate = figures["spans"] / figures["seconds"]
    report.say(
        f"  {rate:,.0f} spans/s, p99 {figures['p99_ms']:.0f} ms, folded {lag_s:.1f} s after the last; "
        f"{known.rows[0][0]:,} transactions judged, {lessons.rows[0][0] or 0:,.0f} learned from"
    )
    return rate


def _seed(data: Path) -> None:
    """Make a store that has learned from some of the same traffic."""
    decoder = Decoder(correlation_keys=("saga.id",), source="bench", max_records=1 << 20, max_items=1 << 22)
    traffic = Traffic(template(512), seed=19, first=800_000_000)
    store = Store.open(data, clock=SystemClock())
    keeper = keeper_of(store)
    requests = [traffic.request(time.time_ns() - 60 * NS_PER_S) for _ in range(40)]
    keeper.append(pa.Table.from_batches([decoder.decode({"traces": requests}, received_ns=time.time_ns())]))
    while keeper.fold():
        pass
    lesson_s(keeper)
    store.close()
