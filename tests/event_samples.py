"""Samples of three domains as teams write them, each with its truth: which transaction each message belongs to."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tracer.exchange.messages import Message

NOON = datetime(2026, 2, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """An event before it is a message: seconds after noon, its topic, the transaction, and what it says."""

    after_s: float
    topic: str
    transaction: str
    value: dict[str, Any]
    headers: dict[str, str]
    key: str | None


def messages_of(sent: list[Sent]) -> tuple[list[Message], dict[str, str]]:
    """Write messages in the order of time; and by their place the transaction."""
    messages, truth, offsets = [], {}, {}
    for one in sorted(sent, key=lambda one: one.after_s):
        partition = hash_of(one.transaction) % 3
        offset = offsets[one.topic, partition] = offsets.get((one.topic, partition), -1) + 1
        at = NOON + timedelta(seconds=one.after_s)
        message = Message(
            topic=one.topic, partition=partition, offset=offset, at_ns=int(at.timestamp() * 1e9),
            key=None if one.key is None else one.key.encode(), value=json.dumps(one.value).encode(),
            headers=tuple((name, text.encode()) for name, text in one.headers.items()),
        )  # fmt: skip
        messages.append(message)
        truth[message.place] = one.transaction
    return messages, truth


def hash_of(text: str) -> int:
    """Give a number of a text that is the same in every run."""
    return sum(text.encode())


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _iso(after_s: float) -> str:
    return (NOON + timedelta(seconds=after_s)).isoformat().replace("+00:00", "Z")


def orders(count: int = 120) -> tuple[list[Message], dict[str, str]]:
    """Orders over three topics: the type in a header, ids under three names, an event id and its cause, customers."""
    chance = random.Random(1)
    sent: list[Sent] = []
    for number in range(count):
        order, customer = f"ORD-2026-{104000 + number}", f"CUST-{chance.randrange(15)}"
        payment, start = f"pay_{chance.getrandbits(48):012x}", number * 3.0
        ends = chance.choice(("good", "good", "good", "declined", "no stock"))
        events = [("orders", "OrderPlaced", {"id": order, "lines": [{"sku": "A-1"}]})]
        events += [("inventory", "InventoryReservationRequested", {"order": {"id": order}})]
        if ends == "no stock":
            events += [("inventory", "InventoryRejected", {"order": {"id": order}, "reason": "none left"})]
            events += [("orders", "OrderCancelled", {"id": order})]
        else:
            events += [("inventory", "InventoryReserved", {"order": {"id": order}, "warehouse": "W1"})]
            pay = {"orderId": order, "paymentId": payment, "amount": chance.randrange(1000, 90000)}
            events += [("payments", "PaymentRequested", pay)]
            if ends == "declined":
                events += [
                    ("payments", "PaymentDeclined", pay),
                    ("inventory", "InventoryReleased", {"order": {"id": order}}),
                ]
                events += [("orders", "OrderCancelled", {"id": order})]
            else:
                events += [("payments", "PaymentCaptured", pay), ("orders", "OrderCompleted", {"id": order})]
        cause, after = None, start
        for topic, name, said in events:
            after, event = after + chance.uniform(1, 4), _uuid(chance)
            value = {"eventId": event, "occurredAt": _iso(after), "customerId": customer, **said}
            value |= {} if cause is None else {"causationId": cause}
            sent.append(Sent(after, topic, order, value, {"event-type": name, "tenant": "eu"}, order))
            cause = event
    return messages_of(sent)


def transfers(count: int = 120) -> tuple[list[Message], dict[str, str]]:
    """Transfers in one topic: type and numeric transfer number in the payload, a time in milliseconds, accounts."""
    chance = random.Random(2)
    sent: list[Sent] = []
    for number in range(count):
        transfer, start = 7_700_000 + number * 7, number * 2.0
        accounts = {"from": f"DE{chance.randrange(10):02}", "to": f"FR{chance.randrange(10):02}"}
        names = ["TRANSFER_INITIATED", "ACCOUNT_DEBITED"]
        fails = chance.random() < 0.3
        names += (
            ["CREDIT_REJECTED", "ACCOUNT_REFUNDED", "TRANSFER_FAILED"]
            if fails
            else ["CREDIT_POSTED", "TRANSFER_COMPLETED"]
        )
        for step, name in enumerate(names):
            after = start + step * 0.7
            value = {
                "type": name, "transferNumber": transfer, "ts": int((NOON.timestamp() + after) * 1000),
                "cents": chance.choice((1999, 5000, 12000)), **accounts,
            }  # fmt: skip
            sent.append(Sent(after, "bank.transfers", str(transfer), value, {}, None))
    return messages_of(sent)


def bookings(count: int = 90) -> tuple[list[Message], dict[str, str]]:
    """Trips over a topic for each event: no type but the topic, nested ids, the message id in a header."""
    chance = random.Random(3)
    sent: list[Sent] = []
    for number in range(count):
        trip, start = _uuid(chance), number * 5.0
        names = ["trip.requested", "flight.booked", "hotel.booked" if chance.random() < 0.7 else "hotel.rejected"]
        names += ["trip.confirmed"] if names[-1] == "hotel.booked" else ["flight.cancelled", "trip.failed"]
        for step, name in enumerate(names):
            after = start + step * 2.5
            value = {"meta": {"trip_id": trip, "time": _iso(after)}, "data": {"seats": chance.randrange(1, 5)}}
            sent.append(Sent(after, name, trip, value, {"message-id": _uuid(chance)}, trip))
    return messages_of(sent)


def noise(count: int = 300) -> list[Message]:
    """Metrics and logs: few hosts, numbers, texts; nothing of it is a transaction."""
    chance = random.Random(4)

    def values() -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {
                "host": f"h{chance.randrange(4)}",
                "level": chance.choice(("info", "warn")),
                "cpu": chance.random(),
            } | ({"text": f"request {number} took {chance.randrange(900)} ms"} if number % 2 else {})

    sent = [Sent(float(n), "metrics", "", value, {}, None) for n, value in enumerate(values())]
    return messages_of(sent)[0]
