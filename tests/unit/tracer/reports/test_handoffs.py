"""Hand-offs follow what records say caused them; clocks that contradict a cause are told."""

from __future__ import annotations

import pytest

from tests.transaction_fakes import make_entry
from tracer.reports.handoffs import Handoff, clock_hints, disagreements, handoffs

SENT = make_entry(0, None, "OrderPlaced", "orders", message_id="m1")


@pytest.mark.parametrize(
    ("cause", "effect"),
    [
        (SENT, make_entry(1, 1.0, "reserve", "inventory", causation_id="m1")),
        (SENT, make_entry(1, 1.0, "process", "inventory", message_id="m1")),
        (
            make_entry(0, 3.0, "POST", "orders", span_id="a1"),
            make_entry(1, 1.0, "serve", "inventory", parent_span_id="a1"),
        ),
    ],
)
def test_a_cause_at_another_owner_is_a_hand_off(cause, effect):
    """A message that is named, a message that is received, and a parent span hand over."""
    assert (Handoff(cause=0, effect=1),) == handoffs((cause, effect))


@pytest.mark.parametrize(
    "effect",
    [
        make_entry(1, 1.0, "same", "orders", causation_id="m1"),
        make_entry(1, 1.0, "other", "inventory", causation_id="m2"),
        make_entry(1, 1.0, "alone", "inventory"),
        make_entry(1, 1.0, "nobody", None, causation_id="m1"),
    ],
)
def test_what_stays_with_its_owner_is_none(effect):
    """Nothing is handed over within one owner, nor where no record says from where, nor to nobody."""
    assert () == handoffs((SENT, effect))


def test_the_sender_of_a_message_is_its_cause_whatever_the_order():
    """Where a record says that it sent the message, it is the cause, also when it is dated later."""
    received = make_entry(0, 1.0, "process", "inventory", message_id="m1", span_kind="consumer")
    sent = make_entry(1, 1.0, "send", "orders", message_id="m1", span_kind="producer")

    assert (Handoff(cause=1, effect=0),) == handoffs((received, sent))


def test_an_effect_before_its_cause_is_told_with_how_far():
    """Each pair of owners once, the furthest; a millisecond is nothing."""
    near = make_entry(-0.2, 1.0, "reserve", "inventory", causation_id="m1")
    far = make_entry(-2.5, 1.0, "reserve-all", "inventory", causation_id="m1")
    fine = make_entry(-0.001, 1.0, "bill", "billing", causation_id="m1")
    found = disagreements((far, near, fine, SENT))

    assert [("inventory", 2.5)] == [(one.effect.owner, one.by.total_seconds()) for one in found]
    told = list(clock_hints((far, near, fine, SENT)))

    assert 1 == len(told)
    assert told[0].startswith(
        "The clocks of orders and inventory disagree by at least 2.5s: reserve-all is dated before"
    )
    assert told[0].endswith("OrderPlaced, which caused it. Times are as the services said them.")


def test_hostile_names_are_cleaned_and_cut():
    """A hint is one printable line, whatever the names are."""
    evil = "\x1b]52;c;x\x07" * 500
    told = list(clock_hints((make_entry(-9, 1.0, evil, evil, causation_id="m1"), SENT)))

    assert 1 == len(told)
    assert told[0].isprintable()
    assert len(told[0]) < 400


def test_circles_of_causes_end():
    """Two records that name each other as their cause are two hand-offs and one contradiction."""
    one = make_entry(0, 1.0, "a", "x", message_id="m1", causation_id="m2")
    other = make_entry(1, 1.0, "b", "y", message_id="m2", causation_id="m1")

    assert 2 == len(handoffs((one, other)))
    assert 1 == len(disagreements((one, other)))
