"""Prometheus as a team runs it: a real one scrapes a real sidecar, with the rules and the dashboard of compose/."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import set_span_in_context

from tests.sidecars import run, serving
from tests.watchers import Watcher, require_prometheus, running_prometheus

COMPOSE: Final = Path(__file__).parents[2] / "compose"
RULES: Final = COMPOSE / "prometheus-rules.yml"
DASHBOARD: Final = COMPOSE / "grafana" / "sagascope.json"
PATIENCE_S: Final = 45.0
METRIC: Final = re.compile(r"\bsagascope_[a-z0-9_]+")
CONFIGURATION: Final = """
[stalls]
default_threshold = "1s"

[collectors.otlp]
type = "otlp"

[collectors.orders] # nobody is there: its metrics are
type = "kafka"
bootstrap_servers = ["127.0.0.1:1"]
topics = ["orders"]

[[collectors.orders.mapping]]
transaction_id = "$.id"

[notifiers.pager] # likewise
type = "webhook"
url = "http://127.0.0.1:1/"
"""
PROMETHEUS: Final = """
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: [{rules}]
scrape_configs:
  - job_name: sagascope
    static_configs: [{{ targets: ["{target}"] }}]
"""
pytestmark = pytest.mark.integration


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A sidecar, its senders, and the Prometheus that scrapes it."""

    api: str
    provider: TracerProvider
    prometheus: Watcher

    def trade(self) -> None:
        """Let an order be completed, one fail and one stand still."""
        for number, outcome in enumerate(("completed", "failed", None)):
            self._order(f"ORD-{time.time_ns()}-{number}", outcome)

    def _order(self, name: str, outcome: str | None) -> None:
        tracer = self.provider.get_tracer("test")
        said = {"saga.id": name, "saga.name": "order"}
        root = tracer.start_span("order", attributes={**said, **({"saga.outcome": outcome} if outcome else {})})
        where = set_span_in_context(root)
        for step in ("reserve", "pay"):
            tracer.start_span(step, context=where, attributes={**said, "saga.step": step}).end()
        if outcome:
            root.end()

    def ask(self, expression: str) -> list[Any]:
        """Ask Prometheus an expression; its series."""
        answer = self.prometheus.get("/api/v1/query", query=expression)
        assert "success" == answer["status"]
        return answer["data"]["result"]

    def exposition(self) -> str:
        """Scrape by hand."""
        with urllib.request.urlopen(f"{self.api}/metrics") as response:  # noqa: S310 - our own
            return response.read().decode()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Run a sidecar with an order of each kind, and a Prometheus on it."""
    require_prometheus("prometheus")
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sagascope.toml").write_text(CONFIGURATION, "utf-8")
    with serving(folder / "s.duckdb", f"--config={folder / 'sagascope.toml'}") as sidecar:
        provider = TracerProvider(resource=Resource.create({"service.name": "order"}))
        exporter = OTLPSpanExporter(endpoint=f"http://{sidecar.otlp_grpc}", insecure=True)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        configuration = PROMETHEUS.format(rules=RULES, target=sidecar.api.removeprefix("http://"))
        with running_prometheus(
            folder / "prometheus", configuration, "--enable-feature=exemplar-storage"
        ) as prometheus:
            yield Watched(api=sidecar.api, provider=provider, prometheus=prometheus)
        provider.shutdown()


def rules() -> list[dict[str, Any]]:
    """Give the rules of the stack."""
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def panels() -> dict[str, str]:
    """Give the dashboard's expressions by panel, its variables filled in."""
    shown = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return {
        f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "1m").replace("$saga", ".*")
        for panel in shown
        for target in panel["targets"]
    }


def until_told(watched: Watched, expressions: dict[str, str]) -> list[str]:
    """Trade until every expression gives something; the names of those that never do."""
    silent, until = list(expressions), time.monotonic() + PATIENCE_S
    while silent and time.monotonic() < until:
        watched.trade()
        time.sleep(0.5)
        silent = [name for name in silent if not watched.ask(expressions[name])]
    return silent


def promtool(*arguments: str, told: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool."""
    command = [require_prometheus("promtool"), *arguments]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=30, cwd=folder)


def test_every_panel_shows_something(watched: Watched) -> None:
    """A real Prometheus takes each expression of the dashboard, and has series for it."""
    assert [] == until_told(watched, panels())


def test_every_rule_is_evaluated(watched: Watched) -> None:
    """Prometheus finds no fault with any rule; what they record is there, and what is wrong is pending."""
    recorded = {rule["record"]: rule["record"] for rule in rules() if "record" in rule}
    silent = until_told(watched, recorded)
    evaluated = [rule for group in watched.prometheus.get("/api/v1/rules")["data"]["groups"] for rule in group["rules"]]
    pending = {rule["name"] for rule in evaluated if rule["type"] == "alerting" and rule["alerts"]}

    assert [] == silent
    assert len(rules()) == len(evaluated)
    assert {"ok"} == {rule["health"] for rule in evaluated}
    assert {
        "SagascopeTransactionsStuck",
        "SagascopeCollectorDown",
        "SagascopeNotReady",
        "SagascopeNotifierFails",
    } <= pending


def test_every_metric_that_is_named_exists(watched: Watched) -> None:
    """Rules and dashboard name nothing that a sidecar does not tell."""
    until_told(watched, panels())
    told = set(re.findall(r"^(sagascope_\w+)", watched.exposition(), re.MULTILINE))
    named = {name for rule in rules() for name in METRIC.findall(re.sub(r"\w+:\w+:\w+", "", rule["expr"]))}
    named |= {name for text in panels().values() for name in METRIC.findall(text)}

    assert set() == named - told
    assert len(named) > len(panels()) / 2


def test_prometheus_keeps_the_traces_of_examples(watched: Watched) -> None:
    """An exemplar of a bucket leads to a trace that the sidecar knows."""
    until_told(watched, panels())
    asked = {"query": "sagascope_transaction_duration_seconds_bucket", "start": "0", "end": str(time.time() + 60)}
    series = watched.prometheus.get("/api/v1/query_exemplars", **asked)["data"]
    traces = {example["labels"]["trace_id"] for one in series for example in one["exemplars"]}

    known = json.loads(run("sql", "SELECT DISTINCT trace_id FROM records", "--json", "--url", watched.api))

    assert traces
    assert traces <= {row["trace_id"] for row in known}


def test_promtool_finds_no_fault_with_the_exposition(watched: Watched) -> None:
    """Names, types, units and help texts are as Prometheus' conventions have them."""
    watched.trade()
    done = promtool("check", "metrics", told=watched.exposition())

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_the_rules_alert_when_they_should(tmp_path: Path) -> None:
    """Series are played to the rules: what fires after how long, with which text, and what does not."""
    for file in (RULES, Path(__file__).parent / "rules.test.yml"):
        shutil.copy(file, tmp_path)
    checked = promtool("check", "rules", "prometheus-rules.yml", folder=tmp_path)
    tested = promtool("test", "rules", "rules.test.yml", folder=tmp_path)

    assert 0 == checked.returncode, checked.stderr
    assert 0 == tested.returncode, tested.stdout + tested.stderr
