"""From the moment at which a transaction is overdue to the receiver that is told, while data comes in."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from tests.bench.ingest import load
from tests.bench.report import Report
from tests.bench.sidecar import sidecar
from tests.bench.storm import LOGS, log_records, receiving

_TRIES = 20
_THRESHOLD_S = 3.0
_APART_S = 0.7371  # no multiple of a tick, so that the tries fall everywhere between two
_LOAD = ("--spans", "510", "--clients", "8", "--every", "0.4", "--first", "700000000", "--seconds")


def tell(folder: Path, report: Report) -> None:
    """Twenty transactions, one after the other, each an incident of its own, at the default tick."""
    with receiving(folder / "got.jsonl") as receiver, ThreadPoolExecutor(1) as beside:
        environment = {
            "SAGASCOPE_STALLS__DEFAULT_THRESHOLD": f"{_THRESHOLD_S:g}s",
            "SAGASCOPE_NOTIFIERS__PAGER__TYPE": "webhook",
            "SAGASCOPE_NOTIFIERS__PAGER__URL": receiver.url,
        }
        with sidecar(folder / "told.duckdb", **environment) as running:
            loading = beside.submit(load, running, *_LOAD, f"{_TRIES * _APART_S + _THRESHOLD_S + 2:.0f}")
            due_s: dict[str, float] = {}
            with grpc.insecure_channel(running.otlp_grpc) as channel:
                export = channel.unary_unary(LOGS)
                for number in range(_TRIES):
                    at_ns = time.time_ns()
                    saga = f"told-{number}"
                    due_s[f"1 transaction of {saga} stuck in pay (payment)"] = at_ns / 1e9 + _THRESHOLD_S
                    said = {"saga.id": f"TOLD-{number}", "saga.name": saga, "saga.step": "pay", "saga.phase": "started"}
                    export(log_records("payment", [said], at_ns), timeout=30)
                    time.sleep(_APART_S)
            figures = loading.result()
        got = {one.title: one.at_s for one in receiver.got() if one.kind == "firing"}
    late_s = sorted(got.get(title, float("inf")) - at_s for title, at_s in due_s.items())
    rate = figures["spans"] / figures["seconds"]
    note = f"beside {rate:,.0f} spans/s, p99 {figures['p99_ms']:.0f} ms"
    report.at_most("from the threshold to the receiver, p50 of 20", (late_s[9] + late_s[10]) / 2, 1, "s", note)
    report.at_most("  the longest", late_s[-1], 2, "s", f"the shortest {late_s[0]:.2f} s")
