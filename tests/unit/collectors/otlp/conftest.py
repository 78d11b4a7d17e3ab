"""Requests to decode, and what comes out of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collectors.otlp.decode import Decoder
from tracer.model.keys import CORRELATION_KEYS

RECEIVED_NS = 1_700_000_000_000_000_000
Row = dict[str, Any]


def any_value(value: Any) -> AnyValue:
    """Write a Python value as the AnyValue of its type."""
    if isinstance(value, AnyValue):
        return value
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, list):
        array = AnyValue()
        array.array_value.SetInParent()
        array.array_value.values.extend(any_value(item) for item in value)
        return array
    fields = {str: "string_value", int: "int_value", float: "double_value", bytes: "bytes_value"}
    return AnyValue(**{fields[type(value)]: value})


@pytest.fixture
def pairs() -> Callable[[Mapping[str, Any]], list[KeyValue]]:
    """Write a mapping as attributes."""
    return lambda values: [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


@pytest.fixture
def decoder() -> Decoder:
    """Give a decoder with the recommended correlation keys."""
    return Decoder(correlation_keys=CORRELATION_KEYS, source="otlp", max_records=1_000, max_items=100_000)


@pytest.fixture
def span_rows(decoder: Decoder, pairs: Any) -> Callable[..., list[Row]]:
    """Decode spans of one resource to rows, with `attributes`, `resource`, `links` and `aliases` parsed."""

    def decode(*spans: Span, resource: Mapping[str, Any] | None = None) -> list[Row]:
        request = ExportTraceServiceRequest()
        resource_spans = request.resource_spans.add()
        resource_spans.resource.attributes.extend(pairs(resource or {}))
        resource_spans.scope_spans.add().spans.extend(spans)
        return _rows(decoder, "traces", request.SerializeToString())

    return decode


@pytest.fixture
def log_rows(decoder: Decoder, pairs: Any) -> Callable[..., list[Row]]:
    """Decode log records of one resource to rows."""

    def decode(*records: LogRecord, resource: Mapping[str, Any] | None = None) -> list[Row]:
        request = ExportLogsServiceRequest()
        resource_logs = request.resource_logs.add()
        resource_logs.resource.attributes.extend(pairs(resource or {}))
        resource_logs.scope_logs.add().log_records.extend(records)
        return _rows(decoder, "logs", request.SerializeToString())

    return decode


@pytest.fixture
def a_span(pairs: Any) -> Callable[..., Span]:
    """Make a finished server span with ids; keyword arguments change it."""

    def make(attributes: Mapping[str, Any] | None = None, **changes: Any) -> Span:
        fields: dict[str, Any] = {
            "trace_id": bytes(range(1, 17)),
            "span_id": bytes(range(1, 9)),
            "name": "reserve",
            "kind": Span.SPAN_KIND_SERVER,
            "start_time_unix_nano": 1_000,
            "end_time_unix_nano": 2_000,
        }
        return Span(attributes=pairs(attributes or {}), **(fields | changes))

    return make


def _rows(decoder: Decoder, signal: Any, body: bytes) -> list[Row]:
    batch = decoder.decode({signal: [body]}, received_ns=RECEIVED_NS)
    batch.validate(full=True)
    rows = batch.to_pylist()
    for row in rows:
        for column in ("attributes", "resource", "links", "aliases"):
            row[column] = None if row[column] is None else json.loads(row[column])
    return rows
