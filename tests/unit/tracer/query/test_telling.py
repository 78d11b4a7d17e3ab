"""What is told of one transaction, held against the oracle."""

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import cut, steps_of, tell, transaction_of
from tests.oracle_places import identity
from tests.worlds import IDS, NOON_NS, arrivals, lab_of, records, sparingly
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import NotFound

THRESHOLD_NS = 5_000


def shown(told, steps, now_ns):
    """Give what a person should see of a transaction, in the order and the words of the contract."""
    is_stuck = told.stall is not None and now_ns - told.since_ns > THRESHOLD_NS
    return {
        "status": "stuck" if is_stuck else told.status,
        "saga": told.saga,
        "style": told.style,
        "started_at": to_datetime(told.first_ns),
        "last_activity_at": to_datetime(told.last_ns),
        "ended_at": to_datetime(told.ended_ns) if told.ended_ns is not None else None,
        "stall": (told.stall, to_datetime(told.since_ns), told.step, told.owner) if is_stuck else None,
        "current": current(told, steps),
        "steps": every_step(steps),
        "timeline_total": told.records,
    }


def current(told, steps):
    """Give the open steps, compensations first and what waits last; else where the transaction stopped."""
    if told.ended_ns is not None or told.step is None:
        return []
    rows = sorted((step for step in steps if step.is_open), key=urgency)
    if rows:
        return [(one.step, one.owner, one.state, to_datetime(one.since_ns), exactly(one)) for one in rows]
    return [(told.step, told.owner, told.state, to_datetime(told.since_ns), told.basis)]


def urgency(step):
    """Order open steps: a compensation goes first, a wait last, else the one that has been open longest."""
    return step.state == "waiting", not step.compensates, step.since_ns, step.step, step.compensates


def exactly(step):
    """Give the word for whether a record said that the step began."""
    return "exact" if step.exact else "inferred"


def every_step(steps):
    """Give each step with what undid it (of several, the one that began last)."""
    ordered = sorted(steps, key=lambda step: (step.begun_ns, step.step, step.compensates))
    undoing = {step.compensates: step for step in ordered if step.compensates}
    rows = []
    for step in ordered:
        if not step.compensates:
            by = undoing.pop(step.step, None)
            state = (by and by.state) or step.state or "pending"
            rows.append((step.step, step.owner, state, *span_of(step), step.attempts, step.error, undone(by)))
    rows += [
        (name, by.owner, by.state or "compensating", None, None, 0, None, undone(by)) for name, by in undoing.items()
    ]
    return rows


def undone(by):
    """Give what is told of a compensation."""
    return by and (by.step, by.owner, by.state or "compensating", *span_of(by), by.error)


def span_of(step):
    """Give when a step began and ended."""
    end = None if step.is_open or step.closed_ns is None else to_datetime(step.closed_ns)
    return to_datetime(step.begun_ns), end


def seen(view):
    """Give the same of an answer."""
    return {
        "status": view.status,
        "saga": view.saga,
        "style": view.style,
        "started_at": view.started_at,
        "last_activity_at": view.last_activity_at,
        "ended_at": view.ended_at,
        "stall": view.stall and (view.stall.kind, view.stall.since, view.stall.step, view.stall.owner),
        "current": [(one.step, one.owner, one.state, one.since, one.basis) for one in view.current],
        "steps": [
            (one.step, one.owner, one.state, one.started_at, one.ended_at, one.attempts, one.error, seen_undone(one))
            for one in view.steps
        ],
        "timeline_total": view.timeline_total,
    }


def seen_undone(step):
    """Give the same of the compensation in an answer."""
    by = step.compensation
    return by and (by.step, by.owner, by.state, by.started_at, by.ended_at, by.error)


def in_time(told, places):
    """Give the records of a timeline in its order, with the rule that brought each."""
    ordered = sorted(told, key=lambda one: (one["at_ns"], -one.get("until_ns", one["at_ns"])))
    return [(to_datetime(one["at_ns"]), one["name"], places[identity(one)].rule) for one in ordered]


@sparingly(4)
@given(st.data())
def test_a_transaction_is_told_as_the_oracle_tells_it(data):
    """The answer, the row of the list and the oracle agree on every transaction."""
    told = data.draw(records())
    now_ns = NOON_NS + data.draw(st.integers(0, 30)) * 1_000
    expected = tell(told)
    with lab_of(data.draw(arrivals(told)), now_ns=now_ns, threshold_s=THRESHOLD_NS / NS_PER_S) as lab:
        for name, members in expected.members.items():
            view = lab.queries.transaction(name)
            stands = expected.transactions[name]

            assert name == view.transaction_id
            assert shown(stands, expected.steps[name], now_ns) == seen(view)
            timeline = [(one.at, one.name, one.correlated_by) for one in view.timeline]
            assert sorted(in_time(members, expected.places)) == sorted(timeline)
            assert sorted(one.at for one in view.timeline) == [one.at for one in view.timeline]
            assert name not in view.aliases


@sparingly(4)
@given(st.data())
def test_an_answer_as_of_an_instant_is_that_of_the_records_until_then(data):
    """As of T, a transaction stands as the oracle says of its records cut at T: what ran then runs."""
    told = data.draw(records())
    at_ns = NOON_NS + data.draw(st.integers(-1, 13)) * 1_000
    world = tell(told)
    with lab_of(data.draw(arrivals(told)), threshold_s=THRESHOLD_NS / NS_PER_S) as lab:
        for name, members in world.members.items():
            then = cut(members, at_ns)
            try:
                view = lab.queries.transaction(name, as_of=to_datetime(at_ns))
            except NotFound:
                assert not then
                continue

            assert shown(transaction_of(then), steps_of(then), at_ns) == seen(view)


@sparingly(4)
@given(st.data())
def test_an_answer_is_never_behind(data):
    """Where every record carries its id, what the fold has not taken in yet is told all the same."""
    told = data.draw(records(ids=st.sampled_from(IDS)).map(without_aliases))
    expected = tell(told)
    arrival = data.draw(arrivals(told))
    now_ns = NOON_NS + 40_000
    with lab_of(arrival, settled=False, now_ns=now_ns, threshold_s=THRESHOLD_NS / NS_PER_S) as lab:
        for name in expected.members:
            view = lab.queries.transaction(name)

            assert shown(expected.transactions[name], expected.steps[name], now_ns) == seen(view)
            assert len(expected.members[name]) == lab.queries.records(name).total


def without_aliases(told):
    """Leave the aliases of records out."""
    return [{column: value for column, value in one.items() if column != "aliases"} for one in told]
