"""One story through the programs of a team: a sidecar tells a real Alertmanager, while a real Prometheus watches it."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults import start_ready
from tests.integration.test_alerts import get, send, wait
from tests.integration.test_metrics import PROMETHEUS, RULES
from tests.watchers import require_prometheus, running_alertmanager, running_prometheus

pytestmark = pytest.mark.integration

ALERTMANAGER = "route: {receiver: nobody, group_wait: 0s, group_by: [alertname, saga]}\nreceivers: [{name: nobody}]\n"
CONFIG = """
[stalls]
default_threshold = "2s"
[alerting]
resolve_after = "1s"
[notifiers.team]
type = "alertmanager"
url = "{url}"
refresh = "1s"
"""


def amtool(url: str, *arguments: str) -> list[dict]:
    """Ask Alertmanager as its people do."""
    command = [require_prometheus("amtool"), f"--alertmanager.url={url}", "--output=json", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout)


def test_an_incident_is_one_alert_in_alertmanager_and_is_over_in_the_end(scratch: Path) -> None:
    """Twenty orders are one alert in one group, with the answer inside; Prometheus sees that it fires, and was told."""
    with running_alertmanager(scratch / "alertmanager", ALERTMANAGER) as team:
        (scratch / "sagascope.toml").write_text(CONFIG.format(url=team.url), "utf-8")
        with start_ready(scratch / "store.duckdb", "--config", str(scratch / "sagascope.toml")) as served:
            configuration = PROMETHEUS.format(rules=RULES, target=served.api.removeprefix("http://"))
            with running_prometheus(scratch / "prometheus", configuration) as prometheus:
                for number in range(20):
                    send(served, f"ORD-{number}", step="pay", phase="started")
                wait(lambda: team.get("/api/v2/alerts"))
                time.sleep(1.5)  # a refresh says how many there are
                (shown,) = amtool(team.url, "alert", "query")
                (group,) = [one for one in team.get("/api/v2/alerts/groups") if one["alerts"]]
                firing = 'sum(sagascope_alerts{rule="transactions-stuck",state="firing"}) == 1'
                told = 'sagascope_notices_delivered_total{notifier="team"} > 0'
                wait(lambda: [] not in [asked(prometheus, one) for one in (firing, told)])
                wait(lambda: "SagascopeTransactionsStuck" in alerting(prometheus))
                pending = alerting(prometheus)
                for number in range(20):
                    send(served, f"ORD-{number}", step="pay", phase="completed", outcome="completed")
                wait(lambda: not team.get("/api/v2/alerts", active="true"))
                wait(lambda: asked(prometheus, firing.replace("== 1", "== 0")))
                left = amtool(team.url, "alert", "query")
                ready = json.loads(get(served, "/readyz"))

    assert ("transactions-stuck", "order", "pay") == tuple(
        shown["labels"][name] for name in ("alertname", "saga", "step")
    )
    assert "active" == shown["status"]["state"]
    assert "of order" in shown["annotations"]["description"]
    assert ({"alertname": "transactions-stuck", "saga": "order"}, 1) == (group["labels"], len(group["alerts"]))
    assert not {name for name in pending if name.startswith(("SagascopeNoti", "SagascopeAlert", "SagascopeTooMany"))}
    assert [] == left
    assert (True, []) == (ready["ready"], ready["details"])


def alerting(prometheus) -> set[str]:
    """Give the names of the rules of Prometheus that are pending or fire."""
    return {one["labels"]["alertname"] for one in prometheus.get("/api/v1/alerts")["data"]["alerts"]}


def asked(prometheus, expression: str) -> list:
    """Ask Prometheus."""
    return prometheus.get("/api/v1/query", query=expression)["data"]["result"]
