"""Alerts of the real sidecar: in time, once, and through kill -9."""

from __future__ import annotations

import json
import signal
import time
import urllib.request

import pytest

from tests.doors import JSON, connected
from tests.faults import start, start_ready

pytestmark = pytest.mark.integration

THRESHOLD_S = 3
IN_TIME_S = 2.0
PATIENCE_S = 20
CONFIG = f"""
[stalls]
default_threshold = "{THRESHOLD_S}s"
[alerting]
resolve_after = "1s"
[notifiers.pager]
type = "webhook"
url = "http://127.0.0.1:9/"
"""


def send(served, transaction, *, step, phase, outcome=None):
    """Send one log record of a transaction over OTLP/HTTP."""
    said = {"saga.id": transaction, "saga.name": "order", "saga.step": step, "saga.phase": phase}
    said |= {"saga.outcome": outcome} if outcome else {}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": step}, "attributes": attributes}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "payment"}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}
    with connected(served.otlp_http) as connection:
        connection.request("POST", "/v1/logs", json.dumps(body).encode(), JSON)
        answer = connection.getresponse()
        answer.read()
        assert 200 == answer.status


def rows(served, query):
    """Ask the store."""
    return served.client.sql(query, limit=100, timeout_s=10).rows


def told(served):
    """Give (kind, alert, when) of what was put into the outbox, in order."""
    return rows(served, "SELECT kind, alert, created_ns FROM delivery WHERE rule = 'transactions-stuck' ORDER BY no")


def wait_told(served, count):
    """Wait until so many notices are in the outbox."""
    begun = time.monotonic()
    while len(told(served)) < count and time.monotonic() - begun < PATIENCE_S:
        time.sleep(0.1)
    return told(served)


def test_an_alert_fires_in_time_once_and_ends(scratch):
    """Within two seconds of the threshold; kill -9 tells nothing twice; it is resolved when the transaction goes on."""
    (scratch / "sagascope.toml").write_text(CONFIG)
    options = ("--config", str(scratch / "sagascope.toml"))
    data = scratch / "store.duckdb"
    with start_ready(data, *options) as served:
        begun_s = time.time()
        send(served, "ORD-1", step="pay", phase="started")
        ((kind, alert, at_ns),) = wait_told(served, 1)
        late_s = at_ns / 1e9 - begun_s - THRESHOLD_S
        (notice,) = rows(served, "SELECT notice FROM delivery WHERE rule = 'transactions-stuck'")
        served.end(signal.SIGKILL)
    with start_ready(data, *options) as again:
        time.sleep(2.5)
        still = told(again)
        send(again, "ORD-1", step="pay", phase="completed", outcome="completed")
        ended = wait_told(again, 2)
        state = rows(again, "SELECT state FROM alert WHERE rule = 'transactions-stuck'")
        code = again.end(signal.SIGTERM)
    text = json.loads(notice[0])

    assert "firing" == kind
    assert 0 <= late_s < IN_TIME_S
    assert ("1 transaction of order stuck in pay (payment)", ["ORD-1"]) == (text["title"], text["examples"])
    assert [("firing", alert, at_ns)] == [tuple(one) for one in still]
    assert [("firing", alert), ("resolved", alert)] == [tuple(one[:2]) for one in ended]
    assert (["resolved"], 0) == ([one[0] for one in state], code)


def test_a_query_that_is_wrong_keeps_the_sidecar_from_starting(scratch):
    """What a rule asks is tried when the configuration is read; the error names the line."""
    (scratch / "c.toml").write_text('[[alerts]]\nname = "a"\nwhen = "sql"\nsql = "SELECT x FROM nowhere"\n')
    with start(scratch / "store.duckdb", "--config", str(scratch / "c.toml")) as served:
        is_ready, code = served.wait_ready(), served.ended()

    assert (False, 2) == (is_ready, code)
    assert "c.toml:4: [alerts.0] sql: the query does not run" in served.said()


def test_what_rules_and_the_watch_do_is_measured_and_told(scratch):
    """/metrics counts ticks and alerts; /readyz tells of rules that fail, and stays ready."""
    sql = "SELECT CASE WHEN (SELECT count(*) FROM transactions) > 0 THEN error('no') ELSE 'x' END AS a"
    (scratch / "c.toml").write_text(f'[[alerts]]\nname = "a"\nwhen = "sql"\nevery = "1s"\nsql = "{sql}"\n')
    with start_ready(scratch / "store.duckdb", "--config", str(scratch / "c.toml")) as served:
        wait(lambda: 'sagascope_alerts{rule="a",severity="warning",state="firing"} 1.0' in get(served, "/metrics"))
        before = json.loads(get(served, "/readyz"))
        send(served, "ORD-1", step="pay", phase="started")
        wait(lambda: json.loads(get(served, "/readyz"))["details"])
        after, metrics = json.loads(get(served, "/readyz")), get(served, "/metrics")
        said = served.said()

    assert (True, []) == (before["ready"], before["details"])
    assert after["ready"]
    assert after["details"][0].startswith("alert rule a fails: the query does not run")
    assert "sagascope_alert_rules_troubled 1.0" in metrics
    assert 1 == said.count("alert rule fails")


def get(served, path):
    """Read a page."""
    with urllib.request.urlopen(f"{served.api}{path}", timeout=10) as answer:  # noqa: S310  our own sidecar
        return answer.read().decode()


def wait(holds):
    """Wait until it holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < PATIENCE_S
        time.sleep(0.2)
