"""Where to begin in partitions: at the store's position, else where the options say."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition

from collectors.kafka.options import Start
from collectors.kafka.pipeline import position_key


def known(stored: Mapping[str, str], partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Pick the partitions whose next offset the store knows. Raises ValueError for a position that is no number."""
    keys = {partition: position_key((partition.topic, partition.partition)) for partition in partitions}
    return {partition: int(stored[key]) for partition, key in keys.items() if key in stored}


async def chosen(
    consumer: Any, start: Start, partitions: Collection[TopicPartition], *, new: Collection[TopicPartition]
) -> dict[TopicPartition, int]:
    """Ask the cluster where to begin in partitions that the store knows nothing of.

    `new` are those that were made after we first looked: all that is in them came since, so they are read from
    their beginning, where otherwise only what comes from now on would be. Raises KafkaError.
    """
    if not partitions:
        return {}
    if start.kind == "stored":
        found = await _committed(consumer, partitions)
    elif start.kind == "latest":
        found = await consumer.end_offsets([one for one in partitions if one not in new])
    elif start.kind == "time":
        found = await _at(consumer, partitions, start.at_ms)
    else:
        found = {}
    return {**await consumer.beginning_offsets([one for one in partitions if one not in found]), **found}


async def _committed(consumer: Any, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    offsets = await asyncio.gather(*(consumer.committed(one) for one in partitions))
    return {one: offset for one, offset in zip(partitions, offsets, strict=True) if offset is not None}


async def _at(consumer: Any, partitions: Collection[TopicPartition], at_ms: int) -> dict[TopicPartition, int]:
    """Give the first offset at a time or after it; the end where nothing is that late."""
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, at_ms))
    ends = await consumer.end_offsets([one for one in partitions if found[one] is None])
    return {one: ends[one] if found[one] is None else found[one].offset for one in partitions}
