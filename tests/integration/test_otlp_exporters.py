"""The exporters of the Python SDK, against real listeners."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression as HttpCompression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from tracer.errors import Busy

pytestmark = pytest.mark.integration

RESOURCE = Resource({"service.name": "shop"})
SpanExporters = Callable[[Any], Any]

SPAN_EXPORTERS: dict[str, SpanExporters] = {
    "grpc": lambda otlp: GrpcSpanExporter(endpoint=otlp.grpc, insecure=True),
    "grpc-gzip": lambda otlp: GrpcSpanExporter(endpoint=otlp.grpc, insecure=True, compression=grpc.Compression.Gzip),
    "http": lambda otlp: HttpSpanExporter(endpoint=f"{otlp.http}/v1/traces"),
    "http-gzip": lambda otlp: HttpSpanExporter(endpoint=f"{otlp.http}/v1/traces", compression=HttpCompression.Gzip),
}
LOG_EXPORTERS: dict[str, SpanExporters] = {
    "grpc": lambda otlp: GrpcLogExporter(endpoint=otlp.grpc, insecure=True),
    "http": lambda otlp: HttpLogExporter(endpoint=f"{otlp.http}/v1/logs"),
}


def emit_spans(exporter: Any) -> None:
    """Emit an order of two spans, one with an event and a link, one that fails."""
    provider = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("lib", "1.0")
    saga = {"saga.id": "O-1", "saga.name": "order"}
    with tracer.start_as_current_span("place", kind=SpanKind.SERVER, attributes=saga | {"n": 1}) as placed:
        placed.add_event("checked", {"ok": True})
    with tracer.start_as_current_span(
        "pay", kind=SpanKind.CONSUMER, attributes=saga | {"items": ["a", "b"]}, links=[Link(placed.get_span_context())]
    ) as paid:
        paid.set_status(Status(StatusCode.ERROR, "declined"))
    provider.shutdown()


@pytest.mark.parametrize("name", SPAN_EXPORTERS)
def test_spans(with_otlp: Any, name: str) -> None:
    """What the SDK's exporters send arrives whole, over each transport, plain and compressed."""

    async def scenario(otlp: Any) -> None:
        await asyncio.to_thread(lambda: emit_spans(SPAN_EXPORTERS[name](otlp)))
        place, event, pay = sorted(otlp.sink.rows, key=lambda row: (row["step"] or "", row["kind"]), reverse=True)
        pay, event = (pay, event) if pay["kind"] == "span" else (event, pay)
        [link] = json.loads(pay["links"])

        assert [("place", "completed", "shop"), ("pay", "failed", "shop")] == [
            (row["step"], row["phase"], row["owner"]) for row in (place, pay)
        ]
        assert {"O-1"} == {row["transaction_id"] for row in otlp.sink.rows}
        assert ("error", "declined") == (pay["status"], pay["error"])
        assert place["trace_id"].hex == link["trace_id"]
        assert (place["span_id"], place["trace_id"]) == (event["span_id"], event["trace_id"])
        assert ["a", "b"] == json.loads(pay["attributes"])["items"]
        assert {"service.name": "shop", "otel.scope.name": "lib", "otel.scope.version": "1.0"} == json.loads(
            place["resource"]
        )

    with_otlp(scenario)


@pytest.mark.parametrize("name", LOG_EXPORTERS)
def test_logs(with_otlp: Any, name: str) -> None:
    """A log record with an event name arrives as that event."""

    def emit(exporter: Any) -> None:
        provider = LoggerProvider(resource=RESOURCE, shutdown_on_exit=False)
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        provider.get_logger("lib").emit(
            timestamp=5,
            severity_number=SeverityNumber.INFO,
            event_name="OrderPlaced",
            body={"total": 12.0},
            attributes={"saga.id": "O-1"},
        )
        provider.shutdown()

    async def scenario(otlp: Any) -> None:
        await asyncio.to_thread(lambda: emit(LOG_EXPORTERS[name](otlp)))
        [row] = otlp.sink.rows

        assert ("OrderPlaced", "OrderPlaced", "O-1", 5) == (
            row["name"], row["step"], row["transaction_id"], row["at_ns"],
        )  # fmt: skip
        assert {"total": 12.0} == json.loads(row["attributes"])["otel.body"]

    with_otlp(scenario)


@pytest.mark.parametrize("name", ["grpc", "http"])
def test_exporters_come_again(with_otlp: Any, name: str) -> None:
    """An exporter that is told to come again does, and nothing is lost."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.errors.append(Busy("later", retry_after_s=0.1))
        await asyncio.to_thread(lambda: emit_spans(SPAN_EXPORTERS[name](otlp)))

        assert (3, 1) == (len(otlp.sink.rows), otlp.counted["refused_busy"])

    with_otlp(scenario)


def test_metrics_are_not_retried(with_otlp: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A metrics exporter is told once, for good, that metrics are not taken."""

    def emit(endpoint: str) -> None:
        reader = PeriodicExportingMetricReader(GrpcMetricExporter(endpoint=endpoint, insecure=True))
        provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
        provider.get_meter("lib").create_counter("c").add(1)
        provider.force_flush()
        provider.shutdown()

    async def scenario(otlp: Any) -> None:
        await asyncio.to_thread(emit, otlp.grpc)

        assert set(otlp.counted) == {"rejected_protocol"}

    with_otlp(scenario)
    assert "UNIMPLEMENTED" in caplog.text
