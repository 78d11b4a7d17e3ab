"""Where to begin in partitions: at the store's position, else where the options say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition

from collectors.kafka.committing import group_offsets
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

    What the group has committed comes first: a partition that moves here from another instance goes on where that
    one was, where an end or a time would leave out what came meanwhile. An earlier time is kept to: nothing is lost
    by reading more. `new` are those that were made after we first looked: all that is in them came since, so they
    are read from their beginning, where otherwise only what comes from now on would be. Raises KafkaError.
    """
    if not partitions:
        return {}
    found = await group_offsets(consumer, partitions) if start.kind != "earliest" else {}
    if start.kind == "latest":
        found |= await consumer.end_offsets([one for one in partitions if one not in found and one not in new])
    elif start.kind == "time":
        late = await _at(consumer, partitions, start.at_ms)
        found = {one: min(at, found.get(one, at)) for one, at in late.items()}
    return {**await consumer.beginning_offsets([one for one in partitions if one not in found]), **found}


async def _at(consumer: Any, partitions: Collection[TopicPartition], at_ms: int) -> dict[TopicPartition, int]:
    """Give the first offset at a time or after it; the end where nothing is that late."""
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, at_ms))
    ends = await consumer.end_offsets([one for one in partitions if found[one] is None])
    return {one: ends[one] if found[one] is None else found[one].offset for one in partitions}
