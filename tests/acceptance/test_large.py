"""Transactions that are larger, and names that are longer, than anybody meant them to be."""

import json
from time import perf_counter

import pytest

from tests.acceptance.stage import DECLARED, ran, said, stage
from tests.worlds import table
from tracer.model.text import clean
from tracer.query.gathering import TIMELINE_LIMIT

NASTY = "\x1b]52;c;aGk=\x07[bold red]pay[/]\u202e\n" + "x" * 280


def paid_again_and_again(records):
    """Tell of a payment that was tried very often, and of the last try, which did not end."""
    tries = records // 2
    told = [
        one
        for n in range(tries)
        for one in (
            said("T", n / 100, "pay", "started", attempt=n + 1),
            said("T", n / 100 + 0.005, "pay", "failed", attempt=n + 1, error=f"timeout {n}"),
        )
    ]
    return [*told, said("T", tries / 100, "pay", "started", attempt=tries + 1)]


@pytest.mark.parametrize("definition", [None, DECLARED], ids=["unknown", "declared"])
def test_ten_thousand_records_are_shown_in_well_under_two_seconds(definition):
    """A transaction of 10,000 records is told as fast as a person waits, with every record in the timeline."""
    with stage(paid_again_and_again(10_000), definition=definition, at_s=900) as at:
        began_s = perf_counter()
        shown = at.show()
        took_s = perf_counter() - began_s

    assert (10_001, 10_001) == (shown.timeline_total, len(shown.timeline))
    assert ("retry-loop", "pay", 5_001) == (shown.stall.kind, shown.stall.step, shown.steps[0].attempts)
    assert took_s < 2


def test_a_timeline_is_bounded_and_says_so():
    """More records than a timeline holds are counted, and a note says where all of them are."""
    with stage(at_s=900) as at:
        at.keeper.append(table(paid_again_and_again(TIMELINE_LIMIT + 500)))
        at.settle()
        shown = at.show()

    assert (TIMELINE_LIMIT + 501, TIMELINE_LIMIT) == (shown.timeline_total, len(shown.timeline))
    note = f"The timeline shows the first {TIMELINE_LIMIT} of {TIMELINE_LIMIT + 501} records; "
    assert note in shown.notes[0]


def test_a_name_that_is_long_and_hostile_stays_what_it_is_and_harms_no_sentence():
    """A step's name is kept whole as data, is a place to stand in, and is cleaned where a sentence has it."""
    with stage([*ran("T", 0, 2, "reserve"), said("T", 3, NASTY, "started")], definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert 300 < len(NASTY)
    assert (True, True) == (NASTY in {one.step for one in shown.current}, NASTY in {one.step for one in shown.steps})
    sentences = [*shown.notes, *(text for one in shown.advice for text in (one.why, *one.evidence))]
    assert sentences == [clean(text) for text in sentences]
    assert f"does not know the step {clean(NASTY, 80)}." in shown.notes[0]


def test_a_long_name_with_markup_may_be_declared():
    """A definition may name a step as its records do, however long that is, and with what is markup elsewhere."""
    name = "[bold red]pay[/]" + "x" * 200
    definition = f'[saga.order]\n[[saga.order.step]]\nname = {json.dumps(name)}\nowner = "orders"\ndeadline = "10s"\n'
    with stage([said("T", 3, name, "started")], definition=definition, at_s=100) as at:
        shown = at.show()

    assert ("step-overdue", name, "declared", ()) == (
        shown.stall.kind, shown.stall.step, shown.current[0].threshold_source, shown.notes,
    )  # fmt: skip
