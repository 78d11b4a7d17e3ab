"""CloudEvents as the published SDK writes them, and as the specification of their extensions has them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.messages import decoder, messages, reason, record

DATA = {"order_id": "o-1", "total": 12.5}
ATTRIBUTES = {
    "id": "e-1",
    "source": "/shop/orders",
    "type": "com.example.order.placed",
    "specversion": "1.0",
    "time": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    "datacontenttype": "application/json",
    "dataschema": "https://example.com/order.json",
    "correlationid": "c-1",
    "causationid": "e-0",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
BAM = {
    "bamtxid": "tx-1",
    "bampid": "fulfilment",
    "bamptxid": "payment",
    "bamptxsid": "charge",
    "bamptxsstatus": "failure",
    "bamptxcompleted": True,
}
COLUMNS = ("transaction_id", "owner", "name", "at_ns", "message_id", "causation_id", "schema_ref", "parent_span_id")
SAID = (
    "c-1",
    "/shop/orders",
    "com.example.order.placed",
    1_767_323_045_678_000_000,
    "e-1",
    "e-0",
    "https://example.com/order.json",
    0xB7AD6B7169203331,
)


def sent(made: KafkaMessage) -> dict[str, Any]:
    """Give a message of the SDK as a broker has it."""
    key = made.key.encode() if isinstance(made.key, str) else made.key
    return {"key": key, "value": made.value, "headers": [(name, bytes(value)) for name, value in made.headers.items()]}


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_both_modes_of_the_sdk(write: Any) -> None:
    """An event says the same in the headers and in an envelope."""
    row = record(sent(write(CloudEvent(ATTRIBUTES, DATA), JSONFormat())))

    assert SAID == tuple(row[name] for name in COLUMNS)
    assert UUID("0af7651916cd43dd8448eb211c80319c") == row["trace_id"]


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_business_activity_monitoring(write: Any) -> None:
    """The instance is the transaction, the process the saga, transaction and step of it the step."""
    row = record(sent(write(CloudEvent({**ATTRIBUTES, **BAM}, DATA), JSONFormat())))
    names = ("transaction_id", "saga", "step", "phase", "outcome", "status")

    assert ("tx-1", "fulfilment", "payment.charge", "failed", "failed", "error") == tuple(row[name] for name in names)


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_the_data_of_an_event(write: Any) -> None:
    """Our own attributes and the correlation keys are looked for in the data of the event."""
    data = {"saga.step": "pay", "workflowId": "w-1"}

    assert ("w-1", "pay") == tuple(
        record(sent(write(CloudEvent(ATTRIBUTES, data), JSONFormat())))[name] for name in ("transaction_id", "step")
    )


def test_data_that_is_no_json() -> None:
    """An event in the binary mode is read whatever its data is; a structured one is its JSON."""
    attributes = {**ATTRIBUTES, "datacontenttype": "application/xml"}
    binary = sent(to_binary(CloudEvent(attributes, b"<order/>"), JSONFormat()))
    structured = {"headers": [("content-type", b"application/cloudevents+json")], "value": b"<order/>"}

    assert "<order/>" == record({**binary, "value": b"<order/>"})["attributes"]["payload"]
    assert "a CloudEvent in structured mode whose value is not JSON" == reason(structured)


def test_it_is_recognised() -> None:
    """By its headers or content type, else by the attributes that every event has; a lone `type` is no CloudEvent."""
    envelope = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    batch = messages(
        {"topic": "a", "value": json.dumps(envelope).encode()},
        {"topic": "b", "headers": [("ce-specversion", b"1.0"), ("ce-type", b"t")]},
        {"topic": "c", "value": b'{"type":"t","id":"1"}'},
        {"topic": "d", "value": json.dumps(envelope).encode(), "headers": [("content-type", b"application/json")]},
    )

    assert {"a": "cloudevents", "b": "cloudevents", "c": "json", "d": "cloudevents"} == (
        decoder().decode(batch, received_ns=7).dialects
    )
