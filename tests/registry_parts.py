"""Orders in Avro, Protobuf and JSON as Confluent's serializers write them, a stage that reads them, a real registry."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from collectors.dialects.confluent.client import Schema as Text
from collectors.dialects.confluent.options import RegistryOptions
from collectors.dialects.confluent.protobuf_schema import compile_schema
from collectors.dialects.confluent.unwrap import RegistryUnwrap
from tests.brokers import ROOT, free_port, missing

SCRIPT: Final = ROOT / "scripts" / "registry.sh"
_WITHIN_S: Final = 120
CONTEXT: Final = SerializationContext("orders", MessageField.VALUE)
LINE_AVSC: Final = {
    "type": "record",
    "name": "Line",
    "namespace": "shop",
    "fields": [{"name": "sku", "type": "string"}],
}
ORDER_AVSC: Final = {
    "type": "record",
    "name": "OrderPlaced",
    "namespace": "shop",
    "fields": [
        {"name": "order_id", "type": "string"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "token", "type": "bytes"},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}},
        {"name": "payment", "type": ["null", "string"]},
        {"name": "lines", "type": {"type": "array", "items": "shop.Line"}},
        {"name": "weight", "type": "double"},
    ],
}
LINE_PROTO: Final = 'syntax = "proto3"; package shop; message Line { string sku = 1; uint64 pieces = 2; }'
ORDER_PROTO: Final = """
syntax = "proto3";
package shop;
import "shop/line.proto";
import "google/protobuf/timestamp.proto";
message Ignored { string nothing = 1; }
message Events {
  enum State { NEW = 0; PAID = 1; }
  message OrderPlaced {
    string order_id = 1;
    google.protobuf.Timestamp at = 2;
    repeated Line lines = 3;
    State state = 4;
    optional string note = 5;
    map<string, double> rates = 6;
    bytes token = 7;
    oneof payment { string card = 8; string iban = 9; }
  }
}
"""
ORDER_JSON: Final = {"title": "OrderPlaced", "type": "object", "properties": {"order_id": {"type": "string"}}}
AVRO_ORDER: Final[dict[str, Any]] = {
    "order_id": "o-1",
    "total": Decimal("1234.50"),
    "at": datetime(2026, 3, 1, 12, 0, 0, 250000, UTC),
    "token": b"\x00\xff",
    "state": "PAID",
    "payment": "p-1",
    "lines": [{"sku": "tea"}, {"sku": "cup"}],
    "weight": float("nan"),
}
AVRO_EXPECTED: Final = {
    **AVRO_ORDER,
    "total": "1234.50",
    "at": "2026-03-01T12:00:00.250000Z",
    "token": base64.b64encode(b"\x00\xff").decode(),
    "weight": None,
}


class Reachable(Protocol):
    """A registry."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RealRegistry:
    """Apicurio Registry, which has the REST API of Confluent's below a path."""

    port: int

    @property
    def url(self) -> str:
        """Where that API begins."""
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"


@contextmanager
def running_registry(folder: Path) -> Iterator[RealRegistry]:
    """Run one until the block ends; skip the test where Java or the program is missing, fail it where CI=true."""
    if shutil.which("java") is None:
        missing("java is not on the PATH: the tests on a real schema registry need Java 17")
    if not (ROOT / ".cache" / "registry" / "stamp").exists():
        missing(".cache/registry is not there: scripts/registry.sh fetch brings it")
    port = free_port()
    try:
        _script("start", str(folder), "--port", str(port))
        yield RealRegistry(port=port)
    finally:
        _script("stop", str(folder))


def unwrap_of(registry: Reachable, **options: Any) -> RegistryUnwrap:
    """Make a stage that asks the registry."""
    return RegistryUnwrap(RegistryOptions(url=registry.url, **options), name="events", sleep=lambda _: None)


def unwrapped(stage: RegistryUnwrap, *values: bytes | None) -> list[tuple[Any, str | None, str | None]]:
    """Give what the stage says of each value of the topic orders: JSON read, schema, reason."""
    out = stage.unwrap(pa.array(values, pa.binary()), pa.array(["orders"] * len(values)))
    reasons = [None] * len(values) if out.reasons is None else out.reasons.to_pylist()
    refs = out.schema_refs.to_pylist()
    read = [json.loads(text) if ref else text for text, ref in zip(out.values.to_pylist(), refs, strict=True)]
    return list(zip(read, refs, reasons, strict=True))


def client_of(registry: Reachable) -> SchemaRegistryClient:
    """Make Confluent's client of the registry."""
    return SchemaRegistryClient({"url": registry.url})


def proto_message(name: str) -> Any:
    """Compile ORDER_PROTO as a team would, and give the class of one of its messages."""
    files = compile_schema(Text(type="PROTOBUF", text=ORDER_PROTO, references=(("shop/line.proto", LINE_PROTO),)))
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(name))


def proto_order() -> Any:
    """Give an order as a Protobuf message."""
    order = proto_message("shop.Events.OrderPlaced")(order_id="o-1", token=b"\x01", iban="DE1")
    order.at.FromDatetime(datetime(2026, 3, 1, 12, 0, 0, 250000, UTC))
    order.lines.add(sku="tea", pieces=2**63)
    order.rates["EUR"] = 1.5
    return order


PROTO_EXPECTED: Final = {
    "order_id": "o-1",
    "at": "2026-03-01T12:00:00.250Z",
    "lines": [{"sku": "tea", "pieces": str(2**63)}],
    "state": "NEW",
    "rates": {"EUR": 1.5},
    "token": "AQ==",
    "iban": "DE1",
}


def _script(*arguments: str) -> None:
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    if done.returncode:
        raise AssertionError(f"registry.sh {' '.join(arguments)}: {done.stderr}")
