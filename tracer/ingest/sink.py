"""The sink: groups waiting batches into one commit."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tracer.errors import Busy, Rejected
from tracer.ingest.ports import Appender
from tracer.ingest.priority import give_way
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import RECORD_SCHEMA
from tracer.ports import Position, Refused

MIB: Final = 1 << 20
# A failure counts as news for so long. Whoever asks whether we are ready may send nothing until we are, so that
# only time can end what no commit ends.
TROUBLE_S: Final = 30.0

_log = logging.getLogger("sagascope.ingest")


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """`max_queued_bytes` of Arrow data may wait for the writer; one commit takes up to `max_commit_rows`."""

    max_queued_bytes: int = 96 * MIB
    max_commit_rows: int = 65_536


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: pa.RecordBatch
    positions: Sequence[Position]
    refused: Refused | None
    done: asyncio.Future[None]

    @property
    def rows(self) -> int:
        """How many rows a commit writes for this."""
        return int(self.batch.num_rows) + self.count_refused

    @property
    def count_refused(self) -> int:
        """How many messages were refused."""
        return 0 if self.refused is None else int(self.refused.messages.num_rows)

    @property
    def nbytes(self) -> int:
        """What this takes while it waits."""
        return _size(self.batch, self.refused)


class Ingest:
    """Implements `tracer.ports.Sink`: one writer commits what waits, then answers every waiting writer."""

    def __init__(self, *, appender: Appender, limits: IngestLimits | None = None) -> None:
        self._appender = appender
        self._limits = limits or IngestLimits()
        self._waiting: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._trouble: str | None = None
        self._end_of_trouble: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="append", initializer=give_way)
        self._counters = dict.fromkeys(
            (
                "commits",
                "records_stored",
                "duplicates_absorbed",
                "messages_rejected",
                "refused_busy",
                "commit_failures",
            ),
            0,
        )

    async def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="ingest")

    async def stop(self) -> None:
        """Commit what waits, then stop; later writes are refused."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown()
        self._set_trouble(None)

    async def write(
        self,
        batch: pa.RecordBatch,
        *,
        positions: Sequence[Position] = (),
        refused: Refused | None = None,
    ) -> None:
        """Return when the records are durably committed, together with the positions and what was refused.

        Raises Busy when the queue is full, the store cannot commit now, or Sagascope is stopping; Rejected
        when a batch has other columns than it must have, or nothing where there must be something.
        """
        _check(batch, RECORD_SCHEMA, "record")
        if refused is not None:
            _check(refused.messages, REJECTED_SCHEMA, "refused message")
        if self._closing or self._is_full(_size(batch, refused)):
            self._counters["refused_busy"] += 1
            raise Busy("Sagascope is stopping" if self._closing else "the queue to the store is full")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(batch, positions, refused, done))
        self._queued_bytes += _size(batch, refused)
        self._wake.set()
        await done

    def _is_full(self, size: int) -> bool:
        return bool(self._waiting) and self._queued_bytes + size > self._limits.max_queued_bytes

    def status(self) -> Mapping[str, float]:
        """Counters (they only grow) and, named queued_*, what waits now."""
        return {**self._counters, "queued_bytes": self._queued_bytes, "queued_batches": len(self._waiting)}

    def trouble(self) -> str | None:
        """Why the last commit failed; None when it did not, or when none was tried since for TROUBLE_S seconds."""
        return self._trouble

    async def _run(self) -> None:
        while not (self._closing and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._commit(self._take())

    def _take(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        rows = group[0].rows
        while self._waiting and rows + self._waiting[0].rows <= self._limits.max_commit_rows:
            rows += self._waiting[0].rows
            group.append(self._waiting.popleft())
        return group

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            await self._try(group)
        finally:
            self._queued_bytes -= sum(one.nbytes for one in group)

    async def _try(self, group: list[_Waiting]) -> None:
        """Commit a group; where that fails for good, each batch by itself, so that one does not fail the others."""
        table = pa.Table.from_batches([one.batch for one in group])
        positions = [position for one in group for position in one.positions]
        refused = [one.refused for one in group if one.refused is not None]
        loop = asyncio.get_running_loop()
        try:
            stored, duplicates = await loop.run_in_executor(
                self._thread, self._appender.append, table, positions, refused
            )
        except Exception as error:  # noqa: BLE001 - whoever wrote the batch is told, whatever it was
            self._counters["commit_failures"] += 1
            if len(group) > 1 and not isinstance(error, Busy):
                for one in group:
                    await self._try([one])
                return
            if not isinstance(error, Rejected):
                self._fell(error)
            _answer(group, error)
        else:
            self._rose()
            self._counters["commits"] += 1
            self._counters["records_stored"] += stored
            self._counters["duplicates_absorbed"] += duplicates
            self._counters["messages_rejected"] += sum(one.count_refused for one in group)
            _answer(group, None)

    def _fell(self, error: Exception) -> None:
        if self._trouble is None:
            _log.warning("commits fail", extra={"error": str(error)})
        self._set_trouble(str(error))
        self._end_of_trouble = asyncio.get_running_loop().call_later(TROUBLE_S, self._set_trouble, None)

    def _rose(self) -> None:
        if self._trouble is not None:
            _log.info("commits succeed again", extra={"failures": self._counters["commit_failures"]})
            self._set_trouble(None)

    def _set_trouble(self, trouble: str | None) -> None:
        self._trouble = trouble
        if self._end_of_trouble is not None:
            self._end_of_trouble.cancel()
            self._end_of_trouble = None


def _size(batch: pa.RecordBatch, refused: Refused | None) -> int:
    return int(batch.nbytes + (0 if refused is None else refused.messages.nbytes))


def _check(batch: pa.RecordBatch, schema: pa.Schema, what: str) -> None:
    if not batch.schema.equals(schema):
        raise Rejected(f"the batch has columns {batch.schema.names}, not those of a {what}")
    for field, column in zip(schema, batch.columns, strict=True):
        if column.null_count and not field.nullable:
            raise Rejected(f"{column.null_count} {what}s of the batch have no {field.name}")


def _answer(group: list[_Waiting], error: Exception | None) -> None:
    for one in group:
        if one.done.done():
            continue  # the writer went away
        if error is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(error)
