"""The container stack's shop, sidecar and Kafka, without the containers: what its page promises comes out."""

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker
from tracer.client import Client
from tracer.views import Transaction, TransactionQuery

COMPOSE = Path(__file__).parents[2] / "compose"
ANY_PORT = ("--otlp-grpc=127.0.0.1:0", "--otlp-http=127.0.0.1:0", "--api=127.0.0.1:0")
PATIENCE_S = 60.0
pytestmark = pytest.mark.integration


@pytest.fixture
def sidecar(scratch: Path, broker: Broker) -> Iterator[dict[str, str]]:
    """Run a sidecar with the stack's configuration, on free ports; give the addresses of its ready line."""
    config = scratch / "sagascope.toml"
    config.write_text((COMPOSE / "sagascope.toml").read_text("utf-8").replace("127.0.0.1:9092", broker.address))
    serve = ["serve", f"--config={config}", f"--data={scratch / 'shop.duckdb'}", *ANY_PORT]
    command = [sys.executable, "-m", "tracer.cli.main", *serve]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=scratch) as process:
        assert process.stdout
        try:
            yield dict(re.findall(r"(\w+)=(\S+)", process.stdout.readline()))
        finally:
            process.terminate()


@pytest.fixture
def shop(sidecar: dict[str, str], broker: Broker) -> Iterator[subprocess.Popen[str]]:
    """Run the shop as the stack does, over this broker and for this sidecar."""
    otlp = [f"--otlp-grpc={sidecar['otlp_grpc']}", f"--otlp-http={sidecar['otlp_http'].removeprefix('http://')}"]
    command = [sys.executable, "-m", "tracer.demo.troupe", f"--kafka={broker.address}", *otlp, "--rate=5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def finished_order(client: Client) -> Transaction:
    """Give an order that went through, once there is one."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for each in client.transactions(TransactionQuery(status=("completed",), q="ORD-")).transactions:
            shown = client.transaction(each.transaction_id)
            if {"otlp", "orders"} == {entry.source for entry in shown.timeline}:
                return shown
        time.sleep(0.5)
    raise TimeoutError("no order was completed in time")


def test_an_order_goes_through_the_stack(sidecar: dict[str, str], shop: subprocess.Popen[str]) -> None:
    """The shop's spans and its events from Kafka make one order, and the shop ends in good order."""
    order = finished_order(Client(sidecar["api"]))
    shop.terminate()

    assert 0 == shop.wait(PATIENCE_S)
    assert ["place-order", "reserve-inventory", "capture-payment", "ship-parcel", "notify-customer"] == [
        step.step for step in order.steps
    ]


def test_the_configuration_passes_check_config() -> None:
    """`sagascope check-config` accepts what the stack mounts, with every key of the Kafka collector."""
    command = [sys.executable, "-m", "tracer.cli.main", "check-config", "--config", str(COMPOSE / "sagascope.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    collectors = tomllib.loads((COMPOSE / "sagascope.toml").read_text("utf-8"))["collectors"]

    assert (0, "") == (done.returncode, done.stderr)
    assert {"otlp", "kafka"} == {table["type"] for table in collectors.values()}
    assert "the configuration is valid" in done.stdout


@pytest.mark.soak  # building a Collector takes minutes
def test_the_collector_takes_its_configuration(
    require_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real Collector finds every key of `collector.yaml` good."""
    monkeypatch.setenv("PATH", f"{COMPOSE.parent / '.cache' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    command = [require_program("otelcol"), "validate", f"--config={COMPOSE / 'collector.yaml'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)

    assert 0 == done.returncode, done.stderr
