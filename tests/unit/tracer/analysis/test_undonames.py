"""Names that tell of something being taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.analysis.undonames import is_undo_name


@pytest.mark.parametrize(
    "name",
    [
        "refund",
        "refund-payment",
        "InventoryReleased",
        "order.cancelled",
        "order.canceled.v2",
        "REFUND_PAYMENT",
        "refundPayment",
        "XMLRefund",
        "com.shop/orders:OrderCancelled",
        "payment reversed",
        "cancel2",
        "2ndRefund",
        "RollbackOrder",
        "rolled back",
        "order-rolled-back",
        "RolledBackOrder",
        "roll_back",
        "CompensateBooking",
        "revert_stock",
        "StockReverted",
        "voidInvoice",
        "account_deleted",
        "SeatsUnreserved",
        "payment.refunding",
    ],
)
def test_a_word_that_takes_back_is_found(name):
    """However the words of a name are joined."""
    assert is_undo_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "pay",
        "place-order",
        "OrderPlaced",
        "prerelease",
        "avoid-fraud",
        "Avoided",
        "payback",
        "back-roll",
        "roll-call",
        "callback",
        "cancellable",
        "unlocks",
        "reserve",
        "restoration",
        "12345",
        "Erstattung",
        "返金",
    ],
)
def test_other_names_are_left_alone(name):
    """Also those that hold such a word within another."""
    assert not is_undo_name(name)


@given(st.text(max_size=99))
def test_any_text_is_a_name(name):
    """Whatever a service sends; letters of other scripts say nothing."""
    assert is_undo_name(f"{name} refund ")
    assert not is_undo_name("".join(letter for letter in name if not letter.isascii()))


def test_only_the_head_of_a_long_name_counts():
    """A name of any length costs little."""
    assert not is_undo_name("x " * 1_000_000 + "refund")
