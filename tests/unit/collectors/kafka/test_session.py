"""How a session takes the client: it seeks before anything counts, and asks again for what the client lost."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, NoOffsetForPartitionError, OffsetOutOfRangeError

from tests.kafka_parts import MemoryStore, Message, event, session_of

ORDERS = TopicPartition("orders", 0)


class Client:
    """A consumer of one partition: polls give what is in `polls`, one after the other, then nothing."""

    def __init__(self, *polls, first=0, end=100):
        self.polls = list(polls)
        self.sought = []
        self.commits = []
        self.failures = []
        self.first = first
        self.end = end

    def subscription(self):
        """Name the topics."""
        return frozenset({"orders"})

    def partitions_for_topic(self, _):
        """Name the topic's partitions."""
        return {0}

    def assignment(self):
        """Name what is ours."""
        return frozenset({ORDERS})

    def seek(self, partition, offset):
        """Keep where we went."""
        self.sought.append((partition, offset))

    async def getmany(self, *_, **__):
        """Give the next poll, or fail as it says."""
        await asyncio.sleep(0)
        given = self.polls.pop(0) if self.polls else {}
        if isinstance(given, Exception):
            raise given
        return given

    async def beginning_offsets(self, partitions):
        """Give the first offset, or fail once."""
        if self.failures:
            raise self.failures.pop(0)
        return dict.fromkeys(partitions, self.first)

    async def end_offsets(self, partitions):
        """Give the end."""
        return dict.fromkeys(partitions, self.end)

    def highwater(self, _):
        """Give the end."""
        return self.end

    async def committed(self, _):
        """Give the group's offset: none."""

    async def commit(self, offsets):
        """Keep what was committed."""
        self.commits.append(offsets)


def poll(first, count=2):
    """Give what a poll gives."""
    return {ORDERS: [Message(at, event(at)) for at in range(first, first + count)]}


def run(client, scenario, store=None):
    """Run a scenario with a session of a client; the store, the counts and the health after it."""

    async def go():
        async with session_of(client, store=store) as (session, *parts):
            await scenario(session)
        return parts

    store, tally, health = asyncio.run(go())
    return store, tally.counts(), health


def test_what_comes_before_the_seek_does_not_count():
    """The client may fetch from the group's offset before we sought: that is thrown away."""
    client = Client(poll(50), poll(7))

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._poll()
        await session._seek()
        await session._poll()

    store, _, _ = run(client, scenario, MemoryStore(kept={"orders/0": "7"}))

    assert [(ORDERS, 7)] == client.sought
    assert ["orders/0/7", "orders/0/8"] == sorted(store.rows)
    assert {"orders/0": "9"} == store.kept


def test_where_reading_began_is_stored_at_once():
    """A partition that the store does not know begins where the options say, and after a crash too."""
    client = Client(first=5)

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()

    store, _, _ = run(client, scenario)

    assert {"orders/0": "5"} == store.kept


def test_nothing_is_read_until_the_position_is_known():
    """Where the position cannot be had this is told, what comes is thrown away, and it is asked again."""
    client = Client(poll(50), first=5)
    client.failures = [KafkaConnectionError("away")]

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()
        troubled.append(session._health.detail())
        await session._seek()

    troubled = []
    store, _, health = run(client, scenario)

    assert "no position for 1 partitions yet (" in troubled[0]
    assert [(ORDERS, 5)] == client.sought
    assert {} == store.rows
    assert not health.is_troubled


def test_after_a_partition_is_given_away_nothing_of_it_counts():
    """What a revoked partition still brings is thrown away until it is assigned and sought again."""
    client = Client(poll(0), poll(2), poll(2))

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()
        await session.on_partitions_revoked({ORDERS})
        await session._poll()
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()

    store, counts, _ = run(client, scenario)

    assert [(ORDERS, 0), (ORDERS, 2)] == client.sought
    assert ["orders/0/0", "orders/0/1", "orders/0/2", "orders/0/3"] == sorted(store.rows)
    assert [{ORDERS: 2}] == client.commits
    assert 2 == counts["rebalances"]


def test_an_offset_that_is_gone_is_jumped_over_and_told():
    """Reading goes on at the first that is left; from where to where and how many were lost is told."""
    client = Client(OffsetOutOfRangeError({ORDERS: 7}), first=20)

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()

    store, counts, health = run(client, scenario, MemoryStore(kept={"orders/0": "7"}))

    assert (ORDERS, 20) == client.sought[-1]
    assert 13 == counts["lost_offsets"]
    assert "orders/0: offset 7 is gone from the broker, which has 20 to 100; read on at 20" in health.detail()
    assert {"orders/0": "20"} == store.kept


def test_a_topic_that_was_made_anew_is_read_from_its_beginning():
    """A position past the end means another topic of the same name: all of it is read, and nothing was lost."""
    client = Client(OffsetOutOfRangeError({ORDERS: 700}), first=0, end=3)

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()

    _, counts, health = run(client, scenario, MemoryStore(kept={"orders/0": "700"}))

    assert (ORDERS, 0) == client.sought[-1]
    assert 0 == counts["lost_offsets"]
    assert "the topic was cut or made anew" in health.detail()


def test_the_group_follows_a_topic_that_was_made_anew():
    """Offsets of the old topic are not committed to the new one, however late the store has the new position."""
    client = Client(poll(700), OffsetOutOfRangeError({ORDERS: 702}), poll(0), first=0, end=3)
    store = MemoryStore(kept={"orders/0": "700"})

    async def stored(session, offset):
        while session._pipeline.stored.get(("orders", 0)) != offset:  # noqa: ASYNC110  the pipeline tells nobody
            await asyncio.sleep(0)

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()
        await stored(session, 702)
        await session._commit()
        store.gate = asyncio.Event()
        await session._poll()
        await session._commit()
        store.gate.set()
        await session._poll()
        await stored(session, 2)
        await session._commit()

    run(client, scenario, store)

    assert [{ORDERS: 702}, {ORDERS: 2}] == client.commits


def test_what_the_client_lost_over_unreadable_bytes_is_read_again():
    """A read that fails once costs nothing: every partition is sought where it stood, and read on."""
    client = Client(ValueError("no header"), poll(0), poll(2))

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll()
        await session._poll()

    store, counts, health = run(client, scenario)

    assert ["orders/0/0", "orders/0/1", "orders/0/2", "orders/0/3"] == sorted(store.rows)
    assert (1, 0) == (counts["retries_fetch"], counts["lost_offsets"])
    assert "" == health.detail()


@pytest.mark.parametrize(
    "failure", [ValueError("no header"), NoOffsetForPartitionError(ORDERS), OffsetOutOfRangeError({ORDERS: 7})]
)
def test_a_poll_that_only_keeps_the_group_may_fail_as_any(failure):
    """While there is no room, what one read cannot have neither ends the session nor moves a position too far."""
    client = Client(failure, poll(7), first=7)

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        await session._poll_paused()
        await session._poll()

    store, counts, _ = run(client, scenario, MemoryStore(kept={"orders/0": "7"}))

    assert (ORDERS, 7) == client.sought[-1]
    assert ["orders/0/7", "orders/0/8"] == sorted(store.rows)
    assert 0 == counts["lost_offsets"]


def test_a_cluster_that_fails_ends_the_session():
    """What is wrong with the cluster is no message's fault, and goes to who begins anew."""
    client = Client(KafkaConnectionError("away"))

    async def scenario(session):
        session.on_partitions_assigned({ORDERS})
        await session._seek()
        with pytest.raises(KafkaConnectionError):
            await session._poll()

    run(client, scenario)
