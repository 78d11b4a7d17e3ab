"""Committing batches: duplicates are absorbed, positions go with their records."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle_places import identity
from tests.worlds import NOON_NS, TRACES, lab_of, records, sparingly, table
from tests.worlds import arrivals as any_arrival
from tracer.clock import NS_PER_S
from tracer.errors import Rejected, StoreError
from tracer.ports import Position

TRACE = TRACES[0]


def record(n, **columns):
    """Make an event of the n-th second."""
    common = {"kind": "event", "source": "test", "received_ns": NOON_NS, "uid": f"u{n}"}
    return common | {"at_ns": NOON_NS + n * NS_PER_S} | columns


def span(n, **columns):
    """Make a span, which its trace and span id tell apart."""
    return record(n, kind="span", uid=None, trace_id=TRACE, span_id=n) | columns


def test_a_batch_that_comes_again_changes_nothing(lab):
    """The same batch is stored once, however often it comes."""
    batch = [record(1), span(2), record(3, trace_id=TRACE, span_id=2)]

    assert [(3, 0), (0, 3), (0, 3)] == [lab.append(batch) for _ in range(3)]
    assert [(3,)] == lab.rows("SELECT count(*) FROM record")


def test_what_is_twice_in_a_batch_is_stored_once(lab):
    """Of equal records in one batch the first is kept."""
    assert (2, 3) == lab.append([record(1, name="a"), record(2), record(1, name="b"), record(2), record(2)])
    assert [("a",)] == lab.rows("SELECT name FROM record WHERE at_ns = (SELECT min(at_ns) FROM record)")


def test_half_a_batch_that_comes_again_adds_the_other_half(lab):
    """Of a batch that is known in part, what is new is stored."""
    lab.append([record(1), record(2)])

    assert (2, 2) == lab.append([record(n) for n in (1, 2, 3, 4)])


@pytest.mark.parametrize(
    "other",
    [
        {"uid": "other"},
        {"uid": None},
        {"at_ns": NOON_NS + 1},
        {"trace_id": TRACES[1]},
        {"span_id": 9},
        {"span_id": 2**64 - 1},
        {"uid": ""},
    ],
    ids=str,
)
def test_records_that_differ_in_what_makes_them_one_are_two(lab, other):
    """Time, trace, span and uid all tell records apart, in one batch and in two."""
    one = record(0, trace_id=TRACE, span_id=1)

    assert (2, 0) == lab.append([one, one | other])
    assert (0, 2) == lab.append([one | other, one])


@pytest.mark.parametrize(
    "other", [{"name": "b"}, {"attributes": '{"a":1}'}, {"phase": "failed"}, {"source": "else"}], ids=str
)
def test_records_that_differ_in_what_they_say_are_one(lab, other):
    """A record that comes again with another content is the one that came first."""
    assert (1, 0) == lab.append([record(1)])
    assert (0, 1) == lab.append([record(1, **other)])


@pytest.mark.parametrize("age_s", [1, 59, 61, 3600, 10**8])
def test_a_late_record_is_known_again(lab, age_s):
    """A record much older than the rest of its batch is found all the same, whichever batch brought it first."""
    now, late = [record(n) for n in range(20)], record(-age_s)

    assert (21, 0) == lab.append([*now, late])
    assert (0, 21) == lab.append([late, *now])
    assert (1, 1) == lab.append([late, record(30)])


def test_times_at_both_ends_of_all_time_are_stored(lab):
    """Any 64-bit time can be stored and is known again."""
    batch = [record(n, at_ns=at_ns) for n, at_ns in enumerate((-(2**63), -1, 0, 1, 2**63 - 1))]

    assert [(5, 0), (0, 5)] == [lab.append(batch), lab.append(batch)]


def test_every_column_comes_back_as_it_came(lab):
    """What a record says is kept to the byte; an all-zero trace or span is none."""
    said = {
        "transaction_id": "A\x00\u202e\U0001f600",
        "saga": "s",
        "step": "pay",
        "step_by": "name",
        "owner": "o" * 10_000,
        "phase": "completed",
        "kind": "span",
        "span_kind": "server",
        "name": "\x1b]52;c;x\x07",
        "at_ns": NOON_NS,
        "until_ns": NOON_NS + 1,
        "received_ns": NOON_NS + 2,
        "attempt": 2**31 - 1,
        "message_id": "m",
        "causation_id": "c",
        "links": [{"trace_id": TRACE.hex(), "span_id": f"{7:016x}"}],
        "status": "error",
        "error": "boom",
        "schema_ref": "v1",
        "compensates": "reserve",
        "outcome": "failed",
        "style": "choreography",
        "source": "test",
        "position": "p",
        "aliases": {"payment": "p-1"},
        "attributes": {"n": 1, "text": "\x00\u2028", "deep": [{"a": None}]},
        "resource": {"service.name": "x"},
    }
    texts = {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in said.items()}
    lab.take([texts | {"trace_id": TRACE, "span_id": 2**64 - 1, "parent_span_id": 1}])
    (row,) = lab.queries.records(said["transaction_id"]).records

    assert said == {name: getattr(row, name) for name in said}
    assert (TRACE.hex(), "f" * 16, f"{1:016x}") == (row.trace_id, row.span_id, row.parent_span_id)


def test_a_slice_of_a_batch_is_read_where_it_lies(lab):
    """A table cut out of a larger one, in several chunks, is stored like any other."""
    whole = table([span(n) for n in range(1, 9)])
    cut = pa.concat_tables([whole.slice(2, 3), whole.slice(6, 1), whole.slice(2, 1)])

    assert (4, 1) == lab.keeper.append(cut)
    assert [(3,), (4,), (5,), (7,)] == sorted(lab.rows("SELECT span_id FROM record"))


def test_an_empty_batch_is_nothing(lab):
    """A batch without records may bring positions."""
    position = Position(source="s", key="0", value="1")

    assert (0, 0) == lab.keeper.append(table([]), [position])
    assert [("s", "0", "1")] == lab.rows("SELECT source, key, value FROM position")


def test_the_last_position_of_each_key_stays(lab):
    """A position replaces the one before it of the same source and key, also when all of its records were known."""
    places = [Position(source=source, key=key, value=value) for source, key, value in ("aa1", "ab1", "aa2", "ba1")]
    lab.keeper.append(table([record(1)]), places)
    lab.keeper.append(table([record(1)]), [Position(source="a", key="b", value="9")])

    assert [("a", "a", "2"), ("a", "b", "9"), ("b", "a", "1")] == sorted(
        lab.rows("SELECT source, key, value FROM position")
    )


def test_positions_stay_with_their_records(lab):
    """Where the records cannot be stored, the position is not kept either."""
    good = table([record(1)])
    columns = [
        pa.nulls(1, field.type) if field.name == "source" else column
        for field, column in zip(good.schema, good.columns, strict=True)
    ]
    bad = pa.Table.from_arrays(columns, schema=good.schema)
    with pytest.raises(StoreError):
        lab.keeper.append(bad, [Position(source="s", key="0", value="1")])

    assert [] == lab.rows("FROM position")
    assert [] == lab.rows("FROM record")


def test_a_table_with_other_columns_is_rejected(lab):
    """A table that is no batch of records is refused and named."""
    with pytest.raises(Rejected, match="'a'"):
        lab.keeper.append(pa.table({"a": [1]}))


@sparingly(5)
@given(st.data())
def test_arrival_is_counted_without_gaps(data):
    """Every record is stored once, and its number in the order of arrival is dense, whatever came twice."""
    told = data.draw(records())
    with lab_of(data.draw(any_arrival(told))) as lab:
        seqs = [seq for (seq,) in lab.rows("SELECT seq FROM record ORDER BY seq")]

        assert len({identity(one) for one in told}) == len(seqs)
        assert list(range(1, len(seqs) + 1)) == seqs
