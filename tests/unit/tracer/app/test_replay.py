"""Replaying what was rejected: decoded by the running collector, committed at once, bounded."""

import asyncio
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.worlds import NOON_NS, table
from tracer.app import replay as module
from tracer.app.replay import Replayer
from tracer.errors import Busy, Rejected
from tracer.model.messages import MESSAGE_SCHEMA, REJECTED_SCHEMA
from tracer.model.records import rows_to_batch
from tracer.ports import CollectorStatus, Decoded, Refused
from tracer.rejections import RejectedQuery


def refused(*offsets, source="kafka", topic="orders"):
    """Make refused messages; those with an odd offset stay bad."""
    rows = [
        {"topic": topic, "partition": 3, "offset": offset, "at_ns": NOON_NS, "value": b"v", "headers": [("h", b"1")]}
        | {"reason": "not JSON"}
        for offset in offsets
    ]
    return Refused(source=source, messages=pa.RecordBatch.from_pylist(rows, schema=REJECTED_SCHEMA))


class Decoding:
    """A collector that by now understands even offsets."""

    def __init__(self):
        self.seen = []
        self.gate = None

    def status(self):
        """Give the name."""
        return CollectorStatus(name="kafka", type="kafka", state="running")

    async def decode_again(self, messages):
        """Make records of even offsets."""
        assert messages.schema.equals(MESSAGE_SCHEMA)
        if self.gate:
            await self.gate.wait()
        rows = messages.to_pylist()
        self.seen.append([row["offset"] for row in rows])
        good = [one for one in rows if one["offset"] % 2 == 0]
        common = {"transaction_id": "A", "received_ns": 1, "source": "kafka"}
        records = [common | {"uid": str(one["offset"]), "at_ns": one["at_ns"]} for one in good]
        bad = [one | {"reason": "still odd"} for one in rows if one["offset"] % 2]
        return Decoded(records=rows_to_batch(records), refused=pa.RecordBatch.from_pylist(bad, schema=REJECTED_SCHEMA))


class Other:
    """A collector that reads no messages."""

    def status(self):
        """Give the name."""
        return CollectorStatus(name="otlp", type="otlp", state="running")


def left(lab):
    """Give what is still rejected."""
    return lab.rows('SELECT source, "offset", reason FROM rejected ORDER BY id')


def replay(lab, *running, query=RejectedQuery(), after=0):  # noqa: B008  frozen
    """Replay one part."""
    return asyncio.run(Replayer(keeps=lab.keeper, running=lambda: running).replay(query, after))


def test_what_is_decoded_is_stored_and_what_is_not_stays_with_the_new_reason(lab):
    """Of what was tried some are no longer rejected, and their records are there; the answer counts both."""
    lab.keeper.append(table([]), (), [refused(1, 2, 4)])
    done = replay(lab, Decoding())
    lab.settle()

    assert (3, 2, 2, 0, None) == (done.tried, done.accepted, done.stored, done.skipped, done.next)
    assert [("kafka", 1, "still odd")] == left(lab)
    assert 2 == lab.transactions()["A"]["records"]
    assert 1 == replay(lab, Decoding()).tried


def test_only_what_the_filters_let_through_is_tried(lab):
    """Source, topic and a text of the reason choose what is replayed."""
    lab.keeper.append(table([]), (), [refused(2), refused(4, topic="parcels"), refused(6, source="other")])
    replay(lab, Decoding(), query=RejectedQuery(topic=("parcels",)))
    assert [2, 6] == [offset for _, offset, _ in left(lab)]

    replay(lab, Decoding(), query=RejectedQuery(reason="avro"))
    replay(lab, Decoding(), query=RejectedQuery(source=("other",)))
    assert [2, 6] == [offset for _, offset, _ in left(lab)]

    replay(lab, Decoding(), query=RejectedQuery(source=("kafka",), reason="JSON"))
    assert [6] == [offset for _, offset, _ in left(lab)]


def test_a_source_without_a_decoder_is_skipped_with_the_reason(lab):
    """Messages of a collector that does not run, or reads no messages, stay as they are and are counted."""
    lab.keeper.append(table([]), (), [refused(2, source="gone"), refused(4, source="otlp"), refused(6)])
    done = replay(lab, Other(), Decoding())

    assert (1, 1, 2) == (done.tried, done.accepted, done.skipped)
    assert ("gone: no collector of this name runs", "otlp: its collector cannot decode again") == done.reasons
    assert [("gone", 2, "not JSON"), ("otlp", 4, "not JSON")] == left(lab)


def test_a_part_is_bounded_and_the_next_one_goes_on(lab, monkeypatch):
    """Slices are small, an answer tells of a bounded number, and nothing is tried twice."""
    monkeypatch.setattr(module, "SLICE_MESSAGES", 2)
    monkeypatch.setattr(module, "MAX_MESSAGES", 4)
    lab.keeper.append(table([]), (), [refused(*range(1, 8))])
    collector = Decoding()
    first = replay(lab, collector)
    second = replay(lab, collector, after=first.next)

    assert [[1, 2], [3, 4], [5, 6], [7]] == collector.seen
    assert (4, 3, None) == (first.tried, second.tried, second.next)
    assert [1, 3, 5, 7] == [offset for _, offset, _ in left(lab)]


def test_large_messages_make_small_slices(lab, monkeypatch):
    """A slice has so many bytes at most, but always one message."""
    monkeypatch.setattr(module, "SLICE_BYTES", 5)
    lab.keeper.append(table([]), (), [refused(1, 3, 5)])
    collector = Decoding()
    replay(lab, collector)

    assert [[1], [3], [5]] == collector.seen


def test_no_slice_is_begun_after_the_time_is_over(lab, monkeypatch):
    """An answer comes in time, and says where to go on."""
    monkeypatch.setattr(module, "SLICE_MESSAGES", 1)
    lab.keeper.append(table([]), (), [refused(1, 3)])
    clock = iter((0.0, 1.0, 30.0))
    replayer = Replayer(keeps=lab.keeper, running=lambda: [Decoding()], monotonic_s=lambda: next(clock))
    done = asyncio.run(replayer.replay(RejectedQuery(), 0))

    assert (1, 1) == (done.tried, done.next)


def test_one_replay_runs_at_a_time(lab):
    """A second replay is told to come again, and after the first one it may."""
    lab.keeper.append(table([]), (), [refused(2)])

    async def run():
        collector = Decoding()
        collector.gate = asyncio.Event()
        replayer = Replayer(keeps=lab.keeper, running=lambda: [collector])
        first = asyncio.create_task(replayer.replay(RejectedQuery(), 0))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="runs already"):
            await replayer.replay(RejectedQuery(), 0)
        collector.gate.set()
        return await first, await replayer.replay(RejectedQuery(), 0)

    first, second = asyncio.run(run())
    assert (1, 0) == (first.accepted, second.tried)


def test_nothing_goes_when_its_records_cannot_be_stored(lab):
    """Records and the rows that go are one commit."""
    lab.keeper.append(table([]), (), [refused(2)])
    wrong = pa.table({"a": [1]})
    with pytest.raises(Exception, match="'a'"):
        lab.keeper.replay(wrong, [1], pa.Table.from_pylist([], schema=REJECTED_SCHEMA))

    assert [("kafka", 2, "not JSON")] == left(lab)


def test_the_list_has_the_latest_first_and_one_is_shown_whole(lab):
    """The list cuts values and has no headers; one message has every byte."""
    big = refused(1)
    value = pa.array([b"\xff" + b"v" * 500], pa.binary())
    columns = [value if name == "value" else big.messages.column(name) for name in REJECTED_SCHEMA.names]
    messages = pa.RecordBatch.from_arrays(columns, schema=REJECTED_SCHEMA)
    lab.keeper.append(table([]), (), [replace(big, messages=messages), refused(2)])
    page = lab.queries.rejected(RejectedQuery(limit=2))

    assert (2, [2, 1], [False, True]) == (
        page.total,
        [one.offset for one in page.messages],
        [one.is_cut for one in page.messages],
    )
    assert "\\xff" + "v" * 199 == page.messages[1].value
    whole = lab.queries.rejected_message(page.messages[1].id)
    assert ("\\xff" + "v" * 500, [("h", "1")]) == (whole.value, [(one.key, one.value) for one in whole.headers])
    assert whole.value_base64.startswith("/3Z2")


def test_the_slice_gives_messages_back_as_they_came(lab):
    """Headers, nulls and bytes survive the way through the store."""
    given = refused(1, 2)
    lab.keeper.append(table([]), (), [given])
    found = lab.keeper.rejected_after(RejectedQuery(), 0, most=10, most_bytes=1 << 20)

    assert pc.all(pc.equal(found.column("source"), "kafka")).as_py()
    assert given.messages.select(MESSAGE_SCHEMA.names).to_pylist() == found.select(MESSAGE_SCHEMA.names).to_pylist()


class Picky:
    """A keeper that never takes the record of one offset, and from a call on nothing now."""

    def __init__(self, keeper, *, bad=None, busy_from=99):
        self._keeper = keeper
        self._bad = bad
        self._calls_left = busy_from

    def rejected_after(self, query, after, **limits):
        """Give what the keeper has."""
        return self._keeper.rejected_after(query, after, **limits)

    def replay(self, records, ids, again):
        """Commit, or refuse."""
        if self._bad in records.column("uid").to_pylist():
            raise Rejected("no such column")
        self._calls_left -= 1
        if self._calls_left < 0:
            raise Busy("the disk is full")
        return self._keeper.replay(records, ids, again)


def test_one_record_that_is_rejected_stops_no_replay(lab):
    """The message at fault stays and is named; all others are done."""
    lab.keeper.append(table([]), (), [refused(2, 4, 6, 8)])
    replayer = Replayer(keeps=Picky(lab.keeper, bad="4"), running=lambda: [Decoding()])
    done = asyncio.run(replayer.replay(RejectedQuery(), 0))

    assert (4, 3, None) == (done.tried, done.accepted, done.next)
    assert ("kafka: the store refuses orders/3/4: no such column",) == done.reasons
    assert [4] == [offset for _, offset, _ in left(lab)]


def test_a_replay_that_cannot_go_on_tells_what_was_done(lab, monkeypatch):
    """Busy midway ends the part with a reason and the place to go on from; busy at once is told as such."""
    monkeypatch.setattr(module, "SLICE_MESSAGES", 2)
    lab.keeper.append(table([]), (), [refused(2, 4, 6, 8)])
    replayer = Replayer(keeps=Picky(lab.keeper, busy_from=1), running=lambda: [Decoding()])
    done = asyncio.run(replayer.replay(RejectedQuery(), 0))

    assert (2, 2, 2) == (done.tried, done.accepted, done.next)
    assert ("the replay stopped, go on later: the disk is full",) == done.reasons
    with pytest.raises(Busy, match="disk"):
        asyncio.run(replayer.replay(RejectedQuery(), done.next))
