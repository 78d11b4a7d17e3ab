"""The deliverer with real receivers: in order, at least once, through failures, hangs and deaths of a receiver."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import pytest

from tests.alert_fakes import MemoryOutbox, notice
from tests.receivers import free_port, ready, web_receiver
from tests.sidecars import environment, serving
from tracer.alerts.notifiers.make import make_deliverer
from tracer.clock import SystemClock

pytestmark = pytest.mark.integration


def deliverer_of(folder, outbox, **urls):
    """A deliverer with a webhook for each name."""
    made = []
    for name, url in urls.items():
        text = f'[notifiers.{name}]\ntype = "webhook"\nurl = "{url}"\ntimeout = "500ms"\n'
        made.append(replace(ready(folder, text), name=name))
    return make_deliverer(made, outbox, clock=SystemClock(), firing=lambda _name: ())


async def until(condition, within_s=15.0):
    """Wait for a condition."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  what is waited for is anywhere
            await asyncio.sleep(0.01)


def put(outbox, name, *notices):
    """Let notices wait for a notifier."""
    for one in notices:
        outbox.put(name, one, SystemClock().now_ns())


def test_a_notice_is_there_within_a_second(tmp_path):
    """From the wake to the receiver, while another receiver hangs."""
    outbox = MemoryOutbox()

    async def scenario():
        async with web_receiver() as good, web_receiver("hang") as bad:
            deliverer = deliverer_of(tmp_path, outbox, good=good.url, bad=bad.url)
            await deliverer.start()
            put(outbox, "bad", *(notice(f"b{number}", alert=f"b{number}") for number in range(20)))
            await asyncio.sleep(0.1)
            began = time.monotonic()
            put(outbox, "good", notice("n1"))
            deliverer.wake()
            await until(lambda: outbox.rows["n1"].state == "delivered")
            took_s = time.monotonic() - began
            await deliverer.stop()
            return took_s, time.monotonic()

    took_s, _ = asyncio.run(scenario())

    assert took_s < 1.0


def test_a_receiver_that_fails_and_dies_has_everything_in_the_end(tmp_path):
    """In the order of each alert, each under its own id, more than once at most where it may not have arrived."""
    outbox = MemoryOutbox()
    port = free_port()

    async def scenario():
        deliverer = deliverer_of(tmp_path, outbox, pager=f"http://127.0.0.1:{port}")
        await deliverer.start()
        put(outbox, "pager", notice("n1"))
        deliverer.wake()
        await until(lambda: outbox.rows["n1"].tries == 1 and outbox.rows["n1"].error)
        busy = (429, {"Retry-After": "1"}, "slow down")
        async with web_receiver(script=[(503, {}, "later"), busy], port=port) as server:
            put(outbox, "pager", notice("n2", kind="acknowledged"), notice("n3", alert="b"))
            await until(lambda: all(row.state == "delivered" for row in outbox.rows.values()))
            put(outbox, "pager", notice("n4", kind="resolved"))
            deliverer.wake()
            await until(lambda: outbox.rows["n4"].state == "delivered")
            await deliverer.stop()
            return [one["id"] for one in server.bodies()]

    told = asyncio.run(scenario())
    of_one_alert = [id_ for id_ in dict.fromkeys(told) if id_ != "n3"]

    assert ["n1", "n2", "n4"] == of_one_alert
    assert 6 == len(told)


def test_it_stops_within_seconds_and_says_how_it_goes(tmp_path):
    """Whatever hangs."""
    outbox = MemoryOutbox()

    async def scenario():
        async with web_receiver("hang") as bad, web_receiver("never") as wrong:
            deliverer = deliverer_of(tmp_path, outbox, bad=bad.url, wrong=wrong.url)
            put(outbox, "bad", notice("n1"))
            put(outbox, "wrong", notice("n2"))
            await deliverer.start()
            await until(lambda: bad.got and outbox.rows["n2"].state == "failed")
            status = {one.name: one for one in deliverer.status()}
            began = time.monotonic()
            await deliverer.stop()
            return status, time.monotonic() - began

    status, took_s = asyncio.run(scenario())

    assert took_s < 5.0
    assert "HTTP 400" in status["wrong"].trouble
    assert 1 == status["wrong"].counters["notices_given_up"]
    assert "waiting" == outbox.rows["n1"].state


def test_a_test_says_what_came_of_it(tmp_path):
    """The words of the receiver."""

    async def scenario():
        async with web_receiver() as good:
            deliverer = deliverer_of(tmp_path, MemoryOutbox(), good=good.url)
            await deliverer.send_test("good")
            await deliverer.stop()
            return good.bodies()

    (told,) = asyncio.run(scenario())

    assert ("test", "Sagascope can reach you") == (told["kind"], told["title"])


def test_a_sidecar_tells_and_a_killed_one_tells_what_was_left(tmp_path):
    """A heartbeat goes out at once; one that the receiver did not take goes out after the next start, under its id."""
    rule = '[[alerts]]\nname = "beat"\nwhen = "heartbeat"\nnotify = "hook"\nrepeat = "1h"\n'

    async def scenario():
        async with web_receiver(script=[(503, {"Retry-After": "2"}, "not yet")]) as server:
            config = tmp_path / "sagascope.toml"
            config.write_text(f'{rule}[notifiers.hook]\ntype = "webhook"\nurl = "{server.url}"\n')
            with serving(tmp_path / "s.duckdb", f"--config={config}") as sidecar:
                await seen(f"{sidecar.api}/readyz", "notifier hook fails: ")
            with serving(tmp_path / "s.duckdb", f"--config={config}") as sidecar:
                await seen(f"{sidecar.api}/metrics", 'sagascope_notices_delivered_total{notifier="hook"} 1')
            return server.bodies()

    first, second = asyncio.run(scenario())

    assert first["id"] == second["id"]
    assert ("beat", "firing") == (second["rule"], second["kind"])


async def seen(url, words, within_s=15.0):
    """Wait until an answer of the sidecar has the words."""
    async with asyncio.timeout(within_s):
        while words not in await asyncio.to_thread(get, url):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.05)


def get(url):
    """Ask the sidecar."""
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  our own
        return answer.read().decode()


def test_check_config_shows_no_secret(tmp_path):
    """Neither those of the environment nor of files."""
    (tmp_path / "key").write_text("k3y-of-file")
    (tmp_path / "sagascope.toml").write_text(
        '[notifiers.chat]\ntype = "slack"\n[notifiers.pager]\ntype = "pagerduty"\nrouting_key_file = "key"\n'
    )
    command = [sys.executable, "-m", "tracer.cli.main", "check-config"]
    environ = environment(SAGASCOPE_NOTIFIERS__CHAT__URL="https://hooks.example/T0/s3cret")
    shown = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout

    assert "[notifiers.chat]" in shown
    assert 'url = "(set)"' in shown
    assert not [secret for secret in ("s3cret", "k3y-of-file") if secret in shown]
