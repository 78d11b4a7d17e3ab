"""One life of a consumer: subscribe, seek to what the store has, read until something breaks.

Facts about aiokafka that shape this (0.13, 0.14): what a rebalance listener raises is swallowed, so the listener only
takes notes and the loop that reads does the seeking; after an assignment the client may fetch from the group's
offset before anybody seeks, so what comes from a partition that was not sought is thrown away;
`on_partitions_revoked` is not called before `stop()`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from collectors.kafka.committing import GroupOffset
from collectors.kafka.health import Health
from collectors.kafka.messages import to_batch
from collectors.kafka.options import Plan
from collectors.kafka.pipeline import Chunk, Pipeline, position_key
from collectors.kafka.starting import chosen, known
from collectors.kafka.tally import Tally
from collectors.kafka.unreadable import NO_POSITION, Detour, is_unreadable, position_of
from tracer.errors import SagascopeError
from tracer.ports import Ledger

_POLL_MS: Final = 500
_ASK_TIMEOUT_S: Final = 20.0  # for offsets of the cluster
_SETTLE_S: Final = 10.0  # for what was read, before its partitions are given away or at the end
_HOLD_S: Final = 5.0  # without room for so long, partitions are paused and the group is kept
_SWEEP_S: Final = 2.0  # positions that moved without messages
_COMMIT_S: Final = 1.0  # offsets to Kafka
_STOP_S: Final = 10.0
_REBALANCE_MS: Final = 60_000


class FirstLook:
    """Which partitions there were when we first looked; kept over sessions."""

    def __init__(self) -> None:
        self._looked = False
        self.there: frozenset[TopicPartition] = frozenset()

    def look(self, there: Collection[TopicPartition]) -> None:
        """Keep the first of all looks."""
        if not self._looked:
            self._looked, self.there = True, frozenset(there)


class Session(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads topics into a pipeline. Made for one consumer that was not started yet; used once."""

    def __init__(
        self, *, consumer: Any, plan: Plan, source: str, ledger: Ledger | None, pipeline: Pipeline, tally: Tally,
        health: Health, first: FirstLook,
    ) -> None:  # fmt: skip
        self._consumer = consumer
        self._plan = plan
        self._source = source
        self._ledger = ledger
        self._pipeline = pipeline
        self._tally = tally
        self._health = health
        self._first = first
        self._unsought: set[TopicPartition] = set()
        self._group_offset = GroupOffset(consumer=consumer, tally=tally)
        self._detour = Detour(reading=self, consumer=consumer, options=plan.options, tally=tally, health=health)
        self.assignments = 0  # grows with each: what was read for another one does not count
        self.next: dict[TopicPartition, int] = {}  # where a sought partition goes on

    async def run(self, *beside: Coroutine[Any, Any, None]) -> None:
        """Read until cancelled; raises what broke it, or what runs beside it.

        The pipeline is settled and the consumer closed at the end.
        """
        try:
            await self._consumer.start()
            self._consumer.subscribe(pattern=self._plan.wanted.pattern, listener=self)
            async with asyncio.TaskGroup() as tasks:
                for work in (self._read(), self._commit_regularly(), *beside):
                    tasks.create_task(work)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await self._close()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Let what was read be stored, then forget where we were."""
        try:
            if revoked:
                await self._settle()
        finally:
            self.next.clear()
            self._unsought.clear()
            self._group_offset.forget()
            self.assignments += 1
            self._pipeline.discard()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Note what is to be sought before it counts."""
        self._tally.add("rebalances")
        self._first.look(self._there())
        self.next.clear()
        self.assignments += 1
        self._unsought = set(assigned)

    async def _read(self) -> None:
        swept_s = now_s = asyncio.get_running_loop().time()
        while True:
            self._pipeline.check()
            await self._seek()
            await self.room()
            await self._poll()
            now_s = asyncio.get_running_loop().time()
            if now_s - swept_s > _SWEEP_S:
                swept_s = now_s
                self._sweep()

    async def _poll(self) -> None:
        most = self._plan.options.max_poll_records
        try:
            fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=most)
        except OffsetOutOfRangeError as gone:
            await self._jump(gone.args[0])
        except NO_POSITION:
            await asyncio.sleep(_POLL_MS / 10_000)  # between an assignment and its seek, nothing else
        except Exception as unread:
            if not is_unreadable(unread):
                raise
            self._detour.seek_again()
            await self._detour.read()
        else:
            self.take(fetched)

    def take(self, fetched: Mapping[TopicPartition, list[Any]]) -> None:
        """Hand over what came from partitions that were sought; no wait between reading and this."""
        ours = {one: messages for one, messages in fetched.items() if one in self.next and messages}
        if not ours:
            return
        ends = {one: messages[-1].offset + 1 for one, messages in ours.items()}
        self.next.update(ends)
        self._put(ends, ours)

    def _put(self, ends: Mapping[TopicPartition, int], fetched: Mapping[TopicPartition, list[Any]]) -> None:
        """Make columns of it at once: the objects of the client take twice as much, and the collector of garbage."""
        messages = to_batch({(one.topic, one.partition): came for one, came in fetched.items()})
        self._pipeline.put(
            Chunk(messages=messages, positions={(one.topic, one.partition): end for one, end in ends.items()})
        )

    def _sweep(self) -> None:
        """Store positions that moved over offsets without messages: transactions' marks, what was aborted."""
        moved = {
            one: at for one in self.next if (at := position_of(self._consumer, one)) is not None and at > self.next[one]
        }
        if moved:
            self.next.update(moved)
            self._put(moved, {})

    async def _seek(self) -> None:
        """Go to where the store stands in partitions that were just assigned."""
        wanted = set(self._unsought)
        if not wanted:
            return
        try:
            offsets, fresh = await self._offsets(wanted)
        except (KafkaError, SagascopeError, TimeoutError, ValueError) as failed:
            words = str(failed) or type(failed).__name__
            self._health.trouble("positions", f"no position for {len(wanted)} partitions yet ({words}); asked again")
            await asyncio.sleep(_POLL_MS / 1000)
            return
        if not wanted <= self._unsought or not wanted <= self._consumer.assignment():
            return  # given away meanwhile
        for one, offset in offsets.items():
            self._consumer.seek(one, offset)
            self.next[one] = offset
        self._unsought -= wanted
        self._health.well("positions")
        if fresh:
            # Known from now on: where reading began must not depend on whether something came before a crash.
            self._put({one: offsets[one] for one in fresh}, {})

    async def _offsets(self, wanted: set[TopicPartition]) -> tuple[dict[TopicPartition, int], set[TopicPartition]]:
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            stored = await self._ledger.positions(self._source) if self._ledger is not None else {}
            offsets = known(stored, wanted)
            rest = wanted - offsets.keys()
            begun = await chosen(self._consumer, self._plan.start, rest, new=rest - self._first.there)
        return offsets | begun, rest

    def _there(self) -> set[TopicPartition]:
        """Name the partitions that the cluster has of our topics."""
        topics = self._consumer.subscription()
        return {TopicPartition(topic, n) for topic in topics for n in self._consumer.partitions_for_topic(topic) or ()}

    async def _jump(self, gone: Mapping[TopicPartition, int]) -> None:
        """Go on from the earliest message that is left, and say what was lost."""
        ours = [one for one in gone if one in self.next]
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            firsts = await self._consumer.beginning_offsets(ours)
            ends = await self._consumer.end_offsets(ours)
        for one in ours:
            if one not in self.next or self.next[one] != gone[one]:
                continue
            first, was = firsts[one], gone[one]
            lost = max(0, first - was)
            self._tally.add("lost_offsets", lost)
            place = f"{position_key((one.topic, one.partition))}: offset {was}"
            why = f"{place} is gone from the broker, which has {first} to {ends[one]}; read on at {first}"
            self._health.note(f"{why}: {lost} offsets are lost" if lost else f"{why}: the topic was cut or made anew")
            if first <= was:
                self._group_offset.begin_anew(one)
            self.go_on(one, first)

    def go_on(self, one: TopicPartition, offset: int) -> None:
        """Read on at another offset, and store that as the position."""
        self._consumer.seek(one, offset)
        self.next[one] = offset
        self._put({one: offset}, {})

    async def room(self) -> None:
        """Wait until more may be read. After a while partitions are paused and polled, so that the group stays."""
        options = self._plan.options
        batches, size = options.max_in_flight - 1, options.max_queued_bytes
        if await self._pipeline.wait_for(batches=batches, size_bytes=size, within_s=_HOLD_S):
            return
        while not await self._pipeline.wait_for(batches=batches, size_bytes=size, within_s=_POLL_MS / 1000):
            self._pipeline.check()
            self._consumer.pause(*self._consumer.assignment())
            await self._poll_paused()
            await self._seek()
        self._consumer.resume(*(set(self._consumer.paused()) & self._consumer.assignment()))

    async def _poll_paused(self) -> None:
        """Poll for the group's sake: only a partition that a rebalance gave back brings something, or fails."""
        try:
            self.take(await self._consumer.getmany(timeout_ms=0))
        except OffsetOutOfRangeError as gone:
            await self._jump(gone.args[0])
        except NO_POSITION:
            pass  # between an assignment and its seek
        except Exception as unread:
            if not is_unreadable(unread):
                raise
            self._detour.seek_again()  # what it is, the next read finds when there is room

    async def _settle(self) -> None:
        await self._pipeline.wait_for(batches=0, size_bytes=0, within_s=_SETTLE_S)
        await self._commit()

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_S)
            await self._commit()

    async def _commit(self) -> None:
        """Tell Kafka what the store has; nothing depends on it while the store knows the partition."""
        at = {TopicPartition(*one): offset for one, offset in self._pipeline.stored.items()}
        # What is stored beyond where we read is of a topic that was made anew since.
        await self._group_offset.commit({one: to for one, to in at.items() if to <= self.next.get(one, -1)})

    async def _close(self) -> None:
        """Store what was read, say so to Kafka, and leave the group; each only for so long."""
        with contextlib.suppress(Exception):  # the session ends either way, and its own failure is told
            async with asyncio.timeout(_STOP_S):
                await self._settle()
        # What the client's own tasks end with, a cancellation too, comes out of its stop(): it is not meant for us.
        for end in (self._consumer.stop, self._consumer._client.close):  # noqa: SLF001 - a stop() that fails leaves it open
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await asyncio.gather(end(), return_exceptions=True)


def make_consumer(plan: Plan, arguments: Mapping[str, Any]) -> Any:
    """Make a consumer that commits nothing and resets nothing by itself."""
    options = plan.options
    session_ms = round(options.session_timeout * 1000)
    return AIOKafkaConsumer(
        **arguments,
        group_id=options.group,
        auto_offset_reset="none",
        enable_auto_commit=False,
        isolation_level=options.isolation,
        metadata_max_age_ms=round(options.discover_every * 1000),
        fetch_max_bytes=options.max_fetch,
        max_partition_fetch_bytes=options.max_partition_fetch,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 3,
        rebalance_timeout_ms=max(_REBALANCE_MS, session_ms),
    )
