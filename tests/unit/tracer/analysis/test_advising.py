"""What is advised in each situation of the night: what comes first, what rests on what, and what is never said."""

from dataclasses import replace

import pytest

from tests.advice_cases import CHARGE, SHIP, brief, coming, learned, mark, order, place, retried, told
from tracer.model.sagas import LearnedHandoff, StepKey, Verdict

RESERVED = mark("reserve-inventory", at=1)
CHARGED = mark("charge-card", at=2)
CHARGING = mark("charge-card", "running", at=5, owner="payment", error="timeout")
DECLINED = mark("charge-card", "failed", at=6, error="card declined")
RELEASING = mark("release-inventory", "running", at=9, compensates="reserve-inventory")
LATE = place("charge-card")
LOST = place("ship-parcel", "handoff-lost", state="pending", of=(StepKey("charge-card"),))
GIVEN_UP = ("compensate", "release-inventory")
VALUES = {"reservation_id": ("rsv-9",)}
RELEASE_IT = "curl -fsS -X POST http://inventory/reservations/rsv-9/release"


def charging(**changes):
    """Declare the order with a changed charge-card."""
    return order(charge_card=replace(CHARGE, **changes))


# --- waiting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["completed", "failed", "compensated"])
def test_an_ended_transaction_needs_nothing(status):
    """Nothing is advised once it is over, as a record says or as it follows."""
    assert () == told(RESERVED, status=status)
    assert () == told(RESERVED, verdict=Verdict(ends="completed"))


def test_nothing_is_advised_where_nothing_is_known():
    """Without a mark and without a place there is nobody to wait for."""
    assert () == told()


@pytest.mark.parametrize(
    ("at", "marks", "expected"),
    [
        (
            place("charge-card", expected_s=4.2),
            (RESERVED, CHARGING),
            "Nothing is wrong: payment is at charge-card; it usually takes 4.2s, and up to 30s is normal.",
        ),
        (
            place("ship-parcel", "handoff-lost", owner="shipping"),
            (RESERVED, CHARGED),
            "Nothing is wrong: shipping is to begin ship-parcel next; up to 30s is normal.",
        ),
        (
            place("approve", "wait-overdue", owner="risk-team", state="waiting", limit_s=None),
            (mark("approve", "waiting", at=3),),
            "Nothing is wrong: approve waits for risk-team; no limit is set for it.",
        ),
        (
            place("release-inventory", "compensation-stuck", compensates="reserve-inventory"),
            (RESERVED, DECLINED, RELEASING),
            "Nothing is wrong: inventory is at release-inventory (undoes reserve-inventory); up to 30s is normal.",
        ),
        (
            place("mystery", limit_basis="default", limit_s=300.0, basis="default"),
            (mark("mystery", "running", at=3),),
            "Nothing is wrong: an unnamed service is at mystery; up to 5m 0s is normal.",
        ),
    ],
)
def test_a_healthy_transaction_is_waited_for(at, marks, expected):
    """Waiting is the advice where nothing is wrong, with whom it waits for and how long is normal."""
    (advice,) = told(*marks, verdict=Verdict(places=(at,)))

    assert ("wait", at.step, expected) == (advice.action, advice.step, advice.why)


def test_what_is_normal_is_shown_with_its_source():
    """The evidence says who set the limit, and what runs at the same time."""
    learnt = replace(LATE, limit_basis="learned", limit_n=209.6, limit_s=12.0)
    (advice,) = told(RESERVED, CHARGING, verdict=Verdict(places=(learnt, place("send-mail"))))

    assert "charge-card is overdue after 12s, learned from 210 earlier transactions" == advice.evidence[0]
    assert "at the same time: send-mail (an unnamed service)" == advice.evidence[1]
    assert "learned" == advice.basis


def test_where_nothing_is_expected_the_last_step_is_named():
    """A transaction whose next step nobody knows is waited for, with little confidence."""
    (advice,) = told(RESERVED, CHARGED)

    assert ("wait", "charge-card", "default", 0.5) == (advice.action, advice.step, advice.basis, advice.confidence)


def test_a_person_who_waits_too_long_is_asked():
    """A wait past its deadline is first asked about, then may be waited for, and last given up."""
    at = place("approve", "wait-overdue", owner="risk-team", state="waiting")
    advice = told(RESERVED, mark("approve", "waiting", at=3), stuck=at)

    assert [("investigate", "approve"), ("wait", "approve"), GIVEN_UP] == brief(advice)
    assert "Ask risk-team: approve has waited for 12m 4s, longer than it may." == advice[0].why


# --- trying again ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"idempotent": True}, "charge-card is declared idempotent in sagas/order.toml:12"),
        (
            {"idempotency_key": "$.payment_id"},
            "charge-card has the idempotency key $.payment_id, declared in sagas/order.toml:12",
        ),
    ],
)
def test_a_step_that_may_be_repeated_is_tried_again(changes, fact):
    """With tries left and a declaration that it does no harm, the step is run again by its command."""
    first, *rest = told(RESERVED, CHARGING, stuck=LATE, declared=charging(**changes))

    assert ("retry", "charge-card", "payment") == (first.action, first.step, first.owner)
    assert ("payctl charge --order order-7", "declared", 0.85) == (first.command, first.basis, first.confidence)
    assert ("1 of 4 tries used, declared in sagas/order.toml:12", fact) == first.evidence[:2]
    assert "Try charge-card again in payment: it may be repeated." == first.why
    assert "the last error of charge-card: timeout" in first.evidence
    assert [("investigate", "charge-card"), GIVEN_UP] == brief(rest)


@pytest.mark.parametrize(("well", "of", "is_shown"), [(60, 62, True), (3, 3, True), (2, 2, False), (8, 10, False)])
def test_history_can_show_that_a_step_may_be_repeated(well, of, is_shown):
    """Three retried transactions of which nine in ten were completed show it; fewer leave it unknown."""
    advice = told(RESERVED, CHARGING, stuck=LATE, learned=learned(retried("charge-card", well, of)))
    (retry,) = (one for one in advice if one.action == "retry")

    assert is_shown == (f"retrying charge-card worked in {well} of {of} earlier transactions" in retry.evidence)
    assert ("learned" if is_shown else "default") == retry.basis


def test_few_retries_count_for_little():
    """The share of few transactions gives less confidence than the same share of many."""
    few, many = (
        told(RESERVED, CHARGING, stuck=LATE, learned=learned(retried("charge-card", n, n)))[0] for n in (3, 60)
    )

    assert ("investigate", "retry") == (few.action, many.action)


def test_what_is_not_known_to_be_repeatable_comes_last():
    """Without a word on it the retry is told as unknown, after looking and giving up."""
    advice = told(RESERVED, CHARGING, stuck=LATE)

    assert [("investigate", "charge-card"), GIVEN_UP, ("retry", "charge-card")] == brief(advice)
    assert "Try charge-card again in payment; whether charge-card may be repeated is not known." == advice[2].why
    assert "But charge-card has not ended and may still take effect" in advice[1].evidence


@pytest.mark.parametrize("stuck", [LATE, replace(LATE, kind="handoff-lost")])
def test_what_must_not_be_repeated_is_not(stuck):
    """A step that is declared not idempotent is never tried again, and it is said why."""
    advice = told(RESERVED, CHARGING, stuck=stuck, declared=charging(idempotent=False, idempotency_key="id"))

    assert [("investigate", "charge-card"), GIVEN_UP] == brief(advice)
    assert "charge-card is declared not idempotent in sagas/order.toml:12" in advice[0].evidence


def test_a_declaration_that_history_contradicts_is_told():
    """Retries that are declared to be fine and mostly failed are told with their figures."""
    advice = told(
        RESERVED,
        CHARGING,
        stuck=LATE,
        declared=charging(idempotent=True),
        learned=learned(retried("charge-card", 1, 9)),
    )

    assert "But a retry completed charge-card in only 1 of 9 earlier transactions" in advice[0].evidence


def test_used_up_tries_mean_to_undo():
    """A step that was tried as often as declared is not tried again: the transaction is undone."""
    advice = told(
        RESERVED,
        replace(CHARGING, word="retrying", attempts=4),
        stuck=place("charge-card", "retry-loop"),
        declared=charging(idempotent=True),
        values=VALUES,
    )

    assert [GIVEN_UP, ("investigate", "charge-card")] == brief(advice)
    assert (
        "The tries of charge-card are used up: run release-inventory, which undoes reserve-inventory." == advice[0].why
    )
    assert RELEASE_IT == advice[0].command
    assert "4 of 4 tries used, declared in sagas/order.toml:12" in advice[1].evidence


def test_more_tries_than_are_declared_are_told_with_both_numbers():
    """Where a step was tried more often than declared, both numbers are told."""
    advice = told(
        RESERVED,
        replace(CHARGING, word="retrying", attempts=36),
        stuck=place("charge-card", "retry-loop"),
        declared=charging(idempotent=True),
    )

    assert "tried 36 times, and 4 are declared in sagas/order.toml:12" in advice[1].evidence


def test_tries_without_a_declared_limit_are_looked_at_first():
    """Where nobody declared how often, somebody looks before anything is undone."""
    advice = told(
        RESERVED,
        replace(CHARGING, word="retrying", attempts=9),
        stuck=place("charge-card", "retry-loop"),
        declared=charging(retry_max=None),
    )

    assert [("investigate", "charge-card"), GIVEN_UP] == brief(advice)
    assert "tried 9 times; no limit is declared" in advice[0].evidence


# --- a hand-off that was lost ---------------------------------------------------------------------------------


def test_the_expected_owner_is_made_to_take_a_lost_step():
    """Whoever should have taken the step is named and made to, by the step's command; giving up comes last."""
    advice = told(RESERVED, CHARGED, stuck=LOST)

    assert [("retry", "ship-parcel"), ("investigate", "ship-parcel"), ("compensate", "refund-card")] == brief(advice)
    assert "shipping" == advice[0].owner
    assert "shipctl ship order-7" == advice[0].command
    assert advice[0].why == (
        "shipping was not seen to begin ship-parcel: run it; whether ship-parcel may be repeated is not known."
    )
    assert "charge-card was completed at 2023-11-14 22:13:22 UTC" in advice[0].evidence


def test_what_is_expected_is_shown_with_its_share():
    """Where history expects the step, the evidence says how often it came next."""
    way = LearnedHandoff(before=StepKey("charge-card"), after=StepKey("ship-parcel"), n=37, share=37 / 41)
    advice = told(RESERVED, CHARGED, stuck=LOST, learned=replace(learned(), handoffs=(way,)))

    assert "ship-parcel came after charge-card in 37 of 41 earlier transactions" in advice[0].evidence


def test_where_the_message_is_comes_first_without_a_command():
    """With a known message and no command somebody looks where it is, then has it delivered again."""
    message = "Last message: orders[3]@18822, not read by shipping."
    advice = told(RESERVED, CHARGED, stuck=LOST, declared=order(ship_parcel=replace(SHIP, run=None)), message=message)

    assert [("investigate", "ship-parcel"), ("retry", "ship-parcel"), ("compensate", "refund-card")] == brief(advice)
    assert f"Look at shipping: ship-parcel was not seen to begin for 12m 4s. {message}" == advice[0].why
    assert "deliver its message again" in advice[1].why


# --- never ended ----------------------------------------------------------------------------------------------


def test_a_transaction_that_did_everything_is_not_undone():
    """Where all steps are done and only the end is missing, somebody looks; nothing is undone or repeated."""
    advice = told(RESERVED, CHARGED, mark("ship-parcel", at=9), stuck=place("ship-parcel", "never-ended"))

    assert [("investigate", "ship-parcel")] == brief(advice)
    assert "Look at shipping: ship-parcel was completed 12m 4s ago, and nothing ended the transaction." == advice[0].why


def test_a_transaction_that_stopped_on_its_way_may_be_given_up():
    """Where more is to come, undoing is the last resort."""
    advice = told(
        RESERVED,
        CHARGED,
        stuck=place("charge-card", "never-ended", state="completed"),
        verdict=Verdict(remaining=(coming("ship-parcel"),)),
    )

    assert [("investigate", "charge-card"), ("compensate", "refund-card")] == brief(advice)


# --- text -----------------------------------------------------------------------------------------------------


def test_texts_are_safe_to_print():
    """Whatever a service put into names, errors and values, a sentence is one line without control characters."""
    evil = "\x1b]52;c;cmVib290\x07\n"
    advice = told(
        replace(CHARGING, step=evil, owner=evil, error=evil * 999),
        stuck=place(evil),
        message=evil,
        values={"reservation_id": (evil,)},
    )

    assert advice
    assert all(text.isprintable() for one in advice for text in (one.why, *one.evidence))
