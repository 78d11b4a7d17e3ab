"""Debezium's outbox event router, by its documentation."""

import json
from typing import Any

import pytest

from tests.messages import decoder, messages, record

PAYLOAD = {"total": 12.5}
ROW = {"topic": "outbox.event.order", "key": b"o-1", "headers": [("id", b"e-1")], "value": json.dumps(PAYLOAD).encode()}


def test_a_row_of_the_outbox() -> None:
    """The key is the aggregate, which is the transaction; the header is the message's id."""
    row = record(ROW)

    assert ("o-1", "e-1", "outbox.event.order") == tuple(row[name] for name in ("transaction_id", "message_id", "name"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"o-1", json.dumps(json.dumps(PAYLOAD)).encode()),
        (b'"o-1"', json.dumps(PAYLOAD).encode()),
        (
            json.dumps({"schema": {"type": "string"}, "payload": "o-1"}).encode(),
            json.dumps({"schema": {"type": "string"}, "payload": PAYLOAD}).encode(),
        ),
    ],
)
def test_what_converters_make_of_it(key: bytes, value: bytes) -> None:
    """Payload and key are found however Connect's converter wraps them."""
    assert "o-1" == record({**ROW, "key": key, "value": value})["transaction_id"]


@pytest.mark.parametrize(
    "placed",
    [
        {"headers": [("id", b"e-1"), ("eventType", b"OrderPlaced")]},
        {"headers": [("id", b"e-1"), ("type", b"OrderPlaced")]},
        {"value": b'{"eventType":"OrderPlaced","payload":{"saga.step":"place"}}'},
    ],
)
def test_where_the_type_is_placed(placed: dict[str, Any]) -> None:
    """The type of the event names it, in a header or in the envelope."""
    assert "OrderPlaced" == record({**ROW, **placed})["name"]


def test_the_span_context_of_quarkus() -> None:
    """The tracing column that Quarkus adds carries the trace."""
    context = b"#Mon Jan 05\ntraceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
    row = record({**ROW, "headers": [*ROW["headers"], ("tracingspancontext", context)]})

    assert 0xB7AD6B7169203331 == row["parent_span_id"]


def test_it_is_recognised() -> None:
    """By the topics of the router, or by the columns that are placed in headers beside the id."""
    batch = messages(
        ROW, {**ROW, "topic": "orders"}, {**ROW, "topic": "x", "headers": [("id", b"1"), ("eventType", b"T")]}
    )

    assert {"outbox.event.order": "debezium-outbox", "orders": "json", "x": "debezium-outbox"} == (
        decoder().decode(batch, received_ns=7).dialects
    )
