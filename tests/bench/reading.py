"""Questions asked of large stores: one transaction among ten million records, the stuck ones of a million."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.bench.preload import fill
from tests.bench.report import Report
from tests.bench.sidecar import sidecar
from tracer.client import Client
from tracer.views import TransactionQuery

_MIB = 1 << 20
_ASKED = 300


def show_among_many(folder: Path, report: Report) -> None:
    """`show` of random transactions among 10,000,000 records, idle and while ingesting."""
    data, transactions = folder / "show.duckdb", 1_250_000
    report.say("filling a store with 10,000,000 records ...")
    fill(data, transactions=transactions, records_each=8, days=14, ended=True)
    random = np.random.default_rng(5)
    with sidecar(data) as running:
        client = Client(running.api)

        def show() -> None:
            client.transaction(f"ORD-{random.integers(transactions):010d}")

        times(show, 20)
        report.at_most("show, 10 M records, idle, p99", p99_ms(times(show, _ASKED)), 30, "ms")
        command = [
            sys.executable,
            "-m",
            "tests.bench.load",
            running.otlp_grpc,
            "--seconds",
            "12",
            "--first",
            "5000000000",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as loading:
            time.sleep(2)
            taken = times(show, _ASKED, lambda: loading.poll() is None)
        report.at_most("show, 10 M records, ingesting, p99", p99_ms(taken), 100, "ms", f"{len(taken)} asked")
        report.at_most("  memory", running.peak_bytes / _MIB, 600, "MiB")


def list_among_many(folder: Path, report: Report) -> None:
    """`ls --status stuck` among 1,000,000 open transactions."""
    data = folder / "ls.duckdb"
    report.say("filling a store with 1,000,000 open transactions ...")
    fill(data, transactions=1_000_000, records_each=2, days=2, ended=False)
    with sidecar(data) as running:
        client = Client(running.api)
        stuck = TransactionQuery(status=("stuck",), limit=50)
        page = client.transactions(stuck)
        report.say(f"{page.total:,} of {sum(page.counts.values()):,} transactions are stuck")
        taken = times(lambda: client.transactions(stuck), 50)
        report.at_most(
            "ls --status stuck, 1 M open, median",
            float(np.median(taken)) * 1000,
            100,
            "ms",
            f"p99 {p99_ms(taken):.0f} ms",
        )
        deep = TransactionQuery(limit=50, offset=900_000, sort="status")
        taken = times(lambda: client.transactions(deep), 20)
        report.at_most("  a page at row 900,000, median", float(np.median(taken)) * 1000, 500, "ms")
        report.at_most("  memory", running.peak_bytes / _MIB, 600, "MiB")


def times(fn: Callable[[], object], count: int, going: Callable[[], bool] = lambda: True) -> list[float]:
    """Seconds that each call took."""
    taken = []
    while len(taken) < count and going():
        start = time.monotonic()
        fn()
        taken.append(time.monotonic() - start)
    return taken


def p99_ms(taken: list[float]) -> float:
    """The 99th percentile in milliseconds."""
    return float(np.quantile(taken, 0.99)) * 1000
