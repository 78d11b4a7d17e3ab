"""A choreography on a real broker loses its message in each way and the place is named; poison is kept and replayed."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.kafka_parts import make_topic, producer, until
from tracer.app.plan import make_plan
from tracer.app.sidecar import running
from tracer.client import Client
from tracer.clock import SystemClock
from tracer.config.sources import read
from tracer.rejections import RejectedQuery
from tracer.views import TransactionQuery

pytestmark = pytest.mark.integration

# Of each topic: the group that reads it, what that has committed, and whether it still has a member. Every topic has
# three messages of others at 0, 1 and 2, and the one that is looked for at 3.
READERS = {
    "parcels": ("shipping", 1, True),
    "labels": ("printing", 3, True),
    "mails": ("mailing", 4, True),
    "refunds": ("refunding", 1, False),
    "payments": ("billing", 4, True),
}
CONFIGURATION = """
[api]
listen = "127.0.0.1:0"

[stalls]
default_threshold = "1s"

[collectors.kafka]
type = "kafka"
bootstrap_servers = ["{address}"]
topics = [{topics}]
group = "{group}"
start = "earliest"
dead_letter = ["*.DLT"]
progress_every = "500ms"
discover_every = "500ms"

[[collectors.kafka.mapping]]
transaction_id = "{id}"
"""


@asynccontextmanager
async def serving(scratch, broker, topics, *, by="$.order_id"):
    """Run a sidecar on these topics, with its store in the folder; gives what asks it, in a thread."""
    named = ", ".join(f'"{topic}"' for topic in topics)
    text = CONFIGURATION.format(address=broker.address, topics=named, group=f"watch-{topics[0]}", id=by)
    (scratch / "sagascope.toml").write_text(text, encoding="utf-8")
    environment = {"SAGASCOPE_STORE__PATH": str(scratch / "s.duckdb")}
    source = read(scratch / "sagascope.toml", environ=environment, cwd=scratch)
    async with running(make_plan(source, environment), SystemClock()) as served:
        client = Client(served.api_url)

        async def ask(question, *arguments):
            return await asyncio.to_thread(getattr(client, question), *arguments)

        yield ask
        client.close()


async def eventually(question, condition):
    """Ask again until the answer is as expected; the last answer."""
    answers = []

    async def look():
        while True:
            answers[:] = [await question()]
            if condition(answers[0]):
                return
            await asyncio.sleep(0.1)

    try:
        await asyncio.wait_for(look(), 40)
    except TimeoutError:
        raise AssertionError(f"still: {answers}") from None
    return answers[0]


async def member(stack, broker, topic, group, committed, *, stays):
    """Join a group, commit, and stay a member or go."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.address, group_id=group, enable_auto_commit=False)
    await consumer.start()
    if stays:
        stack.push_async_callback(consumer.stop)
    await until(consumer.assignment)
    await consumer.commit({TopicPartition(topic, 0): committed})
    if not stays:
        await consumer.stop()


def named(text):
    """Ask for transactions with a text in their ids."""
    return TransactionQuery(q=text)


def order(name):
    """Write an event of a transaction."""
    return json.dumps({"order_id": name}).encode()


def test_the_place_of_a_lost_message_is_named_in_each_way(broker, scratch):
    """Not read, being read, read and lost, without members, put aside: `show` names topic, offset, group and state."""

    async def scenario():
        async with AsyncExitStack() as stack:
            sender = await stack.enter_async_context(producer(broker.address))
            for topic in (*READERS, "payments.DLT"):
                await make_topic(broker.address, topic)
            for topic, (group, committed, stays) in READERS.items():
                for name in ("a", "b", "c", f"lost-in-{topic}"):
                    await sender.send_and_wait(topic, order(name))
                await member(stack, broker, topic, group, committed, stays=stays)
            headers = [
                ("kafka_dlt-original-topic", b"payments"),
                ("kafka_dlt-original-consumer-group", b"billing"),
                ("kafka_dlt-exception-message", b"card gone"),
            ]
            await sender.send_and_wait("payments.DLT", order("lost-in-payments"), headers=headers)
            ask = await stack.enter_async_context(serving(scratch, broker, (*READERS, "payments.DLT")))
            told = {}
            for topic in READERS:
                shown = await eventually(
                    lambda topic=topic: seen(ask, f"lost-in-{topic}"),
                    lambda one: one and one.stall and one.message and one.message.groups,
                )
                (reader,) = shown.message.groups
                told[topic] = (shown.message.topic, shown.message.offset, reader.group, reader.state, shown.stall.why)
            return told

    told = asyncio.run(scenario())

    assert {
        "parcels": ("parcels", 3, "shipping", "unread"),
        "labels": ("labels", 3, "printing", "reading"),
        "mails": ("mails", 3, "mailing", "read"),
        "refunds": ("refunds", 3, "refunding", "no-members"),
        "payments": ("payments", 3, "billing", "dead-lettered"),
    } == {topic: place[:4] for topic, place in told.items()}
    for topic, words in {
        "parcels": "shipping has not read it: 2 messages before it",
        "labels": "printing is at it, and not past it for",
        "mails": "nothing followed: lost inside mailing",
        "refunds": "refunding has no members, so nobody reads it: 2 messages before it",
        "payments": "it is at payments.DLT[0]@0: card gone",
    }.items():
        assert words in told[topic][4]


async def seen(ask, name):
    """Give a transaction, or None while there is none."""
    page = await ask("transactions", named(name))
    return await ask("transaction", name) if page.total else None


def test_poison_is_kept_and_replayed_after_a_fix(broker, scratch):
    """Good messages arrive, bad ones are kept with the reason; what a better configuration reads leaves the list."""

    async def scenario():
        async with producer(broker.address) as sender:
            await make_topic(broker.address, "poison")
            for number in range(20):
                value = order(f"P{number}") if number % 4 else b"{oops \xff"
                await sender.send_and_wait("poison", value, key=f"K{number}".encode())
        async with serving(scratch, broker, ("poison",)) as ask:
            page = await eventually(lambda: ask("rejected", RejectedQuery()), lambda page: page.total == 5)
            first = await ask("replay", RejectedQuery(), 0)
            good = (await eventually(lambda: ask("transactions", named("P")), lambda page: page.total == 15)).total
        async with serving(scratch, broker, ("poison",), by="key") as ask:
            second = await ask("replay", RejectedQuery(topic=("poison",)), 0)
            left = (await ask("rejected", RejectedQuery())).total
            found = await eventually(lambda: ask("transactions", named("K")), lambda page: page.total == 5)
        return page, first, good, second, left, sorted(one.transaction_id for one in found.transactions)

    page, first, good, second, left, ids = asyncio.run(scenario())

    assert [0, 4, 8, 12, 16] == sorted(one.offset for one in page.messages)
    assert all("not JSON" in one.reason for one in page.messages)
    assert (5, 0, 15) == (first.tried, first.accepted, good)
    assert (5, 5, 5, 0) == (second.tried, second.accepted, second.stored, left)
    assert ["K0", "K12", "K16", "K4", "K8"] == ids
