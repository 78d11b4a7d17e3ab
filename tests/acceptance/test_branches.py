"""Sagas that are no single line: parallel branches, joins, alternatives and loops."""

from tests.acceptance.stage import ran, said, stage

BRANCHED = """
[saga.order]
[[saga.order.step]]
name = "place"
owner = "orders"

[[saga.order.step]]
name = "pay"
owner = "payment"
after = ["place"]
deadline = "60s"

[[saga.order.step]]
name = "pack"
owner = "warehouse"
after = ["place"]
deadline = "10m"

[[saga.order.step]]
name = "ship"
owner = "shipping"
after = ["pay", "pack"]
deadline = "2m"
"""
ALTERNATIVES = """
[saga.order]
[[saga.order.step]]
name = "place"
owner = "orders"

[[saga.order.step]]
name = "by-card"
owner = "payment"
after = ["place"]
optional = true
deadline = "60s"

[[saga.order.step]]
name = "by-invoice"
owner = "billing"
after = ["place"]
optional = true
deadline = "5m"

[[saga.order.step]]
name = "ship"
owner = "shipping"
after = ["by-card", "by-invoice"]
deadline = "2m"
"""
PLACED = ran("T", 0, 1, "place")


def places(shown):
    """Give where a transaction stands, as (step, state)."""
    return [(one.step, one.state) for one in shown.current]


def test_of_two_branches_the_lost_one_is_named():
    """While one branch runs within its time, the other one that never began is what the transaction is stuck at."""
    with stage([*PLACED, said("T", 2, "pack", "started")], definition=BRANCHED, at_s=30) as at:
        early, late = at.show(), at.at(100).show()

    assert ("running", "stuck") == (early.status, late.status)
    assert ("handoff-lost", "pay", "payment") == (late.stall.kind, late.stall.step, late.stall.owner)
    assert [("pay", "pending"), ("pack", "running")] == places(late)
    assert ["pay", "ship"] == [one.step for one in late.remaining]


def test_the_branch_that_is_done_is_not_blamed():
    """Where one branch is done and the other is lost, the lost one is named, and the join is not expected yet."""
    with stage([*PLACED, *ran("T", 2, 40, "pack")], definition=BRANCHED, at_s=100) as at:
        shown = at.show()

    assert [("pay", "pending")] == places(shown)
    assert ("handoff-lost", "pay", 99) == (shown.stall.kind, shown.stall.step, shown.stall.stuck_s)


def test_a_join_waits_for_its_last_branch():
    """The step after two branches is due from the end of the later one, not of the earlier."""
    told = [*PLACED, *ran("T", 2, 3, "pay"), *ran("T", 2, 500, "pack")]
    with stage(told, definition=BRANCHED, at_s=619) as at:
        waiting, joined, late = at.show(as_of_s=400), at.show(), at.at(621).show()

    assert [("pack", "running")] == places(waiting)
    assert ("running", [("ship", "pending")]) == (joined.status, places(joined))
    assert ("handoff-lost", "ship", 121) == (late.stall.kind, late.stall.step, late.stall.stuck_s)
    assert late.stall.why.startswith("pack ended in warehouse 2m 1s ago, and shipping was not seen to begin ship")


def test_the_alternative_that_was_not_taken_is_not_missed():
    """Once one alternative is done what follows it is expected; the other one is neither expected nor missed."""
    told = [*PLACED, *ran("T", 2, 3, "by-invoice", owner="billing")]
    with stage(told, definition=ALTERNATIVES, at_s=10) as at:
        shown, late = at.show(), at.at(200).show()
        at.take([*ran("T", 201, 202, "ship")])
        done = at.show()

    assert ("running", [("ship", "pending")], ()) == (shown.status, places(shown), shown.notes)
    assert ("handoff-lost", "ship") == (late.stall.kind, late.stall.step)
    assert ("completed", None, (), ()) == (done.status, done.stall, done.remaining, done.notes)


def test_before_an_alternative_is_chosen_the_patience_is_that_of_the_slowest():
    """While nobody has begun either alternative one of them is named, and it is late only when both would be."""
    with stage(PLACED, definition=ALTERNATIVES, at_s=200) as at:
        early, late = at.show(), at.at(302).show()

    assert ("running", "stuck") == (early.status, late.status)
    assert late.stall.step in {"by-card", "by-invoice"}


def tried(n, at_s):
    """Tell of a try of the payment that failed."""
    return [said("T", at_s, "pay", "started", attempt=n), said("T", at_s + 1, "pay", "failed", attempt=n, error="busy")]


def test_a_retry_loop_that_ends_well_is_over():
    """A stall of tries goes away with the one that succeeds, and does not come back."""
    loop = [*ran("T", 0, 1, "place"), *tried(1, 2), *tried(2, 200), *tried(3, 400), said("T", 420, "pay", "retried")]
    with stage(loop, at_s=800) as at:
        looping = at.show()
        at.take([*ran("T", 801, 802, "pay", attempt=4)])
        well, stuck = at.at(803).show(), at.stalls().total
        at.take([said("T", 804, None, "txn_completed")])
        ended, never = at.at(100_000).show(), at.stalls().total

    assert ("stuck", "retry-loop", "pay") == (looping.status, looping.stall.kind, looping.stall.step)
    assert "tried pay 3 times" in looping.stall.why
    assert ("running", None, 0) == (well.status, well.stall, stuck)
    assert ("completed", None, 0) == (ended.status, ended.stall, never)
    assert ("completed", 4) == next((one.state, one.attempts) for one in ended.steps if one.step == "pay")
