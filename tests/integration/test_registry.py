"""Messages made by Confluent's own serializers, unwrapped with a registry that is asked over HTTP.

The registry is one of our own, with the answers of the REST API that the published clients ask for.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer

from collectors.dialects.confluent.options import RegistryOptions
from collectors.dialects.confluent.unwrap import RegistryUnwrap
from collectors.kafka.options import KafkaOptions
from collectors.kafka.plugin import COLLECTOR_TYPE
from tests.registry_parts import (
    AVRO_EXPECTED,
    AVRO_ORDER,
    CONTEXT,
    LINE_AVSC,
    LINE_PROTO,
    ORDER_AVSC,
    ORDER_JSON,
    ORDER_PROTO,
    PROTO_EXPECTED,
    client_of,
    proto_order,
    unwrap_of,
    unwrapped,
)  # fmt: skip
from tracer.errors import Busy
from tracer.model.messages import MESSAGE_SCHEMA

pytestmark = pytest.mark.integration


@dataclass
class Registry:
    """Schemas by id and by subject; `status` other than 200 is what every request gets."""

    schemas: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)
    status: int = 200
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Answer one request."""
        parts = [unquote(part) for part in path.partition("?")[0].strip("/").split("/")]
        if self.status != 200:
            return self.status, {"error_code": self.status, "message": "not now"}
        if method == "POST":
            return 200, self._register(parts[1], body)
        if parts[:2] == ["schemas", "ids"]:
            found = self.schemas.get(int(parts[2]))
        elif parts[0] != "subjects":
            found = None
        else:
            versions = self.subjects.get(parts[1], [])
            version = len(versions) if parts[3] == "latest" else int(parts[3])
            found = self._version(parts[1], version) if 0 < version <= len(versions) else None
        return (200, found) if found else (404, {"error_code": 40403, "message": "Schema not found"})

    def _register(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        schema = {key: body[key] for key in ("schema", "schemaType", "references") if body.get(key)}
        known = [number for number, other in self.schemas.items() if other == schema]
        number = known[0] if known else 100 + len(self.schemas)
        self.schemas[number] = schema
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return self._version(subject, versions.index(number) + 1)

    def _version(self, subject: str, version: int) -> dict[str, Any]:
        number = self.subjects[subject][version - 1]
        return {"subject": subject, "version": version, "id": number, **self.schemas[number]}


@contextmanager
def listening(registry: Registry, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Let a registry listen on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            registry.asked.append(self.path)
            registry.logins.append(self.headers.get("Authorization"))
            status, answer = registry.answer(method, self.path, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.port = server.server_port
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield
        server.shutdown()
        serving.join()


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Run a registry."""
    registry = Registry()
    with listening(registry):
        yield registry


def test_avro_of_the_published_serializer(registry: Registry) -> None:
    """What Confluent's AvroSerializer writes is read, logical types and a referenced record with it."""
    client = client_of(registry)
    client.register_schema("line", Schema(json.dumps(LINE_AVSC), "AVRO"))
    schema = Schema(json.dumps(ORDER_AVSC), "AVRO", [SchemaReference("shop.Line", "line", 1)])
    value = AvroSerializer(client, schema)(AVRO_ORDER, CONTEXT)

    assert [(AVRO_EXPECTED, "shop.OrderPlaced:101", None)] == unwrapped(unwrap_of(registry), value)


@pytest.mark.parametrize("as_text", [True, False])
def test_protobuf_of_the_published_serializer(registry: Registry, as_text: bool) -> None:  # noqa: FBT001 - two ways
    """What Confluent's ProtobufSerializer writes is read, whether the registry gives text or descriptors."""
    order = proto_order()
    value = ProtobufSerializer(type(order), client_of(registry))(order, CONTEXT)
    if as_text:  # as Confluent's registry does: the client registers descriptors, everybody gets text
        registry.schemas[registry.subjects["shop/line.proto"][0]]["schema"] = LINE_PROTO
        registry.schemas[registry.subjects["orders-value"][0]]["schema"] = ORDER_PROTO

    expected = [(PROTO_EXPECTED, f"shop.Events.OrderPlaced:{registry.subjects['orders-value'][0]}", None)]
    assert expected == unwrapped(unwrap_of(registry), value)


def test_json_of_the_published_serializer(registry: Registry) -> None:
    """What Confluent's JSONSerializer writes is the JSON behind the header."""
    value = JSONSerializer(json.dumps(ORDER_JSON), client_of(registry))({"order_id": "o-1"}, CONTEXT)

    assert [({"order_id": "o-1"}, "OrderPlaced:100", None)] == unwrapped(unwrap_of(registry), value)


def test_a_schema_is_asked_for_once(registry: Registry) -> None:
    """However many messages and batches use a schema, the registry is asked for it once."""
    client_of(registry).register_schema("orders-value", Schema('"string"', "AVRO"))
    stage = unwrap_of(registry)
    registry.asked.clear()
    for _ in range(3):
        unwrapped(stage, *[b"\0\0\0\0\x64\x02a"] * 50)

    assert ["/schemas/ids/100"] == registry.asked


def test_what_is_not_framed_or_not_known(registry: Registry) -> None:
    """Other values pass as they are; an id that the registry does not know refuses its message alone."""
    client_of(registry).register_schema("orders-value", Schema('"string"', "AVRO"))
    values = (b'{"a": 1}', None, b"", b"\0\0\0\0\x07abc", b"\0\0\0\0\x64\x02a", b"\0\0")

    assert [
        (b'{"a": 1}', None, None),
        (None, None, None),
        (b"", None, None),
        (values[3], None, f"schema 7: the registry {registry.url} does not know /schemas/ids/7"),
        ("a", "string:100", None),
        (b"\0\0", None, "it begins as the Confluent wire format does, but has less than 5 bytes"),
    ] == unwrapped(unwrap_of(registry), *values)


def test_logins(registry: Registry, tmp_path: Path) -> None:
    """A password or token is read from its file at each request, so that a changed one counts at once."""
    secret = tmp_path / "secret"
    secret.write_text("pa:ss\n")
    basic = unwrap_of(registry, username="ann", password_file=str(secret))
    bearer = unwrap_of(registry, token_file=str(secret))
    unwrapped(basic, b"\0\0\0\0\x01x")
    secret.write_text("new")
    unwrapped(bearer, b"\0\0\0\0\x01x")

    assert [f"Basic {base64.b64encode(b'ann:pa:ss').decode()}", "Bearer new"] == registry.logins


def test_an_absent_registry_costs_one_wait_and_comes_back(registry: Registry) -> None:
    """While the registry gives no answer, messages wait, and it is asked again after a pause."""
    client_of(registry).register_schema("orders-value", Schema('"string"', "AVRO"))
    now_s = [0.0]
    stage = RegistryUnwrap(
        RegistryOptions(url=registry.url), name="events", monotonic=lambda: now_s[0], sleep=lambda _: None
    )
    registry.asked.clear()
    registry.status = 503
    with pytest.raises(Busy) as first:
        unwrapped(stage, b"\0\0\0\0\x64\x02a", b"\0\0\0\0\x65\x02a")
    asked = len(registry.asked)
    with pytest.raises(Busy):
        unwrapped(stage, *[b"\0\0\0\0\x64\x02a"] * 10)
    trouble = stage.trouble()
    still = len(registry.asked)
    registry.status, now_s[0] = 200, 1.5
    later = unwrapped(stage, b"\0\0\0\0\x64\x02a")

    why = f"the schema registry {registry.url} answered 503: "
    assert why in str(first.value)
    assert (3, 3) == (asked, still)
    assert trouble.startswith(why)
    assert "it is asked again in 1 s; until then reading waits" in trouble
    assert ([("a", "string:100", None)], "") == (later, stage.trouble())


def test_nobody_listens(registry: Registry) -> None:
    """A refused connection is said with the address, and the message has to wait."""
    registry.port = 9  # discard: nothing listens there
    value = b"\0\0\0\0\x64\x02a"
    with pytest.raises(Busy, match="schema 100 cannot be looked up") as raised:
        unwrapped(unwrap_of(registry), value)

    assert f"the schema registry {registry.url} cannot be asked" in str(raised.value)


def test_tls(certificate: Any) -> None:
    """A registry behind TLS is believed by the certificates of tls_ca, and by no others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    registry = Registry(schemas={1: {"schema": '"string"'}})
    with listening(registry, context):
        url = f"https://127.0.0.1:{registry.port}"
        known = RegistryUnwrap(RegistryOptions(url=url, tls_ca=str(certificate.cert)), name="events")
        other = RegistryUnwrap(RegistryOptions(url=url), name="events", sleep=lambda _: None)
        read = unwrapped(known, b"\0\0\0\0\x01\x02a")
        with pytest.raises(Busy, match="certificate verify failed"):
            unwrapped(other, b"\0\0\0\0\x01\x02a")

    assert [("a", "string:1", None)] == read


def test_records_of_the_published_serializer(registry: Registry) -> None:
    """Through the whole decoder: the mapping sees the fields, the schema is the record's, the rest is refused."""
    client = client_of(registry)
    schema = {"type": "record", "name": "shop.Paid", "fields": [{"name": "order_id", "type": "string"}]}
    value = AvroSerializer(client, Schema(json.dumps(schema), "AVRO"))({"order_id": "o-1"}, CONTEXT)
    tail: dict[str, Any] = {"topic": "orders", "partition": 0, "at_ns": 1, "key": None, "headers": []}
    rows = [{**tail, "offset": 1, "value": value}, {**tail, "offset": 2, "value": (value or b"")[:-1]}]
    options = msgspec.convert(
        {"topics": ["orders"], "registry": {"url": registry.url}, "mapping": [{"transaction_id": "$.order_id"}]},
        KafkaOptions,
    )
    decoder = COLLECTOR_TYPE.decoder(options, name="events", correlation_keys=())
    out = decoder.decode(pa.RecordBatch.from_pylist(rows, MESSAGE_SCHEMA), received_ns=2)

    assert [("o-1", "shop.Paid:100")] == [(row["transaction_id"], row["schema_ref"]) for row in out.records.to_pylist()]
    [refused] = out.refused.to_pylist()
    assert (2, rows[1]["value"]) == (refused["offset"], refused["value"])
    assert "schema 100: it does not fit the Avro schema" in refused["reason"]
