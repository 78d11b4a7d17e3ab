"""Real sidecars that read a real broker and are killed at random, and the count of what they stored."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from tests.brokers import Broker
from tests.faults import PATIENCE_S, Served, lines, start, start_ready, unexpected, value
from tests.kafka_parts import event, make_topic, producer

TOPIC: Final = "events"
PARTITIONS: Final = 12
_SLICES: Final = 200
_CONFIGURATION: Final = """
[collectors.otlp]

[collectors.kafka]
bootstrap_servers = ["{address}"]
topics = ["{topic}"]
group = "exactly-once"
session_timeout = "1500ms"
mapping = [{{ transaction_id = "$.id" }}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was stored in all stores together: records, different ones, and different numbers of events."""

    records: int
    different: int
    events: int
    codes: Sequence[int]
    complaints: Sequence[str]


def exactly_once(
    broker: Broker, folder: Path, *, events: int, kills: int, restarts: int, seed: int, instances: int = 1
) -> Outcome:
    """Send numbered events while instances, each with a store of its own, are killed and the broker is restarted.

    Every instance is killed `kills` times. Then they are left alone until they have everything.
    """
    config = folder / "sagascope.toml"
    config.write_text(_CONFIGURATION.format(address=broker.address, topic=TOPIC), encoding="utf-8")
    stores = [folder / f"store-{n}.duckdb" for n in range(instances)]
    return asyncio.run(_run(broker, config, stores, events=events, kills=kills, restarts=restarts, seed=seed))


async def _run(
    broker: Broker, config: Path, stores: Sequence[Path], *, events: int, kills: int, restarts: int, seed: int
) -> Outcome:
    await make_topic(broker.address, TOPIC, PARTITIONS)
    chance = random.Random(seed)
    killing = [
        asyncio.create_task(_lives(store, config, kills, random.Random(seed + n))) for n, store in enumerate(stores)
    ]
    sending = asyncio.create_task(_send(broker.address, events, over_s=3.0 * kills))
    for _ in range(restarts):
        await asyncio.sleep(chance.uniform(1.0, 3.0 * kills / restarts))
        await asyncio.to_thread(broker.restart)
    await asyncio.gather(*killing, sending)
    served = [await asyncio.to_thread(start_ready, store, "--config", str(config)) for store in stores]
    try:
        await _until_quiet(served, events)
        codes = [each.end(signal.SIGTERM) for each in served]
    finally:
        for each in served:
            if each.alive:
                each.end(signal.SIGKILL)
    complaints = [line for each in served for line in unexpected(each, ["sagascope.kafka", "unfinished write"])]
    return _count(stores, codes, complaints)


async def _lives(store: Path, config: Path, kills: int, chance: random.Random) -> None:
    for _ in range(kills):
        with start(store, "--config", str(config)) as served:
            assert await asyncio.to_thread(served.wait_ready), served.said()
            await asyncio.sleep(chance.uniform(0.2, 4.5))
            served.end(signal.SIGKILL)
        assert [] == [line for line in lines(served, "store mended") if "unfinished write" not in line]


async def _send(address: str, events: int, *, over_s: float) -> None:
    """Send every number once, evenly over a time, whatever the broker does meanwhile."""
    size = max(1, events // _SLICES)
    async with producer(address, enable_idempotence=True, linger_ms=5, request_timeout_ms=120_000) as client:
        for first in range(0, events, size):
            numbers = range(first, min(events, first + size))
            sent = [await client.send(TOPIC, event(number)) for number in numbers]
            await asyncio.gather(*sent)
            await asyncio.sleep(over_s / _SLICES)


async def _until_quiet(served: Sequence[Served], events: int) -> None:
    """Wait until the stores have that many records together and no more come; fails when nothing comes for long."""
    loop = asyncio.get_running_loop()
    last, since_s = -1, loop.time()
    while True:
        counts = [await asyncio.to_thread(value, each.client, "SELECT count(*) FROM record") for each in served]
        if sum(counts) != last:
            last, since_s = sum(counts), loop.time()
        quiet_s = loop.time() - since_s
        if (last >= events and quiet_s > 4) or quiet_s > PATIENCE_S:
            return
        await asyncio.sleep(0.5)


def _count(stores: Sequence[Path], codes: Sequence[int], complaints: Sequence[str]) -> Outcome:
    with duckdb.connect() as connection:
        for n, store in enumerate(stores):
            connection.execute(f"ATTACH '{store}' AS s{n}")
        every = " UNION ALL ".join(f"SELECT uid, transaction_id FROM s{n}.record" for n in range(len(stores)))  # noqa: S608  our own names
        counts = f"SELECT count(*), count(DISTINCT uid), count(DISTINCT transaction_id) FROM ({every})"  # noqa: S608  likewise
        row = connection.execute(counts).fetchall()[0]
    return Outcome(records=row[0], different=row[1], events=row[2], codes=codes, complaints=complaints)
