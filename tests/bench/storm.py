"""A storm: 100,000 transactions become stuck at once while data comes in. What is told, when, and what it costs."""

from __future__ import annotations

import re
import shutil
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
import pyarrow as pa
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.bench.ingest import folded_after_s, load
from tests.bench.preload import Columns, fill
from tests.bench.report import Report
from tests.bench.sidecar import Sidecar, sidecar
from tests.notice_receiver import Got, Receiver
from tests.receivers import free_port

Figures = Mapping[str, float]
_STUCK = 100_000
_CAUSES = 5
_MIB = 1 << 20
_UNTIL_S = 9.0  # from the start of a sidecar to the moment
_LOAD_S = 8.0  # of which so much before it:
_BEFORE_S = 2.0
_ROUNDS = 3
_LOAD = ("--seconds", str(_LOAD_S), "--spans", "510", "--clients", "8", "--every", "0.8", "--first", "700000000")
_BATCH = 2_000
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
_PATIENCE_S = 120.0


def storm(folder: Path, report: Report) -> None:
    """Two sidecars at once, with rules and without, each on a copy of one store; then all transactions go on."""
    report.say(f"filling a store with {_STUCK:,} open transactions in {_CAUSES} places ...")
    whole = folder / "whole.duckdb"
    begun_s = time.time() - 60
    fill(whole, transactions=_STUCK, records_each=2, days=1e-9, ended=False, told=_places)
    rounds: list[dict[bool, Figures]] = []
    for number in range(_ROUNDS):
        with receiving(folder / f"got-{number}.jsonl") as receiver, ThreadPoolExecutor(2) as both:
            moment_s = time.time() + _UNTIL_S
            order = (False, True) if number % 2 else (True, False)
            running = {}
            for is_on in order:
                data = folder / f"storm-{is_on}.duckdb"
                shutil.copy(whole, data)
                arm = Arm(data=data, receiver=receiver, moment_s=moment_s, begun_s=begun_s, is_on=is_on)
                is_last = is_on and number == _ROUNDS - 1
                running[is_on] = both.submit(arm.run, report, drained=is_last)
            rounds.append({is_on: running[is_on].result() for is_on in running})
            _say_told(receiver.got(), moment_s, report)
    _compare(rounds, report)


def _compare(rounds: Sequence[dict[bool, Figures]], report: Report) -> None:
    def ratio(name: str) -> float:
        return float(np.median([one[True][name] / one[False][name] for one in rounds]))

    for name in ("acknowledged", "cost", "p50", "p99"):
        each = ", ".join(f"{one[True][name] / one[False][name]:.2f}" for one in rounds)
        report.say(f"  {name} with rules, of that without at the same time: {each}")
    watch = float(np.median([one[True]["watch"] for one in rounds]))
    more = max(one[True]["peak"] - one[False]["peak"] for one in rounds)
    report.at_least("ingestion in a storm with rules, of it without", ratio("acknowledged"), 0.95, "of it")
    report.at_most("  processor time for a span, less the watch's own", ratio("cost"), 1.1, "of it")
    report.at_most("  processor time of the watch", watch, 0.1, "of one")
    report.at_most("  memory, more than without", more, 100, "MiB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One sidecar; its transactions become stuck at `moment_s`."""

    data: Path
    receiver: Receiver
    moment_s: float
    begun_s: float
    is_on: bool

    def run(self, report: Report, *, drained: bool) -> Figures:
        """Send data from before the moment until after it; what came of it."""
        environment = {
            "SAGASCOPE_ALERTING__DEFAULTS": str(self.is_on).lower(),
            "SAGASCOPE_ALERTING__RESOLVE_AFTER": "1s",
            "SAGASCOPE_STALLS__DEFAULT_THRESHOLD": f"{(self.moment_s - self.begun_s) * 1000:.0f}ms",
            "SAGASCOPE_NOTIFIERS__PAGER__TYPE": "webhook",
            "SAGASCOPE_NOTIFIERS__PAGER__URL": self.receiver.url,
        }
        with sidecar(self.data, **environment) as running:
            time.sleep(max(0.0, self.moment_s - _BEFORE_S - time.time()))
            before, before_bytes = measured(running), running.peak_bytes
            figures = load(running, *_LOAD)
            after = measured(running)
            spent = {name: after[name] - before[name] for name in after}
            peak_bytes = running.peak_bytes
            if drained:
                _drain(running, self.receiver, report)
        rate, took_s = figures["spans"] / figures["seconds"], figures["seconds"]
        report.say(
            f"  rules {'on ' if self.is_on else 'off'}: {rate:,.0f} spans/s, p50 {figures['p50_ms']:.0f} ms, "
            f"p99 {figures['p99_ms']:.0f} ms; processor {spent['process'] / took_s:.2f} of one, of which the watch "
            f"{spent['watch'] / took_s:.3f}; "
            f"memory {before_bytes / _MIB:.0f} MiB before, {peak_bytes / _MIB:.0f} at most"
        )
        return {
            "acknowledged": rate,
            "cost": (spent["process"] - spent["watch"]) / figures["spans"],
            "watch": spent["watch"] / took_s,
            "p50": figures["p50_ms"],
            "p99": figures["p99_ms"],
            "peak": peak_bytes / _MIB,
        }


def _say_told(got: Sequence[Got], moment_s: float, report: Report) -> None:
    told = [one for one in got if one.kind == "firing"]
    ids = {one.id for one in told}
    titles = dict.fromkeys(one.title for one in told)
    last_s = max((one.at_s for one in told), default=float("inf")) - moment_s
    report.at_most(
        "  alerts told for each incident",
        max(len(ids), 1) / _CAUSES,
        1,
        "notices",
        "" if len(ids) == _CAUSES else "; ".join(titles),
    )
    report.at_most("  from the threshold to the last of them received", last_s, 2, "s")


def _drain(running: Sidecar, receiver: Receiver, report: Report) -> None:
    """Let all of them be completed, and wait for the ends."""
    began_s = time.monotonic()
    with grpc.insecure_channel(running.otlp_grpc) as channel:
        export = channel.unary_unary(LOGS)
        for first in range(0, _STUCK, _BATCH):
            export(_ends(range(first, first + _BATCH)), timeout=_PATIENCE_S)
    sent_s = time.monotonic() - began_s
    folded_s = folded_after_s(running)
    while time.monotonic() - began_s < _PATIENCE_S:
        ended = {one.id for one in receiver.got() if one.kind == "resolved"}
        if len(ended) == _CAUSES:
            break
        time.sleep(0.1)
    took_s = time.monotonic() - began_s - sent_s - folded_s
    note = f"sent in {sent_s:.1f} s, folded {folded_s:.1f} s after that"
    report.at_most("  ends that were not told", _CAUSES - len(ended), 0, "notices", f"{len(ended)} resolved")
    report.at_most("  from the last one going on to the last end received", took_s, 10, "s", note)


def _ends(numbers: range) -> bytes:
    common = {"saga.step": "reserve-inventory", "saga.phase": "completed", "saga.outcome": "completed"}
    told = [{"saga.id": f"ORD-{number:010d}", **common} for number in numbers]
    return log_records("inventory", told, time.time_ns())


def log_records(service: str, told: Iterable[Mapping[str, str]], at_ns: int) -> bytes:
    """Make a request of a service's log records with these attributes."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = resource.scope_logs.add()
    for said in told:
        record = scope.log_records.add(time_unix_nano=at_ns)
        for key, value in said.items():
            record.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


def measured(running: Sidecar) -> dict[str, float]:
    """Give the processor seconds of the process and of its watch, as /metrics says."""
    with urllib.request.urlopen(f"{running.api}/metrics") as answer:  # noqa: S310  our own
        text = answer.read().decode()
    names = {"process": "process_cpu_seconds_total", "watch": "watch_cpu_seconds_total"}
    return {
        short: float(re.search(rf"^sagascope_{name} (\S+)", text, re.MULTILINE)[1]) for short, name in names.items()
    }


def _places(numbers: np.ndarray, begun: np.ndarray) -> Columns:
    del begun
    return {"saga": pa.array([f"saga-{number % _CAUSES}" for number in np.repeat(numbers, 2)])}


@contextmanager
def receiving(file: Path) -> Iterator[Receiver]:
    """Run a receiver on a free port until the block ends."""
    receiver = Receiver(port=free_port(), file=file)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.kill()
