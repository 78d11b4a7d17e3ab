"""Which groups are asked, what is kept of their answers, and what is counted as left out."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from collectors.kafka.health import Health
from collectors.kafka.options import KafkaOptions
from collectors.kafka.progress import Progress
from collectors.kafka.tally import Tally
from tests.kafka_parts import MemoryStore
from tracer.clock import FixedClock
from tracer.errors import Busy
from tracer.ports import Wiring

ORDERS = [TopicPartition("orders", n) for n in range(2)]


class Admin:
    """Groups with their offsets, by name; `asked` is whose offsets were asked for."""

    def __init__(self, **groups):
        self.groups = groups
        self.asked = []
        self.dead = set()

    async def list_consumer_groups(self):
        """Name them, ours and one that is no consumer's beside them."""
        return [(name, "consumer") for name in self.groups] + [("sagascope", "consumer"), ("connect", "connect")]

    async def list_consumer_group_offsets(self, group):
        """Give what one committed."""
        self.asked.append(group)
        return {partition: SimpleNamespace(offset=offset) for partition, offset in self.groups[group].items()}

    async def describe_consumer_groups(self, groups):
        """Give each two members, but for those of the newer protocol."""
        described = [(0, name, "Dead" if name in self.dead else "Stable", "", "", [1, 2], 0) for name in groups]
        return [SimpleNamespace(groups=described)]


class Ends:
    """The consumer, as far as it is asked."""

    def __init__(self):
        self.end = 10

    async def end_offsets(self, partitions):
        """Give the same end for each."""
        return dict.fromkeys(partitions, self.end)


@pytest.fixture
def parts():
    """Give a way to make a sampler, and what it works with."""
    store, tally, ends = MemoryStore(), Tally(), Ends()

    def make(**options):
        wiring = Wiring(name="kafka", sink=store, clock=FixedClock(7), correlation_keys=(), ledger=store)
        return Progress(
            options=KafkaOptions(topics=("orders",), **options), arguments={}, consumer=ends, wiring=wiring,
            partitions=lambda: ORDERS, tally=tally, health=Health("kafka"),
        )  # fmt: skip

    return SimpleNamespace(make=make, store=store, tally=tally, ends=ends)


def sample(progress, admin, times=1):
    """Take samples."""

    async def go():
        for _ in range(times):
            await progress._sample(admin)

    asyncio.run(go())


def test_a_row_is_a_group_in_a_partition(parts):
    """Groups that committed in a topic have a row for each of its partitions; ours and others' kinds have none."""
    admin = Admin(shipping={ORDERS[0]: 4}, elsewhere={TopicPartition("other", 0): 3})
    sample(parts.make(), admin)
    common = {"group": "shipping", "topic": "orders", "log_end": 10, "members": 2, "at_ns": 7}

    assert [
        common | {"partition": 0, "committed": 4},
        common | {"partition": 1, "committed": -1},
    ] == parts.store.progress


def test_only_what_changed_is_kept_again(parts):
    """A second look that sees the same keeps nothing; one partition's commit keeps one row."""
    admin, progress = Admin(shipping={ORDERS[0]: 4, ORDERS[1]: 0}), parts.make()

    async def go():
        await progress._sample(admin)
        await progress._sample(admin)
        admin.groups["shipping"][ORDERS[1]] = 5
        await progress._sample(admin)

    asyncio.run(go())

    assert [4, 0, 5] == [row["committed"] for row in parts.store.progress]
    assert 3 == parts.tally.counts()["progress_samples"]


def test_a_group_that_is_not_described_has_an_unknown_number_of_members(parts):
    """The older protocol calls a group of the newer one dead: that says nothing of its members."""
    admin = Admin(shipping={ORDERS[0]: 4})
    admin.dead.add("shipping")
    sample(parts.make(), admin)

    assert {-1} == {row["members"] for row in parts.store.progress}


def test_groups_over_the_limit_have_their_turn(parts):
    """Those of interest are asked each time, the others one after the other, and who waits is counted."""
    admin = Admin(a={}, b={}, c={}, z={ORDERS[0]: 1})
    sample(parts.make(progress_max_groups=2), admin, times=6)

    assert {"a", "b", "c", "z"} == set(admin.asked)
    assert admin.asked.count("z") >= 4
    assert 12 == parts.tally.counts()["progress_skipped_groups"]


def test_rows_over_the_limit_are_counted(parts):
    """Of one look no more rows are kept than the limit says."""
    admin = Admin(a={ORDERS[0]: 1}, b={ORDERS[0]: 1})
    sample(parts.make(progress_max_partitions=3), admin)

    assert 3 == len(parts.store.progress)
    assert 1 == parts.tally.counts()["progress_skipped_partitions"]


def test_what_could_not_be_kept_is_kept_with_the_next_look(parts):
    """A busy store takes the same rows later, although nothing changed since."""
    admin, progress = Admin(shipping={ORDERS[0]: 4}), parts.make()
    keep = parts.store.note_progress

    async def busy(*_):
        raise Busy

    async def go():
        parts.store.note_progress = busy
        with pytest.raises(Busy):
            await progress._sample(admin)
        parts.store.note_progress = keep
        await progress._sample(admin)

    asyncio.run(go())

    assert 2 == len(parts.store.progress)
