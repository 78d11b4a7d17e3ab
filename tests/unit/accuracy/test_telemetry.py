"""Records as the services of the corpus tell them."""

from random import Random

import pytest

from tests.accuracy import telemetry
from tests.accuracy.course import Course
from tests.accuracy.faults import Fault
from tests.accuracy.sagas import CLAIM, DELIVERY, HOLIDAY, LOAN, ORDER, RETURN, SAGAS, TRANSFER, TRIP
from tests.accuracy.shapes import Saga
from tests.accuracy.simulator import run
from tests.accuracy.telemetry import Network, Row, columns
from tracer.clock import NS_PER_S
from tracer.model.records import RECORD_SCHEMA

BEGAN_S = 1_000_000.0
NOW_S = BEGAN_S + 100_000.0


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a network that loses nothing, and repeats and delays nothing."""
    for name in ("LOST", "TWICE", "LATE"):
        monkeypatch.setattr(telemetry, name, 0.0)


def told(saga: Saga, course: Course, *, seed: int = 1) -> tuple[Row, ...]:
    """Tell a course by a network of its own."""
    return Network(Random(seed)).tell(saga, "T-1", course, began_s=BEGAN_S, now_s=NOW_S).rows


def completed(saga: Saga) -> Course:
    """Run transactions until one is completed without a second try."""
    random = Random(11)
    while True:
        course = run(saga, random)
        if course.outcome == "completed" and all(one.what != "tried" for one in course.happenings):
            return course


@pytest.mark.usefixtures("kind")
def test_events_by_name_alone() -> None:
    """The plainest choreography: one event for each finished step, with a name and the id, and no word of phases."""
    rows = told(ORDER, completed(ORDER))

    assert [
        ("OrderPlaced", "orders"),
        ("InventoryReserved", "inventory"),
        ("PaymentCaptured", "payments"),
        ("ParcelPacked", "warehouse"),
        ("ParcelShipped", "shipping"),
        ("CustomerNotified", "notifications"),
    ] == [(row.name, row.owner) for row in rows]
    assert {("observed", "name", None, None)} == {(row.phase, row.step_by, row.attempt, row.outcome) for row in rows}


@pytest.mark.usefixtures("kind")
def test_compensations_by_name_alone() -> None:
    """Where events have only names, nothing says that one of them undoes another."""
    rows = told(ORDER, run(ORDER, Random(1), Fault(kind="undo-crash", step="place-order", refused="capture-payment")))

    assert ["OrderPlaced", "InventoryReserved", "PaymentDeclined", "InventoryReleased"] == [row.name for row in rows]
    assert {None} == {row.compensates for row in rows}


@pytest.mark.usefixtures("kind")
def test_events_that_say_step_and_phase() -> None:
    """A choreography of completion events with an explicit end."""
    rows = told(RETURN, completed(RETURN))

    assert {"completed", "observed"} == {row.phase for row in rows}
    assert [None] * 5 + ["completed"] == [row.outcome for row in rows]
    assert ["register-return", "issue-label", "inspect-goods"] == [row.step for row in rows[:3]]


@pytest.mark.usefixtures("kind")
def test_events_of_begin_and_end() -> None:
    """Each step tells when it begins and when it ends, a compensation says what it undoes, a wait that it waits."""
    rows = told(TRIP, run(TRIP, Random(1), Fault(kind="undo-crash", step="rent-car", refused="charge-card")))
    waits = told(LOAN, run(LOAN, Random(1), Fault(kind="timer", step="sign-contract")))
    phases = {row.phase for row in rows} - {"retried"}

    assert {"txn_started", "started", "completed", "failed", "compensating"} == phases
    assert [("return-car", "rent-car")] == [(row.step, row.compensates) for row in rows if row.compensates]
    assert ("waiting", "sign-contract") == (waits[-1].phase, waits[-1].step)


@pytest.mark.usefixtures("kind")
def test_spans_arrive_when_they_end() -> None:
    """A step is one consumer's span in the transaction's trace, below the producer's span of its message.

    A producer's span carries no id: it joins by its trace.
    """
    rows = told(CLAIM, completed(CLAIM))
    consumers = [row for row in rows if row.span_kind == "consumer"]
    producers = {row.span_id: row for row in rows if row.span_kind == "producer"}

    assert {"open-claim", "check-policy", "reserve-funds", "pay-claim"} < {row.step for row in consumers}
    assert all(row.parent_span_id in producers for row in consumers)
    assert {None} == {row.transaction_id for row in producers.values()}
    assert 1 == len({row.trace_id for row in (*consumers, *producers.values())})
    assert all(row.until_ns is not None and row.until_ns >= row.at_ns for row in consumers)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize(
    ("saga", "owners", "kinds"),
    [
        (TRANSFER, {None}, {None}),
        (HOLIDAY, {"airline", "hotels", "coaches", "insurer", "payments", "documents"}, {None}),
        (DELIVERY, {"delivery-coordinator"}, {"producer"}),
    ],
    ids=lambda value: value.name if isinstance(value, Saga) else "",
)
def test_commands(saga: Saga, owners: set[str | None], kinds: set[str | None]) -> None:
    """A command names its destination, nobody, or the coordinator that sent it."""
    commands = [row for row in told(saga, completed(saga)) if row.phase == "command"]

    assert {step.name for step in saga.steps()} == {row.step for row in commands}
    assert owners == {row.owner for row in commands}
    assert kinds == {row.span_kind for row in commands}


@pytest.mark.usefixtures("kind")
def test_a_crash_in_a_step_does_not_show_in_spans() -> None:
    """A span that never ends never arrives; a step that tells of its beginning was seen."""
    span = told(CLAIM, run(CLAIM, Random(1), Fault(kind="crash", step="reserve-funds")))
    event = told(TRIP, run(TRIP, Random(1), Fault(kind="crash", step="charge-card")))

    assert "reserve-funds" not in {row.step for row in span}
    assert ("started", "charge-card") in {(row.phase, row.step) for row in event}


def test_a_clock_is_off_by_the_same_always() -> None:
    """Each service's clock is ahead or behind by up to two seconds, constantly."""
    network = Network(Random(3))
    skews = {name: network.skew_s(name) for name in "abcdefghij"}

    assert skews == {name: network.skew_s(name) for name in "abcdefghij"}
    assert 10 == len(set(skews.values()))
    assert 1.0 < max(map(abs, skews.values())) <= 2.0


def test_some_are_lost_and_some_come_twice() -> None:
    """Of many records about 1 % are lost, 2 % come twice and 1 % come late."""
    random = Random(5)
    network = Network(random)
    said = came = unique = late = 0
    for number in range(1000):
        course = run(TRIP, random)
        rows = network.tell(TRIP, f"T-{number}", course, began_s=BEGAN_S, now_s=NOW_S).rows
        said += sum(1 for happening in course.happenings for _ in telemetry.says(TRIP, happening))
        came += len(rows)
        firsts = {(row.name, row.attempt, row.at_ns): row for row in reversed(rows)}
        unique += len(firsts)
        late += sum(row.received_ns - row.at_ns > 60 * NS_PER_S for row in firsts.values())

    assert 0.01 == pytest.approx(1 - unique / said, abs=0.003)
    assert 0.02 == pytest.approx(came / unique - 1, abs=0.003)
    assert 0.01 == pytest.approx(late / unique, abs=0.003)


def test_what_is_not_there_yet_is_not_told() -> None:
    """Nothing that happens after now is told, nothing arrives after now, and what did not arrive is unseen."""
    random = Random(6)
    network = Network(random)
    for _ in range(200):
        course = run(HOLIDAY, random)
        now_s = BEGAN_S + random.uniform(0, course.end_s or 0.0)
        said = [one for one in course.happenings if BEGAN_S + one.at_s <= now_s]
        told_now = network.tell(HOLIDAY, "T", course, began_s=BEGAN_S, now_s=now_s)

        assert all(row.received_ns <= now_s * NS_PER_S for row in told_now.rows)
        assert told_now.unseen <= set(said)


@pytest.mark.parametrize("saga", SAGAS, ids=lambda saga: saga.name)
def test_records_fit_the_schema(saga: Saga) -> None:
    """Every saga's records make a table of the record's schema."""
    made = columns(told(saga, completed(saga)))

    made.validate(full=True)
    assert RECORD_SCHEMA == made.schema
    assert 0 == sum(made.column(field.name).null_count for field in RECORD_SCHEMA if not field.nullable)
