"""The truth that answers are held to, in small cases made by hand."""

from dataclasses import replace
from random import Random

import pytest

from tests.accuracy.course import END, Course, Happening, Key, Stay
from tests.accuracy.faults import Fault
from tests.accuracy.labels import Truth, label, told_names
from tests.accuracy.sagas import HOLIDAY, ORDER, TRIP
from tests.accuracy.shapes import Choice, Saga, Step, Telemetry, Undo
from tests.accuracy.simulator import run

NOTHING: frozenset[Happening] = frozenset()
EVENTS = Telemetry(carrier="event", begins=True)
FLOW = (
    Step(name="a", owner="A", median_s=1.0, undo=Undo(name="un-a", owner="A")),
    Step(name="b", owner="B", median_s=1.0, tries_again=0.1, undo=Undo(name="un-b", owner="B")),
    Choice(branches=(
        (0.7, (Step(name="often", owner="O", median_s=1.0),)),
        (0.3, (Step(name="seldom", owner="S", median_s=1.0),)),
    )),
    Step(name="wait", owner="W", median_s=60.0, waits=True, deadline_s=3600.0),
    Step(name="z", owner="Z", median_s=1.0, fails=0.1),
)  # fmt: skip
PLAIN = Saga(name="plain", prefix="P", ender="E", telemetry=EVENTS, flow=FLOW)
STARTS = replace(PLAIN, telemetry=replace(EVENTS, starts=True))
SPANS = replace(PLAIN, telemetry=replace(EVENTS, carrier="span"))
COMMANDS = replace(PLAIN, telemetry=replace(EVENTS, commands="bare", end="phase"), orchestrated=True)


def labelled(saga: Saga, fault: Fault, *, unseen: frozenset[Happening] = NOTHING) -> Truth:
    """Label a run with a fault."""
    course = run(saga, Random(1), fault)
    return label(saga, "T", course, fault, at_s=course.stuck().from_s + fault.age_s, unseen=unseen)


@pytest.mark.parametrize(
    ("saga", "fault", "kind", "owner"),
    [
        (PLAIN, Fault(kind="lost", step="b"), "handoff-lost", "B"),
        (PLAIN, Fault(kind="crash", step="b"), "handoff-lost", "B"),
        (SPANS, Fault(kind="crash", step="b"), "handoff-lost", "B"),
        (SPANS, Fault(kind="loop", step="b"), "retry-loop", "B"),
        (STARTS, Fault(kind="lost", step="b"), "handoff-lost", "B"),
        (STARTS, Fault(kind="crash", step="b"), "step-overdue", "B"),
        (STARTS, Fault(kind="timer", step="wait"), "wait-overdue", "W"),
        (COMMANDS, Fault(kind="lost", step="b"), "step-overdue", "B"),
        (COMMANDS, Fault(kind="reply-lost", step="b"), "handoff-lost", "B"),
        (COMMANDS, Fault(kind="no-end"), "never-ended", "E"),
    ],
)
def test_a_fault_and_what_can_be_said_of_it(saga: Saga, fault: Fault, kind: str, owner: str) -> None:
    """What the telemetry does not tell apart has one label: who should have gone on."""
    truth = labelled(saga, fault)

    assert (kind, {owner}, frozenset()) == (truth.kind, truth.owners, truth.next_undo)


@pytest.mark.parametrize("kind", ["undo-lost", "undo-crash"])
@pytest.mark.parametrize("saga", [PLAIN, STARTS, SPANS, COMMANDS], ids=["plain", "starts", "spans", "commands"])
def test_a_compensation_that_stops(saga: Saga, kind: str) -> None:
    """Whether it began or not, its owner has the ball, and it is the next to run."""
    first = labelled(saga, Fault(kind=kind, step="b", refused="z"))
    second = labelled(saga, Fault(kind=kind, step="a", refused="z"))

    assert ("compensation-stuck", {"B"}, {"un-b"}) == (first.kind, first.owners, first.next_undo)
    assert ("compensation-stuck", {"A"}, {"un-a"}) == (second.kind, second.owners, second.next_undo)


def test_of_alternatives_the_more_frequent_one_is_expected() -> None:
    """Before anything shows which alternative was taken, one can only name the likely one."""
    lost = labelled(STARTS, Fault(kind="lost", step="seldom"))
    begun = labelled(STARTS, Fault(kind="crash", step="seldom"))

    assert ({"often"}, {"O"}) == (lost.steps, lost.owners)
    assert ({"seldom"}, {"S"}) == (begun.steps, begun.owners)


def test_a_wait_is_no_stall_without_a_deadline() -> None:
    """A timer that outlasted its deadline is stuck for those who know the deadline."""
    truth = labelled(STARTS, Fault(kind="timer", step="wait"))

    assert truth.is_stuck(declared=True)
    assert not truth.is_stuck(declared=False)


def test_parallel_steps_may_be_undone_in_either_order() -> None:
    """Of steps that ran beside each other, any may be undone next; one that was completed later goes first."""
    trip = labelled(TRIP, Fault(kind="undo-lost", step="rent-car", refused="charge-card"))
    holiday = labelled(
        replace(HOLIDAY, telemetry=replace(HOLIDAY.telemetry, commands=None), orchestrated=False),
        Fault(kind="undo-lost", step="buy-insurance", refused="take-deposit"),
    )

    assert {"cancel-flight", "cancel-hotel", "return-car"} == trip.next_undo
    assert {"drop-transfer", "cancel-insurance"} == holiday.next_undo


@pytest.mark.parametrize(
    ("saga", "at_s", "owners"),
    [
        (PLAIN, 0.5, {"A"}),  # running, which nothing tells
        (PLAIN, 1.5, {"O"}),  # the seldom one runs, which nothing tells either
        (STARTS, 1.5, {"S"}),
        (COMMANDS, 2.5, {"E"}),  # all is done, and the end is still to be told
    ],
)
def test_a_healthy_one(saga: Saga, at_s: float, owners: set[str]) -> None:
    """The owner is who the telemetry shows, or lets expect, to have the ball."""
    likely = (("often", "O"),)
    course = Course(
        happenings=[Happening(0.0, "begun", END, "E"), Happening(1.0, "completed", Key("a"), "A")],
        stays=[
            Stay("running", Key("a"), "A", 0.0, 1.0, 5.0, (), (("a", "A"),)),
            Stay("running", Key("seldom"), "S", 1.0, 2.0, 5.0, (Key("a"),), likely),
            Stay("ending", END, "E", 2.0, 3.0, 5.0, (Key("seldom"),), (("", "E"),)),
        ],
        end_s=3.0,
    )
    truth = label(saga, "T", course, None, at_s=at_s, unseen=NOTHING)

    assert (None, owners, frozenset()) == (truth.kind, truth.owners, truth.next_undo)
    assert not truth.is_stuck(declared=True)


def test_what_nobody_could_know_is_clouded() -> None:
    """Without the record that decides, there is no label; one from before does not matter."""
    fault = Fault(kind="crash", step="often")
    course = run(STARTS, Random(1), fault)
    by_step = {(one.what, one.key.step): one for one in course.happenings}

    assert labelled(STARTS, fault, unseen=frozenset({by_step["started", "often"]})).clouded
    assert labelled(STARTS, fault, unseen=frozenset({by_step["completed", "b"]})).clouded
    assert not labelled(STARTS, fault, unseen=frozenset({by_step["completed", "a"]})).clouded
    assert not labelled(STARTS, fault, unseen=frozenset({by_step["started", "b"]})).clouded


def test_events_by_name_have_other_names_than_the_definition() -> None:
    """Without the definition, a step can only be called as its event is."""
    names = told_names(ORDER)

    assert ("OrderPlaced", "InventoryReleased") == (names["place-order"], names["release-inventory"])
    assert {} == told_names(TRIP)
