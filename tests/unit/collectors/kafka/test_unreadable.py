"""Bytes that the client cannot parse: what is around them is stored, and nothing is noted of what is not ours."""

import asyncio
import ssl
import struct

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaConnectionError

from collectors.kafka.unreadable import is_unreadable
from tests.kafka_parts import MemoryConsumer, MemoryStore, Message, event, session_of

ORDERS = TopicPartition("orders", 0)
OTHERS = TopicPartition("orders", 1)


def messages(*offsets):
    """Give numbered events."""
    return [Message(at, event(at)) for at in offsets]


def run(client, polls=3, scenario=None, **options):
    """Read with a session; its store, counts and notice."""

    async def go():
        async with session_of(client, **options) as (session, store, tally, health):
            session.on_partitions_assigned(set(client.log))
            await session._seek()
            if scenario:
                scenario(session)
            for _ in range(polls):
                await session._poll()
        return store, tally.counts(), health.notice

    return asyncio.run(go())


def offsets(store, partition=0):
    """Give the offsets that a store has."""
    return sorted(int(uid.rsplit("/", 1)[1]) for uid in store.rows if uid.startswith(f"orders/{partition}/"))


def test_readable_messages_between_unreadable_ones_are_stored():
    """Each range is stepped over by itself: nothing between two of them is lost."""
    log = messages(*range(100, 130), *range(130, 140))
    client = MemoryConsumer({ORDERS: log}, {ORDERS: [range(100, 110), range(115, 130)]})
    client.at[ORDERS] = 100
    store, counts, notice = run(client, store=MemoryStore(kept={"orders/0": "100"}))

    assert [*range(110, 115), *range(130, 140)] == offsets(store)
    assert 25 == counts["lost_offsets"]
    assert "orders/0: offsets 115 to 129 cannot be read (no header); read on at 130" == notice


def test_a_long_range_is_stepped_over_too():
    """Past the bound the steps grow, and the first that can be read is found all the same."""
    client = MemoryConsumer({ORDERS: messages(0, *range(5000, 5003))}, {ORDERS: [range(1, 5000)]})
    store, counts, _ = run(client)

    assert [0, 5000, 5001, 5002] == offsets(store)
    assert 4999 == counts["lost_offsets"]
    assert len(client.reads) < 1100


def test_an_empty_answer_is_no_readable_message():
    """A broker that takes its time over unreadable bytes does not end the range before its end."""
    client = MemoryConsumer({ORDERS: messages(0, 9)}, {ORDERS: [range(1, 9)]})
    probes = []

    async def slow():
        probes.append(client.at[ORDERS])
        client.empty = int(client.at[ORDERS] == 4 and probes.count(4) == 1)

    client.before_read = slow
    store, counts, _ = run(client)

    assert [0, 9] == offsets(store)
    assert 8 == counts["lost_offsets"]


def test_the_end_of_the_partition_is_where_unreadable_bytes_end():
    """Where nothing comes after them, reading goes on at the end."""
    client = MemoryConsumer({ORDERS: messages(0)}, {ORDERS: [range(1, 4)]})
    store, counts, _ = run(client)

    assert {"orders/0": "4"} == store.kept
    assert 3 == counts["lost_offsets"]


@pytest.mark.parametrize("at_read", range(1, 14))
def test_a_partition_that_was_given_away_meanwhile_is_not_stepped_in(at_read):
    """Given away and assigned again at any moment of the search, no position is stored past what is not stored."""
    client = MemoryConsumer({ORDERS: messages(0, 1, 10)}, {ORDERS: [range(2, 10)]})
    store = MemoryStore(gate=asyncio.Event())

    async def go():
        async with session_of(client, store=store) as (session, *_):
            session._settle = lambda: asyncio.sleep(0)  # the store takes nothing in time

            async def rebalance():
                if len(client.reads) == at_read:
                    await session.on_partitions_revoked({ORDERS})
                    session.on_partitions_assigned({ORDERS})

            client.before_read = rebalance
            session.on_partitions_assigned({ORDERS})
            await session._seek()
            await session._poll()
            store.gate.set()

    asyncio.run(go())
    stored_to = int(store.kept.get("orders/0", 0))

    assert [at for at in (0, 1) if at < stored_to] == [at for at in offsets(store) if at < 2]


def test_only_the_partition_that_fails_is_read_singly():
    """The others are read as always, whole polls at a time."""
    client = MemoryConsumer({OTHERS: messages(*range(50)), ORDERS: messages(0, 3)}, {ORDERS: [range(1, 3)]})
    store, _, _ = run(client)

    assert list(range(50)) == offsets(store, 1)
    assert [0, 3] == offsets(store)
    assert set() == {most for one, most in client.reads if one == OTHERS and most == 1}


def test_what_is_read_singly_is_bounded_in_bytes():
    """A partition of large messages before unreadable bytes is taken in parts of an answer's size."""
    large = [Message(at, event(at), serialized_value_size=1000) for at in range(20)]
    client = MemoryConsumer({ORDERS: large}, {ORDERS: [range(20, 21)]})
    taken = []

    def watch(session):
        take = session.take

        def noted(fetched):
            taken.extend(len(of_one) for of_one in fetched.values() if of_one)
            take(fetched)

        session.take = noted

    store, _, _ = run(client, scenario=watch, polls=8, max_fetch=4000)

    assert 4 == max(taken)
    assert list(range(20)) == offsets(store)


def test_each_partition_waits_for_room():
    """What is read around unreadable bytes waits for the store as any read does."""
    client = MemoryConsumer({OTHERS: messages(0), ORDERS: messages(0, 2)}, {ORDERS: [range(1, 2)]})
    waits = []

    def watch(session):
        room = session.room

        async def noted():
            waits.append(len(client.reads))
            await room()

        session.room = noted

    run(client, polls=1, scenario=watch)
    singly = [at for at, (one, most) in enumerate(client.reads) if one is not None and most > 1]

    assert all(at in waits for at in singly)
    assert len(waits) > len(singly)


@pytest.mark.parametrize(
    ("failure", "unreadable"),
    [
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), True),
        (ValueError("varint"), True),
        (struct.error("short"), True),
        (EOFError(), True),
        (CorruptRecordException(), True),
        (KafkaConnectionError(), False),
        (ssl.SSLCertVerificationError(1, "expired"), False),
        (RuntimeError("closed"), False),
        (AttributeError("ours"), False),
        (MemoryError(), False),
    ],
)
def test_only_bytes_that_cannot_be_parsed_are_stepped_over(failure, unreadable):
    """A fault of ours, of the cluster or of the connection never costs a message."""
    assert unreadable is is_unreadable(failure)
