"""One order as three services tell it with the Python SDK: `saga.py PROTOCOL TRANSACTION NOON_NS`.

PROTOCOL is grpc or http/protobuf; where to and with which compression is said by OTEL_EXPORTER_OTLP_*. The
services are three sets of providers that know nothing of each other but the headers of a message.
tests/integration/node/saga.mjs tells the same story, and tests/integration/story.py says what is to come of it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry import baggage, propagate, trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.processor.baggage import BaggageLogProcessor, BaggageSpanProcessor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

EXPORTERS: Final = {
    "grpc": (GrpcSpanExporter, GrpcLogExporter),
    "http/protobuf": (HttpSpanExporter, HttpLogExporter),
}
NOON_NS: Final = int(sys.argv[3])


@dataclass(frozen=True)
class Service:
    """A service with its own SDK."""

    spans: TracerProvider
    logs: LoggerProvider

    def stop(self) -> None:
        """Send what waits."""
        self.spans.shutdown()
        self.logs.shutdown()


def is_saga(key: str) -> bool:
    """Choose the baggage that goes onto spans and log records."""
    return key.startswith("saga.")


def set_up(name: str, protocol: str) -> Service:
    """Start the SDK of a service."""
    span_exporter, log_exporter = EXPORTERS[protocol]
    resource = Resource.create({"service.name": name})
    spans, logs = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    spans.add_span_processor(BaggageSpanProcessor(is_saga))
    spans.add_span_processor(BatchSpanProcessor(span_exporter()))
    logs.add_log_record_processor(BaggageLogProcessor(is_saga))
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter()))
    return Service(spans=spans, logs=logs)


def at(seconds: float) -> int:
    """Give a time of the story."""
    return NOON_NS + round(seconds * 1e9)


@contextmanager
def within(headers: dict[str, str]):
    """Take the context of a message that came in."""
    token = attach(propagate.extract(headers))
    try:
        yield
    finally:
        detach(token)


def step(service: Service, name: str, kind: SpanKind, times: tuple[float, float], error: str = "", **saga) -> None:
    """Do a step: a span from one time to another, failed where there is an error."""
    attributes = {"saga.step": name} | {f"saga.{key}": value for key, value in saga.items()}
    span = service.spans.get_tracer("shop").start_span(name, kind=kind, attributes=attributes, start_time=at(times[0]))
    if error:
        span.set_status(Status(StatusCode.ERROR, error))
    span.end(at(times[1]))


def tell(order: Service, inventory: Service, payment: Service, transaction: str) -> None:
    """Tell the story."""
    token = attach(baggage.set_baggage("saga.id", transaction))
    tracer, logger = order.spans.get_tracer("shop"), order.logs.get_logger("shop")
    place = {"saga.step": "place-order", "saga.name": "order-fulfilment"}
    root = tracer.start_span("POST /orders", kind=SpanKind.SERVER, attributes=place, start_time=at(0))
    with trace.use_span(root):
        headers: dict[str, str] = {}
        propagate.inject(headers)
        with within(headers):
            step(inventory, "reserve-inventory", SpanKind.CONSUMER, (1, 2), "no answer from the warehouse", attempt=1)
            step(inventory, "reserve-inventory", SpanKind.CONSUMER, (3, 4), attempt=2)
            step(payment, "capture-payment", SpanKind.CONSUMER, (5, 6))
        step(order, "book-courier", SpanKind.INTERNAL, (7, 8), "no courier")
        with within(headers):
            step(payment, "refund-payment", SpanKind.CONSUMER, (9, 9.5), compensates="capture-payment")
        started = {"saga.step": "notify-customer", "saga.phase": "started"}
        logger.emit(LogRecord(timestamp=at(11), event_name="notification.requested", attributes=started))
        logger.emit(
            LogRecord(timestamp=at(12), severity_text="INFO", severity_number=SeverityNumber.INFO, body="mail queued")
        )
    root.end(at(10))
    detach(token)


def main() -> None:
    """Run the services."""
    protocol, transaction = sys.argv[1:3]
    services = [set_up(name, protocol) for name in ("order", "inventory", "payment")]
    tell(*services, transaction)
    for service in services:
        service.stop()


if __name__ == "__main__":
    main()
