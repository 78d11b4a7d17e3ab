import pytest

from tracer.demo.bus import LONGEST_RETRY_S, backoff_s, captured_topic, deliveries_s
from tracer.demo.faults import Plan
from tracer.demo.world import Message


def _orders(fault):
    plan = Plan(7)
    return (each for number in range(104_000, 104_200) if plan.fault(each := f"ORD-2026-{number}") == fault)


def _message(key, event):
    return Message(id="m1", topic="t", event=event, key=key, body={}, headers={})


@pytest.mark.parametrize(
    ("fault", "event", "times"),
    [
        (None, "OrderPlaced", 1),
        (None, "PaymentCaptured", 1),
        ("lost-handoff", "OrderPlaced", 1),
        ("lost-handoff", "PaymentCaptured", 0),
        ("duplicate-delivery", "OrderPlaced", 2),
        ("duplicate-delivery", "PaymentCaptured", 1),
    ],
)
def test_deliveries(fault, event, times):
    """A message arrives once, but for the one that is lost and the one that comes twice."""
    assert times == len(deliveries_s(Plan(7), _message(next(_orders(fault)), event)))


def test_kafka_loses_nothing_itself():
    """Over Kafka every message is delivered: who loses one is the service that reads it."""
    plan = Plan(7, kafka=True)
    lost = next(
        each for number in range(104_000, 104_200) if plan.fault(each := f"ORD-2026-{number}") == "lost-handoff"
    )

    assert 1 == len(deliveries_s(plan, _message(lost, "PaymentCaptured")))


@pytest.mark.parametrize(
    ("fault", "topic"),
    [
        (None, "payments.captured"),
        ("lost-handoff", "payments.captured"),
        ("far-behind", "payments.captured.freight"),
        ("slow-reader", "payments.captured.engraving"),
        ("nobody-reads", "payments.captured.pickup"),
    ],
)
def test_a_detour_is_a_topic(fault, topic):
    """Orders that another service than shipping has to read are on a topic of that service."""
    plan = Plan(7, kafka=True)
    order = next(each for number in range(104_000, 104_200) if plan.fault(each := f"ORD-2026-{number}") == fault)

    assert topic == captured_topic(plan, order)


def test_backoff_doubles_to_a_limit():
    """Each wait is twice the one before, up to a minute."""
    assert [backoff_s(delivery) for delivery in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]
    assert backoff_s(10_000) == LONGEST_RETRY_S
