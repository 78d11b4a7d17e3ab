from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest

from tracer.api.pool import QueryPool
from tracer.errors import Busy


@contextmanager
def holding():
    """Give a question that ends when the block does, and what says that it began and that it ended."""
    began, let_go, ended = threading.Event(), threading.Event(), threading.Event()

    def question() -> str:
        began.set()
        let_go.wait(10)
        ended.set()
        return "answer"

    try:
        yield question, began, ended
    finally:
        let_go.set()


def test_a_question_that_takes_too_long_is_given_up():
    """Whoever asks is told to come again; what runs keeps its place, what waited is not begun any more."""

    async def run():
        pool = QueryPool(max_running=1, max_waiting=1)
        begun = []
        with holding() as (question, began, _):
            running = asyncio.create_task(pool.run(question))
            await asyncio.to_thread(began.wait, 10)
            with pytest.raises(Busy, match=r"no answer within 0\.01 s"):
                await pool.run(begun.append, 1, answer_s=0.01)
            await asyncio.sleep(0)
            assert 1 == pool.taken
        assert "answer" == await running
        assert "next" == await pool.run(lambda: "next")
        await asyncio.to_thread(pool.close)
        assert [] == begun

    asyncio.run(run())


def test_closing_does_not_wait_for_a_question_without_end():
    """Waiting questions are dropped, and a running one holds the stop up for a little while only."""

    async def run():
        pool = QueryPool(max_running=1, max_waiting=1)
        with holding() as (question, began, ended):
            running = asyncio.create_task(pool.run(question))
            await asyncio.to_thread(began.wait, 10)
            waiting = asyncio.create_task(pool.run(question))
            await asyncio.sleep(0)
            await asyncio.to_thread(pool.close, within_s=0.01)

            assert not ended.is_set()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert "answer" == await running

    asyncio.run(run())
