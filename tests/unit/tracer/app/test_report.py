from __future__ import annotations

import logging

import pytest

from tracer.api.metrics import exposition
from tracer.app.logs import EventFormatter
from tracer.app.report import Report
from tracer.errors import StoreError
from tracer.ports import CollectorStatus


class FakeCollector:
    """A collector that is as it is told."""

    def __init__(self, state: str = "running", detail: str = "") -> None:
        self.state, self.detail = state, detail

    def status(self) -> CollectorStatus:
        """Say how it goes."""
        counters, gauges = {"requests": 3}, {"queued_bytes": 7.0, "topic_lag{topic=a.b}": 2.0}
        return CollectorStatus(
            name="otlp", type="otlp", state=self.state, detail=self.detail, counters=counters, gauges=gauges
        )


@pytest.fixture
def report():
    """Everything runs."""
    return Report(
        ingest=lambda: {"records_stored": 5, "queued_bytes": 1},
        parts={"jobs": lambda: {"folds": 2}},
        store=lambda: {"records": 5.0},
        notices=("a log was set aside",),
        running=[FakeCollector()],
        ready=True,
    )


def test_it_is_ready_when_all_of_it_runs(report):
    """Notices are told although it is ready."""
    readiness = report.readiness()

    assert (readiness.ready, readiness.details) == (True, ("a log was set aside",))


def test_it_is_not_ready_while_a_collector_is_not(report):
    """The detail names the collector and what it says."""
    report.running.append(FakeCollector("degraded", "no broker"))
    readiness = report.readiness()

    assert (readiness.ready, readiness.details[0]) == (False, "otlp is degraded: no broker")


def test_it_is_not_ready_while_the_answers_are_not_current(report):
    """A job that fails does not look like a quiet night: neither in /readyz nor in the list of collectors."""
    report.lag = lambda: "fold fails: no"
    told = "what comes in is stored, but the answers may not be current: fold fails: no"
    readiness, (view,) = report.readiness(), report.collectors()

    assert (readiness.ready, readiness.details[0]) == (False, f"otlp is degraded: {told}")
    assert (view.state, view.detail) == ("degraded", told)
    report.running.clear()
    assert report.readiness().details[0] == told


def test_it_is_not_ready_while_no_alert_can_fire(report):
    """A watch that has stopped is told; a rule that fails is told, too, and the rest goes on."""
    report.doubts = lambda: ["alert rule a fails: no"]
    troubled = report.readiness()
    report.halted = lambda: "no alert can fire"
    halted = report.readiness()

    assert (troubled.ready, troubled.details) == (True, ("alert rule a fails: no", "a log was set aside"))
    assert (halted.ready, halted.details[:2]) == (False, ("no alert can fire", "alert rule a fails: no"))


def test_it_is_not_ready_before_the_start_and_after_the_stop(report):
    """Between start and stop only."""
    report.ready = False

    assert report.readiness().details[0] == "the sidecar is starting or stopping"


def test_everything_is_measured(report):
    """Each part's figures are counters, unless they are of now; those of the store are all of now."""
    lines = exposition(report.measures(), "")[0].decode().splitlines()

    assert 'sagascope_collector_requests_total{collector="otlp",type="otlp"} 3.0' in lines
    assert 'sagascope_collector_queued_bytes{collector="otlp",type="otlp"} 7.0' in lines
    assert 'sagascope_collector_topic_lag{collector="otlp",topic="a.b",type="otlp"} 2.0' in lines
    assert "# HELP sagascope_collector_topic_lag Of a collector, now: topic lag." in lines
    assert "sagascope_ingest_records_stored_total 5.0" in lines
    assert "sagascope_ingest_queued_bytes 1.0" in lines
    assert "sagascope_jobs_folds_total 2.0" in lines
    assert "sagascope_store_records 5.0" in lines
    assert "sagascope_store_up 1.0" in lines
    assert "sagascope_ready 1.0" in lines


def test_a_store_that_does_not_answer_is_measured_too(report):
    """Metrics stay readable when the store is in trouble, and say so."""

    def broken():
        raise StoreError("no")

    report.store = broken
    lines = exposition(report.measures(), "")[0].decode().splitlines()

    assert "sagascope_store_up 0.0" in lines
    assert not any(line.startswith("sagascope_store_records") for line in lines)


def test_a_log_event_is_one_line_with_fields():
    """Time, level, where, what, fields; hostile values are quoted and cleaned."""
    record = logging.makeLogRecord({"name": "sagascope.x", "levelname": "WARNING", "msg": "job failed", "created": 0.5})
    record.error = 'bad "thing"\nnew = line \x1b[31m'
    record.job = "fold"

    assert EventFormatter().format(record) == (
        '1970-01-01T00:00:00.500Z warning sagascope.x job failed error="bad \\"thing\\"␊new = line ␛[31m" job=fold'
    )


def test_a_traceback_in_the_log_is_clean():
    """What an error quotes may come from telemetry: no line of its traceback controls the terminal."""
    error = ValueError("\x1b]52;c;aGVsbG8=\x07\nand more\x9b")
    record = logging.makeLogRecord({"name": "sagascope.x", "msg": "failed", "exc_info": (ValueError, error, None)})

    assert EventFormatter().format(record).split("\n")[1:] == ["ValueError: ␛]52;c;aGVsbG8=␇", "and more�"]
