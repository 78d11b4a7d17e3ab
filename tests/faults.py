"""A real sidecar that may end at any moment, and clients that remember what it promised them."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc
import grpc.aio
import pyarrow as pa

from tests.bench.load import EXPORT
from tests.bench.traffic import SPANS_PER_TRANSACTION, Traffic, template
from tracer.client import Client
from tracer.clock import SystemClock
from tracer.store.keeper import Keeper
from tracer.store.store import Store

PATIENCE_S = 60.0
_PER_CLIENT = 10_000_000  # transaction numbers
_PAGE = 100_000
_FREE = ("--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--api", "127.0.0.1:0")


@dataclass(slots=True)
class Served:
    """One run of `sagascope serve`, which does not outlive its `with`.

    The addresses are empty until `wait_ready` found its line.
    """

    process: subprocess.Popen[bytes]
    log: Path
    api: str = ""
    otlp_grpc: str = ""
    otlp_http: str = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    @property
    def client(self) -> Client:
        """A client of its API."""
        return Client(self.api, timeout_s=PATIENCE_S)

    def said(self) -> str:
        """What it wrote on stderr."""
        return self.log.read_text(encoding="utf-8")

    def wait_ready(self) -> bool:
        """Read its line of addresses; False when it ended before it wrote one."""
        line = self.process.stdout.readline().decode() if self.process.stdout else ""
        words = dict(word.split("=", 1) for word in line.split()[1:])
        self.api, self.otlp_http = words.get("api", ""), words.get("otlp_http", "")
        self.otlp_grpc = words.get("otlp_grpc", "").rpartition("/")[2]
        return bool(words)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait until it ended; its exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait until it ended; its exit code."""
        code = self.process.wait(timeout=PATIENCE_S)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def start(data: Path, *options: str, logs: Path | None = None, **environment: str) -> Served:
    """Start `sagascope serve` on a store file and on free ports, without waiting for it.

    Its stderr goes to a file in the folder `logs`, else beside the store file.
    """
    log = (logs or data.parent) / f"{data.name}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "tracer.cli.main", "serve", "--data", str(data), *_FREE, *options]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env={**os.environ, **environment})
    return Served(process, log)


def start_ready(data: Path, *options: str, logs: Path | None = None, **environment: str) -> Served:
    """Start `sagascope serve` and wait until it accepts data."""
    served = start(data, *options, logs=logs, **environment)
    if not served.wait_ready():
        served.end(signal.SIGKILL)
        raise AssertionError(f"the sidecar ended with {served.ended()} before it was ready: {served.said()}")
    return served


@dataclass(slots=True, kw_only=True)
class _Request:
    body: bytes
    numbers: range  # of its transactions


@dataclass(slots=True)
class Senders:
    """Clients that send unique requests over any number of lives of a sidecar.

    Each sends the same request again until it is acknowledged. `acknowledged` and `waiting` are numbers of
    transactions; a transaction's spans are all in one request.
    """

    clients: int
    spans: int
    loose: bool = True
    first: int = 0  # clients are numbered from here
    acknowledged: set[int] = field(default_factory=set)
    refusals: list[grpc.aio.AioRpcError] = field(default_factory=list)
    resent: int = 0
    latencies_s: list[float] = field(default_factory=list)
    _next: list[_Request] = field(default_factory=list)
    _traffic: list[Traffic] = field(default_factory=list)
    _stopping: bool = False

    def __post_init__(self) -> None:
        shape = template(self.spans)
        firsts = [(self.first + n) * _PER_CLIENT for n in range(self.clients)]
        self._traffic = [Traffic(shape, seed=first, first=first) for first in firsts]
        self._next = [self._request(n, first) for n, first in enumerate(firsts)]

    @property
    def waiting(self) -> set[int]:
        """Transactions of requests that were not acknowledged; the sidecar may have them or not."""
        return {number for request in self._next for number in request.numbers}

    def stop(self) -> None:
        """Let every client end after its next answer."""
        self._stopping = True

    async def send_to(self, served: Served) -> None:
        """Send until the sidecar is gone, or until `stop`."""
        self._stopping = False
        async with grpc.aio.insecure_channel(served.otlp_grpc) as channel:
            export = channel.unary_unary(EXPORT)
            await asyncio.gather(*(self._client(n, export, served) for n in range(self.clients)))

    async def _client(self, n: int, export: grpc.aio.UnaryUnaryMultiCallable, served: Served) -> None:
        while served.alive and not self._stopping:
            request, sent = self._next[n], time.monotonic()
            try:
                await export(request.body, timeout=PATIENCE_S)
            except grpc.aio.AioRpcError as error:
                # A call that reaches a server in the moment of its stop is cancelled: retryable by OTLP, too.
                if error.code() not in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}:
                    raise
                if error.code() == grpc.StatusCode.UNAVAILABLE:
                    self.refusals.append(error)
                self.resent += 1
                await asyncio.sleep(0.02)
                continue
            self.latencies_s.append(time.monotonic() - sent)
            self.acknowledged.update(request.numbers)
            self._next[n] = self._request(n, request.numbers.stop)

    def _request(self, n: int, first: int) -> _Request:
        body = self._traffic[n].request(time.time_ns() - 5_000_000)
        numbers = range(first, first + -(-self.spans // SPANS_PER_TRANSACTION))
        # Every other client leaves most ids out, so that these spans are tied to their transaction by their trace.
        return _Request(body=_without_ids(body) if self.loose and n % 2 else body, numbers=numbers)


def _without_ids(body: bytes) -> bytes:
    """Rename every second attribute saga.id."""
    head, *rest = body.split(b"saga.id")
    return head + b"".join((b"saga.id" if at % 2 == 0 else b"other.k") + part for at, part in enumerate(rest))


def stored(client: Client) -> dict[int, int]:
    """How many records each transaction has, by its number, once all of them are folded."""
    wait_folded(client)
    found: dict[int, int] = {}
    after = ""
    while True:
        rows = client.sql(
            f"SELECT transaction_id, records FROM transactions WHERE transaction_id > '{after}' "  # noqa: S608  our own ids
            f"ORDER BY transaction_id LIMIT {_PAGE}",
            limit=_PAGE,
            timeout_s=PATIENCE_S,
        ).rows
        found.update((int(each.removeprefix("ORD-")), records) for each, records in rows)
        if len(rows) < _PAGE:
            return found
        after = rows[-1][0]


def wait_folded(client: Client) -> None:
    """Wait until every record is in the state."""
    until = time.monotonic() + PATIENCE_S
    while value(client, "SELECT appended_seq - folded_seq FROM progress"):
        assert time.monotonic() < until, "the fold did not come to its end"
        time.sleep(0.05)


def value(client: Client, query: str) -> int:
    """The one number that a query answers."""
    return int(client.sql(query, limit=1, timeout_s=PATIENCE_S).rows[0][0])


def _present(client: Client, numbers: Iterable[int]) -> int:
    ids = ", ".join(f"'ORD-{number:010d}'" for number in numbers)
    return value(client, f"SELECT count(DISTINCT transaction_id) FROM record WHERE transaction_id IN ({ids})")  # noqa: S608  our own ids


def records(client: Client) -> tuple[int, int]:
    """How many records there are, and how many different ones."""
    query = "SELECT count(*), count(DISTINCT (at_ns, trace_id, span_id, uid)) FROM record"
    row = client.sql(query, limit=1, timeout_s=PATIENCE_S).rows[0]
    return int(row[0]), int(row[1])


def assert_kept(client: Client, senders: Senders) -> None:
    """Hold the promise: what was acknowledged is there once, what was not at most once, and nothing else."""
    found = stored(client)
    total, different = records(client)

    assert set() == senders.acknowledged - found.keys()
    assert set() == found.keys() - senders.acknowledged - senders.waiting
    assert {} == {number: spans for number, spans in found.items() if spans != SPANS_PER_TRANSACTION}
    assert total == different == len(found) * SPANS_PER_TRANSACTION


def assert_state_is_rebuilt(data: Path, folder: Path) -> None:
    """Hold that the state in a file that nobody holds is the one which its records alone give."""
    copy = folder / "copy.duckdb"
    shutil.copyfile(data, copy)
    store = Store.open(copy, clock=SystemClock())
    try:
        before = [*_state(store)]
        Keeper(store=store, clock=SystemClock()).rebuild()
        after = [*_state(store)]
    finally:
        store.close()

    assert before[0].num_rows > 0
    for was, rebuilt in zip(before, after, strict=True):
        assert rebuilt.num_rows == was.num_rows
        assert rebuilt.equals(was)


def _state(store: Store) -> Iterator[pa.Table]:
    for view in ("transactions", "steps"):
        yield store.lend_reader(lambda cursor, view=view: cursor.sql(f"FROM {view} ORDER BY ALL").to_arrow_table())


@dataclass(slots=True)
class Killing:
    """What became of a sidecar that was killed again and again.

    `kept_unanswered` counts transactions that were stored although their answer was lost: what came again.
    """

    lives: int = 0
    killed_before_ready: int = 0
    kept_unanswered: int = 0
    notices: list[str] = field(default_factory=list)


async def kill_often(data: Path, senders: Senders, *, kills: int, seed: int, longest_s: float) -> Killing:
    """Kill a sidecar at random moments of its life while clients send; every fifth one while it may still start."""
    chance, killing = random.Random(seed), Killing()
    for kill in range(kills):
        killing.lives += 1
        with start(data) as served:
            if kill % 5 == 4:
                await asyncio.sleep(chance.uniform(0.3, 1.5))
                served.end(signal.SIGKILL)
                killing.killed_before_ready += "sidecar started" not in served.said()
            else:
                assert await asyncio.to_thread(served.wait_ready), served.said()
                killing.kept_unanswered += _present(served.client, senders.waiting)
                sending = asyncio.create_task(senders.send_to(served))
                await asyncio.sleep(chance.uniform(0.05, longest_s))
                served.end(signal.SIGKILL)
                await sending
        killing.notices += lines(served, "store mended")
    return killing


def lines(served: Served, *words: str) -> list[str]:
    """The lines on stderr that have all of these words."""
    return [line for line in served.said().splitlines() if all(word in line for word in words)]


def unexpected(served: Served, allowed: Iterable[str] = ()) -> list[str]:
    """The lines on stderr that warn of something other than what is allowed."""
    warned = [line for line in served.said().splitlines() if " info sagascope" not in line]
    return [line for line in warned if not any(words in line for words in allowed)]
