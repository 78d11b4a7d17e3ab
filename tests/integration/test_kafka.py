"""The Kafka collector on a real broker, writing to a store in memory: what is read, from where, by whom."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewPartitions

from tests.kafka_parts import (
    MemoryStore,
    admin,
    arrives,
    collecting,
    event,
    make_topic,
    numbers,
    options_of,
    producer,
    send_events,
    topic_of,
    until,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def options(broker, request):
    """Give the options that each collector of a test has: its own topic and group, named as the test."""
    return options_of(broker.address, request.node.name.removeprefix("test_"))


def test_what_was_stored_is_not_read_again(broker, options):
    """A collector goes on where the store stands, whatever Kafka believes of its group."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic, 3)
        await send_events(broker.address, topic, range(100))
        async with collecting(store, **options):
            await until(lambda: len(store.rows) == 100)
        await send_events(broker.address, topic, range(100, 150))
        async with collecting(store, **(options | {"group": f"{topic}-2"})) as again:
            await until(lambda: len(store.rows) == 150)
            return again.status().counters["records"]

    read_again = asyncio.run(scenario())

    assert 50 == read_again
    assert list(range(150)) == numbers(store)
    assert {f"{topic}/{n}" for n in range(3)} == store.kept.keys()
    assert 150 == sum(map(int, store.kept.values()))


def test_kafka_is_told_what_the_store_has(broker, options):
    """The group's offset at Kafka follows the store's position, for the tools that show lag."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic)
        await send_events(broker.address, topic, range(10))
        async with collecting(store, **options) as collector:
            await until(lambda: len(store.rows) == 10)
            await until(lambda: collector.status().gauges["lag"] == 0)
        async with admin(broker.address) as client:
            offsets = await client.list_consumer_group_offsets(options["group"])
        return offsets[TopicPartition(topic, 0)].offset

    assert 10 == asyncio.run(scenario())


@pytest.mark.parametrize(("start", "expected"), [("earliest", 20), ("latest", 10), ("stored", 20)])
def test_start(broker, options, start, expected):
    """Where the store knows nothing, reading begins where the options say."""
    topic = f"start-{start}"
    store = MemoryStore()
    given = options | {"topics": (topic,), "group": topic, "start": start}

    async def scenario():
        await make_topic(broker.address, topic)
        await send_events(broker.address, topic, range(10))
        async with collecting(store, **given):
            await until(lambda: store.kept)
            await send_events(broker.address, topic, range(10, 20))
            await until(lambda: len(store.rows) == expected)

    asyncio.run(scenario())

    assert list(range(20 - expected, 20)) == numbers(store)


def test_start_at_a_time(broker, options):
    """A start time begins with the first message of that time or later."""
    store, topic = MemoryStore(), topic_of(options)
    at_ms = 1_768_464_000_000

    async def scenario():
        await make_topic(broker.address, topic)
        async with producer(broker.address) as client:
            for number in range(10):
                await client.send_and_wait(topic, event(number), timestamp_ms=at_ms + 1000 * number)
        async with collecting(store, **(options | {"start": "2026-01-15T08:00:05Z"})):
            await until(lambda: len(store.rows) == 5)

    asyncio.run(scenario())

    assert [5, 6, 7, 8, 9] == numbers(store)


def test_topics_and_partitions_that_come_later_are_read_whole(broker, options):
    """What a pattern matches later, and what a topic grows by, is read from its beginning even where start = latest."""
    store = MemoryStore()
    given = {"topics": (), "topic_pattern": r"later\..*", "start": "latest"}

    async def scenario():
        await make_topic(broker.address, "later.first")
        await make_topic(broker.address, "not.later.first")
        await send_events(broker.address, "later.first", range(5))
        async with collecting(store, **(options | given)) as collector:
            await until(lambda: store.kept)
            await make_topic(broker.address, "later.second")
            await send_events(broker.address, "later.second", range(5, 10))
            async with admin(broker.address) as client:
                await client.create_partitions({"later.first": NewPartitions(2)})
            await asyncio.sleep(0.5)
            await send_events(broker.address, "later.first", range(10, 15), partition=1)
            await send_events(broker.address, "not.later.first", range(15, 20))
            await until(lambda: len(store.rows) == 10, str(collector.status()))

    asyncio.run(scenario())

    assert list(range(5, 15)) == numbers(store)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_sasl(broker, options, mechanism):
    """A user is let in by each mechanism that wants a password."""
    sasl = {"sasl_mechanism": mechanism, "username": "sagascope", "password": "sagascope"}
    place = {"bootstrap_servers": (broker.sasl_address,)}

    asyncio.run(arrives(broker.address, f"sasl-{mechanism.lower()}", **(options | sasl | place)))


def test_aborted_transactions_are_not_seen(broker, options):
    """By default only what was committed is read, and the position passes what was aborted and the marks."""
    store, topic = MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic)
        async with producer(broker.address, transactional_id=topic) as client:
            for first, is_kept in ((0, True), (10, False), (20, True), (30, False)):
                await client.begin_transaction()
                for number in range(first, first + 10):
                    await client.send(topic, event(number))
                await (client.commit_transaction() if is_kept else client.abort_transaction())
        async with collecting(store, **options):
            await until(lambda: store.kept == {f"{topic}/0": "44"})

    asyncio.run(scenario())

    assert [*range(10), *range(20, 30)] == numbers(store)


def test_two_instances_share_a_group(broker, options):
    """Two instances with stores of their own divide the partitions; together they have every event, by one uid each."""
    first, second, topic = MemoryStore(), MemoryStore(), topic_of(options)

    async def scenario():
        await make_topic(broker.address, topic, 6)
        await send_events(broker.address, topic, range(500))
        async with collecting(first, **(options | {"start": "stored"})) as one:
            await until(lambda: len(first.rows) == 500)
            async with collecting(second, **(options | {"start": "stored"})) as two:
                await until(lambda: [3, 3] == [each.status().gauges["assigned_partitions"] for each in (one, two)])
                await send_events(broker.address, topic, range(500, 1000))
                await until(lambda: len(first.rows | second.rows) == 1000)
            await until(lambda: one.status().gauges["assigned_partitions"] == 6)
            await send_events(broker.address, topic, range(1000, 1500))
            await until(lambda: len(first.rows | second.rows) == 1500)

    asyncio.run(scenario())

    assert second.rows
    both = first.rows | second.rows
    assert list(range(1500)) == sorted(int(row["transaction_id"]) for row in both.values())


def test_the_progress_of_other_groups(broker, options):
    """Each other group's offsets, the end of the log and its members are kept when they change; ours is left out."""
    store, topic = MemoryStore(), topic_of(options)
    given = options | {"progress_max_groups": 100, "progress_every": 0.3}

    def latest():
        rows = {(row["group"], row["partition"]): row for row in store.progress}
        return {key: (row["committed"], row["log_end"], row["members"]) for key, row in rows.items()}

    async def scenario():
        await make_topic(broker.address, topic, 2)
        await send_events(broker.address, topic, range(10), partition=0)
        await send_events(broker.address, topic, range(10, 15), partition=1)
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=broker.address, group_id="shipping", enable_auto_commit=False
        )
        async with collecting(store, **given) as collector:
            async with consumer:
                await consumer.commit({TopicPartition(topic, 0): 4})
                await until(lambda: latest() == {("shipping", 0): (4, 10, 1), ("shipping", 1): (-1, 5, 1)})
                await send_events(broker.address, topic, range(15, 18), partition=0)
                await consumer.commit({TopicPartition(topic, 1): 5})
                await until(lambda: latest() == {("shipping", 0): (4, 13, 1), ("shipping", 1): (5, 5, 1)})
            await until(lambda: latest() == {("shipping", 0): (4, 13, 0), ("shipping", 1): (5, 5, 0)})
            kept = len(store.progress)
            await asyncio.sleep(1)
            return kept, collector.status().counters

    kept, counters = asyncio.run(scenario())

    assert kept == len(store.progress) == counters["progress_samples"]
    assert 0 == counters["progress_failures"]
