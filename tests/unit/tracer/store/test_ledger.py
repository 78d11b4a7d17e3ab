"""What the store remembers besides records: refused messages and how far consumer groups have come."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import duckdb
import pyarrow as pa
import pytest

from tests.worlds import NOON_NS, Lab, table
from tracer.clock import NS_PER_S
from tracer.errors import Rejected, StoreError
from tracer.model.messages import PROGRESS_SCHEMA, REJECTED_SCHEMA
from tracer.ports import Position, Refused
from tracer.rejections import RejectedQuery
from tracer.store.keeper import Keeper
from tracer.store.ledger import parts, rejected_latest
from tracer.store.retention import Retention

DAY_S = 86_400.0


def refused(*offsets, source="kafka", value=b"?", reason="not JSON"):
    """Make refused messages at these offsets."""
    rows = [
        {
            "topic": "orders",
            "partition": 3,
            "offset": offset,
            "at_ns": NOON_NS,
            "key": b"k",
            "value": value,
            "headers": [("h", b"1"), ("h", b"\xff")],
            "reason": reason,
        }
        for offset in offsets
    ]
    return Refused(source=source, messages=pa.RecordBatch.from_pylist(rows, schema=REJECTED_SCHEMA))


def samples(*rows):
    """Make samples of (seconds after noon, committed, log_end) of one group and partition."""
    fields = {"group": "shipping", "topic": "orders", "partition": 3, "members": 1}
    told = [fields | {"at_ns": NOON_NS + s * NS_PER_S, "committed": c, "log_end": end} for s, c, end in rows]
    return pa.Table.from_pylist(told, schema=PROGRESS_SCHEMA)


def test_refused_messages_are_kept_as_they_came_with_records_and_positions(lab):
    """One commit holds the record, the position and the message, with every header, byte for byte."""
    record = {"uid": "1", "at_ns": NOON_NS, "received_ns": NOON_NS, "source": "kafka", "transaction_id": "A"}
    position = Position(source="kafka", key="orders/3", value="8")
    lab.keeper.append(table([record]), [position], [refused(7, value=b"\xff\x00")])

    assert [("kafka", "orders", 3, 7, NOON_NS, b"k", b"\xff\x00", 7, "not JSON")] == lab.rows(
        'SELECT source, topic, partition, "offset", at_ns, key, value, size, reason FROM rejected'
    )
    assert [([{"key": "h", "value": b"1"}, {"key": "h", "value": b"\xff"}],)] == lab.rows(
        "SELECT headers FROM rejected"
    )
    assert {"orders/3": "8"} == lab.keeper.positions("kafka")
    assert {} == lab.keeper.positions("other")


def test_a_message_is_refused_once(lab):
    """A message that comes again, in the same batch or a later one, is kept once; another source's is another."""
    lab.keeper.append(table([]), (), [refused(1, 2, 1), refused(2)])
    lab.keeper.append(table([]), (), [refused(2, 3, reason="again"), refused(3, source="other")])

    assert [("kafka", 1), ("kafka", 2), ("kafka", 3), ("other", 3)] == lab.rows(
        'SELECT source, "offset" FROM rejected ORDER BY id'
    )


def test_nothing_of_a_commit_stays_when_its_refused_messages_cannot_be_kept(lab):
    """Where the refused messages have other columns, neither the records nor the positions are stored."""
    wrong = Refused(source="kafka", messages=pa.record_batch({"a": [1]}))
    position = Position(source="kafka", key="orders/3", value="8")
    with pytest.raises(Rejected, match="'a'"):
        lab.keeper.append(table([{"uid": "1", "at_ns": 1, "received_ns": 1, "source": "kafka"}]), [position], [wrong])

    assert {} == lab.keeper.positions("kafka")
    assert [(0,)] == lab.rows("SELECT count(*) FROM record")


def test_progress_keeps_the_latest_and_what_was_before(lab):
    """A sample that moved closes the interval of the one before; one that did not only widens it."""
    for row in ((0, 10, 20), (5, 10, 30), (10, 25, 30), (10, 25, 30), (5, 99, 99)):
        lab.keeper.note_progress("kafka", samples(row))

    def s(column):
        return f"({column} - {NOON_NS}) // {NS_PER_S}"

    assert [(25, 30, 1, 10, 10)] == lab.rows(
        f"SELECT committed, log_end, members, {s('since_ns')}, {s('at_ns')} FROM consumer"  # noqa: S608 - own words
    )
    assert [(10, 0, 5)] == lab.rows(
        f"SELECT committed, {s('since_ns')}, {s('until_ns')} FROM consumer_past"  # noqa: S608 - own words
    )


def test_progress_of_other_columns_is_rejected(lab):
    """Samples that are none are refused for good, with the columns they have."""
    with pytest.raises(Rejected, match="'a'"):
        lab.keeper.note_progress("kafka", pa.table({"a": [1]}))


def keeping(lab, **limits):
    """Give a keeper with limits."""
    return Keeper(store=lab.store, clock=lab.clock, retention=Retention(**limits))


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({}, [1, 2, 3, 4]),
        ({"max_rejected": 2}, [3, 4]),
        ({"max_rejected_bytes": 30}, [3, 4]),
        ({"max_age_s": 1.5 * DAY_S}, [3, 4]),
    ],
)
def test_refused_messages_go_by_age_by_number_and_by_size(lab, limits, left):
    """The latest stay, as many as are young enough, not too many, and not too large together."""
    for day, offsets in enumerate(((1, 2), (3, 4))):
        lab.clock.ns = NOON_NS + int(day * DAY_S) * NS_PER_S
        lab.keeper.append(table([]), (), [refused(*offsets, value=b"?" * 9)])
    lab.clock.ns = NOON_NS + int(2 * DAY_S) * NS_PER_S
    keeping(lab, **limits).retain()

    assert [(offset,) for offset in left] == lab.rows('SELECT "offset" FROM rejected ORDER BY id')


@pytest.mark.parametrize(
    ("now_s", "limits", "past", "latest"),
    [
        (40, {}, [1, 2, 3], 1),
        (40, {"max_progress": 1}, [3], 1),
        (40, {"max_progress_age_s": 25.0}, [2, 3], 1),
        (40, {"max_age_s": 15.0}, [3], 1),
        (90, {"max_progress_age_s": 25.0}, [], 0),
    ],
)
def test_progress_goes_by_age_and_by_number(lab, now_s, limits, past, latest):
    """Old samples go first; a group that nobody saw for too long goes whole."""
    for n in (1, 2, 3, 4):
        lab.keeper.note_progress("kafka", samples((n * 10, n, 9)))
    lab.clock.ns = NOON_NS + now_s * NS_PER_S
    keeping(lab, **limits).retain()

    assert [(n,) for n in past] == lab.rows("SELECT committed FROM consumer_past ORDER BY until_ns")
    assert [(latest,)] == lab.rows("SELECT count(*) FROM consumer")


def test_large_refused_messages_stay_within_what_a_checkpoint_can_hold(scratch):
    """Messages of a MiB each, far more than the engine's memory in all: each commit and checkpoint is done."""
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        for first in range(0, 200, 20):
            values = {n: random.Random(n).randbytes(1 << 20) for n in range(first, first + 20)}
            lab.keeper.append(table([]), (), [refused(n, value=value) for n, value in values.items()])
            lab.store.checkpoint(force=True)

        assert [(True, 200)] == lab.rows("SELECT count(*) BETWEEN 15 AND 40, max(id) FROM rejected")
        assert 200 - lab.rows("SELECT count(*) FROM rejected")[0][0] == lab.keeper.retain().rejected


def test_large_refused_messages_are_read_back_by_many_at_once(scratch):
    """Messages of a MiB, as many as are kept, are read in slices by four at a time within the engine's memory."""
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        values = [random.Random(n).randbytes((1 << 20) - 2) for n in range(38)]
        for n, value in enumerate(values):
            lab.keeper.append(table([]), (), [refused(n, value=value)])

        def read_all(_):
            after, read = 0, []
            while (found := lab.keeper.rejected_after(RejectedQuery(), after, most=500, most_bytes=16 << 20)).num_rows:
                after = found.column("id")[-1].as_py()
                read.append(found.column("value").to_pylist())
            return [len(part) for part in read], [value for part in read for value in part] == values

        with ThreadPoolExecutor(4) as threads:
            actual = list(threads.map(read_all, range(4)))

    assert [([15, 15, 8], True)] * 4 == actual


def test_a_list_of_large_refused_messages_is_read_by_many_at_once(scratch):
    """Four lists at a time, of messages that together are more than the engine's memory has room for four times."""
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        for n in range(38):
            lab.keeper.append(table([]), (), [refused(n, value=random.Random(n).randbytes((1 << 20) - 2))])

        def listed(_):
            def ask(session):
                return rejected_latest(session, RejectedQuery(), limit=100, first_bytes=3)

            return [lab.store.read(ask) for _ in range(3)]

        with ThreadPoolExecutor(4) as threads:
            actual = [rows for lists in threads.map(listed, range(4)) for rows in lists]

    expected = [(n, random.Random(n).randbytes((1 << 20) - 2)[:3], True) for n in reversed(range(38))]
    assert [expected] * 12 == [[(row[4], row[10], row[11]) for row in rows] for rows in actual]


def test_a_list_is_what_the_filters_let_through(lab):
    """The latest first, no more than asked for, short values whole."""
    lab.keeper.append(table([]), (), [refused(1, 2, 3), refused(4, source="other"), refused(5, reason="too deep")])

    def ask(**filters):
        query = RejectedQuery(**filters)
        rows = lab.store.read(lambda session: rejected_latest(session, query, limit=2, first_bytes=3))
        return [(row[1], row[4], row[9], row[10], row[11]) for row in rows]

    assert [("kafka", 5, b"k", b"?", False), ("other", 4, b"k", b"?", False)] == ask()
    assert [3, 2] == [row[1] for row in ask(source=("kafka",), reason="json")]
    assert [] == ask(topic=("none",))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([0, 0], [(0, 2)]),
        ([9], [(0, 1)]),
        ([2, 2, 1], [(0, 2), (2, 3)]),
        ([1, 9, 1, 3, 4], [(0, 1), (1, 2), (2, 4), (4, 5)]),
    ],
)
def test_parts_hold_what_may_be_read_at_once(sizes, expected):
    """Each part is as large as it may be, or one that is larger by itself; together they are everything."""
    assert expected == list(parts(sizes, 4))


def test_a_table_is_lent_for_a_block_only(lab):
    """What was lent is taken back, also where the block fails."""

    def lend(session):
        with pytest.raises(StoreError), session.lent("refused", table([])):
            raise StoreError
        with pytest.raises(duckdb.CatalogException):
            session.rows("rejected_keep", {"received": 1})

    with contextlib.suppress(StoreError):  # the failed statement ends the transaction
        lab.store.write(lend)
