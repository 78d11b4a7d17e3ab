"""How far the other consumer groups have come in the partitions that we read: sampled every few seconds.

Only partitions that are assigned to this instance are looked at, so that instances of one group share the work.
What did not change is not kept again, but for a heartbeat. Limits: `progress_max_groups` are asked at a time, those
that were of interest first and the rest in turn; `progress_max_partitions` rows are kept of one sample.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ClusterAuthorizationFailedError, GroupAuthorizationFailedError

from collectors.kafka.health import Health
from collectors.kafka.options import KafkaOptions
from collectors.kafka.tally import Tally
from tracer.model.messages import PROGRESS_SCHEMA
from tracer.model.text import clean
from tracer.ports import Wiring

_ASK_S: Final = 20.0  # for the names of groups, or the ends of partitions
_GROUP_S: Final = 5.0  # for what one group says
_MOST_SILENT: Final = 5  # groups that did not answer, before a look is given up
_LONG_S: Final = 20.0  # a look that takes longer is told
_REASON_LIMIT: Final = 300
_HEARTBEAT_S: Final = 60.0
_UNKNOWN: Final = -1
_TYPES: Final = ("consumer", "")  # those of Connect and others commit no offsets of ours
_Place = tuple[str, TopicPartition]


class Reach(NamedTuple):
    """How far a group has come in a partition."""

    committed: int
    log_end: int
    members: int


class Progress:
    """Samples for as long as a session lasts; nothing that fails here touches what is read."""

    def __init__(
        self,
        *,
        options: KafkaOptions,
        arguments: Mapping[str, Any],
        consumer: Any,
        wiring: Wiring,
        partitions: Callable[[], Collection[TopicPartition]],
        tally: Tally,
        health: Health,
    ) -> None:
        self._options = options
        self._arguments = arguments
        self._consumer = consumer
        self._wiring = wiring
        self._partitions = partitions
        self._tally = tally
        self._health = health
        self._kept: dict[_Place, tuple[Reach, float]] = {}
        self._of_interest: set[str] = set()
        self._turn = 0
        self._silent: list[str] = []  # groups that did not answer in this look

    async def run(self) -> None:
        """Sample until cancelled."""
        if self._wiring.ledger is None or self._options.progress_max_groups == 0:
            return
        while True:
            await self._until_it_fails()
            await asyncio.sleep(self._options.progress_every)

    async def _until_it_fails(self) -> None:
        admin = AIOKafkaAdminClient(**self._arguments)
        try:
            await admin.start()
            while True:
                await self._look(admin)
                await asyncio.sleep(self._options.progress_every)
        except (ClusterAuthorizationFailedError, GroupAuthorizationFailedError) as refused:
            self._failed(f"other groups may not be looked at; allow Describe on groups: {refused}")
        except Exception as failed:  # noqa: BLE001 - whatever it was, it is told, and must not end what is read
            words = str(failed) or type(failed).__name__
            self._failed(f"how far other groups are cannot be seen ({words}); looked at again, reading goes on")
        finally:
            with contextlib.suppress(Exception):  # it is thrown away either way
                await admin.close()

    def _failed(self, why: str) -> None:
        self._tally.add("progress_failures")
        self._health.trouble("groups", clean(why, _REASON_LIMIT))

    async def _look(self, admin: AIOKafkaAdminClient) -> None:
        """Take a sample, and tell when it is not one to rely on."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        self._silent = []
        await self._sample(admin)
        took_s = loop.time() - begun_s
        if self._silent:
            self._failed(f"no answer within {_GROUP_S:g} s from: {', '.join(self._silent)}")
        elif took_s > _LONG_S:
            less = "lower progress_max_groups or raise progress_every"
            self._health.trouble("groups", f"one look at other groups takes {took_s:.0f} s; {less}")
        else:
            self._health.well("groups")

    async def _sample(self, admin: AIOKafkaAdminClient) -> None:
        partitions = sorted(self._partitions())
        if not partitions:
            return
        async with asyncio.timeout(_ASK_S):
            groups = await self._choose(admin)
        committed = await self._committed(admin, groups, partitions)
        members = await self._members(admin, sorted(committed))
        # Asked for last: what a group has committed is never past the end.
        async with asyncio.timeout(_ASK_S):
            ends = await self._consumer.end_offsets(partitions)
        await self._keep(self._reaches(committed, members, ends))

    def _reaches(
        self,
        committed: Mapping[str, Mapping[TopicPartition, int]],
        members: Mapping[str, int],
        ends: Mapping[TopicPartition, int],
    ) -> Mapping[_Place, Reach]:
        """Give a row for each group in each partition of its topics, up to the limit."""
        of_topic: dict[str, list[TopicPartition]] = {}
        for one in sorted(ends):
            of_topic.setdefault(one.topic, []).append(one)
        reaches: dict[_Place, Reach] = {}
        skipped = 0
        for group, offsets in sorted(committed.items()):
            for topic in sorted({one.topic for one in offsets}):
                room = max(0, self._options.progress_max_partitions - len(reaches))
                skipped += max(0, len(of_topic[topic]) - room)
                reaches |= {
                    (group, one): Reach(offsets.get(one, _UNKNOWN), ends[one], members.get(group, _UNKNOWN))
                    for one in of_topic[topic][:room]
                }
        self._tally.add("progress_skipped_partitions", skipped)
        return reaches

    async def _choose(self, admin: AIOKafkaAdminClient) -> list[str]:
        listed = await admin.list_consumer_groups()
        others = {name for name, kind, *_ in listed if kind in _TYPES} - {self._options.group}
        self._of_interest &= others
        first, rest = sorted(self._of_interest), sorted(others - self._of_interest)
        most = self._options.progress_max_groups
        room = max(0, most - len(first))
        turned = rest[self._turn % len(rest) :] + rest[: self._turn % len(rest)] if rest else []
        self._turn += room
        self._tally.add("progress_skipped_groups", max(0, len(others) - most))
        return first[:most] + turned[:room]

    async def _committed(
        self, admin: AIOKafkaAdminClient, groups: Iterable[str], partitions: Collection[TopicPartition]
    ) -> dict[str, dict[TopicPartition, int]]:
        """Give each group's offsets in our partitions, for groups that have any."""
        ours = set(partitions)
        found = {}
        for group in groups:
            offsets = await self._answer(group, admin.list_consumer_group_offsets(group))
            if offsets is None:
                continue
            here = {one: at.offset for one, at in offsets.items() if one in ours and at.offset >= 0}
            if here:
                found[group] = here
                self._of_interest.add(group)
            else:
                self._of_interest.discard(group)
        return found

    async def _members(self, admin: AIOKafkaAdminClient, groups: Iterable[str]) -> dict[str, int]:
        """Count the consumers of each group; one that the broker does not describe this way is not known."""
        counts = {}
        for name in groups:
            # One at a time: the client cannot read an answer about several, and loses the connection over it.
            for answer in await self._answer(name, admin.describe_consumer_groups([name])) or ():
                for error, group, state, _, _, members, *_ in answer.groups:
                    # A group of the newer protocol is listed, and called dead to those who ask in the older one.
                    counts[group] = _UNKNOWN if error or state == "Dead" else len(members)
        return counts

    async def _answer(self, group: str, asked: Coroutine[Any, Any, Any]) -> Any:
        """Wait for a group's answer; None when it does not come in time. Raises TimeoutError when too many do not."""
        try:
            async with asyncio.timeout(_GROUP_S):
                return await asked
        except TimeoutError:
            self._silent.append(group)
            if len(self._silent) >= _MOST_SILENT:
                raise TimeoutError(f"{_MOST_SILENT} groups did not answer within {_GROUP_S:g} s each") from None
            return None

    async def _keep(self, reaches: Mapping[_Place, Reach]) -> None:
        """Hand over what changed, and what was handed over long ago."""
        now_s = asyncio.get_running_loop().time()
        never = (None, 0.0)
        news = {
            place: reach
            for place, reach in reaches.items()
            if self._kept.get(place, never)[0] != reach or now_s - self._kept[place][1] >= _HEARTBEAT_S
        }
        if news and self._wiring.ledger is not None:
            samples = _rows(news, self._wiring.clock.now_ns())
            await self._wiring.ledger.note_progress(self._wiring.name, samples)
            self._tally.add("progress_samples", len(news))
        self._kept = {place: self._kept[place] for place in reaches if place not in news} | {
            place: (reach, now_s) for place, reach in news.items()
        }


def _rows(reaches: Mapping[_Place, Reach], at_ns: int) -> pa.RecordBatch:
    rows = [
        {"group": group, "topic": one.topic, "partition": one.partition, "at_ns": at_ns, **reach._asdict()}
        for (group, one), reach in reaches.items()
    ]
    return pa.RecordBatch.from_pylist(rows, schema=PROGRESS_SCHEMA)
