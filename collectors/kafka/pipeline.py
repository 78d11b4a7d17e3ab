"""From what was read to what is stored: decode in a thread, write one batch at a time, in order.

While one batch is written the next is decoded, made of all that was read meanwhile: a batch costs the decoder and the
store some 30 ms however small it is. A batch and the positions after it are one commit; a batch that
the store cannot take now is tried again until it can, so nothing is skipped and the order holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

from collectors.kafka.decoding import NO_RECORDS, NOTHING, Made, decode, halves
from collectors.kafka.health import Health
from collectors.kafka.messages import places, refused
from collectors.kafka.tally import Tally
from tracer.errors import Busy, Rejected
from tracer.model.text import clean
from tracer.ports import MessageDecoder, Position, Refused, Wiring

Partition = tuple[str, int]
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_REASON_LIMIT: Final = 300
_MAX_ALONE: Final = 50  # records of a batch that the store rejects and that are looked for one by one
_MAX_TOGETHER: Final = 64  # that are refused at once after those
BATCH_MESSAGES: Final = 40_000  # at most, unless one read has more


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one poll gave, or several, as columns; and the next offset of each partition after it."""

    messages: pa.RecordBatch
    positions: Mapping[Partition, int]


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """Make one of several; each goes on where the one before it ends."""
    positions = {one: offset for chunk in chunks for one, offset in chunk.positions.items()}
    return Chunk(messages=pa.concat_batches([chunk.messages for chunk in chunks]), positions=positions)


@dataclass(frozen=True, slots=True)
class _Waiting:
    chunk: Chunk
    epoch: int
    bytes: int
    chunks: int = 1
    made: Made = NOTHING


class Pipeline:
    """Runs between `async with` and its end; `stored` is the next offset of each partition that the store has."""

    def __init__(
        self, *, decoder: MessageDecoder, thread: Executor, wiring: Wiring, tally: Tally, health: Health
    ) -> None:
        """`thread` runs one call at a time and outlives this: a decoder still at work is never called beside itself."""
        self._decoder = decoder
        self._thread = thread
        self._wiring = wiring
        self._tally = tally
        self._health = health
        self._fetched: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._later: _Waiting | None = None  # the first of another assignment, or of the next batch
        self._decoded: asyncio.Queue[_Waiting] = asyncio.Queue(maxsize=1)
        self._change = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._epoch = 0
        self.stored: Final[dict[Partition, int]] = {}
        self.batches = 0
        self.bytes = 0

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._decode_all()), asyncio.create_task(self._write_all())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._health.well("store")
        self._health.well("decoder")

    def check(self) -> None:
        """Raise what a task failed with; a failed task is a fault of ours, and only a new session mends it."""
        for task in self._tasks:
            if task.done():
                task.result()

    def put(self, chunk: Chunk) -> None:
        """Take what was read; whoever puts looks at `batches` and `bytes` before it reads more."""
        waiting = _Waiting(chunk, self._epoch, chunk.messages.nbytes)
        self.batches += 1
        self.bytes += waiting.bytes
        self._fetched.put_nowait(waiting)

    async def wait_for(self, *, batches: int, size_bytes: int, within_s: float) -> bool:
        """Wait until no more than this is on its way; False when that took too long."""
        try:
            async with asyncio.timeout(within_s), self._change:
                await self._change.wait_for(lambda: self.batches <= batches and self.bytes <= size_bytes)
        except TimeoutError:
            return False
        return True

    def discard(self) -> None:
        """Forget what is not stored yet: its partitions are given away, and it will be read again."""
        self._epoch += 1

    async def _decode_all(self) -> None:
        while True:
            first, self._later = self._later, None
            waiting = self._with_more(first or await self._fetched.get())
            await self._decoded.put(replace(waiting, made=await self._decode(waiting)))

    def _with_more(self, first: _Waiting) -> _Waiting:
        """Take what else was read, as long as it is of one assignment and not too much."""
        several, count = [first], first.chunk.messages.num_rows
        while not self._fetched.empty():
            later = self._fetched.get_nowait()
            count += later.chunk.messages.num_rows
            if later.epoch != first.epoch or count > BATCH_MESSAGES:
                self._later = later
                break
            several.append(later)
        if len(several) == 1:
            return first
        return _Waiting(
            chunk=joined([each.chunk for each in several]),
            epoch=first.epoch,
            bytes=sum(each.bytes for each in several),
            chunks=len(several),
        )

    async def _decode(self, waiting: _Waiting) -> Made:
        if not waiting.chunk.messages.num_rows:
            return NOTHING
        wait_s = _FIRST_WAIT_S
        while waiting.epoch == self._epoch:
            try:
                made = await asyncio.get_running_loop().run_in_executor(self._thread, self._make, waiting.chunk)
            except Busy as busy:
                wait_s = await self._wait("decoder", busy, wait_s)
            else:
                self._health.well("decoder")
                return made
        return NOTHING

    def _make(self, chunk: Chunk) -> Made:
        return decode(self._decoder, chunk.messages, received_ns=self._wiring.clock.now_ns())

    async def _write_all(self) -> None:
        while True:
            waiting = await self._decoded.get()
            try:
                await self._write(waiting)
            finally:
                self.batches -= waiting.chunks
                self.bytes -= waiting.bytes
                async with self._change:
                    self._change.notify_all()

    async def _write(self, waiting: _Waiting) -> None:
        """Write a batch; one that the store rejects in halves, the positions with the last part only."""
        wait_s = _FIRST_WAIT_S
        parts, records, bad, alone = [waiting.made], 0, 0, 0
        while waiting.epoch == self._epoch:
            part = parts[-1]
            try:
                await self._write_once(part, waiting.chunk.positions if len(parts) == 1 else {})
            except Busy as busy:
                wait_s = await self._wait("store", busy, wait_s)
            except Rejected as rejected:
                if part.records.num_rows == 0:
                    raise
                most = 1 if alone < _MAX_ALONE else _MAX_TOGETHER
                parts[-1:] = halves(part) if part.records.num_rows > most else [self._refuse(waiting, part, rejected)]
                alone += part.records.num_rows <= most
            else:
                parts.pop()
                records += part.records.num_rows
                bad += part.refused.num_rows
                if not parts:
                    self._settled(waiting.chunk, waiting.made, records=records, bad=bad)
                    return
        self._tally.add("dropped_unsettled", waiting.chunk.messages.num_rows)

    async def _write_once(self, made: Made, after: Mapping[Partition, int]) -> None:
        source = self._wiring.name
        positions = [
            Position(source=source, key=position_key(partition), value=str(offset))
            for partition, offset in after.items()
        ]
        bad = Refused(source=source, messages=made.refused) if made.refused.num_rows else None
        await self._wiring.sink.write(made.records, positions=positions, refused=bad)

    def _refuse(self, waiting: _Waiting, part: Made, rejected: Rejected) -> Made:
        """Keep the messages of records that the store will never take."""
        reason = clean(f"the store refuses this message's record: {rejected}", _REASON_LIMIT)
        self._health.note(reason)
        at_fault = pc.is_in(places(waiting.chunk.messages), value_set=part.records["position"])
        kept = [part.refused, refused(waiting.chunk.messages.filter(at_fault), reason)]
        return replace(part, records=NO_RECORDS, refused=pa.concat_batches(kept))

    def _settled(self, chunk: Chunk, made: Made, *, records: int, bad: int) -> None:
        self._health.well("store")
        self._health.reads(made.dialects)
        self.stored.update(chunk.positions)
        tally = self._tally
        tally.add("batches")
        tally.add("messages", made.messages)
        tally.add("records", records)
        tally.add("refused", bad)
        tally.add("tombstones", made.tombstones)
        tally.add("bytes", made.bytes)

    async def _wait(self, kind: Literal["store", "decoder"], busy: Busy, wait_s: float) -> float:
        self._tally.add("retries_busy")
        rest = "reading waits, and nothing is skipped"
        self._health.trouble(kind, f"the {kind} takes nothing now: {clean(str(busy), _REASON_LIMIT)}; {rest}")
        await asyncio.sleep(wait_s)
        return min(2 * wait_s, _LONGEST_WAIT_S)


def position_key(partition: Partition) -> str:
    """Write the key of a position: `orders/3`."""
    return f"{partition[0]}/{partition[1]}"
