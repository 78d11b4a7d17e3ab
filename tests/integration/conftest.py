"""A running OTLP collector in front of a sink that keeps what it is given; a real Kafka for who asks for one."""

import asyncio
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from collectors.otlp.plugin import COLLECTOR_TYPE
from tests.brokers import Broker, running_broker
from tracer.clock import SystemClock
from tracer.model.keys import CORRELATION_KEYS
from tracer.ports import Collector, Position, Signal, Wiring


@dataclass
class KeepingSink:
    """Keeps rows; `errors` are raised by the next writes, one each; a write waits while `gate` is shut."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, batch: pa.RecordBatch, *, positions: Sequence[Position] = ()) -> None:
        """Keep a batch."""
        assert () == positions
        self.entered.set()
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.rows += batch.to_pylist()


@dataclass
class KeepingTap:
    """Keeps what it is shown."""

    offers: list[tuple[Signal, bytes]] = field(default_factory=list)

    def offer(self, signal: Signal, body: bytes) -> None:
        """Keep a body."""
        self.offers.append((signal, body))


@dataclass(frozen=True)
class Running:
    """A collector that listens."""

    collector: Collector
    sink: KeepingSink
    tap: KeepingTap

    @property
    def grpc(self) -> str:
        """HOST:PORT."""
        return self.collector.status().listening["otlp_grpc"]

    @property
    def http(self) -> str:
        """The URL before /v1."""
        return f"http://{self.collector.status().listening['otlp_http']}"

    @property
    def counted(self) -> dict[str, int]:
        """The counters that are not 0."""
        return {name: count for name, count in self.collector.status().counters.items() if count}


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""

    cert: Path
    key: Path


Scenario = Callable[[Running], Awaitable[None]]


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Run one Kafka node for all tests that share it; each has topics and groups of its own."""
    with tempfile.TemporaryDirectory(prefix="sagascope-kafka-") as folder, running_broker(Path(folder)) as running:
        yield running


@pytest.fixture
def with_otlp() -> Callable[..., None]:
    """Run a scenario against an OTLP collector on free ports; keyword arguments are its options."""

    def run(scenario: Scenario, **options: Any) -> None:
        asyncio.run(_run(scenario, options))

    return run


@pytest.fixture
def certificate(scratch: Path, require_program: Callable[[str], str]) -> Certificate:
    """Make a certificate with the real openssl."""
    made = Certificate(cert=scratch / "cert.pem", key=scratch / "key.pem")
    subprocess.run(
        [
            require_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made.key, "-out", made.cert,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


async def _run(scenario: Scenario, options: dict[str, Any]) -> None:
    sink, tap = KeepingSink(), KeepingTap()
    sink.gate.set()
    wiring = Wiring(name="otlp", sink=sink, clock=SystemClock(), correlation_keys=CORRELATION_KEYS, tap=tap)
    free = {"grpc": "127.0.0.1:0", "http": "127.0.0.1:0"}
    collector = COLLECTOR_TYPE.build(COLLECTOR_TYPE.options(**(free | options)), wiring)
    await collector.start()
    try:
        await scenario(Running(collector=collector, sink=sink, tap=tap))
    finally:
        sink.gate.set()
        await collector.stop()
