"""Sagas of which nothing is known, and transactions that say next to nothing."""

from tests.acceptance.stage import DAY_S, DECLARED, HOUR_S, NOON_NS, ran, said, stage, went_well
from tracer.clock import to_datetime


def test_without_definition_and_history_the_defaults_hold_and_are_told_as_such():
    """Where nothing is known the default limit holds, nothing is predicted, and every answer says so."""
    with stage([*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started")], at_s=300) as at:
        early, late = at.show(), at.at(304).show()
        (stall,) = at.stalls().stalls
        (summary,) = at.sagas().sagas

    assert ("running", "stuck", "step-overdue") == (early.status, late.status, late.stall.kind)
    assert {("default", 300.0)} == {(one.threshold_source, one.threshold_s) for one in (*late.current, stall)}
    assert ((), None) == (late.remaining, late.forecast)
    assert {"default"} == {one.basis for one in (*early.advice, *late.advice)}
    told = "pay is overdue after 5m 0s, the default: no deadline is declared and too little was learned"
    assert ("investigate", True) == (late.advice[0].action, told in late.advice[0].evidence)
    assert max(one.confidence for one in late.advice) < 0.5
    assert (None, False, 0) == (summary.declared, summary.learned, summary.learned_from)


def test_without_a_saga_the_defaults_hold_too():
    """Records that name no saga make a transaction with a place and a stall like any other."""
    with stage([said("T", 3, "pay", "started", saga=None)], definition=DECLARED, at_s=400) as at:
        shown = at.show()

    assert (None, "stuck", "pay", "default") == (
        shown.saga, shown.status, shown.stall.step, shown.current[0].threshold_source,
    )  # fmt: skip
    assert () == shown.notes


def test_a_course_that_history_never_saw_is_judged_by_the_defaults():
    """History says nothing of a transaction that took a step which no other took: the defaults hold until it ends."""
    known = went_well(range(200), ("reserve", "pay", "ship"), at_s=-2 * HOUR_S)
    with stage(known, at_s=200) as at:
        at.learn()
        at.take([*ran("T", 0, 2, "reserve"), *ran("T", 3, 4, "gift-wrap"), *ran("U", 0, 2, "reserve")])
        early, usual, late = at.show(), at.show("U"), at.at(400).show()

    assert ("handoff-lost", "pay", "learned") == (
        usual.stall.kind, usual.stall.step, usual.current[0].threshold_source,
    )  # fmt: skip
    assert ("running", "stuck", "never-ended") == (early.status, late.status, late.stall.kind)
    assert ("gift-wrap", "default", ()) == (late.stall.step, late.current[0].threshold_source, late.remaining)


def test_what_comes_after_the_end_changes_nothing_but_a_compensation_does():
    """A late step after the end leaves it ended; a compensation that began after it is open, and may be stuck."""
    ended = [*ran("T", 0, 2, "reserve"), said("T", 5, None, "txn_failed")]
    with stage([*ended, said("T", 9, "pay")], definition=DECLARED, at_s=900) as at:
        late = at.show()
        at.take([said("T", 9, "release", "compensating", compensates="reserve")])
        undoing = at.show()
        at.take([said("T", 901, "release", "compensated", compensates="reserve")])
        over = at.at(902).show()

    assert ("failed", None, 5.0) == (late.status, late.stall, late.elapsed_s)
    assert ("stuck", "compensation-stuck", "release") == (undoing.status, undoing.stall.kind, undoing.stall.step)
    assert ("failed", None) == (over.status, over.stall)


def test_one_record_is_a_transaction():
    """A command alone says what was to be done by whom, and that it did not begin."""
    with stage([said("T", 0, "reserve", "command")], definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert (1, "stuck", "pending") == (shown.timeline_total, shown.status, shown.current[0].state)
    assert "inventory was told to do reserve 15m 0s ago and was not seen to begin." == shown.stall.why


def test_without_any_step_the_first_declared_one_is_what_lacks():
    """A transaction that only began lacks its first step; nothing that did not happen is told as if it had."""
    with stage([said("T", 0, None, "txn_started")], definition=DECLARED, at_s=900) as at:
        shown, row = at.show(), at.listed()

    assert ("handoff-lost", "reserve", "inventory") == (shown.stall.kind, shown.stall.step, shown.stall.owner)
    why = "For 15m 0s nothing was seen, and inventory was not seen to begin reserve (limit 30s, declared)."
    assert why == shown.stall.why
    assert ("stuck", "reserve", "inventory") == (row.status, row.step, row.owner)
    assert ("reserve", "declared") == (shown.advice[0].step, shown.advice[0].basis)


def test_without_any_step_and_definition_it_is_still_told_that_nothing_ended_it():
    """A transaction of which no record names a step counts as stuck after the default, and says why."""
    with stage([said("T", 0, None, "observed")], at_s=900) as at:
        shown = at.show()

    assert ("stuck", "never-ended", None) == (shown.status, shown.stall.kind, shown.stall.step)
    why = "No record names a step; the last one is 15m 0s old and nothing ended the transaction."
    assert (why, ()) == (shown.stall.why, shown.current)


def test_a_wait_of_thirty_days_is_no_stall_before_its_deadline():
    """A step that waits for a person may take as long as it is declared to, and is overdue after that alone."""
    definition = """
    [saga.order]
    [[saga.order.step]]
    name = "approve"
    owner = "sales"
    waits = true
    deadline = "30d"
    """
    with stage([said("T", 0, "approve", "waiting", owner="sales")], definition=definition, at_s=30 * DAY_S) as at:
        patient, late = at.show(), at.at(30 * DAY_S + 60).show()

    assert ("running", "waiting", 30.0 * DAY_S) == (
        patient.status, patient.current[0].state, patient.current[0].elapsed_s,
    )  # fmt: skip
    assert ("stuck", "wait-overdue") == (late.status, late.stall.kind)
    assert "sales has waited in approve for 30d 0h." == late.stall.why


def test_open_for_thirty_days_is_told_since_when():
    """An old open transaction is stuck since its step began, and is found in the list like a young one."""
    with stage([said("T", 0, "pay", "started")], at_s=30 * DAY_S) as at:
        shown, (stall,) = at.show(), at.stalls().stalls

    assert (to_datetime(NOON_NS), 30.0 * DAY_S) == (shown.stall.since, shown.stall.stuck_s)
    assert (shown.stall.since, shown.stall.stuck_s) == (stall.since, stall.stuck_s)
