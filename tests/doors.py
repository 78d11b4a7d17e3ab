"""The doors of a running sidecar, and input that no friend would send."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.bench.load import EXPORT
from tests.bench.traffic import Traffic, template
from tests.faults import Served, assert_state_is_rebuilt, records, start_ready, unexpected, value, wait_folded

PROTOBUF, JSON = {"Content-Type": "application/x-protobuf"}, {"Content-Type": "application/json"}
LONG = 1_000_000
TEXTS = {
    "title": "\x1b]0;PWNED\x07",
    "clipboard": "\x1b]52;c;UFdORUQ=\x1b\\",
    "clear": "\x1b[2J\x1b[31mPWNED",
    "c1": "\x9b31mPWNED\x9d0;PWNED\x9c",
    "lines": "one\r\ntwo\tthree\x0b\x0c\x08\x7f",
    "nul": "a\x00b",
    "markup": "[bold red]PWNED[/] [/] [link=file:///etc/passwd]x[/link] [@click=app.quit]y[/]",
    "bidi": "\u202egnp.exe\u2066 \u200f",
    "separators": "\u2028\u2029\ufeff\U000e0041",
    "sql": "'; DROP TABLE record; --",
    "format": "%s %n {0} {} ${jndi:ldap://x}",
    "path": "../../etc/passwd?x=1#y&z=%00",
    "long": "L" * LONG,
    "wide": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 500,
    "combining": "e" + "\u0301" * 5000,
}


@contextmanager
def besieged(data: Path) -> Iterator[Served]:
    """A running sidecar; at the end it must have nothing to complain about, stop with 0 and have the right state."""
    with start_ready(data) as running:
        yield running
        wait_folded(running.client)
        total, different = records(running.client)
        code = running.end(signal.SIGTERM)

    assert total == different
    assert [] == unexpected(running)
    assert 0 == code
    assert_state_is_rebuilt(data, data.parent)


@contextmanager
def connected(address):
    """A connection to HOST:PORT or to a URL; its answers are whatever they are."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def http_status(address, path, body=None, headers=None, method="POST"):
    """Ask once; the status."""
    with connected(address) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def grpc_code(served, *bodies, metadata=()):
    """Make a call for each body; the names of the codes that were given."""
    codes = set()
    with grpc.insecure_channel(served.otlp_grpc, [("grpc.max_metadata_size", 1 << 22)]) as channel:
        export = channel.unary_unary(EXPORT)
        for body in bodies:
            try:
                export(body, timeout=30, metadata=metadata)
                codes.add("OK")
            except grpc.RpcError as refused:
                codes.add(refused.code().name)
    return codes


def request(seed, spans=12):
    """Make a valid request."""
    return Traffic(template(spans), seed=seed, first=seed * 1000).request(time.time_ns())


def is_well(served):
    """Whether it answers, is ready, and takes data in."""
    before = value(served.client, "SELECT count(*) FROM record")
    seed = time.monotonic_ns() % 10**6 + 10**6
    codes = grpc_code(served, request(seed)) | {
        http_status(served.otlp_http, "/v1/traces", request(seed + 1), PROTOBUF)
    }
    probes = [http_status(served.api, path, method="GET") for path in ("/healthz", "/readyz", "/metrics")]
    more = value(served.client, "SELECT count(*) FROM record") - before
    return (codes, probes, more) == ({"OK", 200}, [200] * 3, 24)


def json_request(name, text):
    """Make a request in JSON with the text in every place that people see; the id ends in `name`."""
    attributes = {
        "saga.id": f"{text[:2000]}-json-{name}",
        "saga.name": text,
        "saga.step": text,
        "saga.error": text,
        text: text,
    }
    span = {
        "traceId": os.urandom(16).hex(),
        "spanId": os.urandom(8).hex(),
        "name": text,
        "startTimeUnixNano": str(time.time_ns() - 10**9),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        "events": [{"timeUnixNano": str(time.time_ns()), "name": text, "attributes": []}],
        "status": {"code": 2, "message": text},
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": text}}]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}).encode()


def protobuf_request(name, text):
    """Make the same request in protobuf."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = text
    now = time.time_ns()
    span = resource.scope_spans.add().spans.add(
        trace_id=os.urandom(16),
        span_id=os.urandom(8),
        name=text,
        start_time_unix_nano=now - 10**9,
        end_time_unix_nano=now,
    )
    named = {"saga.id": f"{text[:2000]}-protobuf-{name}", "saga.name": text, "saga.step": text, text: text}
    for key, content in named.items():
        span.attributes.add(key=key).value.string_value = content
    span.events.add(name=text, time_unix_nano=now)
    span.status.code, span.status.message = 2, text
    return request.SerializeToString()
