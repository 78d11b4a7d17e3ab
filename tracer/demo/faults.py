"""What goes wrong in the demo: one table, with the share of the transactions that each fault meets.

The plan decides from a seed and a transaction's number alone, so that every process (the broker, the
payment service, the writer of the history) knows the fate of a transaction without being told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final, Literal

Saga = Literal["order-fulfilment", "money-transfer"]
FaultName = Literal[
    "lost-handoff",
    "slow-payment",
    "carrier-outage",
    "carrier-hiccup",
    "duplicate-delivery",
    "declined-card",
    "half-refund",
    "closed-account",
    "silent-participant",
    "far-behind",
    "slow-reader",
    "nobody-reads",
    "dead-letter",
]
ORDER: Final[Saga] = "order-fulfilment"
TRANSFER: Final[Saga] = "money-transfer"
BLOCK: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    `per_hundred` of every hundred consecutive transactions of the saga meet it, exactly. `sticks` says
    whether such a transaction stays open; `what` happens, in the words of whoever is on call.
    """

    name: FaultName
    saga: Saga
    per_hundred: int
    sticks: bool
    what: str


FAULTS: Final = (
    Fault(
        name="lost-handoff",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The broker drops the PaymentCaptured message: the customer has paid and shipping never hears of it.",
    ),
    Fault(
        name="slow-payment",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The payment provider takes the better part of an hour: the capture began and does not end.",
    ),
    Fault(
        name="carrier-outage",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The carrier answers HTTP 503 to every attempt: shipping tries again and again, ever later.",
    ),
    Fault(
        name="carrier-hiccup",
        saga=ORDER,
        per_hundred=4,
        sticks=False,
        what="The carrier answers HTTP 503 once; the second attempt goes through.",
    ),
    Fault(
        name="duplicate-delivery",
        saga=ORDER,
        per_hundred=3,
        sticks=False,
        what="The broker delivers OrderPlaced twice; inventory sees that it has the message already.",
    ),
    Fault(
        name="declined-card",
        saga=ORDER,
        per_hundred=4,
        sticks=False,
        what="The card is declined; inventory releases the reservation and the order ends compensated.",
    ),
    Fault(
        name="half-refund",
        saga=TRANSFER,
        per_hundred=2,
        sticks=True,
        what="The beneficiary's account is closed, and the account service crashes in the middle of the refund.",
    ),
    Fault(
        name="closed-account",
        saga=TRANSFER,
        per_hundred=4,
        sticks=False,
        what="The beneficiary's account is closed; the debit is refunded and the transfer ends compensated.",
    ),
    Fault(
        name="silent-participant",
        saga=TRANSFER,
        per_hundred=BLOCK,
        sticks=False,
        what="fraud-check passes neither trace nor baggage on: its records never join, which coverage shows.",
    ),
)

# With `--kafka` a message is lost in one of five ways instead, and its place says in which.
KAFKA_FAULTS: Final = (
    Fault(
        name="lost-handoff",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The group shipping reads PaymentCaptured, commits it and drops it: nothing follows.",
    ),
    Fault(
        name="far-behind",
        saga=ORDER,
        per_hundred=5,
        sticks=True,
        what="The group freight reads more slowly than orders come in: its lag grows, the order is not yet read.",
    ),
    Fault(
        name="slow-reader",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The group engraving is reading the order and takes ten minutes over it, without a word.",
    ),
    Fault(
        name="nobody-reads",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The service pickup is down: its group has an offset and no members.",
    ),
    Fault(
        name="dead-letter",
        saga=ORDER,
        per_hundred=1,
        sticks=True,
        what="The carrier knows no such address: after three attempts the order is on the dead-letter topic.",
    ),
)


def faults(*, kafka: bool) -> tuple[Fault, ...]:
    """Give what goes wrong over the demo's own broker, or over Kafka."""
    if not kafka:
        return FAULTS
    replaced = {fault.name for fault in KAFKA_FAULTS}
    return (*(fault for fault in FAULTS if fault.name not in replaced), *KAFKA_FAULTS)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which transaction meets which fault; over Kafka there are more of them."""

    seed: int
    kafka: bool = False

    def fault(self, transaction_id: str) -> FaultName | None:
        """Give the fault of a transaction whose id is like ORD-2026-104217 or TRF-88201, if it meets one."""
        block, slot = divmod(number_of(transaction_id), BLOCK)
        return _fates(self.seed, self.kafka, _saga_of(transaction_id), block).get(slot)

    def luck(self, transaction_id: str, what: str) -> Random:
        """Give the dice for one part of a transaction; the same dice whenever asked."""
        return dice(self.seed, transaction_id, what)


def dice(*seed: object) -> Random:
    """Give random numbers that depend on the seed alone."""
    return Random("/".join(map(str, seed)))  # noqa: S311  scenery, not secrets


def number_of(transaction_id: str) -> int:
    """Read the running number at the end of an id; ValueError where there is none."""
    return int(transaction_id.rpartition("-")[2])


def _saga_of(transaction_id: str) -> Saga:
    return ORDER if transaction_id.startswith("ORD-") else TRANSFER


@lru_cache(maxsize=64)
def _fates(seed: int, kafka: bool, saga: Saga, block: int) -> dict[int, FaultName]:  # noqa: FBT001  a key of the cache
    names = list(_names(saga, faults(kafka=kafka)))
    return dict(zip(dice(seed, saga, block).sample(range(BLOCK), len(names)), names, strict=True))


def _names(saga: Saga, table: tuple[Fault, ...]) -> Iterator[FaultName]:
    for fault in table:
        if fault.saga == saga and fault.per_hundred < BLOCK:
            yield from [fault.name] * fault.per_hundred
