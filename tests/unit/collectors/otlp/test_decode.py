"""Requests are decoded together, and what is malformed is refused, whatever it is."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collectors.otlp import columns
from collectors.otlp.decode import Decoder
from tracer.errors import Rejected, TooLarge
from tracer.model.records import RECORD_SCHEMA

DECODER = Decoder(correlation_keys=("saga.id",), source="otlp", max_records=1_000_000, max_items=10_000)


def a_request(*, events: int = 1, seed: int = 1) -> bytes:
    """Make a trace request that has some of everything."""
    rng = random.Random(seed)
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add(schema_url="r")
    resource.resource.attributes.add(key="service.name").value.string_value = f"service-{seed}"
    scope = resource.scope_spans.add(schema_url="s")
    scope.scope.name = "scope"
    for index in range(3):
        span = scope.spans.add(trace_id=rng.randbytes(16), span_id=rng.randbytes(8), name=f"n{index}", kind=2)
        span.start_time_unix_nano, span.end_time_unix_nano = 1_000 + index, 2_000
        span.attributes.add(key="saga.id").value.string_value = f"O-{seed}"
        span.attributes.add(key="list").value.array_value.values.add().int_value = index
        span.links.add(trace_id=rng.randbytes(16), span_id=rng.randbytes(8))
        for _ in range(events):
            span.events.add(name="e", time_unix_nano=1_500).attributes.add(key="x").value.double_value = 0.5
    return request.SerializeToString()


def logs_request() -> bytes:
    """Make a log request."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=5, event_name="Paid")
    record.body.string_value = "paid"
    record.attributes.add(key="saga.id").value.string_value = "O-1"
    return request.SerializeToString()


def decode(**bodies: list[bytes]) -> list[dict[str, Any]]:
    """Decode to rows, and let Arrow check every buffer."""
    batch = DECODER.decode(bodies, received_ns=9)  # type: ignore[arg-type]  # the keys are signals
    batch.validate(full=True)
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort rows, so that the order of requests does not matter."""
    return sorted(rows, key=lambda row: (row["kind"], row["at_ns"], str(row["trace_id"]), str(row["uid"])))


def test_together_is_as_alone() -> None:
    """Requests that are decoded together give what each of them gives alone."""
    traces, logs = [a_request(seed=1), a_request(seed=2, events=0), a_request(seed=3)], [logs_request()]
    alone = [row for body in traces for row in decode(traces=[body])] + decode(logs=logs)

    assert in_order(alone) == in_order(decode(traces=traces, logs=logs))


@pytest.mark.parametrize("bodies", [{}, {"traces": []}, {"traces": [b""]}, {"logs": [b"", b""]}])
def test_nothing(bodies: Any) -> None:
    """Empty requests are fine and give no record."""
    batch = DECODER.decode(bodies, received_ns=1)

    assert (0, RECORD_SCHEMA) == (batch.num_rows, batch.schema)


def test_resource_and_scope() -> None:
    """What the resource and the scope say is in the resource column of each of their records."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add(schema_url="https://r")
    resource.resource.dropped_attributes_count = 1
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    resource.resource.attributes.add(key="otel.scope.name").value.string_value = "mine"
    resource.resource.entity_refs.add(type="host", id_keys=["host.id"])
    full = resource.scope_spans.add(schema_url="https://s")
    full.scope.name, full.scope.version, full.scope.dropped_attributes_count = "lib", "1.0", 2
    full.scope.attributes.add(key="a").value.bool_value = True
    full.spans.add(name="one")
    resource.scope_spans.add().spans.add(name="two")
    shared = (
        '{"service.name":"shop","$otel.scope.name":"mine","otel.resource.dropped_attributes_count":1,'
        '"otel.resource.entity_refs":[{"type":"host","id_keys":["host.id"]}],"otel.resource.schema_url":"https://r"'
    )

    assert [
        shared + ',"otel.scope.name":"lib","otel.scope.version":"1.0","otel.scope.attributes":{"a":true},'
        '"otel.scope.dropped_attributes_count":2,"otel.scope.schema_url":"https://s"}',
        shared + "}",
    ] == [row["resource"] for row in decode(traces=[request.SerializeToString()])]


def test_no_resource() -> None:
    """A request without resource and scope is decoded; nobody owns its spans."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="x")
    [row] = decode(traces=[request.SerializeToString()])

    assert (None, "{}") == (row["owner"], row["resource"])


@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_every_truncation(signal: str) -> None:
    """A request that is cut anywhere is decoded or refused; nothing else happens."""
    body = a_request() if signal == "traces" else logs_request()
    refused = 0
    for length in range(len(body)):
        try:
            decode(**{signal: [body[:length]]})
        except Rejected:
            refused += 1

    assert refused > len(body) // 2


@given(st.binary(max_size=200))
def test_random_bytes(body: bytes) -> None:
    """Random bytes are decoded or refused; nothing else happens."""
    for signal in ("traces", "logs"):
        try:
            decode(**{signal: [body]})
        except Rejected:
            continue


@given(st.integers(0, 2**32), st.sampled_from(["traces", "logs"]))
def test_changed_bytes(seed: int, signal: str) -> None:
    """A request in which bytes were changed is decoded or refused; nothing else happens."""
    rng = random.Random(seed)
    body = bytearray(a_request() if signal == "traces" else logs_request())
    for _ in range(rng.randint(1, 5)):
        body[rng.randrange(len(body))] = rng.randrange(256)
    try:
        decode(**{signal: [bytes(body)]})
    except Rejected:
        return


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\xf8"])
@pytest.mark.parametrize("place", [b"service-1", b"saga.id", b"n0", b"scope"])
def test_text_that_is_no_utf8(bad: bytes, place: bytes) -> None:
    """Protobuf texts are UTF-8: a request with one that is not is malformed as a whole."""
    good = a_request()
    broken = good.replace(place, bad.ljust(len(place), b"x"), 1)
    assert good != broken

    with pytest.raises(Rejected, match="UTF-8"):
        decode(traces=[broken])


def test_nested_text_that_is_no_utf8() -> None:
    """The same holds inside arrays."""
    value = AnyValue()
    value.array_value.values.add().string_value = "needle"
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add().attributes.append(KeyValue(key="k", value=value))

    with pytest.raises(Rejected):
        decode(traces=[request.SerializeToString().replace(b"needle", b"\xffeedle")])


def test_too_many_items() -> None:
    """More empty items than a limit are refused before they take up memory."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for _ in range(10_001):
        spans.add()

    with pytest.raises(TooLarge, match="max_items"):
        decode(traces=[request.SerializeToString()])


@pytest.mark.parametrize("events", [0, 11])
def test_too_many_records(events: int) -> None:
    """Spans, and span events, are bounded in number of their own: each costs more than an attribute."""
    request = ExportTraceServiceRequest()
    for _ in range(1 if events else 11):
        span = request.resource_spans.add().scope_spans.add().spans.add()
        span.events.extend([Span.Event() for _ in range(events)])
    decoder = Decoder(correlation_keys=(), source="otlp", max_records=10, max_items=1_000)

    with pytest.raises(TooLarge, match=r"11 spans, span events or log records.*max_records"):
        decoder.decode({"traces": [request.SerializeToString()]}, received_ns=1)


def test_as_many_items_as_allowed() -> None:
    """A large request with few items is not taken for one with many."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.attributes.add(key="big").value.string_value = "x" * 100_000

    assert 1 == len(decode(traces=[request.SerializeToString()]))


def test_shared_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resource that would be copied onto too many records is refused, before it is copied."""
    monkeypatch.setattr(columns, "MAX_SPREAD_BYTES", 10_000)
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="big").value.string_value = "x" * 1_000
    resource.scope_spans.add().spans.extend([type(resource.scope_spans[0].spans.add())() for _ in range(20)])

    with pytest.raises(TooLarge, match="shared"):
        decode(traces=[request.SerializeToString()])


def test_many_distinct_keys() -> None:
    """Many records with many keys of their own do not cost their product."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(2_000):
        attributes = spans.add(name="x").attributes
        attributes.add(key=f"saga.alias.k{number}").value.string_value = "v"
        attributes.add(key=f"k{number}").value.int_value = number
    rows = decode(traces=[request.SerializeToString()])

    assert ('{"k7":"v"}', '{"k7":7,') == (rows[7]["aliases"], rows[7]["attributes"][:8])
