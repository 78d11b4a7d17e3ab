"""A dead man's switch: what waits for heartbeats misses them when the watch stands still, and /readyz says so."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import textwrap
import time
import urllib.error
import urllib.request
from http import HTTPStatus

import pytest

from tests.faults import start_ready
from tests.integration.test_alerts import wait
from tests.receivers import web_receiver

pytestmark = pytest.mark.integration

EVERY_S = 10  # no `repeat` is shorter
CONFIG = f"""
[[alerts]]
name = "alive"
when = "heartbeat"
repeat = "{EVERY_S}s"
notify = ["watcher"]
[notifiers.watcher]
type = "webhook"
url = "{{url}}"
"""
# What every Python runs first, where its folder is on the path: once a file is there, no tick comes to its end.
SEAM = """
    import os, time
    from tracer.alerts.observing import Observer

    observe = Observer.observe

    def hang(self, rule, now_ns):
        while os.path.exists(os.environ["HANG"]):
            time.sleep(0.1)
        return observe(self, rule, now_ns)

    Observer.observe = hang
"""


def test_heartbeats_stop_with_the_watch_and_go_on_with_it(scratch):
    """While a question hangs none comes, and the sidecar is not ready; then they come again."""

    async def scenario():
        async with web_receiver() as watcher:
            (scratch / "sagascope.toml").write_text(CONFIG.format(url=watcher.url))
            return await asyncio.to_thread(lived, scratch, watcher)

    beats, hung, during, after, said = asyncio.run(scenario())

    assert [("alive", "firing")] + [("alive", "repeat")] * (len(beats) - 1) == [
        (one["rule"], one["kind"]) for one in beats
    ]
    assert 1 == during
    assert HTTPStatus.SERVICE_UNAVAILABLE == hung[0]
    assert any(line.startswith("no alert can fire: the watch has not ticked for ") for line in hung[1])
    assert (HTTPStatus.OK, []) == after
    assert 2 == len(beats)
    assert " error " not in said


def lived(folder, watcher):
    """Let the watch live, stand still for longer than a heartbeat, and live again."""
    (folder / "sitecustomize.py").write_text(textwrap.dedent(SEAM))
    hang = folder / "hang"
    where = {"HANG": str(hang), "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}
    with start_ready(folder / "store.duckdb", "--config", str(folder / "sagascope.toml"), **where) as served:
        wait(watcher.bodies)
        hang.touch()
        wait(lambda: readiness(served)[0] != HTTPStatus.OK)
        hung = readiness(served)
        time.sleep(1)
        during = len(watcher.bodies())
        hang.unlink()
        wait(lambda: len(watcher.bodies()) > during and readiness(served)[0] == HTTPStatus.OK)
        after = readiness(served)
        served.end(signal.SIGTERM)
        return watcher.bodies(), hung, during, after, served.said()


def readiness(served):
    """Ask /readyz; its status and its details."""
    try:
        with urllib.request.urlopen(f"{served.api}/readyz", timeout=10) as answer:  # noqa: S310  our own sidecar
            return answer.status, json.load(answer)["details"]
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)["details"]
