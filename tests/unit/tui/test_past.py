from datetime import timedelta

from tests.unit.tui.fake import entry, then, transaction
from tests.unit.tui.samples import ago
from tui.past import Past

ONE = transaction(timeline=(entry("a", 30, 20), entry("b", 15, 15), entry("c", 10, kind="event")))
KNOWN = Past().knowing(ONE)


def _played(past, direction, times):
    seen = []
    for _ in range(times):
        past = past.stepped(direction)
        seen.append(past.at)
    return seen


def test_each_beginning_and_end_is_an_instant():
    """A record makes news when it begins and when it ends, each instant once, a moment after it."""
    moments = [ago(30), ago(20), ago(15), ago(10)]

    assert tuple(moment + timedelta(microseconds=1) for moment in moments) == KNOWN.instants


def test_back_from_now_begins_before_the_last_record():
    """Now is how the last record left it: the first step back shows what was before that, the last one the first."""
    assert [*KNOWN.instants[2::-1], KNOWN.instants[0]] == _played(KNOWN, -1, 4)


def test_forward_ends_in_now():
    """Played forward each instant is seen, and after them comes now, where it stays."""
    start = Past(at=KNOWN.instants[0], instants=KNOWN.instants)

    assert [*KNOWN.instants[1:-1], None, None] == _played(start, 1, 4)


def test_any_time_lies_between_instants():
    """From a time that was typed the steps go to the instants around it."""
    typed = Past(at=ago(17), instants=KNOWN.instants)

    assert KNOWN.instants[1:3] == (typed.stepped(-1).at, typed.stepped(1).at)
    assert "2 of 4" == typed.place()
    assert "" == KNOWN.place()


def test_the_past_does_not_forget_what_came_later():
    """A reading of the past knows fewer records, and leaves the instants that are known."""
    back = Past(at=ago(17), instants=KNOWN.instants)

    assert set(KNOWN.instants) <= set(back.knowing(then(ONE, ago(17))).instants)


def test_without_records_there_is_nowhere_to_go():
    """A transaction without records has now alone."""
    assert Past() == Past().stepped(-1) == Past().stepped(1)
