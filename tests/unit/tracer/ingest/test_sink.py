"""The sink: what waits goes into one commit, and whoever wrote is told what became of it."""

import asyncio
import threading
from contextlib import asynccontextmanager, suppress

import pyarrow as pa
import pytest

from tracer.errors import Busy, Rejected, StoreError, StoreFull
from tracer.ingest.sink import Ingest, IngestLimits
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import RECORD_SCHEMA, rows_to_batch
from tracer.ports import Position, Refused


class FakeStore:
    """Keeps what is appended; fails for batches that hold a record of a given name, and waits where it is told to."""

    def __init__(self):
        self.commits = []
        self.positions = []
        self.refused = []
        self.failures = {}
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def append(self, table, positions, refused):
        """Commit, or raise what one of the records is to fail with."""
        self.entered.set()
        assert self.gate.wait(10)
        names = table.column("name").to_pylist()
        for name in names:
            if name in self.failures:
                raise self.failures[name]
        self.commits.append(names)
        self.positions.extend(positions)
        self.refused.extend(refused)
        return len(set(names)), len(names) - len(set(names))


def batch(*names):
    """Make a batch of records of these names."""
    return rows_to_batch({"name": name, "at_ns": 1, "received_ns": 1, "source": "test"} for name in names)


def position(value):
    """Make a position."""
    return Position(source="test", key="0", value=value)


@asynccontextmanager
async def running(store, **limits):
    """Run a sink on a store; what still waits at the end is let through."""
    sink = Ingest(appender=store, limits=IngestLimits(**limits))
    await sink.start()
    try:
        yield sink
    finally:
        store.gate.set()
        await sink.stop()


async def held(store, sink, first):
    """Start a write and wait until its commit hangs, so that what is written next has to wait."""
    store.gate.clear()
    store.entered.clear()
    task = asyncio.create_task(sink.write(first))
    await asyncio.to_thread(store.entered.wait, 10)
    return task


async def queued(sink, count):
    """Wait until so many batches wait."""
    while sink.status()["queued_batches"] < count:  # noqa: ASYNC110 - told no other way
        await asyncio.sleep(0)


def test_a_write_returns_when_its_records_are_committed():
    """When `write` returns, the store has the records and the positions."""

    async def run():
        store = FakeStore()
        async with running(store) as sink:
            await sink.write(batch("a", "b", "a"), positions=[position("7")])

            assert [["a", "b", "a"]] == store.commits
            assert [position("7")] == store.positions
            status = sink.status()
            assert (1, 2, 1) == (status["commits"], status["records_stored"], status["duplicates_absorbed"])

    asyncio.run(run())


def test_what_waits_goes_into_one_commit():
    """Batches that come while a commit runs share the next one, in order, with their positions."""

    async def run():
        store = FakeStore()
        async with running(store) as sink:
            first = await held(store, sink, batch("first"))
            writes = [asyncio.create_task(sink.write(batch(name), positions=[position(name)])) for name in "abc"]
            await queued(sink, 3)
            store.gate.set()
            await asyncio.gather(first, *writes)

            assert [["first"], ["a", "b", "c"]] == store.commits
            assert [position(name) for name in "abc"] == store.positions

    asyncio.run(run())


def test_a_commit_takes_no_more_rows_than_its_limit():
    """What is too much for one commit goes into the next; a batch larger than the limit goes alone."""

    async def run():
        store = FakeStore()
        async with running(store, max_commit_rows=3) as sink:
            first = await held(store, sink, batch("first"))
            writes = [asyncio.create_task(sink.write(batch(*names))) for names in ("ab", "c", "d", "efghi", "j")]
            await queued(sink, 5)
            store.gate.set()
            await asyncio.gather(first, *writes)

            assert [["first"], ["a", "b", "c"], ["d"], ["e", "f", "g", "h", "i"], ["j"]] == store.commits

    asyncio.run(run())


def test_over_the_limit_of_the_queue_a_write_is_refused():
    """What does not fit into the queue is refused at once and counted; what waited is committed all the same."""

    async def run():
        store = FakeStore()
        async with running(store, max_queued_bytes=3 * batch("a").nbytes) as sink:
            first = await held(store, sink, batch("first"))
            waiting = asyncio.create_task(sink.write(batch("a")))
            await queued(sink, 1)
            with pytest.raises(Busy, match="queue to the store is full"):
                await sink.write(batch(*"bcdefgh"))

            assert 1 == sink.status()["refused_busy"]
            store.gate.set()
            await asyncio.gather(first, waiting)
            await sink.write(batch("later"))

            assert [["first"], ["a"], ["later"]] == store.commits
            assert (0, 0) == (sink.status()["queued_bytes"], sink.status()["queued_batches"])

    asyncio.run(run())


def test_a_batch_larger_than_the_queue_is_taken_when_nothing_waits():
    """A batch that alone is over the limit is not refused for ever."""

    async def run():
        store = FakeStore()
        async with running(store, max_queued_bytes=1) as sink:
            await sink.write(batch("a", "b"))

            assert [["a", "b"]] == store.commits

    asyncio.run(run())


def test_when_the_store_is_busy_every_writer_is_told():
    """A store that cannot commit now answers all writers of the group alike, and the sink goes on."""

    async def run():
        store = FakeStore()
        store.failures["b"] = StoreFull("no room")
        async with running(store) as sink:
            first = await held(store, sink, batch("first"))
            writes = [asyncio.create_task(sink.write(batch(name))) for name in "abc"]
            await queued(sink, 3)
            store.gate.set()
            await first
            answers = await asyncio.gather(*writes, return_exceptions=True)
            await sink.write(batch("later"))

            assert [StoreFull] * 3 == [type(answer) for answer in answers]
            assert [["first"], ["later"]] == store.commits
            assert (1, 0) == (sink.status()["commit_failures"], sink.status()["queued_bytes"])

    asyncio.run(run())


@pytest.mark.parametrize("error", [StoreError("cannot"), Rejected("bad"), ValueError("odd")])
def test_a_batch_that_cannot_be_stored_fails_alone(error):
    """Who shares a commit with a bad batch is stored; who wrote it is told what was wrong."""

    async def run():
        store = FakeStore()
        store.failures["b"] = error
        async with running(store) as sink:
            first = await held(store, sink, batch("first"))
            writes = [asyncio.create_task(sink.write(batch(name), positions=[position(name)])) for name in "abc"]
            await queued(sink, 3)
            store.gate.set()
            await first
            answers = await asyncio.gather(*writes, return_exceptions=True)

            assert [None, error, None] == answers
            assert [["first"], ["a"], ["c"]] == store.commits
            assert [position("a"), position("c")] == store.positions
            assert 0 == sink.status()["queued_bytes"]

    asyncio.run(run())


def test_stopping_commits_what_waits():
    """`stop` returns when everything that was taken is committed; later writes are refused."""

    async def run():
        store = FakeStore()
        sink = Ingest(appender=store)
        await sink.start()
        first = await held(store, sink, batch("first"))
        waiting = asyncio.create_task(sink.write(batch("a")))
        await queued(sink, 1)
        stopping = asyncio.create_task(sink.stop())
        await asyncio.sleep(0)
        store.gate.set()
        await stopping

        assert [["first"], ["a"]] == store.commits
        assert first.done()
        assert waiting.done()
        with pytest.raises(Busy, match="stopping"):
            await sink.write(batch("late"))

    asyncio.run(run())


def test_a_writer_that_goes_away_does_not_hold_the_others_up():
    """A cancelled write is committed or not, and the others get their answers."""

    async def run():
        store = FakeStore()
        async with running(store) as sink:
            first = await held(store, sink, batch("first"))
            gone = asyncio.create_task(sink.write(batch("gone")))
            stays = asyncio.create_task(sink.write(batch("stays")))
            await queued(sink, 2)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone
            store.gate.set()
            await asyncio.gather(first, stays)

            assert [["first"], ["gone", "stays"]] == store.commits

    asyncio.run(run())


def test_other_columns_are_rejected():
    """A batch that has not the columns of a record is refused for good and names what it has."""

    async def run():
        store = FakeStore()
        async with running(store) as sink:
            with pytest.raises(Rejected, match="'a'"):
                await sink.write(pa.record_batch({"a": [1]}))

            assert [] == store.commits

    asyncio.run(run())


def test_a_record_without_what_it_must_have_is_rejected():
    """A batch with nothing where a record must have something is refused for good, and the answer names it."""

    async def run():
        store = FakeStore()
        good = batch("a", "b")
        columns = list(good.columns)
        columns[RECORD_SCHEMA.names.index("source")] = pa.nulls(2, pa.string())
        async with running(store) as sink:
            with pytest.raises(Rejected, match="2 records of the batch have no source"):
                await sink.write(pa.RecordBatch.from_arrays(columns, schema=RECORD_SCHEMA))

            assert [] == store.commits

    asyncio.run(run())


def message(offset):
    """Make a refused message."""
    row = {"topic": "t", "partition": 0, "offset": offset, "at_ns": 1, "headers": [], "reason": "no"}
    return Refused(source="test", messages=pa.RecordBatch.from_pylist([row], schema=REJECTED_SCHEMA))


def test_refused_messages_share_the_commit():
    """What was refused goes into the commit of its records and positions, also where there are no records."""

    async def run():
        store = FakeStore()
        async with running(store, max_commit_rows=2) as sink:
            first = await held(store, sink, batch("first"))
            one = asyncio.create_task(sink.write(batch(), positions=[position("1")], refused=message(1)))
            two = asyncio.create_task(sink.write(batch("a"), refused=message(2)))
            await queued(sink, 2)
            assert batch("a").nbytes < sink.status()["queued_bytes"]
            store.gate.set()
            await asyncio.gather(first, one, two)

            assert [["first"], [], ["a"]] == store.commits
            assert [message(1), message(2)] == store.refused
            assert [position("1")] == store.positions
            assert (2, 0) == (sink.status()["messages_rejected"], sink.status()["queued_bytes"])

    asyncio.run(run())


def test_other_columns_of_refused_messages_are_rejected():
    """Refused messages without their reason are refused for good, and nothing is stored."""

    async def run():
        store = FakeStore()
        columns = list(message(1).messages.columns)
        columns[REJECTED_SCHEMA.names.index("reason")] = pa.nulls(1, pa.string())
        bad = Refused(source="test", messages=pa.RecordBatch.from_arrays(columns, schema=REJECTED_SCHEMA))
        async with running(store) as sink:
            with pytest.raises(Rejected, match="1 refused messages of the batch have no reason"):
                await sink.write(batch("a"), refused=bad)
            with pytest.raises(Rejected, match="not those of a refused message"):
                await sink.write(batch("a"), refused=Refused(source="test", messages=pa.record_batch({"a": [1]})))

            assert [] == store.commits

    asyncio.run(run())
