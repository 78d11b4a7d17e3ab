"""Spans and events of one service, through opentelemetry-sdk, at the times that the world says.

Every start and end is given explicitly, so that the same code writes the present and the past. A span
around work that breaks off (`world.Vanished`) is never ended, as in a process that died.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry import baggage, trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

Attributes = Mapping[str, AttributeValue]

PROPAGATOR: Final = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
CARRIED: Final = ("saga.id", "saga.name")
UPSTREAM_ERROR: Final = "UpstreamError"
_SCOPE: Final = "shop.instrumentation"
_SEVERITIES: Final = {"INFO": SeverityNumber.INFO, "WARN": SeverityNumber.WARN, "ERROR": SeverityNumber.ERROR}


class BaggageOnSpans(SpanProcessor):
    """Copies the saga's keys from the baggage to each span as it starts."""

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        """Copy them."""
        span.set_attributes(_carried(parent_context))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Writes the spans and events of one service."""

    tracer: TracerProvider
    logger: LoggerProvider
    now_ns: Callable[[], int]
    copies_baggage: bool

    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind,
        attributes: Attributes,
        *,
        parent: Context | None = None,
        links: Sequence[Link] = (),
    ) -> Iterator[Span]:
        """Run a block inside a span; an exception ends it as an error and goes on."""
        context = get_current() if parent is None else parent
        span = self.tracer.get_tracer(_SCOPE).start_span(
            name, context, kind, attributes, links, start_time=self.now_ns(), record_exception=False
        )
        token = attach(trace.set_span_in_context(span, context))
        try:
            yield span
        except Exception as error:
            self.fail(span, error)
            span.end(self.now_ns())
            raise
        else:
            span.end(self.now_ns())
        finally:
            detach(token)

    def fail(self, span: Span, error: Exception) -> None:
        """Mark a span as failed, the way instrumentations do; a stack trace would show the demo's own code."""
        told = {"exception.type": UPSTREAM_ERROR, "exception.message": str(error)}
        span.add_event("exception", told, self.now_ns())
        span.set_attribute("error.type", UPSTREAM_ERROR)
        span.set_status(Status(StatusCode.ERROR, str(error)))

    def event(self, name: str, body: str, attributes: Attributes, *, severity: str = "INFO") -> None:
        """Write a log record with an event name; it goes out at once, not when a span ends."""
        carried = _carried(None) if self.copies_baggage else {}
        now_ns = self.now_ns()
        record = LogRecord(
            timestamp=now_ns,
            observed_timestamp=now_ns,
            context=get_current(),
            severity_text=severity,
            severity_number=_SEVERITIES[severity],
            body=body,
            attributes={**carried, **attributes},
            event_name=name,
        )
        self.logger.get_logger(_SCOPE).emit(record)


def _carried(context: Context | None) -> dict[str, AttributeValue]:
    found = {key: baggage.get_baggage(key, context) for key in CARRIED}
    return {key: value for key, value in found.items() if isinstance(value, str)}
