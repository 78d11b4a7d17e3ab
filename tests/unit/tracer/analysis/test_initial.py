"""The first definition of a saga, written from its history for a person to correct."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.courses import PAY, PLACE, SHIP, course, learned
from tests.unit.tracer.analysis.test_learning_laws import histories, learn_from
from tracer.analysis.initial import MAX_STEPS, deadline_text, write_definition
from tracer.analysis.learning import StepFact, TimeCount
from tracer.analysis.survival import upper_edge_s
from tracer.config.quantity import parse_duration_s
from tracer.model.sagas import LearnedSaga, LearnedStep, LearnedUndo, StepKey
from tracer.model.text import clean

ORDERS = (
    course(50, "place pay pack ship", "completed", [("pay", "pack")]),
    course(20, "place pack pay ship", "completed", [("pay", "pack")]),
    course(30, "place pay pack pickup", "completed", [("pay", "pack")]),
    course(40, "place pay! reject unplace~place", "compensated"),
)
FACTS = (
    StepFact(key=PLACE, owner="order", n=140),
    StepFact(key=PAY, owner="payment", n=140, retried=12, retried_well=11, failed=40, most_attempts=3),
    StepFact(key=StepKey("unplace", "place"), owner="order", n=40),
)


def parsed(saga):
    """Read the definition back as {step: its table}."""
    tables = tomllib.loads(write_definition(saga))["saga"][saga.saga]
    return {table["name"]: table for table in tables.get("step", [])}


def test_steps_come_in_forward_order():
    """Causes first; what was undone is no step of its own."""
    assert ["place", "pay", "pack", "reject", "pickup", "ship"] == list(parsed(learned(*ORDERS)))


def test_after_is_what_has_to_be_completed():
    """A join waits for both branches, and what follows a failure for what was done before the step that failed."""
    steps = parsed(learned(*ORDERS))

    assert {
        "place": None,
        "pay": ["place"],
        "pack": ["place"],
        "reject": ["place"],
        "pickup": ["pay", "pack"],
        "ship": ["pay", "pack"],
    } == {name: step.get("after") for name, step in steps.items()}


def test_a_lost_record_makes_no_rule():
    """That pay was not seen in a few transactions does not make ship come after place."""
    steps = parsed(learned(course(98, "place pay ship", "completed"), course(2, "place ship", "completed")))

    assert ["pay"] == steps["ship"]["after"]
    assert "optional" not in steps["pay"]


def test_alternatives_are_optional():
    """So is what only a failure brings."""
    steps = parsed(learned(*ORDERS))

    assert {"ship", "pickup", "reject"} == {name for name, step in steps.items() if step.get("optional")}


def test_owner_retries_and_compensation():
    """Tries after the first one; the compensation with its owner."""
    steps = parsed(learned(*ORDERS, facts=FACTS))

    assert {"name": "pay", "owner": "payment", "after": ["place"], "retry": {"max": 2}} == steps["pay"]
    assert {"step": "unplace", "owner": "order"} == steps["place"]["compensation"]
    assert "unknown" == steps["ship"]["owner"]


def test_comments_say_how_sure_it_is():
    """With the size of the sample, in whole transactions."""
    told = write_definition(learned(*ORDERS, facts=FACTS)).splitlines()

    troubles = "failed in 40; tried again in 12, 11 of them well in the end"
    assert f"# learned from 140 transactions; all took this way; {troubles}" in told
    assert "# learned from 70 transactions; 0.7 took this way" in told
    assert "# learned from 40 transactions; hardly one that went well took this way" in told
    assert "# undid it in 40 of 40 transactions that failed after it" in told


def timed(n, *, censored=0.0):
    """Learn a step that took about a second."""
    times = [
        TimeCount(kind="step", after=SHIP, bucket=119, n=n),
        TimeCount(kind="step", after=SHIP, bucket=119, n=censored, censored=True),
    ]
    return learned(course(50, "ship", "completed"), times=times)


def test_deadline():
    """Twice what was seen, rounded up to what a person would write."""
    assert 1.07 < upper_edge_s(119) < 1.08
    assert "3s" == parsed(timed(30))["ship"]["deadline"]


def test_a_deadline_from_few_is_only_proposed():
    """It stands in a comment."""
    saga = timed(29)

    assert "deadline" not in parsed(saga)["ship"]
    assert '# deadline = "3s"  # from 29 transactions only' in write_definition(saga).splitlines()


def test_no_deadline_where_most_are_stuck():
    """It says why."""
    saga = timed(10, censored=90.0)

    assert "deadline" not in parsed(saga)["ship"]
    assert "# no deadline: 90 transactions of 100 still open" in write_definition(saga).splitlines()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.002, "1s"), (1.1, "2s"), (45, "45s"), (46, "1m"), (100, "2m"), (2900, "1h"), (90_000, "2d"), (3e6, "35d")],
)
def test_deadlines_are_round(seconds, text):
    """Rounded up, at least a second."""
    assert text == deadline_text(seconds)


@given(st.floats(0.001, 1e8))
def test_a_deadline_is_never_shorter_than_what_it_rounds(seconds):
    """And the configuration reads it."""
    assert seconds <= parse_duration_s(deadline_text(seconds))


def test_the_end_that_nobody_says():
    """The steps after which nothing came are named, in place of the records that a person may know."""
    told = write_definition(learned(course(50, "place pay"))).splitlines()

    assert "# After pay nothing came in 50 of 50 transactions: taken as completed." in told
    assert "# completes = []" in told


def test_style():
    """It is written where it is known."""
    saga = learned(*ORDERS)

    assert "choreography" == tomllib.loads(write_definition(saga, style="choreography"))["saga"]["order"]["style"]
    assert "style" not in tomllib.loads(write_definition(saga))["saga"]["order"]


def test_several_compensations_of_one_step():
    """The one that undid it mostly is written, the other one named."""
    undos = (
        LearnedUndo(undoes="pay", step="refund", owner=None, n=30, of=40),
        LearnedUndo(undoes="pay", step="void", owner=None, n=8, of=40),
    )
    step = LearnedStep(step="pay", compensates="", owner="payment", n=99)
    saga = LearnedSaga(saga="order", samples=99, says_end=True, steps=(step,), undos=undos)

    assert {"step": "refund", "owner": "payment"} == parsed(saga)["pay"]["compensation"]
    assert "# void also undid it in 8 of 40 transactions that failed after it" in write_definition(saga).splitlines()


def test_ids_for_steps_do_not_flood_the_file():
    """The rarest ones are left out, and it says so."""
    ids = [course(1, f"order-{n}", "completed") for n in range(MAX_STEPS + 5)]
    saga = learned(*ids, course(90, "place", "completed"))

    assert MAX_STEPS == len(parsed(saga))
    assert "place" in parsed(saga)
    assert "# 6 rarer steps are left out: do names of steps hold ids?" in write_definition(saga).splitlines()


def test_no_history_is_a_definition_too():
    """An empty table to fill."""
    assert {"saga": {"order": {}}} == tomllib.loads(write_definition(learned()))


names = st.text(st.characters(codec="utf-8"), max_size=20)


@given(names, names, names, names)
def test_hostile_names_are_read_back(saga, step, owner, undo):
    """Whatever telemetry calls a step, TOML gives it back, and no line of the file can control a terminal."""
    made = LearnedSaga(
        saga=saga,
        samples=9,
        says_end=False,
        steps=(LearnedStep(step=step, compensates="", owner=owner, n=9),),
        undos=(
            LearnedUndo(undoes=step, step=undo, owner=owner, n=9, of=9),
            LearnedUndo(undoes=step, step=owner, owner=undo, n=8, of=9),
        ),
    )
    text = write_definition(made)
    (table,) = tomllib.loads(text)["saga"][saga]["step"]

    assert (step, owner or "unknown", undo) == (table["name"], table["owner"], table["compensation"]["step"])
    assert [clean(line) for line in text.split("\n")] == text.split("\n")


def test_half_a_character_is_replaced():
    """TOML has no escape for a lone surrogate."""
    made = LearnedSaga(saga="a\ud800", samples=9, says_end=True)

    assert ["a\N{REPLACEMENT CHARACTER}"] == list(tomllib.loads(write_definition(made))["saga"])


@given(histories)
def test_after_names_earlier_steps(history):
    """Whatever was learned, the definition has no circle and no unknown name."""
    known = set()
    for name, step in parsed(learn_from(history)).items():
        assert set(step.get("after", [])) <= known
        known.add(name)
