"""The group's offset at Kafka only grows, and a start at the end or a time asks for it first."""

import asyncio

import pytest
from aiokafka import TopicPartition

from collectors.kafka.committing import GroupOffset
from collectors.kafka.options import Start
from collectors.kafka.starting import chosen
from collectors.kafka.tally import Tally
from tests.kafka_parts import MemoryConsumer, Message

ORDERS = TopicPartition("orders", 0)


@pytest.fixture
def client():
    """Give a client of one partition of ten messages."""
    return MemoryConsumer({ORDERS: [Message(at) for at in range(10)]}, {})


def test_the_group_is_not_put_back(client):
    """A partition that comes back to a store further behind commits nothing until it is past the group."""
    client.group[ORDERS] = 7
    offset = GroupOffset(consumer=client, tally=Tally())

    async def scenario():
        for at in (5, 7, 8, 8):
            await offset.commit({ORDERS: at})

    asyncio.run(scenario())

    assert [{ORDERS: 8}] == client.commits


def test_after_a_rebalance_the_group_is_asked_anew(client):
    """What another instance committed meanwhile is not put back either."""
    offset = GroupOffset(consumer=client, tally=Tally())

    async def scenario():
        await offset.commit({ORDERS: 3})
        offset.forget()
        client.group[ORDERS] = 9
        await offset.commit({ORDERS: 4})

    asyncio.run(scenario())

    assert [{ORDERS: 3}] == client.commits


def test_a_topic_that_was_made_anew_commits_below(client):
    """Its offsets begin again, and the group's with them."""
    client.group[ORDERS] = 700
    offset = GroupOffset(consumer=client, tally=Tally())

    async def scenario():
        await offset.commit({ORDERS: 700})
        offset.begin_anew(ORDERS)
        await offset.commit({ORDERS: 2})

    asyncio.run(scenario())

    assert [{ORDERS: 2}] == client.commits


@pytest.mark.parametrize(
    ("start", "group", "expected"),
    [
        (Start(kind="latest"), 4, 4),
        (Start(kind="latest"), None, 10),
        (Start(kind="time", at_ms=6), 4, 4),
        (Start(kind="time", at_ms=2), 4, 2),
        (Start(kind="time", at_ms=99), 4, 4),
        (Start(kind="time", at_ms=6), None, 6),
        (Start(kind="stored"), 4, 4),
        (Start(kind="stored"), None, 0),
        (Start(kind="earliest"), 4, 0),
    ],
)
def test_a_partition_that_moves_here_goes_on_where_the_group_is(client, start, group, expected):
    """What came between the other instance's last commit and now is not left out."""
    client.group = {} if group is None else {ORDERS: group}

    assert {ORDERS: expected} == asyncio.run(chosen(client, start, [ORDERS], new=[]))
