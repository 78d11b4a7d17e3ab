"""Looking again at what is known better now, slice by slice, while records keep coming."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.stories import ORDER, RESERVE, event, knowing, named, stands
from tests.worlds import IDS, NOON_NS, sparingly
from tracer.model.sagas import DeclaredSaga

NAMES = ("OrderPlaced", "Reserve", "Reserved", "Held", "Declined", "Paid", "Shipped", "Released")
LATER = replace(ORDER, steps=tuple(replace(one, deadline_s=9.0) for one in ORDER.steps))
OTHER = replace(
    ORDER, steps=tuple(replace(one, completes=named("Held")) if one == RESERVE else one for one in ORDER.steps)
)
EVENTS = st.lists(
    st.tuples(st.sampled_from((*IDS, None)), st.integers(0, 9), st.sampled_from(NAMES), st.sampled_from((1, 2))),
    min_size=1,
    max_size=10,
    unique=True,
)
DEFINITIONS = st.lists(st.sampled_from(((), (ORDER,), (LATER,), (OTHER,))), min_size=1, max_size=3)


def waiting(lab):
    """Count what is to be looked at again."""
    return lab.rows("SELECT count(*) FROM requeue")[0][0]


def told(lab):
    """Give what the fold keeps, but for the numbers of situations."""
    rows = lab.rows("SELECT * EXCLUDE (txn, last_seq, situation) FROM txn")
    return sorted(rows, key=repr), lab.tables()["step"]


@given(EVENTS, DEFINITIONS, st.integers(1, 3))
@sparingly(5)
def test_the_order_of_records_and_definitions_does_not_matter(events, definitions, most):
    """State is that of the records under the definitions in force, whatever was in force when they came."""
    records = [event(name, at, called, trace_id=bytes([trace]) * 16) for name, at, called, trace in events]
    with knowing(max_again=most) as lab, knowing(*definitions[-1]) as fresh:
        for n, sagas in enumerate(definitions):
            lab.keeper.declare(sagas)
            lab.append(records[n :: len(definitions)])
            lab.keeper.fold()
        lab.settle()
        fresh.take(records)
        lab.settle()

        assert told(fresh) == told(lab)
        assert 0 == waiting(lab)


def test_new_records_come_before_what_is_looked_at_again():
    """A pass that leaves records waiting looks at nothing else; what is to be looked at again is not lost."""
    with knowing(ORDER, max_again=1) as lab:
        lab.take([event(name, 0, "Reserve") for name in "ABC"])
        lab.keeper.declare([LATER])
        lab.append([event("D", 0, "Reserve")])

        assert 2 == lab.keeper.fold()
        assert 2 == waiting(lab)
        lab.settle()
        assert {"stuck"} == {row[0] for row in stands(lab).values()}


def test_a_transaction_that_is_gone_is_looked_at_no_more():
    """What was let go of in between is passed over."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "Reserve"), event("B", 0, "Reserve")])
        lab.keeper.declare([DeclaredSaga(name="order")])
        lab.store.fold(lambda session: session.run("reindex_clear"))
        lab.keeper.fold()
        lab.settle()

        assert 0 == waiting(lab)
        assert ["A", "B"] == sorted(stands(lab))


def test_definitions_that_follow_one_another_quickly_are_seen_to_in_the_end():
    """What must be folded again and what must only be judged again wait side by side, and both are seen to."""
    with knowing(ORDER) as lab:
        lab.take([event("A", 0, "Reserve"), event("B", 0, "Held")])
        lab.keeper.declare([OTHER])
        lab.keeper.declare([replace(OTHER, deadline_s=7.0)])
        while waiting(lab):
            lab.keeper.fold()

        assert {"A": "never-ended", "B": "never-ended"} == {name: row[3] for name, row in stands(lab).items()}


def test_what_waits_is_told_whether_it_is_folded_or_only_judged_again(lab):
    """Who folds until nothing waits leaves nothing behind, also where some records must be read again and some not."""
    common = {"kind": "event", "source": "test", "received_ns": NOON_NS, "at_ns": NOON_NS, "phase": "started"}
    lab.take(
        [
            {**common, "uid": "1", "name": "Paid", "transaction_id": "A", "saga": "order"},
            {**common, "uid": "2", "name": "Sent", "transaction_id": "B", "saga": "transfer"},
        ]
    )
    lab.store.fold(lambda session: session.run("requeue_names", {"names": ["Paid"], "sagas": []}))
    lab.store.fold(lambda session: session.run("requeue_sagas", {"sagas": ["transfer"]}))

    assert {(True, 1), (False, 1)} == set(lab.rows("SELECT whole, count(*) FROM requeue GROUP BY ALL"))
    assert 1 == lab.keeper.fold()
    assert 0 == lab.keeper.fold()
    assert [] == lab.rows("FROM requeue")
