"""A definition that says one thing, and records that say another."""

from tests.acceptance.stage import DECLARED, evidence, ran, said, stage

DEFINITION = "the definition (sagas/order.toml:2)"


def undone(step, undoes, *, began_s, ended_s):
    """Tell of a compensation that ran."""
    return [
        said("T", began_s, step, "compensating", compensates=undoes),
        said("T", ended_s, step, "compensated", compensates=undoes),
    ]


def test_another_order_than_declared_is_told_and_the_way_goes_on():
    """Steps that came in another order count as done all the same, and a note says which came before which."""
    with stage([*ran("T", 0, 2, "pay"), *ran("T", 60, 62, "reserve")], definition=DECLARED, at_s=500) as at:
        shown = at.show()

    assert ("handoff-lost", "ship", "shipping") == (shown.stall.kind, shown.stall.step, shown.stall.owner)
    assert (f"pay was completed 1m 0s before reserve, after which {DEFINITION} has it.",) == shown.notes
    assert "But pay was completed before reserve, which it is declared to come after" in evidence(shown)


def test_clocks_that_disagree_a_little_are_no_other_order():
    """Where the order is a matter of a few seconds it is the services' clocks that disagree."""
    with stage([*ran("T", 0, 2, "pay"), *ran("T", 3, 5, "reserve")], definition=DECLARED, at_s=20) as at:
        assert ("running", ()) == (at.show().status, at.show().notes)


def test_a_step_that_nobody_declared_is_told():
    """A step that the definition does not know hides nothing: what is declared to come next is still expected."""
    told = [*ran("T", 0, 2, "reserve"), *ran("T", 2, 3, "pay"), *ran("T", 4, 6, "gift-wrap")]
    with stage(told, definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert ("handoff-lost", "ship", 897) == (shown.stall.kind, shown.stall.step, shown.stall.stuck_s)
    assert ("The definition (sagas/order.toml:2) does not know the step gift-wrap.",) == shown.notes
    assert ["ship", "mail"] == [one.step for one in shown.remaining]


def test_many_steps_that_nobody_declared_are_counted():
    """A note names the first few steps that the definition does not know, and counts the rest."""
    told = [one for n in range(8) for one in ran("T", n, n + 1, f"extra-{n}")]
    with stage(told, definition=DECLARED, at_s=10) as at:
        (note,) = at.show().notes

    listed = "extra-0, extra-1, extra-2, extra-3, extra-4 and 3 more"
    assert f"The definition (sagas/order.toml:2) does not know the steps {listed}." == note


def test_a_declared_step_that_never_occurs_is_told():
    """Where a later step was seen an earlier one counts as done, for records get lost; that it was not seen is told."""
    told = [*ran("T", 0, 2, "reserve"), *ran("T", 2, 3, "pay"), said("T", 4, "mail", "started")]
    with stage(told, definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert ("step-overdue", "mail", "mailer") == (shown.stall.kind, shown.stall.step, shown.stall.owner)
    assert (f"ship was not seen, but mail was, after it in {DEFINITION}.",) == shown.notes
    assert [] == [one.step for one in shown.remaining]


def test_an_owner_that_differs_is_told_and_the_one_who_acts_is_named():
    """The records say who is at a step now; that the definition names another one is told."""
    told = [*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started", owner="stripe")]
    with stage(told, definition=DECLARED, at_s=900) as at:
        shown, row = at.show(), at.listed()

    assert ("step-overdue", "pay", "stripe") == (shown.stall.kind, shown.stall.step, shown.stall.owner)
    assert ("stuck", "pay", "stripe") == (row.status, row.step, row.owner)
    note = "The definition (sagas/order.toml:2) names other owners: pay is by stripe, not by payment."
    assert (note,) == shown.notes


def test_a_compensation_after_the_pivot_is_looked_at_first():
    """Past the pivot nothing is to be undone: a compensation that began all the same is what a person must look at."""
    told = [*ran("T", 0, 2, "reserve"), *ran("T", 2, 3, "pay"), *ran("T", 4, 6, "ship")]
    told += undone("refund", "pay", began_s=7, ended_s=8)[:1]
    with stage(told, definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert ("compensation-stuck", "refund", "payment") == (shown.stall.kind, shown.stall.step, shown.stall.owner)
    assert ("investigate", "refund") == (shown.advice[0].action, shown.advice[0].step)
    assert "But refund, which undoes pay, began all the same" in shown.advice[0].evidence
    assert "ship, the point of no return, was completed, but refund (undoes pay) began all the same." in shown.notes
    assert "compensate" not in {one.action for one in shown.advice}


def test_a_compensation_that_was_done_after_the_pivot_is_looked_at_too():
    """What was undone past the pivot is no step of a way back or forward: a person looks before anything runs."""
    told = [*ran("T", 0, 2, "reserve"), *ran("T", 2, 3, "pay"), *ran("T", 4, 6, "ship")]
    with stage([*told, *undone("refund", "pay", began_s=7, ended_s=8)], definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert [("investigate", "refund")] == [(one.action, one.step) for one in shown.advice]
    assert "But refund, which undoes pay, was completed all the same" in shown.advice[0].evidence
    assert 0.9 < shown.advice[0].confidence


def test_a_compensation_of_another_name_is_told():
    """A compensation that the definition does not have undoes its step all the same, and is told."""
    told = [*ran("T", 0, 2, "reserve"), said("T", 3, "pay", "failed", error="declined")]
    told += undone("unreserve", "reserve", began_s=4, ended_s=5)
    with stage(told, definition=DECLARED, at_s=900) as at:
        shown = at.show()

    assert "compensated" == shown.status
    assert ("The definition (sagas/order.toml:2) does not know that unreserve undoes reserve.",) == shown.notes


def test_an_end_although_steps_are_missing_is_an_end_and_told():
    """A record ends a transaction, whatever the definition still expects; which steps were not seen is told."""
    with stage([*ran("T", 0, 2, "reserve"), said("T", 7, None, "txn_completed")], definition=DECLARED, at_s=900) as at:
        shown, stuck = at.show(), at.stalls().total

    assert ("completed", None, 0, ()) == (shown.status, shown.stall, stuck, shown.current)
    assert (f"It was ended as completed, but pay, ship, mail of {DEFINITION} were not seen.",) == shown.notes


def test_an_end_as_failed_lacks_no_steps():
    """Where the end says that it failed the steps that did not come are no contradiction."""
    with stage([*ran("T", 0, 2, "reserve"), said("T", 7, None, "txn_failed")], definition=DECLARED, at_s=900) as at:
        assert ("failed", ()) == (at.show().status, at.show().notes)


def test_a_definition_that_is_followed_is_not_mentioned():
    """Records that say what was declared leave no note, while it runs and when it is over."""
    told = [*ran("T", 0, 2, "reserve"), *ran("T", 2, 3, "pay"), *ran("T", 3, 9, "ship"), *ran("T", 9, 11, "mail")]
    with stage(told, definition=DECLARED, at_s=900) as at:
        notes = {at.show(as_of_s=second).notes for second in (1, 5, 12, 900)}

    assert {()} == notes
