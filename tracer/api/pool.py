"""Runs blocking questions in a bounded number of threads; more may wait, but not without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from tracer.errors import Busy

T = TypeVar("T")


class QueryPool:
    """`max_running` questions run at once, `max_waiting` more wait for a thread; beyond that Busy is raised."""

    def __init__(self, *, max_running: int, max_waiting: int) -> None:
        self._threads = ThreadPoolExecutor(max_running, thread_name_prefix="query")
        self._max = max_running + max_waiting
        self._taken = 0
        self.refused = 0

    @property
    def taken(self) -> int:
        """How many questions run or wait now."""
        return self._taken

    async def run(self, question: Callable[..., T], *args: Any, **options: Any) -> T:
        """Give the answer. Raises Busy when too many wait, and what the question raises.

        A question whose asker has gone is not begun; one that runs ends by its own time limit.
        """
        if self._taken >= self._max:
            self.refused += 1
            raise Busy(f"{self._taken} questions run or wait already ([api] max_queries, max_waiting); ask again")
        self._taken += 1
        try:
            running = self._threads.submit(partial(question, *args, **options))
        except BaseException:
            self._taken -= 1
            raise
        loop = asyncio.get_running_loop()
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(running)

    def _leave(self) -> None:
        self._taken -= 1

    def close(self) -> None:
        """Let running questions end and drop waiting ones."""
        self._threads.shutdown(wait=True, cancel_futures=True)
