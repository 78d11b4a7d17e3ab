"""Writes the messages of the past, in the order in which they were sent, and how far each group has read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tracer.clock import NS_PER_S
from tracer.demo.kafka import wire
from tracer.demo.kafka.place import PARTITIONS, READERS, Place
from tracer.demo.world import Message

# Groups that have read nothing of what is there: two are slow, one has no members.
BEHIND: Final = ("freight", "engraving", "pickup")


async def write_past(place: Place, messages: Iterable[Message]) -> None:
    """Write them with the times at which they were sent. Raises KafkaError."""
    producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all", linger_ms=5)
    await producer.start()
    try:
        for message in sorted(messages, key=lambda each: each.at_ns):
            await producer.send(
                place.name(message.topic),
                wire.value(message),
                key=wire.key(message),
                headers=wire.headers(message, place),
                timestamp_ms=message.at_ns * 1000 // NS_PER_S,
            )
    finally:
        await producer.stop()
    for service in READERS:
        await commit_group(place, service)


async def commit_group(place: Place, service: str) -> None:
    """Put a group's offsets where the past leaves them: at the end, or at the beginning of what nobody read."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.bootstrap, group_id=place.name(service), enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(place.name(topic), each) for topic in READERS[service] for each in range(PARTITIONS)
        ]
        consumer.assign(partitions)
        find = consumer.beginning_offsets if service in BEHIND else consumer.end_offsets
        await consumer.commit(await find(partitions))
    finally:
        await consumer.stop()
