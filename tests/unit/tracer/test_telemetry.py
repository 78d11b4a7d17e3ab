from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tracer.config.settings import TelemetrySettings
from tracer.measure import Distribution, Exemplar, Measure
from tracer.telemetry import Telemetry

MEASURES = [
    Measure(name="store_records", kind="gauge", about="Records.", value=12),
    Measure(name="collector_requests", kind="counter", about="Requests.", value=3, labels={"collector": "a"}),
]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
DURATION = Measure(
    name="transaction_duration",
    kind="histogram",
    about="How long.",
    value=3,
    labels={"saga": "order"},
    unit="s",
    distribution=Distribution(
        bounds=(1.0, 2.0),
        counts=(1, 0, 2),
        total=9.5,
        since_ns=1_000,
        exemplars={2: Exemplar(trace_id=TRACE, value=4.5, at_ns=2_000)},
    ),
)


@pytest.fixture
def receiver():
    """A real HTTP server that keeps the bodies it is sent; gives its URL and the bodies by path."""
    got: dict[str, list[bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        """Takes everything."""

        def do_POST(self):
            """Keep the body."""
            got.setdefault(self.path, []).append(self.rfile.read(int(self.headers["Content-Length"])))
            got.setdefault("keys", []).append(self.headers.get("x-key"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_spans_and_measures_are_sent(receiver):
    """Open spans, past spans and every measure arrive over OTLP, with the headers that were configured."""
    url, got = receiver
    telemetry = Telemetry(TelemetrySettings(otlp_endpoint=url, protocol="http/protobuf"), {"x-key": "k"})
    telemetry.start(lambda: MEASURES)
    with telemetry.span("commit"):
        pass
    telemetry.past_span("fold", 1_000, 2_000)
    telemetry.stop()
    traces = [ExportTraceServiceRequest.FromString(body) for body in got["/v1/traces"]]
    spans = [
        span for each in traces for group in each.resource_spans for scope in group.scope_spans for span in scope.spans
    ]
    metrics = (
        ExportMetricsServiceRequest.FromString(got["/v1/metrics"][-1]).resource_metrics[0].scope_metrics[0].metrics
    )
    values = {metric.name: metric for metric in metrics}

    assert {span.name for span in spans} == {"commit", "fold"}
    assert next(span.end_time_unix_nano for span in spans if span.name == "fold") == 2_000
    assert values["sagascope.store_records"].gauge.data_points[0].as_int == 12
    assert values["sagascope.collector_requests"].sum.data_points[0].as_int == 3
    assert set(got["keys"]) == {"k"}


def values(body: bytes) -> dict[str, int]:
    """Read the counters of one export."""
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    metrics = [metric for scope in resource.scope_metrics for metric in scope.metrics]
    return {metric.name: metric.sum.data_points[0].as_int for metric in metrics if metric.HasField("sum")}


def test_a_counter_that_appears_late_is_sent_too(receiver):
    """A part may begin to count after the start: the export after the one that met it has it, and the last one."""
    url, got = receiver
    late = Measure(name="collector_late", kind="counter", about="Late.", value=1)
    later = Measure(name="collector_later", kind="counter", about="Later.", value=2)
    measures = list(MEASURES)
    telemetry = Telemetry(TelemetrySettings(otlp_endpoint=url, protocol="http/protobuf"), {})
    telemetry.start(lambda: tuple(measures))
    measures.append(late)
    telemetry._providers.metrics.force_flush()
    telemetry._providers.metrics.force_flush()
    measures.append(later)
    telemetry.stop()
    first, second, last = map(values, got["/v1/metrics"])

    assert first == {"sagascope.collector_requests": 3}
    assert second == {**first, "sagascope.collector_late": 1}
    assert last == {**second, "sagascope.collector_later": 2}


def test_histograms_are_sent_with_their_exemplars(receiver):
    """Buckets, count, sum, since when, unit, and the trace of an example; the last export has them as well."""
    url, got = receiver
    telemetry = Telemetry(TelemetrySettings(otlp_endpoint=url, protocol="http/protobuf"), {})
    telemetry.start(lambda: [*MEASURES, DURATION])
    telemetry.stop()
    (resource,) = ExportMetricsServiceRequest.FromString(got["/v1/metrics"][-1]).resource_metrics
    metrics = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    metric = metrics["sagascope.transaction_duration"]
    (point,) = metric.histogram.data_points
    (exemplar,) = point.exemplars

    assert {*metrics} >= {"sagascope.store_records", "sagascope.collector_requests"}
    assert (metric.unit, metric.histogram.aggregation_temporality) == ("s", 2)
    assert (list(point.bucket_counts), list(point.explicit_bounds)) == ([1, 0, 2], [1.0, 2.0])
    assert (point.count, point.sum, point.start_time_unix_nano) == (3, 9.5, 1_000)
    assert (exemplar.trace_id.hex(), exemplar.as_double, exemplar.time_unix_nano) == (TRACE, 4.5, 2_000)
    assert not point.HasField("min")


def test_without_an_endpoint_nothing_is_made():
    """Spans are empty, nothing is asked for, stopping is at once."""
    telemetry = Telemetry(TelemetrySettings(), {})
    telemetry.start(lambda: pytest.fail("nobody is to be asked"))
    with telemetry.span("commit"):
        telemetry.past_span("fold", 1, 2)
    telemetry.stop()

    assert telemetry._providers is None
