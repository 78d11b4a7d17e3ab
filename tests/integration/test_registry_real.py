"""Messages made by Confluent's own serializers, with a schema registry that others wrote."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.registry_parts import (
    AVRO_EXPECTED,
    AVRO_ORDER,
    LINE_AVSC,
    ORDER_AVSC,
    ORDER_JSON,
    PROTO_EXPECTED,
    RealRegistry,
    client_of,
    proto_order,
    running_registry,
    unwrap_of,
    unwrapped,
)  # fmt: skip

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def registry() -> Iterator[RealRegistry]:
    """Run one registry for all tests; each has subjects of its own."""
    with tempfile.TemporaryDirectory(prefix="sagascope-registry-") as folder, running_registry(Path(folder)) as running:
        yield running


def _value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def _id_in(value: bytes | None) -> int:
    return int.from_bytes((value or b"")[1:5])


def test_avro_with_a_reference(registry: RealRegistry) -> None:
    """What AvroSerializer writes is read with the schema that the registry has, and the one it refers to."""
    schema = Schema(json.dumps(ORDER_AVSC), "AVRO", [SchemaReference("shop.Line", "line", 1)])
    with client_of(registry) as client:
        client.register_schema("line", Schema(json.dumps(LINE_AVSC), "AVRO"))
        value = AvroSerializer(client, schema)(AVRO_ORDER, _value_of("avro"))

    assert [(AVRO_EXPECTED, f"shop.OrderPlaced:{_id_in(value)}", None)] == unwrapped(unwrap_of(registry), value)


def test_protobuf_with_an_import(registry: RealRegistry) -> None:
    """What ProtobufSerializer writes is read with the schema as the registry gives it, and the file it imports."""
    order = proto_order()
    with client_of(registry) as client:
        value = ProtobufSerializer(type(order), client)(order, _value_of("protobuf"))

    expected = [(PROTO_EXPECTED, f"shop.Events.OrderPlaced:{_id_in(value)}", None)]
    assert expected == unwrapped(unwrap_of(registry), value)


def test_json(registry: RealRegistry) -> None:
    """What JSONSerializer writes is the JSON behind the header."""
    with client_of(registry) as client:
        value = JSONSerializer(json.dumps(ORDER_JSON), client)({"order_id": "o-1"}, _value_of("json"))

    assert [({"order_id": "o-1"}, f"OrderPlaced:{_id_in(value)}", None)] == unwrapped(unwrap_of(registry), value)


def test_each_version_is_read_with_its_own_schema(registry: RealRegistry) -> None:
    """Two versions of a subject have two numbers, and each message is read as its writer wrote it."""
    fields: list[dict[str, Any]] = [{"name": "order_id", "type": "string"}]
    later = [*fields, {"name": "note", "type": "string", "default": ""}]
    schemas = [json.dumps({"type": "record", "name": "shop.Paid", "fields": each}) for each in (fields, later)]
    paid = {"order_id": "o-1", "note": "by card"}
    with client_of(registry) as client:
        first, second = (AvroSerializer(client, Schema(text, "AVRO"))(paid, _value_of("paid")) for text in schemas)

    assert [
        ({"order_id": "o-1"}, f"shop.Paid:{_id_in(first)}", None),
        (paid, f"shop.Paid:{_id_in(second)}", None),
    ] == unwrapped(unwrap_of(registry), first, second)
    assert _id_in(first) != _id_in(second)


def test_an_id_that_it_does_not_know(registry: RealRegistry) -> None:
    """Such a message is refused alone, with the reason; it is no failure of the registry."""
    stage, value = unwrap_of(registry), b"\0" + (999_999).to_bytes(4) + b"x"

    reason = f"schema 999999: the registry {registry.url} does not know /schemas/ids/999999"
    assert [(value, None, reason), (b"{}", None, None)] == unwrapped(stage, value, b"{}")
    assert not stage.trouble()
