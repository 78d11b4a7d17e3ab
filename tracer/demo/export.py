"""Real OTLP exporters of opentelemetry-sdk, over gRPC or HTTP, and the providers that feed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from tracer.demo.scenery import DEPLOYMENTS, Deployment, Transport
from tracer.demo.signals import BaggageOnSpans, Signals
from tracer.demo.world import World

MAX_QUEUED: Final = 20_000
FLUSH_MS: Final = 10_000
_ENVIRONMENT: Final = "prod-eu-west"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a process exports, and how many spans or log records at most in one request."""

    spans_every_ms: int
    logs_every_ms: int
    max_batch: int


LIVE: Final = Pace(spans_every_ms=2000, logs_every_ms=1000, max_batch=512)
# Only when it is told to, and then all at once, so that no story reaches the sidecar in halves.
WHEN_TOLD: Final = Pace(spans_every_ms=600_000, logs_every_ms=600_000, max_batch=MAX_QUEUED)


@dataclass(slots=True)
class Tally:
    """Counts the batches that were given up; the processors themselves tell nobody but a log."""

    lost: int = 0

    def note(self, *, lost: bool) -> None:
        """Take note of one batch."""
        self.lost += lost


@dataclass(frozen=True, slots=True)
class _WatchedSpans(SpanExporter):
    to: SpanExporter
    tally: Tally

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.to.export(spans)
        self.tally.note(lost=result is not SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self.to.shutdown()


@dataclass(frozen=True, slots=True)
class _WatchedLogs(LogRecordExporter):
    to: LogRecordExporter
    tally: Tally

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        result = self.to.export(batch)
        self.tally.note(lost=result is not LogRecordExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self.to.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it without types

    def force_flush(self, timeout_millis: int = FLUSH_MS) -> bool:
        return self.to.force_flush(timeout_millis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where spans and logs go: the processors, which any number of providers may share."""

    spans: SpanProcessor
    logs: LogRecordProcessor
    tally: Tally = field(default_factory=Tally)

    def flush(self) -> None:
        """Send what waits, now; spans first, because a start without its end looks stuck."""
        self.spans.force_flush()
        self.logs.force_flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The sidecar's addresses, HOST:PORT each."""

    grpc: str
    http: str


def open_export(endpoints: Endpoints, transport: Transport, pace: Pace = LIVE) -> Export:
    """Open the exporters to the sidecar; no I/O yet."""
    spans, logs = _grpc(endpoints.grpc) if transport == "grpc" else _http(endpoints.http)
    tally = Tally()
    return Export(
        spans=BatchSpanProcessor(
            _WatchedSpans(spans, tally),
            MAX_QUEUED,
            schedule_delay_millis=pace.spans_every_ms,
            max_export_batch_size=pace.max_batch,
        ),
        logs=BatchLogRecordProcessor(
            _WatchedLogs(logs, tally),
            schedule_delay_millis=pace.logs_every_ms,
            max_export_batch_size=pace.max_batch,
            max_queue_size=MAX_QUEUED,
        ),
        tally=tally,
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
