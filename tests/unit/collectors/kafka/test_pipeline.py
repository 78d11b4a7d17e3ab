"""From what was read to what is stored, in order, whatever the store says."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from collectors.kafka import pipeline as pipeline_module
from collectors.kafka.health import Health
from collectors.kafka.messages import to_batch
from collectors.kafka.pipeline import Chunk, Pipeline
from collectors.kafka.tally import Tally
from tests.kafka_parts import JsonDecoder, MemoryStore, Message, event
from tracer.clock import SystemClock
from tracer.errors import Busy, Rejected
from tracer.ports import Wiring

ORDERS = ("orders", 0)


def chunk(first, count=2):
    """Give what a poll gives: numbered events from an offset on."""
    messages = [Message(at, event(at)) for at in range(first, first + count)]
    return Chunk(messages=to_batch({ORDERS: messages}), positions={ORDERS: first + count})


def run(store, scenario, decoder=None):
    """Run a scenario with a pipeline into a store; its tally and health."""
    tally, health = Tally(), Health("kafka")

    async def go():
        wiring = Wiring(name="kafka", sink=store, clock=SystemClock(), correlation_keys=())
        with ThreadPoolExecutor(1) as thread:
            async with Pipeline(
                decoder=decoder or JsonDecoder(), thread=thread, wiring=wiring, tally=tally, health=health
            ) as pipeline:
                await scenario(pipeline, health)

    asyncio.run(go())
    return tally.counts()


async def drained(pipeline):
    """Wait until nothing is on its way."""
    assert await pipeline.wait_for(batches=0, size_bytes=0, within_s=10)


@pytest.fixture
def small_batches(monkeypatch):
    """Let one read fill a batch."""
    monkeypatch.setattr(pipeline_module, "BATCH_MESSAGES", 2)


def test_what_was_read_meanwhile_is_one_batch():
    """Reads that wait are decoded and written together, each partition in order, with the last positions."""
    store = MemoryStore()
    other = ("orders", 1)

    async def scenario(pipeline, _):
        pipeline.put(chunk(0))
        pipeline.put(Chunk(messages=to_batch({other: [Message(7, event(7))]}), positions={other: 8}))
        pipeline.put(chunk(2))
        await drained(pipeline)
        assert {ORDERS: 4, other: 8} == pipeline.stored

    counts = run(store, scenario)

    assert [(5, {"orders/0": "4", "orders/1": "8"})] == store.writes
    assert (5, 5, 1) == (counts["messages"], counts["records"], counts["batches"])


def test_a_batch_does_not_go_over_its_limit(monkeypatch):
    """What would be too much begins the next batch; a read that is larger by itself stays whole."""
    monkeypatch.setattr(pipeline_module, "BATCH_MESSAGES", 5)
    store = MemoryStore()

    async def scenario(pipeline, _):
        for first, count in ((0, 3), (3, 2), (5, 4), (9, 2), (11, 7)):
            pipeline.put(chunk(first, count))
        await drained(pipeline)

    run(store, scenario)

    assert [5, 4, 2, 7] == [rows for rows, _ in store.writes]


def test_what_waits_is_counted_as_it_stands_in_memory():
    """A message without a value takes memory, one with large headers more; what is written takes none."""
    headers = (("trace", b"x" * 1000), ("none", None))
    sizes = []

    async def scenario(pipeline, _):
        for message in (Message(0, None), Message(1, event(1), headers=headers)):
            pipeline.put(Chunk(messages=to_batch({ORDERS: [message]}), positions={}))
            sizes.append(pipeline.bytes)
        await drained(pipeline)
        sizes.append(pipeline.bytes)

    run(MemoryStore(), scenario)
    bare, both, left = sizes

    assert 20 < bare < 200
    assert 1000 < both - bare < 1200
    assert 0 == left


@pytest.mark.usefixtures("small_batches")
def test_records_and_the_positions_after_them_are_one_write():
    """Each write has the next offsets of what it holds, in the order of reading."""
    store = MemoryStore()

    async def scenario(pipeline, _):
        for first in (0, 2, 4):
            pipeline.put(chunk(first))
        await drained(pipeline)
        assert {ORDERS: 6} == pipeline.stored

    counts = run(store, scenario)

    assert [(2, {"orders/0": "2"}), (2, {"orders/0": "4"}), (2, {"orders/0": "6"})] == store.writes
    assert (6, 6, 3) == (counts["messages"], counts["records"], counts["batches"])


def test_a_position_without_messages_is_written_too():
    """What moved over marks and gaps is kept by itself."""
    store = MemoryStore()

    async def scenario(pipeline, _):
        pipeline.put(Chunk(messages=to_batch({}), positions={ORDERS: 9}))
        await drained(pipeline)

    run(store, scenario)

    assert [(0, {"orders/0": "9"})] == store.writes


@pytest.mark.usefixtures("small_batches")
def test_a_busy_store_gets_the_same_batch_again():
    """Nothing overtakes the batch that waits, and the line says so while it does."""
    store = MemoryStore(errors=[Busy("the disk is full"), Busy("the disk is full")])

    async def scenario(pipeline, health):
        pipeline.put(chunk(0))
        pipeline.put(chunk(2))
        while not health.is_troubled:  # noqa: ASYNC110  health tells nobody
            await asyncio.sleep(0)
        assert health.detail().startswith("the store takes nothing now: the disk is full")
        await drained(pipeline)
        assert not health.is_troubled

    counts = run(store, scenario)

    assert [{"orders/0": "2"}, {"orders/0": "4"}] == [at for _, at in store.writes]
    assert 2 == counts["retries_busy"]


class Picky(MemoryStore):
    """Never takes a batch that has a certain record."""

    async def write(self, batch, *, positions=(), refused=None):
        """Keep all of it, or refuse it."""
        if "orders/0/3" in batch["uid"].to_pylist():
            raise Rejected("a column is missing")
        await super().write(batch, positions=positions, refused=refused)


def test_only_the_record_that_the_store_never_takes_is_kept_as_a_message():
    """Rejected is for good: the record at fault is found and its message refused; the others are stored."""
    store = Picky()

    async def scenario(pipeline, _):
        pipeline.put(chunk(0, count=8))
        await drained(pipeline)
        assert {ORDERS: 8} == pipeline.stored

    counts = run(store, scenario)

    assert [3] == [message["offset"] for message in store.refused]
    assert "a column is missing" in store.refused[0]["reason"]
    assert {f"orders/0/{at}" for at in range(8)} - {"orders/0/3"} == store.rows.keys()
    assert {"orders/0": "8"} == store.kept
    assert [{}] * (len(store.writes) - 1) == [at for _, at in store.writes[:-1]]
    assert (1, 7, 1) == (counts["refused"], counts["records"], counts["batches"])


@pytest.mark.usefixtures("small_batches")
def test_what_is_discarded_is_not_written():
    """After its partitions are given away nothing that was read before is stored, and it is counted."""
    store = MemoryStore(gate=asyncio.Event())

    async def scenario(pipeline, _):
        for first in (0, 2, 4):
            pipeline.put(chunk(first))
        await asyncio.sleep(0.05)
        pipeline.discard()
        pipeline.put(chunk(100))
        store.gate.set()
        await drained(pipeline)

    counts = run(store, scenario)

    assert [{"orders/0": "2"}, {"orders/0": "102"}] == [at for _, at in store.writes]
    assert 4 == counts["dropped_unsettled"]


def test_a_failure_of_the_store_is_not_hidden():
    """What is neither busy nor rejected ends the pipeline, so that a new session begins."""
    store = MemoryStore(errors=[RuntimeError("gone")])

    async def scenario(pipeline, _):
        pipeline.put(chunk(0))
        await drained(pipeline)
        with pytest.raises(RuntimeError, match="gone"):
            pipeline.check()

    run(store, scenario)
