"""Prometheus and Alertmanager, as the other tests use them."""

from pathlib import Path

import pytest

from tests.watchers import running_alertmanager, running_prometheus

pytestmark = pytest.mark.integration


def test_prometheus_starts_and_answers(scratch: Path) -> None:
    """A Prometheus with a configuration of the test's own answers a question by HTTP."""
    with running_prometheus(scratch / "prometheus", "global: {scrape_interval: 1s}\n") as prometheus:
        answer = prometheus.get("/api/v1/query", query="1 + 1")

    assert "2" == answer["data"]["result"][1]


def test_alertmanager_starts_and_answers(scratch: Path) -> None:
    """An Alertmanager with a configuration of the test's own tells its alerts: none yet."""
    configuration = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
    with running_alertmanager(scratch / "alertmanager", configuration) as alertmanager:
        alerts = alertmanager.get("/api/v2/alerts")

    assert [] == alerts
