"""The ledger: asked in a thread, bounded, and done before it stops."""

import asyncio
import threading

import pyarrow as pa
import pytest

from tracer.errors import Busy
from tracer.ingest import ledger as module
from tracer.ingest.ledger import StoreLedger
from tracer.model.messages import PROGRESS_SCHEMA

EMPTY = pa.RecordBatch.from_pylist([], schema=PROGRESS_SCHEMA)
SAMPLE = {"group": "g", "topic": "t", "partition": 0, "committed": 1, "log_end": 2, "members": 1, "at_ns": 3}
SAMPLES = pa.RecordBatch.from_pylist([SAMPLE], schema=PROGRESS_SCHEMA)


class Remembering:
    """Remembers; a request waits while the gate is shut."""

    def __init__(self):
        self.noted = []
        self.gate = threading.Event()
        self.gate.set()

    def positions(self, source):
        """Give positions that name their source and the thread."""
        assert self.gate.wait(10)
        return {source: threading.current_thread().name}

    def note_progress(self, source, samples):
        """Keep."""
        self.noted.append((source, samples.to_pylist()))


def test_questions_are_asked_in_a_thread_and_answered():
    """Positions come back by key from another thread; progress arrives whole, and nothing is written for nothing."""
    memory = Remembering()

    async def run():
        ledger = StoreLedger(memory=memory)
        found = await ledger.positions("kafka")
        await ledger.note_progress("kafka", SAMPLES)
        await ledger.note_progress("kafka", EMPTY)
        await ledger.stop()
        return found

    assert {"kafka": "ledger_0"} == asyncio.run(run())
    assert [("kafka", [SAMPLE])] == memory.noted


def test_more_than_its_limit_does_not_wait_and_nothing_after_the_end(monkeypatch):
    """Beyond its limit the ledger says that it is busy, and so it does when it stops; what waited is done."""
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    memory = Remembering()
    memory.gate.clear()

    async def run():
        ledger = StoreLedger(memory=memory)
        waiting = asyncio.create_task(ledger.positions("a"))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="1 requests wait"):
            await ledger.positions("b")
        memory.gate.set()
        await ledger.stop()
        with pytest.raises(Busy, match="stopping"):
            await ledger.positions("c")
        return await waiting

    assert {"a": "ledger_0"} == asyncio.run(run())
