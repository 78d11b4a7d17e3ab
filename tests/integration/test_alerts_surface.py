"""Alerts through a real sidecar, as people meet them: listed, taken, silenced, and told again in the trail."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.faults import start_ready
from tests.integration.test_alerts import PATIENCE_S, send
from tracer.errors import NotFound, UsageError
from tracer.views import AlertQuery, TransactionQuery, TrialQuery

pytestmark = pytest.mark.integration

HOSTILE = "kim\x1b]52;c;aGVsbG8=\x07\u202e"
CONFIG = """
[stalls]
default_threshold = "2s"
[notifiers.nobody]
type = "webhook"
url = "http://127.0.0.1:9/"
timeout = "1s"
"""


def sagascope(served, *arguments):
    """Run the command line against a sidecar; (exit code, stdout)."""
    call = [sys.executable, "-m", "tracer.cli.main", *arguments, "--url", served.api]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=30)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def firing(served):
    """Wait for the alert."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        listed = served.client.alerts(AlertQuery(rule=("transactions-stuck",), state=("firing",)))
        if listed.alerts:
            return listed.alerts[0]
        time.sleep(0.1)
    raise AssertionError("no alert fired")


def test_an_alert_is_listed_taken_silenced_and_all_of_it_is_in_the_trail(scratch):
    """Who is on it stands in every list; hostile words come back shown; a stranger's id is not found."""
    (scratch / "sagascope.toml").write_text(CONFIG)
    with start_ready(scratch / "store.duckdb", "--config", str(scratch / "sagascope.toml")) as served:
        desk = served.client
        send(served, "ORD-1", step="pay", phase="started")
        alert = firing(served)
        found, _ = sagascope(served, "alerts", "--fail-if-any")
        taken, said = sagascope(served, "alerts", "ack", alert.id, "--by", HOSTILE, "--note", HOSTILE)
        (row,) = desk.transactions(TransactionQuery()).transactions
        _, shown = sagascope(served, "show", "ORD-1")
        _, listed = sagascope(served, "ls")
        made = desk.silence(
            ["saga=order", "owner=~pay.*"], by="sam", reason="a release", ends=alert.since + timedelta(hours=1)
        )
        held = desk.alert(alert.id).silenced_by
        desk.end_silence(made.id, by="kim")
        desk.unacknowledge(alert.id, by="kim")
        tried = desk.try_rule("transactions-stuck", TrialQuery(at=desk.silences().as_of))
        sent = desk.test_notifier("nobody")
        trail = {subject: desk.alert_history(subject=subject).changes for subject in (alert.id, made.id)}
        _, told = sagascope(served, "alerts", "show", alert.id, "--json")
        for wrong, kind in ((lambda: desk.acknowledge("x", by="kim"), NotFound), (_forever(desk), UsageError)):
            with pytest.raises(kind):
                wrong()

    assert (1, 0) == (found, taken)
    assert "ORD-1" in alert.examples
    assert (alert.id, "firing") == (row.alert.id, row.alert.state)
    assert row.alert.acknowledged_by is not None
    assert not {"\x1b", "\x07", "\u202e"} & set(said + shown + listed + told + row.alert.acknowledged_by)
    assert all("is on it" in text for text in (shown, listed))
    assert (made.id,) == held
    assert [1] == [len(tried.fired)]
    assert (False, True) == (sent.delivered, bool(sent.error))
    assert ["acknowledgement taken back", "acknowledged", "firing"] == [one.what for one in trail[alert.id]]
    assert [("silence ended", "kim"), ("silence", "sam")] == [(one.what, one.by) for one in trail[made.id]]
    assert {"alert", "rule", "deliveries", "history"} == set(json.loads(told))


def _forever(desk):
    return lambda: desk.silence(["saga=~.*"], by="kim", reason="x", ends=desk.silences().as_of + timedelta(hours=1))


def test_a_store_file_tells_what_the_sidecar_left(scratch):
    """Alerts, silences and the trail are read from it, and a rule is tried on it."""
    (scratch / "sagascope.toml").write_text(CONFIG)
    data = scratch / "store.duckdb"
    with start_ready(data, "--config", str(scratch / "sagascope.toml")) as served:
        send(served, "ORD-1", step="pay", phase="started")
        alert = firing(served)
        served.client.acknowledge(alert.id, by="kim")
    answers = [
        subprocess.run(
            [sys.executable, "-m", "tracer.cli.main", *arguments, "--data", str(data), "--json"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
        for arguments in (("alerts",), ("alerts", "history"), ("alerts", "test", "transactions-stuck"), ("stalls",))
    ]
    listed, trail, tried, stalls = map(json.loads, answers)

    assert [(alert.id, "kim")] == [(one["id"], one["acknowledged"]["by"]) for one in listed["alerts"]]
    assert "acknowledged" == trail["changes"][0]["what"]
    assert "transactions-stuck" == tried["rule"]
    assert ["kim"] == [one["alert"]["acknowledged_by"] for one in stalls["stalls"]]
