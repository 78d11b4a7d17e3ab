"""Which groups are asked, what is kept of their answers, and what is counted as left out."""

import asyncio
import struct
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from collectors.kafka import progress as progress_module
from collectors.kafka.health import Health
from collectors.kafka.options import KafkaOptions
from collectors.kafka.progress import Progress
from collectors.kafka.tally import Tally
from tests.kafka_parts import MemoryStore
from tracer.clock import FixedClock
from tracer.errors import Busy, Rejected, StoreError
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


def test_a_look_at_many_groups_costs_little(parts):
    """What a group's topics are is found once for each group, not once for each of its partitions."""
    looked = []

    class Offsets(dict):
        """Counts how often all of it is gone through."""

        def __iter__(self):
            looked.append(1)
            return super().__iter__()

    many = [TopicPartition("orders", n) for n in range(200)]
    committed = {f"g{n}": Offsets(dict.fromkeys(many, 1)) for n in range(20)}
    reaches = parts.make(progress_max_partitions=300)._reaches(committed, {}, dict.fromkeys(many, 5))

    assert 300 == len(reaches)
    assert 3700 == parts.tally.counts()["progress_skipped_partitions"]
    assert 20 == len(looked)


@pytest.mark.parametrize(
    "failure", [StoreError("gone"), Rejected("no column"), ValueError("bad"), struct.error("short"), Busy("full")]
)
def test_nothing_that_fails_here_ends_what_is_read(parts, monkeypatch, failure):
    """Whatever a look fails with is told and counted, and never raised."""

    class Failing(Admin):
        def __init__(self, **_):
            super().__init__()

        async def start(self):
            """Connect."""

        async def close(self):
            """Leave."""

        async def list_consumer_groups(self):
            """Fail."""
            raise failure

    monkeypatch.setattr(progress_module, "AIOKafkaAdminClient", Failing)
    progress = parts.make()
    asyncio.run(progress._until_it_fails())

    assert f"how far other groups are cannot be seen ({failure})" in progress._health.detail()
    assert 1 == parts.tally.counts()["progress_failures"]
    assert not progress._health.is_troubled


def test_a_group_that_does_not_answer_is_told_and_the_others_are_looked_at(parts, monkeypatch):
    """The bound is a group's: one that is silent costs its own row and no other's."""
    monkeypatch.setattr(progress_module, "_GROUP_S", 0.01)

    class Silent(Admin):
        async def list_consumer_group_offsets(self, group):
            """Never answer for one."""
            if group == "billing":
                await asyncio.Event().wait()
            return await super().list_consumer_group_offsets(group)

    progress = parts.make()
    asyncio.run(progress._look(Silent(billing={ORDERS[0]: 1}, shipping={ORDERS[0]: 4})))

    assert {"shipping"} == {row["group"] for row in parts.store.progress}
    assert "no answer within 0.01 s from: billing" == progress._health.detail()


def test_a_look_that_takes_long_is_told(parts, monkeypatch):
    """Rows that are older than they seem are said to be, with what to change; the next quick look ends that."""
    monkeypatch.setattr(progress_module, "_LONG_S", -1.0)
    progress = parts.make()
    asyncio.run(progress._look(Admin()))
    told = progress._health.detail()
    monkeypatch.setattr(progress_module, "_LONG_S", 60.0)
    asyncio.run(progress._look(Admin()))

    assert "one look at other groups takes 0 s; lower progress_max_groups or raise progress_every" == told
    assert "" == progress._health.detail()
