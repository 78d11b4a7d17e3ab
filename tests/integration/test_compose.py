"""The container stack's shop and sidecar, without the containers: what its page promises comes out."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracer.client import Client
from tracer.views import TransactionPage, TransactionQuery

SHOP = Path(__file__).parents[2] / "compose" / "shop.py"
ANY_PORT = ("--otlp-grpc=127.0.0.1:0", "--otlp-http=127.0.0.1:0", "--api=127.0.0.1:0")
LOOKS = 100
LOOK_EVERY_S = 0.1


@pytest.fixture
def sidecar(scratch: Path) -> Iterator[dict[str, str]]:
    """Run a sidecar on free ports; give the addresses of its ready line."""
    command = [sys.executable, "-m", "tracer.cli.main", "serve", f"--data={scratch / 'shop.duckdb'}", *ANY_PORT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=scratch) as process:
        assert process.stdout
        try:
            yield dict(re.findall(r"(\w+)=(\S+)", process.stdout.readline()))
        finally:
            process.terminate()


def settled(client: Client, *, orders: int) -> TransactionPage:
    """List the transactions once all have been folded, which follows the acknowledgement by about a second."""
    for _ in range(LOOKS):
        page = client.transactions(TransactionQuery())
        if page.total == orders:
            return page
        time.sleep(LOOK_EVERY_S)
    raise TimeoutError(f"{page.total} of {orders} orders are listed")


@pytest.mark.integration
def test_the_lost_order_stands_at_its_payment(sidecar: dict[str, str]) -> None:
    """Of five orders four are completed, and the fifth is owned by the payment, inferred from its last step."""
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sidecar['otlp_grpc']}"}
    subprocess.run([sys.executable, str(SHOP), "5"], env=environment, check=True)
    client = Client(sidecar["api"])
    page = settled(client, orders=5)
    lost = [client.transaction(each.transaction_id) for each in page.transactions if each.status == "running"]

    assert ["completed"] * 4 + ["running"] == sorted(each.status for each in page.transactions)
    assert [("capture-payment", "payment", "inferred")] == [(c.step, c.owner, c.basis) for c in lost[0].current]
