"""A service's way to Kafka: one producer, and one consumer in the group of its name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from tracer.clock import NS_PER_S, Clock
from tracer.demo.bus import backoff_s, deliveries_s
from tracer.demo.child import die, run_aside
from tracer.demo.faults import Plan
from tracer.demo.kafka import wire
from tracer.demo.kafka.place import REQUEST_TIMEOUT_MS, Place
from tracer.demo.world import Message, Refusal, Topics, Vanished

SYSTEM: Final = "kafka"
PUBLISH_TIMEOUT_S: Final = 30.0
POLL_MS: Final = 500
MAX_POLLED: Final = 64
MAX_MESSAGES: Final = 128
MAX_COMING_AGAIN: Final = 5_000
_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class KafkaBus:
    """Publishes and consumes for one service.

    Most services take a message over, commit it, and handle it beside others: what they lose then is lost.
    One that reads `one_by_one` commits a message when it is done with it, so its group's offset stands at
    the message that each partition is busy with.
    """

    place: Place
    service: str
    plan: Plan
    clock: Clock
    one_by_one: bool = False
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(MAX_MESSAGES, "process"))
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_MESSAGES))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _coming_again: int = 0
    _producer: Any = None
    _consumer: Any = None
    _leaving: bool = False

    @property
    def system(self) -> str:
        """Its kind, as spans name it."""
        return SYSTEM

    def start(self) -> None:
        """Connect. Raises KafkaError when no broker is there."""
        running = Event()
        self._loop.call_soon(running.set)
        run_aside(self._loop.run_forever, "kafka")
        running.wait()
        self._wait(self._connect(), PUBLISH_TIMEOUT_S)

    def publish(self, message: Message) -> None:
        """Write a message, twice where the plan has it delivered twice; return when the broker has the first."""
        first_s, *again_s = deliveries_s(self.plan, message)
        told = replace(message, at_ns=self.clock.now_ns())
        try:
            self._wait(self._send(told), PUBLISH_TIMEOUT_S)
        except (KafkaError, TimeoutError) as error:
            raise Refusal(f"the broker did not take {message.event}: {error or type(error).__name__}") from error
        for delay_s in again_s:
            self._soon(delay_s - first_s, lambda: self._send(told))

    def subscribe(self, topics: Topics) -> None:
        """Handle the messages of these topics from now on; return when the consumer has joined its group."""
        if topics:
            self._consumer = self._wait(self._join(topics), PUBLISH_TIMEOUT_S)
            self._wait(self._begin(self._consume(self._consumer, topics)), PUBLISH_TIMEOUT_S)

    def leave(self) -> None:
        """Leave the group, so that it does not wait for a member that is gone."""
        self._leaving = True
        if self._consumer is not None:
            self._wait(self._consumer.stop(), PUBLISH_TIMEOUT_S)

    async def _connect(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.place.bootstrap,
            client_id=self.service,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        await self._producer.start()

    async def _send(self, message: Message) -> None:
        await self._producer.send_and_wait(
            self.place.name(message.topic),
            wire.value(message),
            key=wire.key(message),
            headers=wire.headers(message, self.place),
            timestamp_ms=message.at_ns * 1000 // NS_PER_S,
        )

    async def _join(self, topics: Topics) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *(self.place.name(topic) for topic in topics),
            bootstrap_servers=self.place.bootstrap,
            client_id=self.service,
            group_id=self.place.name(self.service),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        await consumer.start()
        return consumer

    async def _consume(self, consumer: AIOKafkaConsumer, topics: Topics) -> None:
        while not self._leaving:
            for partition, records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_POLLED)).items():
                if self.one_by_one:
                    consumer.pause(partition)
                    await self._begin(self._work_off(consumer, partition, records, topics))
                else:
                    await self._take_over(consumer, partition, records, topics)

    async def _take_over(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[ConsumerRecord], topics: Topics
    ) -> None:
        for record in records:
            message = self._read(record)
            await self._slots.acquire()
            await self._begin(self._handle(message, topics[message.topic]))
        await _commit(consumer, partition, records[-1].offset + 1)

    async def _work_off(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[ConsumerRecord], topics: Topics
    ) -> None:
        for record in records:
            message = self._read(record)
            await self._slots.acquire()
            await self._handle(message, topics[message.topic])
            await _commit(consumer, partition, record.offset + 1)
        consumer.resume(partition)

    async def _handle(self, message: Message, handle: Callable[[Message], None]) -> None:
        """Let a thread handle a message; when somebody refuses, it comes again after the broker's backoff."""
        try:
            done = await self._loop.run_in_executor(self._workers, _attempt, handle, message)
        finally:
            self._slots.release()
        if done:
            return
        if self._coming_again >= MAX_COMING_AGAIN:
            _LOG.warning("message given up: %d wait for their next attempt already", MAX_COMING_AGAIN)
            return
        self._coming_again += 1
        again = replace(message, delivery=message.delivery + 1)
        self._soon(backoff_s(message.delivery), lambda: self._handle_again(again, handle))

    async def _handle_again(self, message: Message, handle: Callable[[Message], None]) -> None:
        self._coming_again -= 1
        await self._slots.acquire()
        await self._handle(message, handle)

    def _read(self, record: ConsumerRecord) -> Message:
        topic = self.place.plain(record.topic)
        return wire.message(
            topic, record.value or b"", record.headers, partition=record.partition, offset=record.offset
        )

    def _soon(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a coroutine after a while; from any thread."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            await work()

        asyncio.run_coroutine_threadsafe(self._begin(later()), self._loop)

    async def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside the others; an error that it does not handle ends the process."""
        task = self._loop.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _wait(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)


def _attempt(handle: Callable[[Message], None], message: Message) -> bool:
    try:
        handle(message)
    except Refusal:
        return False
    except Vanished:
        return True  # the story breaks off here, as it was meant to
    return True


async def _commit(consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> None:
    try:
        await consumer.commit({partition: offset})
    except KafkaError as error:
        # The group has moved on: whoever has the partition now reads these again.
        _LOG.warning("offset not committed: %s", error)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except ConsumerStoppedError:
        return  # the service leaves
    except Exception:  # noqa: BLE001  whatever it is, it is printed and nothing goes on after it
        die()
