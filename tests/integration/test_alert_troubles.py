"""A real sidecar whose rules and receivers are wrong in every way: the good alerts go out, the bad ones say why."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.faults import start_ready
from tests.integration.test_alerts import get, send, wait
from tests.receivers import web_receiver

pytestmark = pytest.mark.integration

MOST = 16
CONFIG = """
[stalls]
default_threshold = "4s"
[alerting]
max_alerts = 16
[[alerts]]
name = "stuck orders"
annotations = { runbook = "https://wiki.example/{error}" } # nothing says an error
[[alerts]]
name = "each order" # as many as there are orders
when = "sql"
every = "1s"
sql = "SELECT transaction_id AS order_id FROM transactions"
[[alerts]]
name = "broken" # from the first order on
when = "sql"
every = "1s"
sql = "SELECT error('no such thing') AS x FROM transactions"
[notifiers.good]
type = "webhook"
url = "{good}"
[notifiers.wrong-key]
type = "webhook"
url = "{wrong}"
[notifiers.hangs]
type = "webhook"
url = "{hangs}"
timeout = "500ms"
"""


def test_what_is_wrong_says_so_and_the_rest_goes_out(scratch):
    """One notice for an incident, a bound on what matches everything, a clear word on each trouble, and no storm."""

    async def scenario():
        async with web_receiver() as good, web_receiver("never") as wrong, web_receiver("hang") as hangs:
            text = CONFIG.replace("{good}", good.url).replace("{wrong}", wrong.url).replace("{hangs}", hangs.url)
            (scratch / "sagascope.toml").write_text(text)
            return await asyncio.to_thread(troubled, scratch, good, wrong, hangs)

    ready, said, told, refused, hung, metrics = asyncio.run(scenario())
    by_rule = {}
    for one in told:
        by_rule.setdefault(one["rule"], []).append(one)
    of_orders = by_rule["each order"]

    assert ready["ready"]
    assert 1 == len(by_rule["stuck orders"])
    assert "of order stuck in pay (payment)" in by_rule["stuck orders"][0]["title"]
    assert "https://wiki.example/{error}" == by_rule["stuck orders"][0]["annotations"]["runbook"]
    assert len(of_orders) == len({one["alert"] for one in of_orders}) <= MOST
    assert 1 == len(by_rule["alerts-too-many"])
    assert len(told) == len({one["id"] for one in told})
    assert len(refused) == len({one["id"] for one in refused}) <= len(told) + 1
    assert len(hung) <= 8
    details = "\n".join(ready["details"])
    assert "alert rule broken fails: the query does not run" in details
    assert "alert rule stuck orders fails: its annotations name what was not found: error" in details
    assert "notifier wrong-key fails: " in details
    assert "HTTP 400" in details
    assert "notifier hangs fails: " in details
    assert 1 == said.count("alert rule fails")
    assert 1 == said.count("notifier fails")
    assert len(refused) == said.count("notice given up")
    assert 'sagascope_notifier_failing{notifier="good"} 0' in metrics
    assert 'sagascope_notifier_failing{notifier="wrong-key"} 1' in metrics


def troubled(folder, good, wrong, hangs):
    """Let forty orders be stuck; what was said and told within some seconds after the last of it."""
    with start_ready(folder / "store.duckdb", "--config", str(folder / "sagascope.toml")) as served:
        for number in range(40):
            send(served, f"ORD-{number}", step="pay", phase="started")
        rules = lambda: {one["rule"] for one in good.bodies()}  # noqa: E731
        wait(lambda: {"stuck orders", "each order", "alerts-too-many"} <= rules())
        wait(lambda: "notifier hangs fails" in get(served, "/readyz"))
        time.sleep(3)
        ready, metrics = json.loads(get(served, "/readyz")), get(served, "/metrics")
        return ready, served.said(), good.bodies(), wrong.bodies(), list(hangs.got), metrics
