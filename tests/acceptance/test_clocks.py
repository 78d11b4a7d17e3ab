"""Participants whose clocks are wrong, and a clock of Sagascope's own that is set back."""

import pytest

from tests.acceptance.stage import DAY_S, DECLARED, HOUR_S, NOON_NS, ran, said, stage
from tracer.clock import NS_PER_S, to_datetime

YEAR_S = 365 * DAY_S
IN_2262_S = (9_223_372_036_000_000_000 - NOON_NS) / NS_PER_S - 100
IN_1970_S = -NOON_NS / NS_PER_S
AHEAD = {HOUR_S: "1h 0m", YEAR_S: "365d 0h", IN_2262_S: "87076d 1h"}
GRACE_S = 60  # what is dated after it arrived counts as of a minute after that at the latest


def begun(ahead_s):
    """Tell of an order whose payment begins, 3 s after noon, with a clock that is ahead."""
    return [*ran("T", 0, 2, "reserve"), said("T", 3 + ahead_s, "pay", "started", received_s=3)]


def seconds_of(shown):
    """Give all the durations of an answer."""
    stalled = [shown.stall.stuck_s] if shown.stall else []
    steps = [one.duration_s for one in shown.steps if one.duration_s is not None]
    return [shown.elapsed_s, *stalled, *steps, *(one.elapsed_s for one in shown.current)]


@pytest.mark.parametrize("ahead_s", AHEAD, ids=AHEAD.values())
@pytest.mark.parametrize(("definition", "limit_s"), [(None, 300), (DECLARED, 60)], ids=["unknown", "declared"])
def test_a_clock_that_is_ahead_hides_no_stall(ahead_s, definition, limit_s):
    """What is dated after it arrived counts from its arrival, a minute later at most: so it is overdue in time."""
    due_s = 3 + GRACE_S + limit_s
    with stage(begun(ahead_s), definition=definition, at_s=due_s) as at:
        early, late, row = at.show(), at.at(due_s + 1).show(), at.listed()
        (stall,) = at.stalls().stalls
        past = at.at(due_s + HOUR_S).show(as_of_s=due_s + 1)

    assert ("running", "stuck", "stuck", "stuck") == (early.status, late.status, row.status, past.status)
    assert ("step-overdue", "pay", "payment") == (late.stall.kind, late.stall.step, late.stall.owner)
    since = to_datetime(NOON_NS + (3 + GRACE_S) * NS_PER_S)
    assert {since} == {late.stall.since, stall.since, past.stall.since}
    note = f"Records of payment are dated {AHEAD[ahead_s]} after they arrived: its clock seems to be ahead."
    assert {(note,)} == {early.notes, late.notes, past.notes}


@pytest.mark.parametrize("off_s", [*AHEAD, IN_1970_S], ids=[*AHEAD.values(), "1970"])
@pytest.mark.parametrize("definition", [None, DECLARED], ids=["unknown", "declared"])
def test_no_duration_is_negative_whatever_a_clock_says(off_s, definition):
    """Every answer stands at every moment of a transaction with a clock that is wrong, and no time runs backwards."""
    told = [*begun(off_s), said("T", 5 + off_s, "pay", received_s=5), said("T", 6, "ship", "started")]
    with stage(told, definition=definition, at_s=900) as at:
        answers = [at.show(), *(at.show(as_of_s=second) for second in (1, 4, 100))]
        lists = (at.listed(), at.stalls(), at.incidents(), at.sagas())

    assert [] == [second for shown in answers for second in seconds_of(shown) if second < 0]
    assert (True, 900) == (lists[0].in_step_s >= 0, at.clock.ns // NS_PER_S - NOON_NS // NS_PER_S)
    assert "ship" in {one.step for one in answers[0].current}


def test_an_end_that_is_dated_ahead_is_an_end():
    """A transaction whose end is dated in a year to come is over since about when that arrived."""
    told = [*ran("T", 0, 2, "reserve"), said("T", YEAR_S, None, "txn_completed", received_s=10)]
    with stage(told, at_s=900) as at:
        shown = at.show()

    assert ("completed", 10.0 + GRACE_S) == (shown.status, shown.elapsed_s)
    assert to_datetime(NOON_NS + (10 + GRACE_S) * NS_PER_S) == shown.ended_at


def test_a_clock_that_was_never_set_is_told():
    """A participant that believes in 1970 is named, and its step is still where the transaction stands."""
    with stage(begun(IN_1970_S), definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert ("stuck", "pay", "payment") == (shown.status, shown.stall.step, shown.stall.owner)
    assert ("Records of payment are dated before the year 2000: its clock seems not to be set.",) == shown.notes


def test_a_few_seconds_and_late_arrival_are_no_wrong_clock():
    """Clocks that differ by seconds, and records that arrive hours later, are everyday and not mentioned."""
    told = [*ran("T", 0, 2, "reserve", received_s=5 * HOUR_S), said("T", 33, "pay", "started", received_s=3)]
    with stage(told, at_s=5 * HOUR_S + 1) as at:
        shown = at.show()

    assert () == shown.notes
    assert to_datetime(NOON_NS + 33 * NS_PER_S) == shown.current[0].since


def test_the_order_of_arrival_does_not_matter_to_a_wrong_clock():
    """Records with wrong times make the same transaction in any order, and folded at once or one by one."""
    told = [*begun(YEAR_S), said("T", 6, "ship", "started", received_s=6)]
    answers = set()
    for order in (told, told[::-1], [told[3], told[0], told[2], told[1]]):
        with stage(definition=DECLARED, at_s=900) as at:
            for record in order:
                at.take([record])
            row, shown = at.listed(), at.show()
            answers.add((row, shown.current, shown.stall, shown.steps, shown.notes))

    assert 1 == len(answers)


def test_a_clock_that_is_set_back_between_two_asks_does_no_harm():
    """The answer is that of the moment which the clock shows: set back, what was overdue is not yet, and is again."""
    told = [*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started")]
    with stage(told, definition=DECLARED, at_s=100) as at:
        late, stuck = at.show(), at.stalls().total
        back, unstuck = at.at(10).show(), at.stalls().total
        before = at.at(-HOUR_S).show()
        at.settle()
        at.learn()
        again = at.at(100).show()

    assert ("stuck", "running", "running") == (late.status, back.status, before.status)
    assert (1, 0) == (stuck, unstuck)
    assert [] == [second for shown in (back, before) for second in seconds_of(shown) if second < 0]
    assert late == again


def test_records_that_come_while_the_clock_is_set_back_are_taken_in():
    """What is told while the clock is wrong counts when it is right again."""
    with stage([said("T", 0, "pay", "started")], definition=DECLARED, at_s=100) as at:
        at.at(-DAY_S).take([said("T", 101, "pay", received_s=101)])
        shown = at.at(110).show()

    assert ("running", "ship") == (shown.status, shown.current[0].step)
