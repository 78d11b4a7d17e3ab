"""The group's offset at Kafka: for the tools that show lag, and for an instance whose store knows nothing yet."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from collectors.kafka.tally import Tally

_TIMEOUT_S: Final = 20.0
_NONE: Final = -1


class GroupOffset:
    """Commits for one consumer; never below what the group has, which another instance may have brought further."""

    def __init__(self, *, consumer: Any, tally: Tally) -> None:
        self._consumer = consumer
        self._tally = tally
        self._known: dict[TopicPartition, int] = {}

    def forget(self) -> None:
        """Ask anew for what the group has: others may move it from now on."""
        self._known = {}

    def begin_anew(self, partition: TopicPartition) -> None:
        """Let a topic that was cut or made anew begin below."""
        self._known[partition] = _NONE

    async def commit(self, stored: Mapping[TopicPartition, int]) -> None:
        """Commit what is further than the group is; a failure is counted, and tried again with the next call."""
        known = self._known
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                asked = stored.keys() - known.keys()
                known |= dict.fromkeys(asked, _NONE) | await group_offsets(self._consumer, asked)
                further = {one: to for one, to in stored.items() if to > known[one]}
                if further:
                    await self._consumer.commit(further)
        except (KafkaError, TimeoutError):
            self._tally.add("commit_failures")
        else:
            known |= further


async def group_offsets(consumer: Any, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Ask for the group's offsets, where it has any. Raises KafkaError."""
    offsets = await asyncio.gather(*(consumer.committed(one) for one in partitions))
    return {one: offset for one, offset in zip(partitions, offsets, strict=True) if offset is not None}
