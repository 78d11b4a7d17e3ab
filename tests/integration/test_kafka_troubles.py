"""The Kafka collector on a real broker when something is wrong: what it says, and that it goes on by itself."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.record.util import calc_crc32c

from collectors.kafka import session as session_module
from collectors.kafka import watch as watch_module
from collectors.kafka.tally import Tally
from tests.brokers import free_port, running_broker
from tests.kafka_parts import (
    MemoryStore,
    admin,
    collecting,
    event,
    make_topic,
    numbers,
    options_of,
    producer,
    send_events,
    told,
    topic_of,
    until,
)
from tracer.errors import Busy

pytestmark = pytest.mark.integration


@pytest.fixture
def options(broker, request):
    """Give the options that each collector of a test has: its own topic and group, named as the test."""
    return options_of(broker.address, request.node.name.removeprefix("test_"))


def test_a_topic_that_is_not_there_is_waited_for(broker, options):
    """A missing topic is told by name and not made; when it appears it is read, and nothing is told any more."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        async with collecting(store, **options) as collector:
            missing = await told(collector, f"topic {topic} is not there")
            async with admin(broker.address) as client:
                assert topic not in await client.list_topics()
            await make_topic(broker.address, topic)
            await send_events(broker.address, topic, range(10))
            await until(lambda: len(store.rows) == 10)
            await until(lambda: collector.status().state == "running")
            return missing

    missing = asyncio.run(scenario())

    assert "degraded" == missing.state
    assert "looked for every 0.5 s" in missing.detail


def test_a_wrong_password_is_told_and_mended(broker, options, scratch):
    """A refused password is told with what to look at; when the file is right, reading begins without a restart."""
    store, topic = MemoryStore(), topic_of(options)
    password = scratch / "password"
    password.write_text("wrong")
    sasl = {"sasl_mechanism": "SCRAM-SHA-512", "username": "sagascope", "password_file": str(password)}

    async def scenario():
        await make_topic(broker.address, topic)
        await send_events(broker.address, topic, range(10))
        async with collecting(store, **(options | sasl | {"bootstrap_servers": (broker.sasl_address,)})) as collector:
            refused = await told(collector, "refuses username or password (SCRAM-SHA-512)")
            password.write_text("sagascope\n")
            await until(lambda: len(store.rows) == 10)
            await until(lambda: collector.status().state == "running")
            return refused

    assert "degraded" == asyncio.run(scenario()).state


def test_offsets_that_expired_are_told_and_counted(broker, options):
    """Deleted messages are lost, which and how many is told, and reading goes on at the first that is left."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic)
        await send_events(broker.address, topic, range(10))
        async with collecting(store, **options):
            await until(lambda: len(store.rows) == 10)
        await send_events(broker.address, topic, range(10, 30))
        async with admin(broker.address) as client:
            await client.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=25)})
        async with collecting(store, **options) as collector:
            await until(lambda: len(store.rows) == 15)
            return await told(collector, "is gone from the broker")

    status = asyncio.run(scenario())

    assert [*range(10), *range(25, 30)] == numbers(store)
    assert 15 == status.counters["lost_offsets"]
    assert f"{topic}/0: offset 10 is gone from the broker, which has 25 to 30; read on at 25" in status.detail
    assert "running" == status.state


def test_poison_and_tombstones_block_nothing(broker, options):
    """What cannot be decoded is kept with its reason between what can, and tombstones move the position."""
    store, topic = MemoryStore(), topic_of(options)
    values = [event(0), b"\xff\xfe", event(1), b"", None, b"{", event(2), None]

    async def scenario():
        await make_topic(broker.address, topic)
        async with producer(broker.address) as client:
            for value in values:
                await client.send_and_wait(topic, value, key=b"k", headers=[("h", b"\x00\xff")])
        async with collecting(store, **options) as collector:
            await until(lambda: store.kept == {f"{topic}/0": "8"})
            return collector.status().counters

    counters = asyncio.run(scenario())

    assert [0, 1, 2] == numbers(store)
    assert [1, 3, 5] == [message["offset"] for message in store.refused]
    assert {"not JSON"} == {message["reason"] for message in store.refused}
    assert [("h", b"\x00\xff")] == store.refused[0]["headers"]
    assert (8, 3, 3, 2) == tuple(counters[name] for name in ("messages", "records", "refused", "tombstones"))


def test_a_store_that_is_busy_skips_nothing(broker, options):
    """While the store takes nothing the same batch waits, reading stops, and the line says so; then all arrives."""
    store, topic = MemoryStore(errors=[Busy("the disk is full")] * 4), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic, 2)
        await send_events(broker.address, topic, range(2000))
        async with collecting(store, **(options | {"max_poll_records": 100})) as collector:
            busy = await told(collector, "the store takes nothing now: the disk is full")
            await until(lambda: len(store.rows) == 2000)
            await until(lambda: collector.status().state == "running")
            return busy, collector.status()

    busy, after = asyncio.run(scenario())

    assert "degraded" == busy.state
    assert busy.gauges["queued_batches"] <= 32
    assert list(range(2000)) == numbers(store)
    assert 4 == after.counters["retries_busy"]


def test_a_long_wait_keeps_the_group(broker, options):
    """While the store stands still for longer than the session, the group stays, and nothing is lost or read twice."""
    store, topic = MemoryStore(gate=asyncio.Event()), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic, 2)
        await send_events(broker.address, topic, range(2000))
        async with collecting(store, **(options | {"max_poll_records": 100, "session_timeout": 3.0})) as collector:
            await asyncio.sleep(9)
            store.gate.set()
            await until(lambda: len(store.rows) == 2000)
            return collector.status().counters

    counters = asyncio.run(scenario())

    assert list(range(2000)) == numbers(store)
    assert (1, 2000) == (counters["rebalances"], counters["messages"])


@pytest.mark.timeout(300)  # the client alone waits 20 s and more for a cluster that is gone
def test_a_broker_that_is_not_there_is_waited_for(scratch, options, monkeypatch):
    """A broker that is down at the start, and one that goes away later, are told; both times reading goes on alone.

    Away so long that the client is given up and a new one looks for the cluster from the start.
    """
    monkeypatch.setattr(watch_module, "_GIVE_UP_S", 1.0)
    monkeypatch.setattr(session_module, "_STOP_S", 1.0)
    store, topic = MemoryStore(), topic_of(options)

    async def scenario(broker):
        async with collecting(store, **(options | {"bootstrap_servers": (broker.address,)})) as collector:
            down = await told(collector, "cannot be reached")
            await asyncio.to_thread(broker.start)
            await make_topic(broker.address, topic)
            await send_events(broker.address, topic, range(10))
            await until(lambda: len(store.rows) == 10)
            await until(lambda: collector.status().state == "running")
            await asyncio.to_thread(broker.kill)
            gone = await told(collector, broker.address)
            before = collector.status().counters["sessions"]
            await until(lambda: collector.status().counters["sessions"] > before)
            await asyncio.to_thread(broker.start)
            await send_events(broker.address, topic, range(10, 20))
            await until(lambda: len(store.rows) == 20)
            await until(lambda: collector.status().state == "running")
            return down, gone

    with running_broker(scratch / "kafka") as broker:
        broker.kill()
        down, gone = asyncio.run(scenario(broker))

    assert ("degraded", "degraded") == (down.state, gone.state)
    assert list(range(20)) == numbers(store)


def test_nothing_listens(options):
    """Start and stop need no broker, and the counters are all there."""
    store = MemoryStore()

    async def scenario():
        async with collecting(store, **(options | {"bootstrap_servers": (f"127.0.0.1:{free_port()}",)})) as collector:
            return collector.status().counters

    assert Tally().counts().keys() == asyncio.run(scenario()).keys()


def test_bytes_that_the_client_cannot_parse_are_stepped_over(broker, options):
    """A batch with a header whose name is not UTF-8 is skipped and told; what came before and after it is stored."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic, 2)
        await send_events(broker.address, topic, range(10), partition=0)
        await send_unreadable(broker.address, topic, events=5)
        await send_events(broker.address, topic, range(10, 20), partition=0)
        await send_events(broker.address, topic, range(20, 30), partition=1)
        async with collecting(store, **options) as collector:
            status = await told(collector, f"{topic}/0: offsets 10 to 14 cannot be read")
            await until(lambda: len(store.rows) == 30)
            return status

    status = asyncio.run(scenario())

    assert list(range(30)) == numbers(store)
    assert 5 == status.counters["lost_offsets"]


async def send_unreadable(address, topic, *, events):
    """Send one batch to partition 0 whose headers have names that are no text, as other clients can."""
    async with producer(address) as client:
        batch = client.create_batch()
        for number in range(events):
            batch.append(key=None, value=event(number), timestamp=None, headers=[("NAME", b"")])
        batch._builder = Spoiling(batch._builder)
        await (await client.send_batch(batch, topic, partition=0))


class Spoiling:
    """Builds a batch as the real builder does, and spoils it."""

    def __init__(self, builder):
        self._builder = builder

    def __getattr__(self, name):
        return getattr(self._builder, name)

    def build(self):
        """Give the spoiled bytes."""
        return spoiled(self._builder.build())


def spoiled(batch):
    """Put bytes that are not UTF-8 in place of a header's name, and the checksum that fits (record batch v2)."""
    body = bytes(batch[21:]).replace(b"NAME", b"\xff\xfe\xfd\xfc")
    return bytearray(bytes(batch[:17]) + calc_crc32c(body).to_bytes(4, "big") + body)
