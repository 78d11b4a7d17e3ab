"""What ends a transaction is found by where it stands, and its absence is said first."""

from __future__ import annotations

import pytest

from tests import event_samples as samples
from tracer.exchange.suggest.phases import meanings
from tracer.exchange.suggest.proposal import propose

STEPS = ["OrderPlaced", "PaymentRequested", "PaymentCaptured", "OrderDelivered"]


@pytest.mark.parametrize("end", ["OrderClosed", "OrderDelivered", "OrderArchived", "Finito"])
def test_what_stands_last_ends_the_transaction(end):
    """Whatever its word is; transactions that still run and those that failed do not hide it."""
    done = [*STEPS, end] if end not in STEPS else STEPS
    histories = [done] * 165 + [STEPS[:2]] * 8 + [["OrderPlaced", "OrderRejected"]] * 40
    known = meanings(histories, "order").known

    assert ("txn_completed", "completed", None) == (known[end].phase, known[end].outcome, known[end].step)
    assert ("txn_failed", "failed") == (known["OrderRejected"].phase, known["OrderRejected"].outcome)
    assert 2 == sum(meaning.outcome is not None for meaning in known.values())


def test_transactions_that_the_sample_cuts_off_hide_no_end():
    """Many that still run when the sample ends do not count against what ends the others."""
    histories = [["OrderPlaced", "PaymentCaptured", "OrderDelivered", "Finito"]] * 20
    cut = [history[:length] for history in histories for length in (2, 2, 3)]
    known = meanings(histories + cut, "order").known

    assert "txn_completed" == known["Finito"].phase
    assert ("order-delivered", "completed", None) == (
        known["OrderDelivered"].step, known["OrderDelivered"].phase, known["OrderDelivered"].outcome,
    )  # fmt: skip


def test_an_end_of_another_noun_keeps_its_step():
    """The last step's event says both: the step is done, and with it the transaction."""
    found = meanings([["OrderPlaced", "ShipmentRequested", "ShipmentDelivered"]] * 9, "order")
    end = found.known["ShipmentDelivered"]

    assert ("shipment", "completed", "completed") == (end.step, end.phase, end.outcome)
    assert "ShipmentDelivered, last in 9 of 9 transactions" == found.by_place


@pytest.mark.parametrize("last", ["PaymentRequested", "PaymentDeclined", "PaymentPending", "PaymentRefunded"])
def test_what_only_begins_or_fails_a_step_is_no_good_end(last):
    """A sample of stuck transactions does not make them complete."""
    found = meanings([["OrderPlaced", "StockReserved", last]] * 9, "order")

    assert None is found.by_place
    assert not any(meaning.outcome == "completed" for meaning in found.known.values())


def test_without_an_end_the_first_thing_to_check_says_so():
    """Every transaction would count as stuck: nobody may overlook that."""
    messages = [one for one in samples.orders()[0] if b"OrderCompleted" not in dict(one.headers)["event-type"]]
    messages = [one for one in messages if b"PaymentCaptured" not in dict(one.headers)["event-type"]]
    first = propose(messages).checks[0]

    assert "NO EVENT ENDS A TRANSACTION THAT WENT WELL" in first
    assert "stuck" in first
