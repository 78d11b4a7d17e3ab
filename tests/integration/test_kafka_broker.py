"""The real broker that scripts/kafka.sh brings and runs."""

import asyncio
import subprocess

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.brokers import SCRIPT, running_broker

pytestmark = pytest.mark.integration


def test_what_was_written_outlives_a_kill(scratch):
    """A message that the node acknowledged is there after it was killed and started again in the same folder."""
    with running_broker(scratch / "kafka", "--set", "auto.create.topics.enable=true") as broker:
        asyncio.run(_send(broker.address))
        broker.restart()
        value = asyncio.run(_first(broker.address))

    assert b"hello" == value


def test_a_node_that_does_not_run_is_told(scratch):
    """`status` of a folder where nothing runs says so and fails."""
    done = subprocess.run([SCRIPT, "status", scratch], capture_output=True, text=True, check=False)

    assert (1, "not running\n") == (done.returncode, done.stdout)


async def _send(address):
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        await producer.send_and_wait("greetings", b"hello")


async def _first(address):
    async with AIOKafkaConsumer("greetings", bootstrap_servers=address, auto_offset_reset="earliest") as consumer:
        return (await consumer.getone()).value
