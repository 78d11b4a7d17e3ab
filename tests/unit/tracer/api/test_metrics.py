"""The exposition of what is measured."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.unit.tracer.test_telemetry import DURATION, TRACE
from tracer.api.metrics import exposition
from tracer.measure import Measure

OPEN_METRICS = "application/openmetrics-text;version=1.0.0"


def lines(measures, accept=""):
    """Give the lines of an exposition, those of the process left out."""
    body, _ = exposition(measures, accept)
    return [line for line in body.decode().splitlines() if "sagascope_process" not in line]


def test_a_histogram_has_buckets_a_count_and_a_sum():
    """Buckets count what is below as well; the unit is part of the name."""
    assert [
        "# HELP sagascope_transaction_duration_seconds How long.",
        "# TYPE sagascope_transaction_duration_seconds histogram",
        'sagascope_transaction_duration_seconds_bucket{le="1.0",saga="order"} 1.0',
        'sagascope_transaction_duration_seconds_bucket{le="2.0",saga="order"} 1.0',
        'sagascope_transaction_duration_seconds_bucket{le="+Inf",saga="order"} 3.0',
        'sagascope_transaction_duration_seconds_count{saga="order"} 3.0',
        'sagascope_transaction_duration_seconds_sum{saga="order"} 9.5',
    ] == lines([DURATION])


def test_open_metrics_have_the_trace_of_an_example():
    """An exemplar stands at its bucket, with its value and its time; the whole can be parsed."""
    told = lines([DURATION], OPEN_METRICS)
    families = list(text_string_to_metric_families("\n".join(told) + "\n"))

    assert f'{{le="+Inf",saga="order"}} 3.0 # {{trace_id="{TRACE}"}} 4.5 2e-06' in "\n".join(told)
    assert ["sagascope_transaction_duration_seconds"] == [family.name for family in families]


def test_a_gauge_of_seconds_says_so():
    """Its unit is part of its name, too."""
    age = Measure(name="stuck_oldest_age", kind="gauge", about="Age.", value=2, labels={"saga": "a"}, unit="s")

    assert 'sagascope_stuck_oldest_age_seconds{saga="a"} 2.0' in lines([age])
