import json
from dataclasses import replace

import pytest

from tracer.demo.kafka import wire
from tracer.demo.kafka.place import Place
from tracer.demo.world import Message

MESSAGE = Message(
    id="4f0c",
    topic="payments.captured",
    event="PaymentCaptured",
    key="ORD-2026-104217",
    body={"customer": "Lucía Fernández", "total_cents": 12_990},
    headers={"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    source="payment",
    cause="2b1d",
    at_ns=1_800_000_000_123_456_000,
)
PLACE = Place(bootstrap="127.0.0.1:9092", prefix="demo-1")


def test_what_is_written_is_read():
    """A message comes back as it was, with its place in the topic."""
    read = wire.message(MESSAGE.topic, wire.value(MESSAGE), wire.headers(MESSAGE, PLACE), partition=2, offset=17)
    headers = {"content-type": "application/json", **MESSAGE.headers}

    assert replace(MESSAGE, headers=headers, partition=2, offset=17) == read


def test_the_envelope():
    """The record is keyed by the order, which is in the envelope as well, and its time is RFC 3339."""
    told = json.loads(wire.value(MESSAGE))

    assert (b"ORD-2026-104217", "ORD-2026-104217") == (wire.key(MESSAGE), told["orderId"])
    assert ("PaymentCaptured", "2b1d", "2027-01-15T08:00:00.123456+00:00") == (
        told["eventType"], told["causationId"], told["occurredAt"],
    )  # fmt: skip


def test_a_dead_letter_names_what_is_in_the_cluster():
    """The topic and the group that it comes from have the demo's prefix there."""
    letter = replace(
        MESSAGE,
        headers={
            "kafka_dlt-original-topic": "payments.captured",
            "kafka_dlt-original-consumer-group": "shipping",
            "kafka_dlt-exception-message": "no such address",
        },
    )

    assert [b"demo-1.payments.captured", b"demo-1.shipping", b"no such address"] == [
        text for name, text in wire.headers(letter, PLACE) if name.startswith("kafka_dlt")
    ]


def test_what_is_not_ours():
    """A record of another make is an error, never a message with holes."""
    with pytest.raises(ValueError, match="Expecting value"):
        wire.message("t", b"not json", [], partition=0, offset=0)
