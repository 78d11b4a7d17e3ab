"""One collector over its sessions: what the sessions share is never used by two of them at a time."""

import asyncio
import threading

import pyarrow as pa
import pytest
from aiokafka.errors import KafkaConnectionError

from collectors.kafka import collector as collector_module
from collectors.kafka.collector import KafkaCollector
from collectors.kafka.messages import to_batch
from collectors.kafka.options import KafkaOptions, check
from collectors.kafka.pipeline import Chunk
from tests.kafka_parts import JsonDecoder, MemoryStore, Message, until
from tracer.clock import SystemClock
from tracer.errors import Busy
from tracer.model.messages import MESSAGE_SCHEMA
from tracer.ports import Wiring


class SlowDecoder(JsonDecoder):
    """Waits in each call until it is let go; `most` is how many calls there were at a time."""

    def __init__(self):
        self.go_on = threading.Event()
        self.begun = 0
        self.now = 0
        self.most = 0

    def decode(self, messages, *, received_ns):
        """Decode, slowly."""
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self.go_on.wait(10)
        self.now -= 1
        return super().decode(messages, received_ns=received_ns)


def make(decoder, *, again=None):
    """Make a collector around a decoder."""
    store = MemoryStore()
    wiring = Wiring(name="kafka", sink=store, clock=SystemClock(), correlation_keys=(), ledger=store)
    plan = check(KafkaOptions(topics=("orders",), progress_max_groups=0), name="kafka")
    return KafkaCollector(plan, decoder, wiring, again=again), store


def messages(value=b"{}"):
    """Give a batch of one message."""
    said = {"topic": "orders", "partition": 0, "offset": 0, "at_ns": 0, "key": None, "value": value, "headers": []}
    return pa.RecordBatch.from_pylist([said], schema=MESSAGE_SCHEMA)


def test_a_call_that_nobody_waits_for_ends_before_the_next_begins():
    """A replay that is given up does not let the next one into the decoder beside it."""
    decoder = SlowDecoder()
    collector, _ = make(JsonDecoder(), again=lambda: decoder)

    async def scenario():
        first = asyncio.create_task(collector.decode_again(messages()))
        await until(lambda: decoder.begun == 1)
        first.cancel()
        second = asyncio.create_task(collector.decode_again(messages()))
        await asyncio.sleep(0.05)
        decoder.go_on.set()
        decoded = await second
        await collector.stop()
        return decoded

    assert 1 == asyncio.run(scenario()).records.num_rows
    assert (2, 1) == (decoder.begun, decoder.most)


def test_a_collector_that_is_stopped_decodes_nothing_again():
    """What comes after the end is told to come later, as all that cannot be done now."""
    collector, _ = make(JsonDecoder())

    async def scenario():
        await collector.stop()
        await collector.decode_again(messages())

    with pytest.raises(Busy, match="collector kafka is stopped"):
        asyncio.run(scenario())


def test_a_session_waits_for_what_the_one_before_left_in_the_decoder(monkeypatch):
    """A session that breaks while its messages are decoded leaves that to end before the next session decodes."""
    decoder = SlowDecoder()
    collector, store = make(decoder)
    failures = [KafkaConnectionError("away")]

    class Brief:
        """Stands for a session: one message, then it breaks, once."""

        def __init__(self, *, pipeline, **_):
            self.pipeline = pipeline
            self.next = {}

        async def run(self, *beside):
            """Put the message, and break when it is being decoded."""
            for work in beside:
                work.close()
            self.pipeline.put(Chunk(messages=to_batch({("orders", 0): [Message(0)]}), positions={("orders", 0): 1}))
            if failures:
                await until(lambda: decoder.begun == 1)
                raise failures.pop()
            await asyncio.sleep(0.05)
            decoder.go_on.set()
            await asyncio.Event().wait()

    async def nothing(*_):
        return {}

    monkeypatch.setattr(collector_module, "Session", Brief)
    monkeypatch.setattr(collector_module, "client_arguments", nothing)
    monkeypatch.setattr(collector_module, "probe", nothing)
    monkeypatch.setattr(collector_module, "make_consumer", lambda *_: None)

    async def scenario():
        await collector.start()
        await until(lambda: store.kept)
        await collector.stop()

    asyncio.run(scenario())

    assert (2, 1) == (decoder.begun, decoder.most)
