"""Kafka events into the store, beside a bare loop that reads the same topic and does nothing with it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer

from tests.bench.report import Report
from tests.brokers import ROOT, Broker, free_port
from tests.faults import start_ready, wait_folded
from tests.kafka_parts import make_topic, producer
from tracer.client import Client

EVENTS: Final = 400_000
EVENT_BYTES: Final = 400
PARTITIONS: Final = 12
_PER_TRANSACTION: Final = 4
_STEPS: Final = ("place-order", "reserve-inventory", "charge-payment", "ship-order")
_TOPIC: Final = "orders"
_FETCH_BYTES: Final = 16 * 2**20
_PATIENCE_S: Final = 120.0
_CONFIGURATION: Final = """
[collectors.otlp]

[collectors.kafka]
bootstrap_servers = ["{address}"]
topics = ["{topic}"]

[[collectors.kafka.mapping]]
transaction_id = "$.order_id"
saga = "=order"
step = "$.step"
phase = "$.phase"
owner = "$.service"
message_id = "$.id"
"""


def events(folder: Path, report: Report) -> None:
    """JSON events of 400 bytes, six fields mapped."""
    if not (ROOT / ".cache" / "kafka" / "stamp").exists():
        report.say("kafka: not measured: scripts/kafka.sh fetch brings the broker")
        return
    broker = Broker(folder=folder / "kafka", port=free_port(), sasl_port=free_port())
    broker.start()
    try:
        asyncio.run(_fill(broker.address))
        before = asyncio.run(_bare(broker.address))
        rate, lag_s = _collected(folder, broker.address)
        after = asyncio.run(_bare(broker.address))
    finally:
        broker.kill()
    floor = (before + after) / 2
    report.say(f"floor: a bare getmany loop over the same topic: {floor:,.0f} events/s ({before:,.0f}, {after:,.0f})")
    report.at_least("kafka events into the store, 400 B, six fields", rate, 40_000, "events/s")
    report.at_least("  against the floor", rate / floor, 0.5, "of it")
    report.at_most("  folded after the last commit", lag_s, 2.0, "s")


async def _fill(address: str) -> None:
    await make_topic(address, _TOPIC, PARTITIONS)
    async with producer(address, linger_ms=20, max_batch_size=256 * 1024, acks=1) as client:
        for first in range(0, EVENTS, 10_000):
            numbers = range(first, first + 10_000)
            sent = [await client.send(_TOPIC, _event(number), key=_order(number).encode()) for number in numbers]
            await asyncio.gather(*sent)


def _order(number: int) -> str:
    return f"ORD-{number // _PER_TRANSACTION:010d}"


def _event(number: int) -> bytes:
    step = _STEPS[number % _PER_TRANSACTION]
    said = {
        "id": f"evt-{number:012d}",
        "order_id": _order(number),
        "step": step,
        "phase": "completed",
        "service": f"{step}-service",
        "amount": number % 1000 / 10,
        "customer": {"id": number % 5000, "country": "PT"},
    }
    bare = json.dumps(said | {"note": ""})
    return json.dumps(said | {"note": "x" * (EVENT_BYTES - len(bare))}).encode()


async def _bare(address: str) -> float:
    """Read everything with the options that the collector has; events a second from the first batch on."""
    consumer = AIOKafkaConsumer(
        _TOPIC, bootstrap_servers=address, auto_offset_reset="earliest", isolation_level="read_committed",
        fetch_max_bytes=_FETCH_BYTES,
    )  # fmt: skip
    async with consumer:
        counted, first, begun = 0, 0, 0.0
        while counted < EVENTS:
            read = sum(map(len, (await consumer.getmany(timeout_ms=1000, max_records=20_000)).values()))
            if not begun:
                begun, first = time.monotonic(), read
            counted += read
        return (counted - first) / (time.monotonic() - begun)


def _collected(folder: Path, address: str) -> tuple[float, float]:
    """Let a sidecar read everything; events a second from the first commit on, and how long the fold took after."""
    config = folder / "sagascope.toml"
    config.write_text(_CONFIGURATION.format(address=address, topic=_TOPIC), encoding="utf-8")
    with start_ready(folder / "kafka.duckdb", "--config", str(config)) as served:
        client = served.client
        first, begun = 0, time.monotonic()
        until = begun + _PATIENCE_S
        while not first:
            first, begun = _messages(client), time.monotonic()
            _give_up_after(until)
        done = first
        while done < EVENTS:
            done = _messages(client)
            _give_up_after(until)
            time.sleep(0.1)
        took = time.monotonic() - begun
        start = time.monotonic()
        wait_folded(client)
        return (EVENTS - first) / took, time.monotonic() - start


def _messages(client: Client) -> int:
    views = client.collectors().collectors
    return next(view.counters["records"] for view in views if view.name == "kafka")


def _give_up_after(until: float) -> None:
    if time.monotonic() > until:
        raise RuntimeError("the collector did not read everything in time")
