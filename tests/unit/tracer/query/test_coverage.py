"""How much of what came joined a transaction, by source and owner."""

from collections import Counter
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import tell
from tests.oracle_places import NO_TRACE, identity, trace_of
from tests.worlds import NOON_NS, Lab, arrivals, lab_of, records, sparingly
from tracer.clock import NS_PER_S
from tracer.query import queries


def counted(told):
    """Count the records by source and owner: all, with an id, joined, in a trace of several and left out, unplaced."""
    world = tell(told)
    owners = {}
    for one in told:
        if one.get("transaction_id") is not None and trace_of(one) != NO_TRACE:
            owners.setdefault(trace_of(one), set()).add(world.places[identity(one)].transaction)
    count = Counter()
    for one in told:
        row = (one["source"], one.get("owner"))
        count[*row, "records"] += 1
        if one.get("transaction_id") is not None:
            count[*row, "by_id"] += 1
        elif world.places[identity(one)].transaction is not None:
            count[*row, "joined"] += 1
        elif len(owners.get(trace_of(one), ())) > 1:
            count[*row, "ambiguous"] += 1
        else:
            count[*row, "unplaced"] += 1
    return count


@sparingly(5)
@given(st.data())
def test_every_record_is_counted_once(data):
    """Each record is counted under its source and owner, and under what became of it, in any order of arrival."""
    told = data.draw(records(ids=st.sampled_from((None, None, "A", "B"))))
    with lab_of(data.draw(arrivals(told))) as lab:
        actual = Counter()
        for row in lab.queries.coverage():
            for name in ("records", "by_id", "joined", "ambiguous", "unplaced"):
                actual[row.source, row.owner, name] = getattr(row, name)
            assert row.records == row.by_id + row.joined + row.ambiguous + row.unplaced

        assert +counted(told) == +actual


def test_an_empty_store_covers_nothing():
    """Without records there are no rows."""
    with closing(Lab()) as lab:
        assert () == lab.queries.coverage()


def test_the_latest_record_of_each_source_is_known(monkeypatch):
    """By when it arrived, whatever it says of when it happened; of sources that sent one of the last records alone."""
    rows = [
        {"kind": "event", "phase": "observed", "name": "n", "uid": f"u{n}", "source": source, "at_ns": NOON_NS - n,
         "received_ns": NOON_NS + n * NS_PER_S}
        for n, source in enumerate(("old", "orders", "otlp", "orders"))
    ]  # fmt: skip
    monkeypatch.setattr(queries, "_LATEST_AMONG", 3)
    with closing(Lab()) as lab:
        for row in rows:
            lab.append([row])

        latest = {"orders": lab.moment(3 * NS_PER_S), "otlp": lab.moment(2 * NS_PER_S)}
        assert latest == lab.queries.latest_records()
