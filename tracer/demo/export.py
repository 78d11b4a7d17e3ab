"""Real OTLP exporters of opentelemetry-sdk, over gRPC or HTTP, and the providers that feed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from tracer.demo.scenery import DEPLOYMENTS, Deployment, Transport
from tracer.demo.signals import BaggageOnSpans, Signals
from tracer.demo.world import World

SPANS_EVERY_MS: Final = 1000
LOGS_EVERY_MS: Final = 500
MAX_QUEUED: Final = 20_000
MAX_BATCH: Final = 512
_ENVIRONMENT: Final = "prod-eu-west"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where spans and logs go: the processors, which any number of providers may share."""

    spans: SpanProcessor
    logs: LogRecordProcessor

    def flush(self) -> None:
        """Send what waits, now."""
        self.logs.force_flush()
        self.spans.force_flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The sidecar's addresses, HOST:PORT each."""

    grpc: str
    http: str


def open_export(endpoints: Endpoints, transport: Transport) -> Export:
    """Open the exporters to the sidecar; no I/O yet."""
    spans, logs = _grpc(endpoints.grpc) if transport == "grpc" else _http(endpoints.http)
    return Export(
        spans=BatchSpanProcessor(
            spans, MAX_QUEUED, schedule_delay_millis=SPANS_EVERY_MS, max_export_batch_size=MAX_BATCH
        ),
        logs=BatchLogRecordProcessor(
            logs, schedule_delay_millis=LOGS_EVERY_MS, max_export_batch_size=MAX_BATCH, max_queue_size=MAX_QUEUED
        ),
    )


def open_signals(name: str, export: Export, world: World) -> Signals:
    """Give a service its providers, with the resource that its deployment says."""
    deployment = DEPLOYMENTS[name]
    resource = _resource(name, deployment)
    tracer = TracerProvider(resource=resource, shutdown_on_exit=False)
    logger = LoggerProvider(resource=resource, shutdown_on_exit=False)
    if deployment.copies_baggage:
        tracer.add_span_processor(BaggageOnSpans())
    tracer.add_span_processor(export.spans)
    logger.add_log_record_processor(export.logs)
    return Signals(tracer=tracer, logger=logger, now_ns=world.now_ns, copies_baggage=deployment.copies_baggage)


def _grpc(endpoint: str) -> tuple[SpanExporter, LogRecordExporter]:
    # Imported where it is used: gRPC costs a process 10 MB that the services on HTTP need not pay.
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter(endpoint, insecure=True), OTLPLogExporter(endpoint, insecure=True)


def _http(endpoint: str) -> tuple[SpanExporter, LogRecordExporter]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter(f"http://{endpoint}/v1/traces"), OTLPLogExporter(f"http://{endpoint}/v1/logs")


def _resource(name: str, deployment: Deployment) -> Resource:
    return Resource.create(
        {
            "service.name": name,
            "service.namespace": deployment.namespace,
            "service.version": deployment.version,
            "service.instance.id": deployment.pod,
            "k8s.pod.name": deployment.pod,
            "deployment.environment.name": _ENVIRONMENT,
        }
    )
