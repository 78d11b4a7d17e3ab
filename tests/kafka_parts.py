"""What tests of the Kafka collector share: a store in memory, a plain decoder, and traffic for a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import pyarrow as pa
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import OffsetOutOfRangeError

from collectors.kafka.collector import KafkaCollector
from collectors.kafka.health import Health
from collectors.kafka.messages import refused as refuse
from collectors.kafka.options import KafkaOptions, check
from collectors.kafka.pipeline import Pipeline
from collectors.kafka.session import FirstLook, Session
from collectors.kafka.tally import Tally
from tracer.clock import SystemClock
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import rows_to_batch
from tracer.ports import CollectorStatus, Decoded, Position, Refused, Wiring

WITHIN_S: Final = 40.0


@dataclass
class MemoryStore:
    """Sink and ledger: one by uid, positions with their records; `errors` are raised by the next writes."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    writes: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def write(
        self, batch: pa.RecordBatch, *, positions: Sequence[Position] = (), refused: Refused | None = None
    ) -> None:
        """Keep all of it, or raise and keep nothing."""
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        at = {position.key: position.value for position in positions}
        self.writes.append((batch.num_rows, at))
        self.rows |= {row["uid"]: row for row in batch.to_pylist()}
        self.refused += refused.messages.to_pylist() if refused else []
        self.kept |= at

    async def positions(self, source: str) -> Mapping[str, str]:
        """Give what was kept; this twin has one source."""
        assert source
        return dict(self.kept)

    async def note_progress(self, source: str, samples: pa.RecordBatch) -> None:
        """Keep samples."""
        assert source
        self.progress += samples.to_pylist()


@dataclass(frozen=True)
class Message:
    """What aiokafka gives for a message, as far as it is looked at."""

    offset: int
    value: bytes | None = b"{}"
    key: bytes | None = None
    timestamp: int = 1
    headers: tuple[tuple[str, bytes], ...] = ()
    serialized_key_size: int = 0
    serialized_value_size: int = 2


class MemoryConsumer:
    """A client as aiokafka's: what `unreadable` ranges cover raises when it is read, and what was read with it is lost.

    `reads` has the partition (None: all) and the limit of each read; `before_read` is awaited first; so many `empty`
    reads give nothing.
    """

    def __init__(
        self, log: Mapping[TopicPartition, Sequence[Message]], unreadable: Mapping[TopicPartition, Sequence[range]]
    ) -> None:
        self.log = {one: list(messages) for one, messages in log.items()}
        self.unreadable = unreadable
        self.at: dict[TopicPartition, int] = dict.fromkeys(log, 0)
        self.group: dict[TopicPartition, int] = {}
        self.commits: list[dict[TopicPartition, int]] = []
        self.reads: list[tuple[TopicPartition | None, int]] = []
        self.empty = 0
        self.before_read: Callable[[], Awaitable[None]] | None = None
        self.damage: Exception = ValueError("no header")
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=self))

    @property
    def tps(self) -> Collection[TopicPartition]:
        """Name what is assigned, as the client's own state does."""
        return self.at.keys()

    def state_value(self, partition: TopicPartition) -> Any:
        """Give the client's own state of a partition."""
        return SimpleNamespace(position=self.at[partition], has_valid_position=True)

    def subscription(self) -> frozenset[str]:
        """Name the topics."""
        return frozenset(one.topic for one in self.log)

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Name a topic's partitions."""
        return {one.partition for one in self.log if one.topic == topic}

    def assignment(self) -> frozenset[TopicPartition]:
        """All of them."""
        return frozenset(self.at)

    def highwater(self, partition: TopicPartition) -> int:
        """Give the end."""
        return self._end(partition)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go somewhere."""
        self.at[partition] = offset

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Message]]:
        """Give what comes at the positions, or fail."""
        assert timeout_ms >= 0
        await asyncio.sleep(0)
        if self.before_read is not None:
            await self.before_read()
        left = max_records or 10**9
        self.reads.append((partitions[0] if partitions else None, left))
        if self.empty:
            self.empty -= 1
            return {}
        given: dict[TopicPartition, list[Message]] = {}
        for one in partitions or self.log:
            given[one] = self._read(one, left)
            left -= len(given[one])
        return {one: messages for one, messages in given.items() if messages}

    def _read(self, one: TopicPartition, most: int) -> list[Message]:
        messages, at = [], self.at[one]
        if at > self._end(one):
            raise OffsetOutOfRangeError({one: at})
        while len(messages) < most and at < self._end(one):
            if any(at in damaged for damaged in self.unreadable.get(one, ())):
                raise self.damage
            messages += [message for message in self.log[one] if message.offset == at]
            at += 1
        self.at[one] = at
        return messages

    def _end(self, one: TopicPartition) -> int:
        ends = [damaged.stop for damaged in self.unreadable.get(one, ())]
        return max([*ends, *(message.offset + 1 for message in self.log[one])], default=0)

    async def beginning_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the beginnings."""
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the ends."""
        return {one: self._end(one) for one in partitions}

    async def offsets_for_times(self, times: Mapping[TopicPartition, int]) -> dict[TopicPartition, Any]:
        """Take times for offsets."""
        return {one: SimpleNamespace(offset=at) if at < self._end(one) else None for one, at in times.items()}

    async def committed(self, partition: TopicPartition) -> int | None:
        """Give the group's offset."""
        return self.group.get(partition)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Keep what is committed."""
        self.commits.append(dict(offsets))
        self.group |= offsets


class JsonDecoder:
    """Makes an event of each JSON object; refuses anything else."""

    def decode(self, messages: pa.RecordBatch, *, received_ns: int) -> Decoded:
        """Decode message by message."""
        rows, bad = [], []
        for at, message in enumerate(messages.to_pylist()):
            if message["value"] is None:
                continue
            place = f"{message['topic']}/{message['partition']}/{message['offset']}"
            try:
                event = json.loads(message["value"])
            except ValueError:
                bad.append(refuse(messages.slice(at, 1), "not JSON"))
            else:
                said = {"uid": place, "position": place, "transaction_id": str(event.get("id")), "source": "kafka"}
                rows.append(said | {"at_ns": message["at_ns"], "received_ns": received_ns, "name": "event"})
        table = pa.Table.from_batches(bad, schema=REJECTED_SCHEMA).combine_chunks().to_batches()
        none = pa.RecordBatch.from_pylist([], schema=REJECTED_SCHEMA)
        return Decoded(records=rows_to_batch(rows), refused=table[0] if table else none)


def make(store: MemoryStore, decoder: Any = None, **options: Any) -> KafkaCollector:
    """Make a collector that writes to memory; options as in its table, quick to discover."""
    given = KafkaOptions(**({"start": "earliest", "discover_every": 0.5, "progress_max_groups": 0} | options))
    wiring = Wiring(name="kafka", sink=store, clock=SystemClock(), correlation_keys=("id",), ledger=store)
    return KafkaCollector(check(given, name="kafka"), decoder or JsonDecoder(), wiring)


@asynccontextmanager
async def collecting(store: MemoryStore, decoder: Any = None, **options: Any) -> AsyncIterator[KafkaCollector]:
    """Run a collector until the block ends."""
    collector = make(store, decoder, **options)
    await collector.start()
    try:
        yield collector
    finally:
        await collector.stop()


@asynccontextmanager
async def session_of(
    consumer: Any, *, store: MemoryStore | None = None, **options: Any
) -> AsyncIterator[tuple[Session, MemoryStore, Tally, Health]]:
    """Give a session of a client in memory, its store, counts and health; ends when all it read is stored."""
    store, tally, health = store or MemoryStore(), Tally(), Health("kafka")
    plan = check(KafkaOptions(**({"topics": ("orders",), "start": "earliest"} | options)), name="kafka")
    wiring = Wiring(name="kafka", sink=store, clock=SystemClock(), correlation_keys=(), ledger=store)
    with ThreadPoolExecutor(1) as thread:
        async with Pipeline(
            decoder=JsonDecoder(), thread=thread, wiring=wiring, tally=tally, health=health
        ) as pipeline:
            session = Session(
                consumer=consumer, plan=plan, source="kafka", ledger=store, pipeline=pipeline, tally=tally,
                health=health, first=FirstLook(),
            )  # fmt: skip
            yield session, store, tally, health
            assert await pipeline.wait_for(batches=0, size_bytes=0, within_s=10)


async def until(condition: Callable[[], Any], what: str = "") -> None:
    """Wait until a condition holds; fails the test when it does not in time."""
    try:
        async with asyncio.timeout(WITHIN_S):
            while not condition():  # noqa: ASYNC110  a collector tells nobody
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it did not come to pass: {what or condition}") from None


def options_of(address: str, name: str) -> dict[str, Any]:
    """Give the options of a collector with a topic and a group of its own."""
    return {"bootstrap_servers": (address,), "topics": (name,), "group": name}


def topic_of(options: Mapping[str, Any]) -> str:
    """Name the topic in such options."""
    return str(options["topics"][0])


def numbers(store: MemoryStore) -> list[int]:
    """Give the numbers of the events that a store has, one for each record."""
    return sorted(int(row["transaction_id"]) for row in store.rows.values())


async def arrives(address: str, topic: str, **options: Any) -> None:
    """Let ten events of a new topic arrive through a collector with options; `address` is the broker's plain one."""
    store = MemoryStore()
    await make_topic(address, topic)
    await send_events(address, topic, range(10))
    async with collecting(store, **(options | {"topics": (topic,), "group": topic})) as collector:
        await until(lambda: len(store.rows) == 10, str(collector.status()))


async def told(collector: KafkaCollector, words: str) -> CollectorStatus:
    """Wait until the collector's one line has these words; its status then."""
    try:
        await until(lambda: words in collector.status().detail)
    except AssertionError:
        raise AssertionError(f'"{words}" is not in: {collector.status()}') from None
    return collector.status()


async def make_topic(address: str, name: str, partitions: int = 1) -> None:
    """Make a topic."""
    async with admin(address) as client:
        await client.create_topics([NewTopic(name, partitions, 1)])


@asynccontextmanager
async def admin(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client."""
    client = AIOKafkaAdminClient(bootstrap_servers=address)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def producer(address: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer that waits for nothing but its acknowledgements."""
    async with AIOKafkaProducer(bootstrap_servers=address, **options) as client:
        yield client


async def send_events(
    address: str, topic: str, numbers: Sequence[int], *, partition: int | None = None, size: int = 0
) -> None:
    """Send numbered events: `{"id": "7"}`, filled up to a size in bytes."""
    async with producer(address, linger_ms=5, max_batch_size=128 * 1024) as client:
        sent = [await client.send(topic, event(number, size), partition=partition) for number in numbers]
        await asyncio.gather(*sent)


def event(number: int, size: int = 0) -> bytes:
    """Write one numbered event."""
    text = json.dumps({"id": str(number)})
    return (text[:-1] + f', "fill": "{"x" * max(0, size - len(text) - 12)}"}}' if size else text).encode()
