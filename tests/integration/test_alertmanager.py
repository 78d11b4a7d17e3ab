"""A real Alertmanager is told of alerts, keeps them while they fire, and forgets them when they are over."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.alert_fakes import notice
from tests.receivers import free_port, make
from tracer.alerts.notice import NotDelivered
from tracer.clock import SystemClock, to_datetime

pytestmark = pytest.mark.integration

PROGRAM = Path(__file__).parents[2] / ".cache" / "prometheus" / "alertmanager"
CONFIGURATION = "route:\n  receiver: nobody\n  group_wait: 0s\nreceivers:\n  - name: nobody\n"


def skip_without_alertmanager():
    """Where it was never brought; fail there with CI=true."""
    if PROGRAM.exists():
        return
    message = f"{PROGRAM} is missing: bring it with scripts/prometheus.sh fetch"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def alertmanager(folder, port):
    """Run one until the end of the block."""
    folder.mkdir(exist_ok=True)
    (folder / "alertmanager.yml").write_text(CONFIGURATION)
    options = ["--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    files = [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([PROGRAM, *files, *options], cwd=PROGRAM.parent, stdout=log, stderr=log)
    try:
        until(lambda: get(port, "/-/ready") is not None)
        yield
    finally:
        process.terminate()
        process.wait(20)


def get(port, path):
    """Ask it; None where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.read()
    except OSError:
        return None


def alerts(port):
    """Give the active alerts by the name of the rule."""
    return {one["labels"]["alertname"]: one for one in json.loads(get(port, "/api/v2/alerts?active=true"))}


def until(condition, within_s=20.0):
    """Wait for a condition."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def now():
    """The moment."""
    return to_datetime(SystemClock().now_ns())


def keys(*ports):
    """The keys of a notifier with these instances."""
    urls = json.dumps([f"http://127.0.0.1:{port}" for port in ports])
    return f'type = "alertmanager"\nurl = {urls}\ntimeout = "2s"\nrefresh = "1s"\n'


def test_an_alert_fires_and_is_over(tmp_path):
    """With its labels, its answer inside, and an end by itself in case nobody tells it any more."""
    skip_without_alertmanager()
    port, began = free_port(), now()
    firing = notice(starts_at=began)
    notifier = make(tmp_path, keys(port), clock=SystemClock())

    async def tell(one):
        await notifier.send(one)

    async def scenario():
        with alertmanager(tmp_path / "am", port):
            await tell(firing)
            told = alerts(port)["transactions-stuck"]
            await tell(notice("n2", kind="resolved", starts_at=began, ends_at=now()))
            after = alerts(port)
            await notifier.stop()
            return told, after

    told, after = asyncio.run(scenario())

    assert {"alertname", "saga", "step", "severity"} == set(told["labels"])
    assert firing.text == told["annotations"]["description"]
    assert firing.link == told["generatorURL"]
    assert "active" == told["status"]["state"]
    assert told["endsAt"] > told["updatedAt"]
    assert {} == after


def test_one_instance_is_enough_and_the_others_catch_up(tmp_path):
    """While one is down it is told by the other; when it is back, the refresh tells it what fires and what does not."""
    skip_without_alertmanager()
    first, second = free_port(), free_port()
    began = now()
    firing = [notice("n1", starts_at=began, rule="a", labels={}), notice("n2", alert="b", rule="b", labels={})]
    still = [*firing]
    notifier = make(tmp_path, keys(first, second), clock=SystemClock(), firing=lambda _name: tuple(still))

    async def scenario():
        with ExitStack() as stack:
            stack.enter_context(alertmanager(tmp_path / "first", first))
            for one in firing:
                await notifier.send(one)
            alone = set(alerts(first))
            with pytest.raises(NotDelivered, match=str(second)):
                await notifier.refresh()
            await notifier.send(notice("n3", kind="resolved", starts_at=began, ends_at=now(), rule="a", labels={}))
            del still[0]
            stack.enter_context(alertmanager(tmp_path / "second", second))
            await notifier.refresh()
            await notifier.stop()
            return alone, set(alerts(first)), set(alerts(second))

    assert ({"a", "b"}, {"b"}, {"b"}) == asyncio.run(scenario())


def test_when_none_is_there_it_is_not_delivered(tmp_path):
    """Each is named."""
    first, second = free_port(), free_port()

    notifier = make(tmp_path, keys(first, second))

    async def scenario():
        try:
            await notifier.send(notice())
        finally:
            await notifier.stop()

    with pytest.raises(NotDelivered, match=f"{first}.*{second}|{second}.*{first}"):
        asyncio.run(scenario())
