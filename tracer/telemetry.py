"""Sagascope's own traces and metrics, sent by OTLP where `[telemetry] otlp_endpoint` says.

Without an endpoint nothing of the SDK is imported and every span is empty. The providers are ours alone:
none is set as the process's global one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from tracer import __version__
from tracer.config.settings import TelemetrySettings
from tracer.measure import Distribution, Measure

_log = logging.getLogger("sagascope.telemetry")

FLUSH_S: Final = 5.0
EXPORT_TIMEOUT_S: Final = 10.0
_FRESH_S: Final = 1.0
_SCOPE: Final = "sagascope"

Measures = Callable[[], Sequence[Measure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Providers:
    """The SDK's providers, and what is made from them."""

    traces: Any
    metrics: Any
    tracer: Any
    instruments: _Instruments


class Telemetry:
    """Makes spans, and sends them and the measures; empty until `start`, and without an endpoint for ever."""

    def __init__(self, settings: TelemetrySettings, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self._providers: _Providers | None = None

    def start(self, measures: Measures) -> None:
        """Begin to send; `measures` is asked once for each export, from a thread of the SDK."""
        if self._settings.otlp_endpoint is not None:
            self._providers = _make_providers(self._settings, self._headers, measures)

    def stop(self) -> None:
        """Send what is left, for a few seconds at most."""
        providers, self._providers = self._providers, None
        if providers is None:
            return
        providers.instruments.catch_up()
        providers.traces.force_flush(int(FLUSH_S * 1000))
        providers.traces.shutdown()
        providers.metrics.shutdown(timeout_millis=FLUSH_S * 1000)

    def span(self, name: str) -> AbstractContextManager[object]:
        """Open a span around something, from any thread."""
        if self._providers is None:
            return nullcontext()
        span: AbstractContextManager[object] = self._providers.tracer.start_as_current_span(name)
        return span

    def past_span(self, name: str, start_ns: int, end_ns: int) -> None:
        """Make a span of something that is over; times are nanoseconds since the epoch."""
        if self._providers is not None:
            self._providers.tracer.start_span(name, start_time=start_ns).end(end_ns)


class _Snapshot:
    """Asks for the measures once for all instruments of an export."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._lock = threading.Lock()
        self._at = -_FRESH_S
        self._held: Sequence[Measure] = ()

    def named(self, name: str) -> Iterable[Measure]:
        """Give the measures of one name."""
        return [measure for measure in self.recent() if measure.name == name]

    def recent(self) -> Sequence[Measure]:
        """Give all measures as they are, or were a moment ago."""
        with self._lock:
            if time.monotonic() - self._at >= _FRESH_S:
                self._ask()
            return self._held

    def anew(self) -> Sequence[Measure]:
        """Give all measures as they are now."""
        with self._lock:
            self._ask()
            return self._held

    def _ask(self) -> None:
        self._held = self._measures()
        self._at = time.monotonic()


class _Instruments:
    """One observable instrument for each name that has been measured; a part may bring names late."""

    def __init__(self, meter: Any, measures: Measures) -> None:
        self._snapshot = _Snapshot(measures)
        self._make = {"counter": meter.create_observable_counter, "gauge": meter.create_observable_gauge}
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def catch_up(self) -> None:
        """Make the instruments that are missing; not from a callback of the SDK, which holds its lock meanwhile."""
        with self._lock:
            try:
                measures = self._snapshot.anew()
            except Exception:  # noqa: BLE001  the SDK's thread, where this runs too, would send nothing more
                _log.exception("measures not taken")
                return
            for measure in measures:
                if measure.name not in self._known and measure.kind != "histogram":
                    self._known.add(measure.name)
                    self._add(measure)

    def _add(self, measure: Measure) -> None:
        observe = partial(_observe, self._snapshot, measure.name)
        make = self._make[measure.kind]
        make(f"{_SCOPE}.{measure.name}", callbacks=[observe], unit=measure.unit, description=measure.about)

    def with_histograms(self, data: Any) -> Any:
        """Put the histograms into what is sent: the SDK has no instrument that is asked for one."""
        try:
            found = [measure for measure in self._snapshot.recent() if measure.distribution is not None]
        except Exception:  # noqa: BLE001  as above
            _log.exception("measures not taken")
            return data
        return _added(data, found) if found and data.resource_metrics else data


def _make_providers(settings: TelemetrySettings, headers: dict[str, str], measures: Measures) -> _Providers:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415  slow, and only where it is configured
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415  likewise
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  likewise
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  likewise
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  likewise

    span_exporter, metric_exporter = _exporters(settings, headers)
    resource = Resource.create({"service.name": "sagascope", "service.version": __version__})
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(BatchSpanProcessor(span_exporter))

    class Reader(PeriodicExportingMetricReader):
        """Adds the histograms, and looks for new names after each export, where no lock of the SDK is held."""

        def _receive_metrics(self, metrics_data: Any, timeout_millis: float = 10_000, **kwargs: Any) -> None:
            super()._receive_metrics(instruments.with_histograms(metrics_data), timeout_millis, **kwargs)
            instruments.catch_up()

    reader = Reader(metric_exporter, export_interval_millis=settings.interval_s * 1000)
    metrics = MeterProvider(resource=resource, metric_readers=[reader])
    instruments = _Instruments(metrics.get_meter(_SCOPE, __version__), measures)
    instruments.catch_up()
    tracer = traces.get_tracer(_SCOPE, __version__)
    return _Providers(traces=traces, metrics=metrics, tracer=tracer, instruments=instruments)


def _exporters(settings: TelemetrySettings, headers: dict[str, str]) -> tuple[Any, Any]:
    endpoint = settings.otlp_endpoint or ""
    if settings.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import metric_exporter, trace_exporter  # noqa: PLC0415  likewise

        plain = endpoint.startswith("http://")
        make: dict[str, Any] = {"headers": headers, "insecure": plain, "timeout": EXPORT_TIMEOUT_S}
        make["endpoint"] = endpoint
        return trace_exporter.OTLPSpanExporter(**make), metric_exporter.OTLPMetricExporter(**make)
    from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics  # noqa: PLC0415  likewise
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces  # noqa: PLC0415  likewise

    rest: dict[str, Any] = {"headers": headers, "timeout": EXPORT_TIMEOUT_S}
    spans = http_traces.OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", **rest)
    return spans, http_metrics.OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics", **rest)


def _observe(snapshot: _Snapshot, name: str, _options: Any) -> Iterable[Any]:
    from opentelemetry.metrics import Observation  # noqa: PLC0415  likewise

    return [Observation(measure.value, dict(measure.labels)) for measure in snapshot.named(name)]


def _added(data: Any, measures: Iterable[Measure]) -> Any:
    """Put histograms beside the metrics of our scope."""
    resource = data.resource_metrics[0]
    scope = resource.scope_metrics[0]
    at_ns = scope.metrics[0].data.data_points[0].time_unix_nano
    scope = replace(scope, metrics=[*scope.metrics, *_histograms(measures, at_ns)])
    resource = replace(resource, scope_metrics=[scope, *resource.scope_metrics[1:]])
    return replace(data, resource_metrics=[resource, *data.resource_metrics[1:]])


def _histograms(measures: Iterable[Measure], at_ns: int) -> Iterator[Any]:
    from opentelemetry.sdk.metrics.export import AggregationTemporality, Histogram, Metric  # noqa: PLC0415  likewise

    families: dict[str, list[Measure]] = {}
    for measure in measures:
        families.setdefault(measure.name, []).append(measure)
    for name, group in families.items():
        points = [_point(one.labels, one.distribution, at_ns) for one in group if one.distribution is not None]
        data = Histogram(data_points=points, aggregation_temporality=AggregationTemporality.CUMULATIVE)
        yield Metric(name=f"{_SCOPE}.{name}", description=group[0].about, unit=group[0].unit, data=data)


def _point(labels: Mapping[str, str], of: Distribution, at_ns: int) -> Any:
    from opentelemetry.sdk.metrics import Exemplar  # noqa: PLC0415  likewise
    from opentelemetry.sdk.metrics.export import HistogramDataPoint  # noqa: PLC0415  likewise

    # Which span it was is not known: a zero span id is none, and without any the exporter leaves out the trace.
    exemplars = [Exemplar({}, one.value, one.at_ns, 0, int(one.trace_id, 16)) for one in of.exemplars.values()]
    unknown: Any = None  # the least and the greatest, which are optional on the wire
    return HistogramDataPoint(
        attributes=dict(labels),
        start_time_unix_nano=of.since_ns,
        time_unix_nano=at_ns,
        count=sum(of.counts),
        sum=of.total,
        bucket_counts=of.counts,
        explicit_bounds=of.bounds,
        min=unknown,
        max=unknown,
        exemplars=exemplars,
    )
