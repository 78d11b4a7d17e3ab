"""Reading on where the client cannot parse what the broker has: up to such bytes, and from after them.

aiokafka (0.13, 0.14) parses a producer's batch from its beginning at each read, so what follows unreadable bytes in
the same batch cannot be had either. Where a read raises, what it had read before is lost and the positions are not,
so every partition is sought again. Between two waits a partition may be given away, and even be ours again: nothing
is noted of it unless it is the same assignment, and it still stands where we began.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import zlib
from collections.abc import Mapping
from gzip import BadGzipFile
from typing import Any, Final, Protocol

import cramjam
from aiokafka import TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    IllegalStateError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from collectors.kafka.health import Health
from collectors.kafka.options import KafkaOptions
from collectors.kafka.pipeline import position_key
from collectors.kafka.tally import Tally
from tracer.model.text import clean

NO_POSITION: Final = (OffsetOutOfRangeError, NoOffsetForPartitionError, IllegalStateError)
_POLL_MS: Final = 500
_ANSWER_S: Final = 20.0  # for one offset to be found readable or not
_TRIES: Final = 3  # of a read that cannot be parsed, before it is given up
_PROBED: Final = 1_000  # offsets tried one by one, before larger steps are made
_REASON_LIMIT: Final = 300
_DAMAGED: Final = (CorruptRecordException, BadGzipFile, zlib.error, cramjam.DecompressionError)
_UNPARSED: Final = (ValueError, struct.error, EOFError)  # of them UnicodeDecodeError: a header's name


class Reading(Protocol):
    """The session that reads, as far as a detour needs it."""

    next: dict[TopicPartition, int]
    assignments: int

    def take(self, fetched: Mapping[TopicPartition, list[Any]]) -> None:
        """Hand over what came."""
        ...

    def go_on(self, one: TopicPartition, offset: int) -> None:
        """Read on at another offset, and store that as the position."""
        ...

    async def room(self) -> None:
        """Wait until more may be read."""
        ...


class Detour:
    """Reads around unreadable bytes, for one session; bounded as any read is."""

    def __init__(self, *, reading: Reading, consumer: Any, options: KafkaOptions, tally: Tally, health: Health) -> None:
        self._reading = reading
        self._consumer = consumer
        self._options = options
        self._tally = tally
        self._health = health

    async def read(self) -> None:
        """Read each partition that has something alone, up to the one that cannot be parsed: that one singly."""
        for one in list(self._reading.next):
            await self._reading.room()
            if self._has_more(one) and (unread := await self._took(one)) is not None:
                await self._read_singly(one, unread)
                return

    def seek_again(self) -> None:
        """Go back to where every partition stands, after a read that failed."""
        self._tally.add("retries_fetch")
        for one, offset in self._reading.next.items():
            with contextlib.suppress(IllegalStateError):  # given away just now
                self._consumer.seek(one, offset)

    def _has_more(self, one: TopicPartition) -> bool:
        """Whether the client saw more than we have taken; only such a partition can have failed."""
        at = self._reading.next.get(one)
        if at is None or one not in self._consumer.assignment():
            return False
        end = self._consumer.highwater(one)
        return end is not None and end > at

    async def _took(self, one: TopicPartition) -> Exception | None:
        """Take a poll of one partition; what failed when it cannot be parsed."""
        try:
            fetched = await self._consumer.getmany(one, timeout_ms=_POLL_MS, max_records=self._options.max_poll_records)
        except NO_POSITION:
            return None  # the next poll of all tells what to do
        except Exception as failed:
            if not is_unreadable(failed):
                raise
            return failed
        self._reading.take(fetched)
        return None

    async def _read_singly(self, one: TopicPartition, unread: Exception) -> None:
        """Read one partition message by message up to what cannot be read; step over that if it stays so."""
        for _ in range(_TRIES):
            await self._reading.room()
            if one not in self._reading.next or await self._took_singly(one):
                return
        if one in self._reading.next:
            await self._step_over(one, unread)

    async def _took_singly(self, one: TopicPartition) -> bool:
        """Take what can be read, a poll's worth at most; False when something could not."""
        assignment = self._reading.assignments
        taken: list[Any] = []
        try:
            self._consumer.seek(one, self._reading.next[one])
            await self._fill(taken, one)
        except NO_POSITION:
            return True
        except Exception as failed:
            if not is_unreadable(failed):
                raise
            return False
        finally:
            if assignment == self._reading.assignments and one in self._reading.next:
                self._reading.take({one: taken})
                with contextlib.suppress(IllegalStateError):  # given away just now
                    self._consumer.seek(one, self._reading.next[one])
        return True

    async def _fill(self, taken: list[Any], one: TopicPartition) -> None:
        size_bytes = 0
        while len(taken) < self._options.max_poll_records and size_bytes < self._options.max_fetch:
            fetched = await self._consumer.getmany(one, timeout_ms=_POLL_MS, max_records=1)
            if not (messages := fetched.get(one)):
                return
            taken += messages
            size_bytes += sum(each.serialized_key_size + each.serialized_value_size for each in messages)

    async def _step_over(self, one: TopicPartition, unread: Exception) -> None:
        """Go on at the first offset after an unreadable one that can be read, unless it was given away meanwhile."""
        first, assignment = self._reading.next[one], self._reading.assignments
        try:
            after = await self._readable_after(one, first)
        finally:
            ours = assignment == self._reading.assignments and self._reading.next.get(one) == first
            if ours:
                with contextlib.suppress(IllegalStateError):  # given away just now
                    self._consumer.seek(one, first)
        if not ours or after is None:
            return
        self._tally.add("lost_offsets", after - first)
        name = position_key((one.topic, one.partition))
        why = clean(str(unread), _REASON_LIMIT)
        self._health.note(f"{name}: offsets {first} to {after - 1} cannot be read ({why}); read on at {after}")
        self._reading.go_on(one, after)

    async def _readable_after(self, one: TopicPartition, first: int) -> int | None:
        """Find it one by one; past a bound double the step, then halve the range. None: no longer ours."""
        assignment = self._reading.assignments

        async def readable(offset: int) -> bool | None:
            found = await self._is_readable(one, offset)
            ours = assignment == self._reading.assignments and self._reading.next.get(one) == first
            return found if ours else None

        low, step = first, 1
        while not (found := await readable(low + step)):
            if found is None:
                return None
            low += step
            step = 1 if low - first < _PROBED else 2 * step
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if (found := await readable(middle)) is None:
                return None
            low, high = (low, middle) if found else (middle, high)
        return high

    async def _is_readable(self, one: TopicPartition, offset: int) -> bool:
        """Try to read one message at an offset; the end of the partition counts as readable, and nothing else empty.

        Raises TimeoutError where neither a message nor a failure comes.
        """
        async with asyncio.timeout(_ANSWER_S):
            while True:
                try:
                    self._consumer.seek(one, offset)
                    fetched = await self._consumer.getmany(one, timeout_ms=_POLL_MS, max_records=1)
                except NO_POSITION:
                    return True
                except Exception as failed:
                    if not is_unreadable(failed):
                        raise
                    return False
                if fetched.get(one) or (position_of(self._consumer, one) or 0) > offset:
                    return True
                if one not in self._consumer.assignment() or offset >= (await self._consumer.end_offsets([one]))[one]:
                    return True


def position_of(consumer: Any, partition: TopicPartition) -> int | None:
    """Give the client's own position without waiting for one."""
    subscription = consumer._subscription.subscription  # noqa: SLF001 - position() waits without an end
    if subscription is None or subscription.assignment is None or partition not in subscription.assignment.tps:
        return None
    state = subscription.assignment.state_value(partition)
    return int(state.position) if state.has_valid_position else None


def is_unreadable(failure: Exception) -> bool:
    """Tell bytes that cannot be parsed from anything else that fails: a cluster, a connection, a fault of ours."""
    if isinstance(failure, _DAMAGED):
        return True
    return isinstance(failure, _UNPARSED) and not isinstance(failure, OSError)  # some errors of TLS are both
