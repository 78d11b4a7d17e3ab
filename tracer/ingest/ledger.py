"""The ledger: what sources ask of the store besides taking records in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import pyarrow as pa

from tracer.errors import Busy
from tracer.ingest.ports import Memory
from tracer.ingest.priority import give_way

T = TypeVar("T")

# So many requests may wait for the ledger's thread; sources ask seldom, and each waits for its answer.
MAX_WAITING: Final = 64


class StoreLedger:
    """Implements `tracer.ports.Ledger`, one request after another in a thread of its own."""

    def __init__(self, *, memory: Memory) -> None:
        self._memory = memory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger", initializer=give_way)
        self._waiting = 0
        self._closing = False

    async def positions(self, source: str) -> Mapping[str, str]:
        """Give the positions that were committed for a source, by their key. Raises Busy and StoreError."""
        return await self._ask(self._memory.positions, source)

    async def note_progress(self, source: str, samples: pa.RecordBatch) -> None:
        """Keep how far consumer groups have come. Raises Busy, StoreError, and Rejected for other columns."""
        if samples.num_rows:
            await self._ask(self._memory.note_progress, source, pa.Table.from_batches([samples]))

    async def stop(self) -> None:
        """Finish what was asked; refuse what comes later."""
        self._closing = True
        await asyncio.to_thread(self._thread.shutdown)

    async def _ask(self, question: Callable[..., T], *args: Any) -> T:
        if self._closing or self._waiting >= MAX_WAITING:
            raise Busy("Sagascope is stopping" if self._closing else f"{MAX_WAITING} requests wait for the ledger")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, question, *args)
        finally:
            self._waiting -= 1
