"""A small shop for the stack to watch: four services, one order a second, every fifth one lost on its way.

Each service exports its spans by OTLP/gRPC to OTEL_EXPORTER_OTLP_ENDPOINT under its own `service.name`.
`shop.py [ORDERS]` ends after so many orders; without a number it runs until it is told to stop.
"""

import itertools
import random
import signal
import sys
import time
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanProcessor
from opentelemetry.trace import SpanKind, Tracer, set_span_in_context

# Who does what, in order. An unlucky order never gets past the payment.
STEPS: Final = (
    ("order", "place-order"),
    ("inventory", "reserve-inventory"),
    ("payment", "capture-payment"),
    ("shipping", "ship-parcel"),
)
LOST_AFTER: Final = "capture-payment"
LOST_EVERY: Final = 5
LONGEST_STEP_S: Final = 0.2
PAUSE_S: Final = 0.6


def staff(processor: SpanProcessor) -> dict[str, Tracer]:
    """Give each service its tracer; all of them export through one processor."""
    tracers = {}
    for owner, _ in STEPS:
        provider = TracerProvider(resource=Resource.create({"service.name": owner}), shutdown_on_exit=False)
        provider.add_span_processor(processor)
        tracers[owner] = provider.get_tracer("shop")
    return tracers


def fulfil(number: int, tracers: Mapping[str, Tracer], *, longest_step_s: float = LONGEST_STEP_S) -> None:
    """Carry one order through the services, as far as it gets."""
    context: Context | None = None
    for owner, step in STEPS:
        attributes = {"saga.id": f"ORD-{number:06d}", "saga.name": "order-fulfilment", "saga.step": step}
        kind = SpanKind.CONSUMER if context else SpanKind.SERVER
        with tracers[owner].start_as_current_span(step, context=context, kind=kind, attributes=attributes) as span:
            time.sleep(random.uniform(0, longest_step_s))  # noqa: S311 - a delay, not a secret
            if (owner, step) == STEPS[-1]:
                span.set_attribute("saga.outcome", "completed")
            context = set_span_in_context(span)
        if number % LOST_EVERY == 0 and step == LOST_AFTER:
            return


def main() -> None:
    """Open the shop, and close it in order: what was done is sent."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    orders = range(1, int(sys.argv[1]) + 1) if sys.argv[1:] else itertools.count(1)
    # Numbers begin anew with the time of day, so that a restart does not continue old orders.
    first = int(time.time()) // LOST_EVERY * LOST_EVERY % 1_000_000
    processor = BatchSpanProcessor(OTLPSpanExporter())
    tracers = staff(processor)
    try:
        for number in orders:
            fulfil(first + number, tracers)
            time.sleep(PAUSE_S)
    finally:
        processor.shutdown()


if __name__ == "__main__":
    main()
