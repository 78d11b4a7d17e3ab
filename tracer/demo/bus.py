"""What the broker does with a message: when it delivers it, how often, and when it tries again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tracer.demo.faults import Plan
from tracer.demo.world import Message

FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 60.0
_MAX_DOUBLINGS: Final = 16
CAPTURED: Final = "payments.captured"
DETOURS: Final[Mapping[str, str]] = {"far-behind": "freight", "slow-reader": "engraving", "nobody-reads": "pickup"}


def deliveries_s(plan: Plan, message: Message) -> tuple[float, ...]:
    """Say after how many seconds the broker delivers a message: once, twice, or, when it loses it, never."""
    luck = plan.luck(message.key, f"bus/{message.event}")
    delay_s = luck.uniform(0.002, 0.03)
    match (plan.fault(message.key), message.event):
        case ("lost-handoff", "PaymentCaptured") if not plan.kafka:
            return ()
        case ("duplicate-delivery", "OrderPlaced"):
            return (delay_s, delay_s + luck.uniform(0.4, 2.5))
        case _:
            return (delay_s,)


def captured_topic(plan: Plan, order: str) -> str:
    """Say where a captured payment is published: over Kafka, some orders have a service of their own."""
    detour = DETOURS.get(plan.fault(order) or "")
    return f"{CAPTURED}.{detour}" if detour else CAPTURED


def left_unread(message: Message) -> bool:
    """Say whether nobody has read a message of the past: the services of the detours have come to none of theirs."""
    return message.topic.removeprefix(f"{CAPTURED}.") in DETOURS.values()


def backoff_s(delivery: int) -> float:
    """Say how long the broker waits after a failed delivery before the next: 2, 4, 8 ... 60 seconds."""
    return float(min(FIRST_RETRY_S * 2 ** min(delivery - 1, _MAX_DOUBLINGS), LONGEST_RETRY_S))
