"""What is advised for a transaction that must be undone, and for one that no longer may be."""

from dataclasses import replace

import pytest

from tests.advice_cases import CHARGE, SHIP, brief, coming, learned, mark, order, place, told
from tracer.model.sagas import DeclaredUndo, Mark, StepKey, Variant, Verdict

RESERVED = mark("reserve-inventory", at=1)
CHARGED = mark("charge-card", at=2)
DECLINED = mark("charge-card", "failed", at=6, error="card declined")
RELEASING = mark("release-inventory", "running", at=9, compensates="reserve-inventory")
LOST = place("ship-parcel", "handoff-lost", state="pending", of=(StepKey("charge-card"),))
UNDO = place("release-inventory", "compensation-stuck", compensates="reserve-inventory", state="pending")
GIVEN_UP = ("compensate", "release-inventory")
VALUES = {"reservation_id": ("rsv-9",)}
RELEASE_IT = "curl -fsS -X POST http://inventory/reservations/rsv-9/release"


def charging(**changes):
    """Declare the order with a changed charge-card."""
    return order(charge_card=replace(CHARGE, **changes))


# --- undoing --------------------------------------------------------------------------------------------------


def test_a_failed_transaction_is_undone():
    """The last completed step is undone, by its command, with what happened when and what is declared where."""
    first = told(RESERVED, DECLINED, stuck=UNDO, values=VALUES)[0]

    assert ("compensate", "release-inventory", "inventory") == (first.action, first.step, first.owner)
    assert ("reserve-inventory", RELEASE_IT, "declared") == (first.compensates, first.command, first.basis)
    assert first.why == (
        "charge-card failed and the transaction must be undone: run release-inventory, which undoes reserve-inventory."
    )
    assert first.evidence == (
        "reserve-inventory was completed at 2023-11-14 22:13:21 UTC",
        "release-inventory is declared to undo reserve-inventory in sagas/order.toml:12",
        "charge-card failed at 2023-11-14 22:13:26 UTC",
        "the last error of charge-card: card declined",
    )


def test_a_failure_that_nothing_followed_is_undone_too():
    """Also where the stall is no more than that nothing came after the failure."""
    assert GIVEN_UP == brief(told(RESERVED, DECLINED, stuck=place("charge-card", "never-ended", state="failed")))[0]


def test_a_failure_with_nothing_to_undo_is_tried_again_or_looked_at():
    """The first step that failed is tried again where it may be; else somebody looks."""
    failed = mark("charge-card", "failed", at=6)
    stuck = place("charge-card", "never-ended", state="failed")

    assert [("retry", "charge-card"), ("investigate", "charge-card")] == brief(
        told(failed, stuck=stuck, declared=charging(idempotent=True))
    )
    assert [("investigate", "charge-card")] == brief(told(failed, stuck=stuck))
    assert "Look at payment: charge-card failed 12m 4s ago and nothing followed." == told(failed, stuck=stuck)[0].why


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), "reservation_id is in none of its records"),
        (("a", "b"), "reservation_id has several values in its records: a, b"),
        (("..",), 'reservation_id is "..", which would lead elsewhere in a URL'),
    ],
)
def test_a_value_is_never_guessed(found, expected):
    """A command that lacks its value is left out, and the sentence says what is missing."""
    first = told(RESERVED, DECLINED, stuck=UNDO, values={"reservation_id": found})[0]

    assert first.command is None
    assert first.why.endswith(f" There is no command: {expected}.")


def test_a_compensation_that_failed_is_tried_again():
    """What was to undo a step and failed is repeated, with its error."""
    failed = replace(RELEASING, word="failed", error="HTTP 503")
    advice = told(RESERVED, DECLINED, failed, stuck=replace(UNDO, state="compensation_failed"), values=VALUES)

    assert [("retry", "release-inventory"), ("investigate", "release-inventory")] == brief(advice)
    assert ("reserve-inventory", RELEASE_IT) == (advice[0].compensates, advice[0].command)
    assert "the last error of release-inventory: HTTP 503" in advice[0].evidence


def test_a_compensation_that_failed_often_is_looked_at():
    """After as many tries as count for a loop, looking comes first."""
    failed = replace(RELEASING, word="failed", attempts=3)

    assert "investigate" == told(RESERVED, DECLINED, failed, stuck=UNDO)[0].action


def test_a_compensation_that_hangs_is_looked_at():
    """One that began and is overdue is looked at before it is run a second time."""
    advice = told(RESERVED, DECLINED, RELEASING, stuck=replace(UNDO, state="compensating"), values=VALUES)

    assert [("investigate", "release-inventory"), GIVEN_UP] == brief(advice)
    assert "If inventory is not at it any more, run release-inventory again to undo reserve-inventory." == advice[1].why


def test_a_compensation_that_runs_is_waited_for():
    """Where one compensation is stuck and another one runs, the running one is left to run."""
    hotel = replace(SHIP, after=("reserve-inventory",), compensation=DeclaredUndo(step="call-back", owner="shipping"))
    due = place("refund-card", "compensation-stuck", compensates="charge-card", state="pending")
    returning = mark("call-back", "running", at=9, compensates="ship-parcel")
    advice = told(RESERVED, CHARGED, mark("ship-parcel", at=3), returning, stuck=due, declared=order(ship_parcel=hotel))

    assert [("compensate", "refund-card"), ("investigate", "refund-card"), ("wait", "call-back")] == brief(advice)


def test_what_declares_no_compensation_is_skipped_and_told():
    """A step that cannot be undone is named, with what history did about it all the same."""
    history = learned(undos=[("charge-card", "void-charge", "payment", 12, 40)])
    first = told(
        RESERVED,
        CHARGED,
        mark("ship-parcel", "failed", at=7),
        stuck=UNDO,
        declared=charging(compensation=None),
        learned=history,
    )[0]

    assert GIVEN_UP == (first.action, first.step)
    assert "charge-card declares no compensation and stays as it is" in first.evidence
    assert "But in 12 of 40 earlier failures after charge-card, void-charge undid it" in first.evidence


def test_history_advises_where_nothing_is_declared():
    """Learned compensations come with how often they ran next, and few transactions give little confidence."""
    done = [Mark("reserve-inventory", "", "completed"), Mark("charge-card", "", "failed")]
    undone = Variant(marks=(*done, Mark("release", "reserve-inventory", "completed")), n=37, outcome="compensated")
    undos = [("reserve-inventory", "release", "inventory", 37, 41)]
    due = replace(UNDO, step="release", limit_basis="learned", limit_n=37, basis="learned")
    first, few = (
        told(RESERVED, DECLINED, stuck=due, declared=None, learned=learned(undos=undos, variants=(variant,)))[0]
        for variant in (undone, replace(undone, n=3))
    )

    assert ("compensate", "release", "inventory", "learned", 0.86) == (
        first.action, first.step, first.owner, first.basis, first.confidence,
    )  # fmt: skip
    assert "in 37 of 37 earlier failures at charge-card, release ran next" in first.evidence
    assert few.confidence < first.confidence


def test_a_compensation_that_only_the_stall_knows_is_advised():
    """What is expected to undo a step is run even where neither definition nor history names it otherwise."""
    due = place("undo-it", "compensation-stuck", compensates="it", owner="its", state="pending", basis="learned")
    first = told(mark("it", at=1), mark("that", "failed", at=2), stuck=due, declared=None)[0]

    assert ("compensate", "undo-it", "its", "it") == (first.action, first.step, first.owner, first.compensates)


# --- past the point of no return ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "stuck", "remaining"),
    [
        ((), LOST, ()),
        ((mark("ship-parcel", "running", at=4),), place("ship-parcel"), ()),
        ((mark("ship-parcel", "failed", at=4),), place("ship-parcel", "never-ended", state="failed"), ()),
        ((), place("charge-card", "never-ended", state="completed"), (coming("ship-parcel"),)),
    ],
)
def test_past_the_pivot_it_goes_forward(marks, stuck, remaining):
    """Once the pivot is completed, the next or failed step is finished and nothing is undone."""
    advice = told(
        RESERVED, CHARGED, *marks, stuck=stuck, declared=charging(pivot=True), verdict=Verdict(remaining=remaining)
    )

    assert [("resume", "ship-parcel"), ("investigate", stuck.step)] == brief(advice)
    assert "charge-card, the point of no return, is completed: go forward and finish ship-parcel." == advice[0].why
    assert ("shipping", "shipctl ship order-7") == (advice[0].owner, advice[0].command)
    assert "charge-card is declared the pivot in sagas/order.toml:12" in advice[0].evidence


def test_what_failed_again_and_again_is_looked_at_before_it_is_finished():
    """Past the pivot too, one more try is not the first thing to do where many did not help; nothing is undone."""
    advice = told(
        RESERVED,
        CHARGED,
        mark("ship-parcel", "retrying", at=4, attempts=9),
        stuck=place("ship-parcel", "retry-loop"),
        declared=charging(pivot=True),
    )

    assert [("investigate", "ship-parcel"), ("resume", "ship-parcel")] == brief(advice)
    assert "Look at why ship-parcel fails in shipping: 9 tries did not help." == advice[0].why


def test_a_step_that_must_not_be_repeated_is_finished_with_care():
    """Past the pivot too, a step that is not idempotent and has begun comes without a command."""
    steps = {"charge_card": replace(CHARGE, pivot=True), "ship_parcel": replace(SHIP, idempotent=False)}
    advice = told(
        RESERVED, CHARGED, mark("ship-parcel", "running", at=4), stuck=place("ship-parcel"), declared=order(**steps)
    )

    assert ("resume", None) == (advice[0].action, advice[0].command)
    assert advice[0].why.endswith("Look first whether it took effect: ship-parcel is not idempotent.")


def test_what_is_undone_past_the_pivot_is_looked_into():
    """A compensation that runs although the pivot is completed contradicts the declaration, and nothing adds to it."""
    advice = told(RESERVED, CHARGED, RELEASING, stuck=UNDO, declared=charging(pivot=True))

    assert [("investigate", "release-inventory")] == brief(advice)
    assert "But release-inventory, which undoes reserve-inventory, began all the same" in advice[0].evidence
