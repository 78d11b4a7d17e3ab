"""Who owns a transaction now, and whether that has lasted too long."""

import pytest

from tests.standings import done, gathered, head, place, running, second
from tracer.clock import to_datetime
from tracer.model.sagas import Verdict
from tracer.query.present import current, due_ns, is_stuck, stall
from tracer.query.standing import Standing, Stood

UNKNOWN = Standing(verdict=Verdict(), places=(), whole_due_ns=None, is_known=False)
PAY = running("pay", 0)


def stood(one, since_s, row=None):
    """Make a place where a transaction is since a second."""
    due = None if one.limit_s is None else second(since_s + one.limit_s)
    return Stood(place=one, since_ns=second(since_s), due_ns=due, step=row)


def known(*places, whole_s=None, **verdict):
    """Make what was judged of a transaction; with `whole_s` its deadline as a whole."""
    said = Verdict(places=tuple(one.place for one in places), deadline_s=whole_s, **verdict)
    whole = None if whole_s is None else second(whole_s)
    return Standing(verdict=said, places=places, whole_due_ns=whole, is_known=True)


def told(at, standing, now_s):
    """Give kind, step and owner of the stall, or None."""
    found = stall(at, standing, None, second(now_s))
    return found and (found.kind, found.step, found.owner)


@pytest.mark.parametrize(
    ("standing", "expected_s"),
    [
        (UNKNOWN, 300),
        (known(), 300),
        (known(whole_s=100), 100),
        (known(whole_s=400), 300),
        (known(stood(place("pay", 50.0), 0)), 50),
        (known(stood(place("pay", 50.0), 0), whole_s=20), 20),
        (known(stood(place("pay", None), 0)), None),
        (known(stood(place("pay", None), 0), whole_s=20), 20),
        (known(stood(place("pay", 9.0, kind="never-ended", limit_basis="default"), 0)), 300),
        (known(ends="completed"), None),
    ],
)
def test_a_transaction_is_due_when_the_first_of_its_deadlines_passes(standing, expected_s):
    """What was judged goes before what the fold kept by the defaults; what is over is never due."""
    at = gathered(head(), PAY)

    assert (None if expected_s is None else second(expected_s)) == due_ns(at, standing)
    assert (expected_s is not None) == is_stuck(at, standing, second(301))


def test_a_transaction_is_stuck_after_its_deadline_and_not_at_it():
    """The very instant of the deadline is still in time."""
    at, standing = gathered(head(), PAY), known(stood(place("pay", 50.0), 0))

    assert [False, True] == [is_stuck(at, standing, second(50) + more) for more in (0, 1)]


def test_what_has_ended_is_owned_by_nobody():
    """Neither a record's end nor one that follows leaves anybody in charge, or a stall."""
    by_record = gathered(head(ended_ns=second(5), deadline_ns=second(1)), PAY)

    assert ((), None) == (current(by_record, known(), second(9)), told(by_record, known(), 9))
    assert () == current(gathered(head(), PAY), known(ends="failed"), second(9))
    assert None is told(gathered(head(deadline_ns=second(1)), PAY), known(ends="failed"), 9)


def test_places_that_were_judged_are_told_with_their_times():
    """Each place has its owner, since when, and how long it may take; what a record said of a beginning is exact."""
    row = running("pay", 2, exact=True)
    pay = stood(place("pay", 50.0, expected_s=3.0), 2, row)
    ship = stood(place("ship", None, "pay", owner="shipping", state="pending", limit_basis="declared"), 4)
    one, other = current(gathered(head(), row), known(pay, ship), second(12))

    assert ("pay", "pay-team", "running", to_datetime(second(2)), 10.0, 3.0, 50.0, "learned", "exact") == (
        *(one.step, one.owner, one.state, one.since, one.elapsed_s, one.expected_s),
        *(one.threshold_s, one.threshold_source, one.basis),
    )
    assert ("ship", "shipping", "pending", 8.0, None, "declared", "inferred") == (
        *(other.step, other.owner, other.state, other.elapsed_s),
        *(other.threshold_s, other.threshold_source, other.basis),
    )


def test_a_step_that_has_ended_is_never_exactly_where_it_stands():
    """That a record said that a step began says nothing once it is done."""
    row = done("pay", 0, 5, exact=True)

    assert (
        "inferred" == current(gathered(head(), row), known(stood(place("pay", 9.0, "pay"), 5, row)), second(9))[0].basis
    )


def test_where_nothing_is_known_open_steps_own_the_transaction():
    """Compensations come first, what waits comes last and has no threshold."""
    steps = [
        running("wait", 0, state="waiting", word="waiting"),
        running("pay", 3),
        running("book", 2, exact=True),
        running("release", 8, state="compensating", compensates="reserve"),
        done("place", 0, 1),
    ]
    rows = current(gathered(head(), *steps), UNKNOWN, second(9))

    assert [("release", 300.0), ("book", 300.0), ("pay", 300.0), ("wait", None)] == [
        (one.step, one.threshold_s) for one in rows
    ]
    assert ["inferred", "exact", "inferred", "inferred"] == [one.basis for one in rows]


def test_where_nothing_is_open_the_last_step_owns_the_transaction():
    """Else the row of the fold says where it stopped; a transaction without steps is nowhere."""
    at = head(step="place", owner="shop", state="completed")

    assert [("place", "shop", "completed")] == [
        (one.step, one.owner, one.state) for one in current(gathered(at, done("place", 0, 1)), UNKNOWN, second(9))
    ]
    assert () == current(gathered(head(step=None, since_ns=None)), UNKNOWN, second(9))


def test_a_stall_is_that_of_the_place_that_is_overdue():
    """Kind, step and owner are those of the place; without one, those of the fold."""
    handoff = place("ship", 10.0, "pay", owner="shipping", state="pending", kind="handoff-lost")

    assert ("handoff-lost", "ship", "shipping") == told(
        gathered(head(), done("pay", 0, 5)), known(stood(handoff, 5)), 16
    )
    assert None is told(gathered(head(), done("pay", 0, 5)), known(stood(handoff, 5)), 15)
    assert ("step-overdue", "pay", "payment") == told(gathered(head(), PAY), UNKNOWN, 301)
    assert ("step-overdue", "pay", "payment") == told(gathered(head(), PAY), known(), 301)


def test_a_transaction_may_be_overdue_as_a_whole():
    """Where the deadline of the whole passed first it is said of the place where the transaction is."""
    standing = known(stood(place("pay", 50.0), 0, PAY), whole_s=20)
    found = stall(gathered(head(), PAY), standing, None, second(30))

    assert ("never-ended", "pay", "pay-team", 30.0) == (found.kind, found.step, found.owner, found.stuck_s)
    assert "20" in found.why
    assert ("never-ended", "pay", "pay-team") == told(gathered(head(), PAY), standing, 60)
    later = known(stood(place("pay", 10.0), 0, PAY), whole_s=20)
    assert ("step-overdue", "pay", "pay-team") == told(gathered(head(), PAY), later, 60)
    assert ("never-ended", "pay", "payment") == told(gathered(head(), PAY), known(whole_s=20), 30)
    assert ("never-ended", "pay", "pay-team") == told(
        gathered(head(), PAY), known(stood(place("pay", None), 0, PAY), whole_s=20), 30
    )


def test_why_names_the_step_after_which_nothing_came():
    """A step that was not seen to begin is told with what ended last of what it waits for."""
    steps = [done("pay", 0, 5), done("book", 0, 7, word="failed"), done("mail", 0, 8)]
    handoff = place("ship", 10.0, "pay", "book", owner="shipping", state="pending", kind="handoff-lost")
    found = stall(gathered(head(), *steps), known(stood(handoff, 7)), None, second(60))

    assert found.why.startswith("book failed in book-team 53s ago")
    assert "shipping was not seen to begin ship" in found.why
