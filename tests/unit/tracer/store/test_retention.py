"""Letting go of records: by age, by size, oldest arrival first, without leaving anything behind."""

import json
import random
from contextlib import closing

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import tell
from tests.worlds import NOON_NS, Lab, as_places, as_rows, records, sparingly, table
from tracer.clock import NS_PER_S
from tracer.errors import NotFound
from tracer.model.messages import REJECTED_SCHEMA
from tracer.ports import Refused
from tracer.store import retention
from tracer.store.keeper import Keeper
from tracer.store.options import ROW_GROUP
from tracer.store.retention import Retention, let_go_of_first
from tracer.views import TransactionQuery

DAY_NS = 86_400 * NS_PER_S


def record(n, **columns):
    """Make an event that arrived on the n-th day."""
    common = {"kind": "event", "phase": "started", "step": "pay", "source": "test", "uid": f"u{n}", "position": str(n)}
    return common | {"at_ns": NOON_NS + n * DAY_NS, "received_ns": NOON_NS + n * DAY_NS} | columns


def arrive(lab, *told):
    """Take records in one after another, then fold them."""
    for one in told:
        lab.append([one])
    lab.settle()


def keeping(lab, **limits):
    """Give a keeper with a limit."""
    return Keeper(store=lab.store, clock=lab.clock, retention=Retention(**limits))


def large(seed):
    """Make attributes that take some room, however well they are packed."""
    return json.dumps({"k": random.Random(seed).randbytes(100).hex()})


def empty_but(lab, *kept):
    """Say whether all tables that belong to transactions are empty, but for some."""
    names = (
        "name",
        "txn",
        "step",
        "handoff",
        "trace_txn",
        "message_txn",
        "alias_txn",
        "inherited",
        "redirect",
        "placed",
    )
    left = {name for name in (*names, "edge", "record", "coverage") if lab.rows(f"SELECT 1 FROM {name}")}  # noqa: S608
    return left == set(kept)


def test_what_arrived_too_long_ago_goes(lab):
    """Records older than the age go, younger ones and their transactions stay as they are."""
    arrive(lab, *(record(day, transaction_id=f"T{day}") for day in range(10)))
    lab.clock.ns = NOON_NS + 10 * DAY_NS

    assert 6 == keeping(lab, max_age_s=4.5 * 86_400).retain().records
    assert {"T6", "T7", "T8", "T9"} == lab.transactions().keys()
    assert 0 == keeping(lab, max_age_s=4.5 * 86_400).retain().records


def test_without_limits_nothing_goes(lab):
    """A store without an age and a size keeps everything."""
    lab.take([record(day, transaction_id="T") for day in range(3)])
    lab.clock.ns = NOON_NS + 10_000 * DAY_NS

    assert 0 == keeping(lab).retain().records
    assert 3 == lab.transactions()["T"]["records"]


def test_what_the_fold_has_not_taken_in_stays(lab):
    """However old, a record does not go before its effect is in the state."""
    lab.take([record(1, transaction_id="S")])
    lab.append([record(2, transaction_id="T")])
    lab.clock.ns = NOON_NS + 100 * DAY_NS

    assert 1 == keeping(lab, max_age_s=1).retain().records
    lab.settle()

    assert as_rows(tell([record(2, transaction_id="T")])) == lab.transactions()


def test_what_is_too_much_goes_in_slices(scratch, monkeypatch):
    """Over its size, the store lets go of the first arrivals, a slice at a time, until it fits."""
    monkeypatch.setattr(retention, "_SLICE", ROW_GROUP)
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        lab.take([record(n, transaction_id=f"T{n}", attributes=large(n)) for n in range(ROW_GROUP + 5)])
        lab.store.checkpoint(force=True)
        keeper = keeping(lab, max_size=1)

        assert [ROW_GROUP, 5, 0, 0] == [keeper.retain().records for _ in range(4)]
        assert empty_but(lab)
        assert 0 == keeping(lab, max_size=1 << 40).retain().records


def poison(count, size):
    """Make refused messages of so many bytes each."""
    values = (random.Random(n).randbytes(size) for n in range(count))
    fixed = {"topic": "orders", "partition": 3, "at_ns": NOON_NS, "headers": [], "reason": "not JSON"}
    rows = [fixed | {"offset": n, "value": value} for n, value in enumerate(values)]
    return Refused(source="kafka", messages=pa.RecordBatch.from_pylist(rows, schema=REJECTED_SCHEMA))


def test_rejected_messages_drive_no_record_out(scratch):
    """Rejected messages have a quarter of the size: the oldest of them go, and are counted, before any record does."""
    mib = 1 << 20
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        lab.take([record(n, transaction_id=f"T{n}") for n in range(2000)])
        lab.keeper.append(table([]), (), [poison(24, mib)])
        lab.store.checkpoint(force=True)
        keeper = keeping(lab, max_size=16 * mib)
        gone = keeper.retain()

        assert (0, 22) == gone
        assert [(2000,)] == lab.rows("SELECT count(*) FROM record")
        assert [(2, 22)] == lab.rows('SELECT count(*), min("offset") FROM rejected')
        assert (0, 0) == keeper.retain()
        assert lab.store.read(retention.used_bytes) <= 16 * mib


def test_records_stay_where_their_going_frees_nothing(scratch, monkeypatch):
    """What takes the room is no record: one slice shows that, and no other one goes until the size is another."""
    monkeypatch.setattr(retention, "_SLICE", 10)
    with closing(Lab(path=scratch / "a.duckdb")) as lab:
        lab.take([record(n, transaction_id=f"T{n}") for n in range(100)])
        lab.keeper.append(table([]), (), [poison(3, 1 << 20)])
        lab.store.checkpoint(force=True)
        monkeypatch.setattr(Retention, "rejected_bytes", lambda _: 1 << 40)
        keeper = keeping(lab, max_size=1 << 20)

        assert [10, 0, 0] == [keeper.retain().records for _ in range(3)]


def test_a_transaction_stays_whole_until_its_last_record_goes(lab):
    """State covers what has gone, too, while one record is left; then everything of the transaction goes."""
    tied = {"trace_id": b"1" * 16, "message_id": "m", "aliases": '{"payment":"p","order":"B"}'}
    arrive(lab, record(1, transaction_id="A", **tied), record(2, transaction_id="B"), record(3, trace_id=b"1" * 16))
    before = lab.transactions()
    lab.clock.ns = NOON_NS + 10 * DAY_NS

    assert 2 == keeping(lab, max_age_s=7.5 * 86_400).retain().records
    assert before == lab.transactions()
    assert "A" == lab.queries.transaction("p").transaction_id

    assert 1 == keeping(lab, max_age_s=1).retain().records
    assert empty_but(lab)
    with pytest.raises(NotFound):
        lab.queries.transaction("A")


def test_an_id_that_went_comes_back_as_new(lab):
    """A record of a transaction that has gone begins it anew."""
    lab.take([record(1, transaction_id="A", phase="txn_failed")])
    lab.clock.ns = NOON_NS + 10 * DAY_NS
    keeping(lab, max_age_s=1).retain()
    lab.take([record(9, transaction_id="A")])

    assert as_rows(tell([record(9, transaction_id="A")])) == lab.transactions()


def test_what_went_is_no_longer_covered(lab):
    """Coverage counts the records that are there: what joined and went does not read as what never joined."""
    trace = {"trace_id": b"1" * 16}
    arrive(
        lab,
        record(1, **trace),
        record(2, transaction_id="A", owner="shop", **trace),
        record(3, transaction_id="A", **trace),
        record(4, **trace),
        record(5),
    )
    lab.clock.ns = NOON_NS + 10 * DAY_NS
    keeping(lab, max_age_s=7.5 * 86_400).retain()

    assert [("test", None, 3, 1, 1, 0, 1)] == [
        (row.source, row.owner, row.records, row.by_id, row.joined, row.ambiguous, row.unplaced)
        for row in lab.queries.coverage()
    ]


@sparingly(4)
@given(st.data())
def test_what_is_left_is_as_if_nothing_had_been_before(data):
    """After letting go, a rebuild of what is left is what the oracle says of it, and nothing dangles before that."""
    told = data.draw(records())
    slice_of = data.draw(st.integers(1, len(told)))
    with closing(Lab()) as lab, pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "_SLICE", slice_of)
        lab.take(told)
        before = lab.transactions()
        lab.store.write(let_go_of_first)
        left = told[slice_of:]
        after = lab.transactions()

        assert after.items() <= before.items()
        assert set() == {row for query in _DANGLING for row in lab.rows(query)}
        assert {place[0] for place in lab.places().values()} - {None} <= after.keys()
        for name in after:
            assert name == lab.queries.transaction(name).transaction_id
        assert len(after) == lab.queries.transactions(TransactionQuery()).total
        assert len(left) == sum(row.records for row in lab.queries.coverage())

        lab.keeper.rebuild()

        assert as_places(tell(left), left) == lab.places()
        assert as_rows(tell(left)) == lab.transactions()


_DANGLING = (
    "SELECT 'step', txn FROM step WHERE txn NOT IN (SELECT txn FROM txn)",
    "SELECT 'handoff', txn FROM handoff WHERE txn NOT IN (SELECT txn FROM txn)",
    "SELECT 'txn', txn FROM txn WHERE txn NOT IN (SELECT own FROM name)",
    "SELECT 'placed', seq FROM placed WHERE seq NOT IN (SELECT seq FROM record)",
    "SELECT 'edge', seq FROM edge WHERE seq NOT IN (SELECT seq FROM record)",
    *(
        f"SELECT '{name}', own FROM {name} WHERE own NOT IN (SELECT own FROM name)"  # noqa: S608 - the names stand here
        for name in ("trace_txn", "message_txn", "alias_txn", "inherited", "redirect", "placed")
    ),
)
