"""The intake: requests that wait are decoded together, written together, and then acknowledged.

While one write is in progress the next requests wait. When it is done, or when enough of them wait to
fill half a group, they are decoded as one group in a worker thread, so that the decoding of large
groups overlaps the commit before. A group costs some 15 ms however small it is: as long as requests
keep coming, a small one waits a moment longer for them. A group may stand behind the one that is being
written, so that the sink goes on without a pause. Nothing is acknowledged before the sink returned.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from collectors.otlp.decode import Decoder
from collectors.otlp.tally import Tally
from tracer.clock import Clock
from tracer.errors import Busy, Rejected
from tracer.ports import Signal, Sink

GROUP_BYTES: Final = 8 * 2**20  # about 20,000 spans of 8 attributes
LINGER_S: Final = 0.003  # a small group is decoded when none came for so long,
LINGERS: Final = 4  # or after so many times that
WRITES_AT_ONCE: Final = 2  # one that is committed, one behind it
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pending:
    """A request that waits for its commit; `done` ends with it, or with the reason against it.

    `settled` is called then, also where nobody awaits `done` any more.
    """

    signal: Signal
    body: bytes
    done: asyncio.Future[None]
    settled: Callable[[], None]

    def settle(self, error: Exception | None = None) -> None:
        """End the wait."""
        self.settled()
        if self.done.cancelled():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    members: Sequence[Pending]
    batch: pa.RecordBatch


class Intake:
    """Takes requests of every listener; lives in the event loop that calls `start`."""

    def __init__(self, *, decoder: Decoder, sink: Sink, clock: Clock, tally: Tally) -> None:
        self._decoder = decoder
        self._sink = sink
        self._clock = clock
        self._tally = tally
        self._waiting: deque[Pending] = deque()
        self._waiting_bytes = 0
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._writes: deque[asyncio.Task[None]] = deque()
        self._work_task: asyncio.Task[None] | None = None
        self._closing = False
        self.trouble = ""  # why the last write failed, until one succeeds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="otlp-decode")

    def start(self) -> None:
        """Begin to work."""
        self._work_task = asyncio.create_task(self._work(), name="otlp-intake")

    async def stop(self) -> None:
        """Finish what waits, then end."""
        self._closing = True
        self._some.set()
        if self._work_task is not None:
            await self._work_task
        self._thread.shutdown(wait=True)

    def submit(self, signal: Signal, body: bytes, settled: Callable[[], None]) -> Pending:
        """Queue one request (protobuf, inflated). Await its `done`: then its records are durably committed.

        Whoever stops waiting changes nothing: the records are on their way to the store.
        `done` raises Rejected or TooLarge for the request's own fault, Busy when it should come again
        later. Raises Busy when the intake is stopping.
        """
        if self._closing or self._work_task is None or self._work_task.done():
            raise Busy("the collector is stopping")
        done = asyncio.get_running_loop().create_future()
        pending = Pending(signal=signal, body=body, done=done, settled=settled)
        self._waiting.append(pending)
        self._waiting_bytes += len(body)
        self._some.set()
        if self._has_enough:
            self._enough.set()
        return pending

    @property
    def _has_enough(self) -> bool:
        return self._waiting_bytes >= GROUP_BYTES // 2

    async def _work(self) -> None:
        while not (self._closing and not self._waiting):
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                await self._worth_decoding()
                groups = await self._decoded(self._next_members())
                await self._fewer_writes_than(WRITES_AT_ONCE)
                self._writes.append(asyncio.create_task(self._write_all(groups), name="otlp-write"))
        await self._fewer_writes_than(1)

    async def _fewer_writes_than(self, most: int) -> None:
        while len(self._writes) >= most:
            await self._writes.popleft()

    async def _worth_decoding(self) -> None:
        """Return when enough waits to be worth decoding, or when no write is in progress and no more come."""
        last = self._writes[-1] if self._writes else None
        if last is not None and not last.done() and not self._has_enough:
            self._enough.clear()
            enough = asyncio.create_task(self._enough.wait())
            await asyncio.wait((last, enough), return_when=asyncio.FIRST_COMPLETED)
            enough.cancel()
        for _ in range(LINGERS):
            before = len(self._waiting)
            if self._has_enough or self._closing:
                return
            await asyncio.sleep(LINGER_S)
            if len(self._waiting) == before:
                return

    def _next_members(self) -> list[Pending]:
        members: list[Pending] = []
        size = 0
        while self._waiting and (not members or size + len(self._waiting[0].body) <= GROUP_BYTES):
            members.append(self._waiting.popleft())
            size += len(members[-1].body)
        self._waiting_bytes -= size
        return members

    async def _decoded(self, members: Sequence[Pending]) -> Sequence[_Group]:
        """Decode members together, or one by one where that fails; those that cannot be decoded are told so."""
        try:
            return [_Group(members=members, batch=await self._decode(members))]
        except Rejected as rejected:
            reason: Exception = rejected
        except MemoryError:
            _LOG.exception("otlp-decode-failed", extra={"requests": len(members)})
            reason = Busy("not enough memory to decode the request")
        except Exception as failed:  # noqa: BLE001  the intake must live on, and the other requests
            _LOG.exception("otlp-decode-failed", extra={"requests": len(members)})
            reason = failed
        reason.__traceback__ = None  # its frames hold what was decoded so far
        if len(members) > 1:
            return _together([single for member in members for single in await self._decoded([member])])
        _fail(members, reason)
        return []

    async def _decode(self, members: Sequence[Pending]) -> pa.RecordBatch:
        bodies: dict[Signal, list[bytes]] = {"traces": [], "logs": []}
        for member in members:
            bodies[member.signal].append(member.body)
        loop = asyncio.get_running_loop()
        received_ns = self._clock.now_ns()
        return await loop.run_in_executor(self._thread, lambda: self._decoder.decode(bodies, received_ns=received_ns))

    async def _write_all(self, groups: Sequence[_Group]) -> None:
        for group in groups:
            await self._write(group)

    async def _write(self, group: _Group) -> None:
        try:
            if group.batch.num_rows:
                await self._sink.write(group.batch)
        except Rejected as rejected:
            await self._write_singly(group, rejected)
        except Busy as busy:
            self.trouble = str(busy)
            _fail(group.members, busy)
        except Exception:  # noqa: BLE001  the records are not at fault: the client keeps them and comes again
            _LOG.exception("otlp-write-failed", extra={"requests": len(group.members)})
            self.trouble = "the records could not be stored; see the log"
            _fail(group.members, Busy("the records could not be stored"))
        else:
            self.trouble = ""
            self._tally.stored(records=group.batch.num_rows)
            for member in group.members:
                member.settle()

    async def _write_singly(self, group: _Group, rejected: Rejected) -> None:
        """Find out whose records the sink does not take, so that the others are not refused with them."""
        if len(group.members) == 1:
            _fail(group.members, rejected)
            return
        for member in group.members:
            await self._write_all(await self._decoded([member]))


def _together(groups: Sequence[_Group]) -> Sequence[_Group]:
    """Make one group of several, where memory and the size of a column allow it."""
    try:
        batch = pa.concat_batches([group.batch for group in groups])
    except (pa.ArrowException, MemoryError):
        return groups
    return [_Group(members=[member for group in groups for member in group.members], batch=batch)]


def _fail(members: Sequence[Pending], error: Exception) -> None:
    for member in members:
        member.settle(error)
