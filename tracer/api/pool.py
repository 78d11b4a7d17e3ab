"""Runs blocking questions in a bounded number of threads; more may wait, but not without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from tracer.errors import Busy

T = TypeVar("T")

ANSWER_S: Final = 30.0
CLOSE_S: Final = 2.0


class QueryPool:
    """`max_running` questions run at once, `max_waiting` more wait for a thread; beyond that Busy is raised."""

    def __init__(self, *, max_running: int, max_waiting: int) -> None:
        self._threads = ThreadPoolExecutor(max_running, thread_name_prefix="query")
        self._max = max_running + max_waiting
        self._running: set[Future[Any]] = set()
        self.refused = 0

    @property
    def taken(self) -> int:
        """How many questions run or wait now."""
        return len(self._running)

    async def run(self, question: Callable[..., T], *args: Any, answer_s: float = ANSWER_S, **options: Any) -> T:
        """Give the answer. Raises Busy when too many wait or after `answer_s` seconds, and what the question raises.

        A question whose asker has gone is not begun; one that runs keeps its place until its thread is free.
        """
        if self.taken >= self._max:
            self.refused += 1
            raise Busy(f"{self.taken} questions run or wait already ([api] max_queries, max_waiting); ask again")
        running = self._threads.submit(partial(question, *args, **options))
        self._running.add(running)
        running.add_done_callback(partial(self._leave_soon, asyncio.get_running_loop()))
        try:
            async with asyncio.timeout(answer_s):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            raise Busy(f"there was no answer within {answer_s:g} s: the store is too busy; ask again") from None

    def _leave_soon(self, loop: asyncio.AbstractEventLoop, done: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody counts any more
            loop.call_soon_threadsafe(self._running.discard, done)

    def close(self, *, within_s: float = CLOSE_S) -> None:
        """Drop waiting questions, and wait a little for running ones; the store ends those that stay."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        wait(tuple(self._running), within_s)
