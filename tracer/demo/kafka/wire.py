"""What the demo's messages look like in Kafka: a JSON envelope, the business id as key, traceparent in the headers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from tracer.clock import to_datetime, to_ns
from tracer.demo.kafka.place import Place
from tracer.demo.world import Message

Headers = list[tuple[str, bytes]]
VERSION: Final = 1
# Headers that name a topic or a group: in the cluster those have the demo's prefix.
_NAMING: Final = ("kafka_dlt-original-topic", "kafka_dlt-original-consumer-group")


def key(message: Message) -> bytes:
    """Give the record's key: what belongs to one business transaction stays in one partition."""
    return message.key.encode()


def value(message: Message) -> bytes:
    """Give the record's value; `data` is the event itself, the rest the shop's own envelope."""
    envelope = {
        "eventId": message.id,
        "eventType": message.event,
        "eventVersion": VERSION,
        "occurredAt": to_datetime(message.at_ns).isoformat(),
        "source": message.source,
        "causationId": message.cause or None,
        "orderId": message.key,
        "data": message.body,
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


def headers(message: Message, place: Place) -> Headers:
    """Give the record's headers: traceparent and baggage, and what a dead letter says of itself."""
    told = {name: place.name(text) if name in _NAMING else text for name, text in message.headers.items()}
    return [("content-type", b"application/json"), *((name, text.encode()) for name, text in told.items())]


def message(topic: str, value: bytes, headers: Iterable[tuple[str, bytes]], *, partition: int, offset: int) -> Message:
    """Read a record; `topic` is its name without the demo's prefix. Raises ValueError for what is none of ours."""
    told: dict[str, Any] = json.loads(value)
    return Message(
        id=told["eventId"],
        topic=topic,
        event=told["eventType"],
        key=told["orderId"],
        body=told["data"],
        headers={name: text.decode() for name, text in headers},
        source=told["source"],
        cause=told["causationId"] or "",
        at_ns=to_ns(datetime.fromisoformat(told["occurredAt"])),
        partition=partition,
        offset=offset,
    )
