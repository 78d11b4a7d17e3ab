"""Transactions as the simulator runs them."""

import math
from random import Random

import pytest

from tests.accuracy.course import FOREVER_S, Key
from tests.accuracy.faults import Fault, choose_fault, noticed_s, possible
from tests.accuracy.sagas import DELIVERY, HOLIDAY, ORDER, SAGAS, TRIP
from tests.accuracy.shapes import Z_99, Saga
from tests.accuracy.simulator import run

BY_NAME = pytest.mark.parametrize("saga", SAGAS, ids=lambda saga: saga.name)


@BY_NAME
def test_the_same_seed_runs_the_same_course(saga: Saga) -> None:
    """A course is a function of the saga and the seed."""
    first, second, other = run(saga, Random(7)), run(saga, Random(7)), run(saga, Random(8))

    assert first.happenings == second.happenings
    assert first.stays == second.stays
    assert first.happenings != other.happenings


@BY_NAME
def test_without_a_fault_every_transaction_ends(saga: Saga) -> None:
    """What is refused is undone, and every stay ends before the transaction does."""
    random = Random(1)
    courses = [run(saga, random) for _ in range(200)]

    assert {"completed"} < {course.outcome for course in courses} <= {"completed", "compensated", "failed"}
    assert all(stay.to_s <= (course.end_s or 0.0) for course in courses for stay in course.stays)


@BY_NAME
def test_somebody_always_has_the_ball(saga: Saga) -> None:
    """At any moment between the beginning and the end there is a stay."""
    random = Random(2)
    for _ in range(50):
        course = run(saga, random)
        moments = [random.uniform(0.0, course.end_s or 0.0) for _ in range(20)]

        assert all(course.at(moment) for moment in moments)


@BY_NAME
def test_every_fault_holds_its_transaction_for_good(saga: Saga) -> None:
    """With a fault there is no end, and exactly one stay is endless: the one at the place of the fault."""
    for fault, _ in possible(saga):
        course = run(saga, Random(3), fault)
        endless = [stay for stay in course.stays if stay.to_s == FOREVER_S]

        assert course.end_s is None
        assert 1 == len(endless)
        assert fault.step in (endless[0].key.step, endless[0].key.undoes)


@BY_NAME
def test_a_fault_is_old_enough_to_be_noticed(saga: Saga) -> None:
    """A stuck step has stood for 20 times of what it takes at most, and for ten minutes at least."""
    random = Random(4)
    for fault in (choose_fault(saga, random) for _ in range(100)):
        least_s = 600.0
        if fault.kind in {"crash", "lost"}:
            least_s = max(least_s, 20 * math.exp(Z_99 * saga.step(fault.step).sigma) * saga.step(fault.step).median_s)

        assert fault.age_s >= noticed_s(saga, fault) >= least_s


def test_compensations_run_in_reverse_order() -> None:
    """What was completed last is undone first, one after the other; what was refused is not undone."""
    fault = Fault(kind="undo-crash", step="place-order", refused="pack-parcel")
    course = run(ORDER, Random(5), fault)
    begun = [one.key for one in course.happenings if one.what == "started" and one.key.undoes]

    assert [
        Key("refund-payment", "capture-payment"),
        Key("release-inventory", "reserve-inventory"),
        Key("cancel-order", "place-order"),
    ] == begun


def test_parallel_branches_meet_before_the_next_step() -> None:
    """What follows parallel branches begins after all of them."""
    fault = Fault(kind="crash", step="charge-card")
    course = run(TRIP, Random(6), fault)
    ends = {one.key.step: one.at_s for one in course.happenings if one.what == "completed"}
    begins = {one.key.step: one.at_s for one in course.happenings if one.what == "started"}

    assert begins["charge-card"] > max(ends["book-flight"], ends["book-hotel"], ends["rent-car"])
    assert max(begins["book-flight"], begins["book-hotel"], begins["rent-car"]) < ends["book-flight"]


def test_a_lost_message_in_one_branch_lets_the_others_run() -> None:
    """The other branches come to their end and wait."""
    course = run(HOLIDAY, Random(7), Fault(kind="lost", step="buy-insurance"))
    completed = {one.key.step for one in course.happenings if one.what == "completed"}

    assert {"hold-seats", "hold-rooms", "book-transfer"} == completed
    assert Key("buy-insurance") == course.stuck().key


def test_a_loop_tries_until_the_picture_is_taken() -> None:
    """A step that loops has tried more often than it may, and lately."""
    fault = Fault(kind="loop", step="assign-courier", age_s=3600.0)
    course = run(DELIVERY, Random(8), fault)
    seen_s = course.stuck().from_s + fault.age_s
    tries = [one.at_s for one in course.happenings if one.what == "tried" and one.at_s <= seen_s]

    assert len(tries) > DELIVERY.step("assign-courier").retry_max + 1
    assert seen_s - tries[-1] < 900.0


def test_a_fault_leaves_a_trace() -> None:
    """A first step that nothing announces cannot be stuck: nobody would know of the transaction."""
    assert "place-order" not in {fault.step for fault, _ in possible(ORDER) if fault.kind in {"lost", "crash"}}
    assert "authorise-payment" in {fault.step for fault, _ in possible(DELIVERY) if fault.kind == "lost"}
