"""Durable OTLP/gRPC ingest, acknowledged after commit and folded, beside the bare floor."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.floor import bare_ingest
from tests.bench.report import Report
from tests.bench.sidecar import Sidecar, sidecar
from tracer.client import Client
from tracer.clock import SystemClock
from tracer.store.store import Store

_MIB = 1 << 20
_FLOOR_S = 6.0
_LOAD_S = 15.0


def large_batches(folder: Path, report: Report) -> None:
    """512-span batches with 8 attributes from 96 clients."""
    before = bare_ingest(folder, spans=512, seconds=_FLOOR_S)
    data = folder / "large.duckdb"
    with sidecar(data) as running:
        load(running, "--seconds", "3", "--first", "900000000")
        figures = load(running, "--seconds", str(_LOAD_S))
        lag_s = folded_after_s(running)
        peak = running.peak_bytes / _MIB
    (folder / "floor.duckdb").unlink()
    after = bare_ingest(folder, spans=512, seconds=_FLOOR_S)
    floor = (before + after) / 2
    rate = figures["spans"] / figures["seconds"]
    report.say(
        f"floor: decode and one bare INSERT of the same bytes: {floor:,.0f} spans/s ({before:,.0f}, {after:,.0f})"
    )
    note = f"p50 {figures['p50_ms']:.0f} ms, p99 {figures['p99_ms']:.0f} ms, refused {figures['refused']}"
    report.at_least("durable ingest, 512-span batches", rate, 100_000, "spans/s", note)
    report.at_least("  against the floor", rate / floor, 0.65, "of it")
    report.at_most("  folded after the last acknowledgement", lag_s, 1.0, "s")
    report.at_most("  memory", peak, 600, "MiB")
    report.at_most("  on disk, with all state", bytes_a_span(data), 110, "B/span")


def small_batches(folder: Path, report: Report) -> None:
    """10-span batches from 64 clients."""
    with sidecar(folder / "small.duckdb") as running:
        figures = load(running, "--seconds", "10", "--clients", "64", "--spans", "10")
    note = f"p50 {figures['p50_ms']:.0f} ms, p99 {figures['p99_ms']:.0f} ms, refused {figures['refused']}"
    report.at_least(
        "durable ingest, 10-span batches, 64 clients", figures["spans"] / figures["seconds"], 15_000, "spans/s", note
    )


def load(running: Sidecar, *arguments: str) -> dict[str, float]:
    """Run the load generator in a process of its own; its figures."""
    command = [sys.executable, "-m", "tests.bench.load", running.otlp_grpc, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr}")
    return json.loads(done.stdout)


def folded_after_s(running: Sidecar) -> float:
    """How long until every acknowledged record is in the state."""
    client = Client(running.api)
    start = time.monotonic()
    while True:
        table = client.sql("SELECT appended_seq - folded_seq FROM progress", limit=1, timeout_s=10)
        if table.rows[0][0] == 0:
            return time.monotonic() - start
        time.sleep(0.02)


def bytes_a_span(data: Path) -> float:
    """The file's used blocks after a checkpoint, by the number of records."""
    store = Store.open(data, clock=SystemClock())
    store.checkpoint(force=True)
    records = store.stats()["records"]
    used = store.read(lambda session: session.value("retain_used"))
    store.close()
    return float(used / records)
