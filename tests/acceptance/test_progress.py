"""When a stall begins, and what alone ends it."""

from tests.acceptance.stage import DAY_S, DECLARED, HOUR_S, ran, said, stage, went_well

STEPS = ("reserve", "pay", "ship")


def test_a_stall_ends_by_progress_and_the_next_step_has_its_own_time():
    """A late step that ends is no stall any more; the one after it is overdue from then on, not from before."""
    with stage([*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started")], definition=DECLARED, at_s=500) as at:
        stuck = at.show()
        at.take([said("T", 501, "pay")])
        freed, none = at.at(502).show(), at.stalls().total
        later = at.at(802).show()

    assert ("stuck", "pay") == (stuck.status, stuck.stall.step)
    assert ("running", None, "ship", 0) == (freed.status, freed.stall, freed.current[0].step, none)
    assert ("ship", 301) == (later.stall.step, later.stall.stuck_s)


def test_a_limit_that_is_learned_while_something_is_stuck_does_not_free_it():
    """What is overdue stays so while the learned limit moves past it, until it makes progress."""
    quick = went_well(range(60), STEPS, at_s=-2 * HOUR_S)
    with stage(quick, at_s=-HOUR_S) as at:
        at.learn()
        at.at(60).take([*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started")])
        before, listed = at.show(), at.listed()
        slow = went_well(range(1000, 1400), STEPS, at_s=-3 * DAY_S, apart_s=5, took_s=120)
        at.take(slow)
        at.learn()
        after, row = at.show(), at.listed()
        at.take([*ran("U", 50, 52, "reserve"), said("U", 53, "pay", "started")])
        other = at.show("U")

    assert ("stuck", "stuck") == (before.status, listed.status)
    assert {"learned"} == {one.threshold_source for one in (*before.current, *other.current)}
    assert before.current[0].threshold_s < 60 < other.current[0].threshold_s
    assert ("stuck", "stuck", before.stall.since) == (after.status, row.status, after.stall.since)


def test_a_limit_that_is_learned_holds_for_what_is_not_overdue_yet():
    """What is still within its time is judged by what is known when it is asked for."""
    with stage(went_well(range(400), STEPS, at_s=-2 * HOUR_S), at_s=100) as at:
        at.take([*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started")])
        unlearned = at.show()
        at.learn()
        learned = at.show()

    assert ("running", "default") == (unlearned.status, unlearned.current[0].threshold_source)
    assert ("stuck", "learned") == (learned.status, learned.current[0].threshold_source)
