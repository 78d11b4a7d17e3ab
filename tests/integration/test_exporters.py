"""Other people's exporters against the real sidecar: all that they send is there, in order, filed as it should be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.integration import story
from tests.sidecars import Sidecar, environment, serving

pytestmark = pytest.mark.integration

HERE: Final = Path(__file__).parent
CACHE: Final = HERE.parents[1] / ".cache"
# Long enough ago for every threshold, not for retention.
AN_HOUR_AGO: Final = datetime.fromtimestamp(int(time.time()) - 3600, UTC)
# With this many characters in its id a story is sent in requests too large for the sidecar, unless compressed.
LONG: Final = 2000
SMALL_BODY: Final = {"SAGASCOPE_COLLECTORS__OTLP__MAX_BODY": "1500"}


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """Run one sidecar for all of these tests."""
    with serving(tmp_path_factory.mktemp("exporters") / "store.duckdb") as running:
        yield running


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """Run one that takes small requests only."""
    with serving(tmp_path_factory.mktemp("narrow") / "store.duckdb", settings=SMALL_BODY) as running:
        yield running


@pytest.fixture
def node_saga(
    require_program: Callable[[str], str], require_installed: Callable[[Path], Path], scratch: Path
) -> list[str]:
    """Give the command of the Node program, put beside its packages."""
    node = require_program("node")
    (scratch / "node_modules").symlink_to(require_installed(CACHE / "node" / "node_modules"))
    program = scratch / "saga.mjs"
    program.write_bytes((HERE / "node" / "saga.mjs").read_bytes())
    return [node, str(program)]


@pytest.fixture
def python_saga() -> list[str]:
    """Give the command of the Python program."""
    return [sys.executable, str(HERE / "python" / "saga.py")]


@pytest.fixture
def telemetrygen(require_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Find telemetrygen where scripts/exporters.sh puts it, or on the PATH."""
    monkeypatch.setenv("PATH", f"{CACHE / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return require_program("telemetrygen")


def tell(command: list[str], sidecar: Sidecar, protocol: str, transaction: str, **otel: str) -> str:
    """Let a program tell its saga to a sidecar; what it complains of."""
    target = sidecar.otlp_grpc if protocol == "grpc" else sidecar.otlp_http
    noon_ns = int(AN_HOUR_AGO.timestamp()) * 10**9
    done = subprocess.run(
        [*command, protocol, transaction, str(noon_ns)],
        env=environment(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{target}", **otel),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done.stdout + done.stderr


def requests_by_door(sidecar: Sidecar) -> dict[str, int]:
    """Give how many requests came through which listener."""
    counters = sidecar.collectors()["collectors"][0]["counters"]
    return {name: count for name, count in counters.items() if name.startswith("requests_")}


PROTOCOLS = {"python": ("grpc", "http/protobuf"), "node": ("grpc", "http/protobuf", "http/json")}
TELLINGS = [(sdk, protocol) for sdk, protocols in PROTOCOLS.items() for protocol in protocols]
# The Node program copies baggage onto spans alone, as most do: its log records join by their trace.
LOGS_BY = {"python": "id", "node": "trace"}


@pytest.mark.parametrize(("sdk", "protocol"), TELLINGS)
def test_every_record_of_an_sdk_is_there(
    sdk: str, protocol: str, sidecar: Sidecar, request: pytest.FixtureRequest
) -> None:
    """Spans and logs over every protocol: all there, in order, with owner, step, attempt, phase, parent and rule."""
    transaction = f"ORD-{sdk}-{protocol}"
    before = requests_by_door(sidecar)
    complaints = tell(request.getfixturevalue(f"{sdk}_saga"), sidecar, protocol, transaction)
    shown = sidecar.show(transaction, records=story.RECORDS)
    used = {name for name, count in requests_by_door(sidecar).items() if count > before.get(name, 0)}
    door = "grpc" if protocol == "grpc" else "http"

    assert "" == complaints
    assert story.timeline(AN_HOUR_AGO, logs_by=LOGS_BY[sdk]) == story.told_timeline(shown)
    assert story.standing(AN_HOUR_AGO) == story.told_standing(shown)
    assert {f"requests_traces_{door}", f"requests_logs_{door}"} == used


@pytest.mark.parametrize(("sdk", "protocol"), TELLINGS)
def test_every_record_of_an_sdk_that_compresses_is_there(
    sdk: str, protocol: str, narrow: Sidecar, request: pytest.FixtureRequest
) -> None:
    """The same with gzip, through a limit that the requests do not pass uncompressed."""
    transaction = f"ORD-{sdk}-{protocol}-".ljust(LONG, "x")
    command = request.getfixturevalue(f"{sdk}_saga")
    complaints = tell(command, narrow, protocol, transaction, OTEL_EXPORTER_OTLP_COMPRESSION="gzip")
    shown = narrow.show(transaction, records=story.RECORDS)

    assert "" == complaints
    assert story.timeline(AN_HOUR_AGO, logs_by=LOGS_BY[sdk]) == story.told_timeline(shown)
    assert story.standing(AN_HOUR_AGO) == story.told_standing(shown)


def test_the_limit_does_stop_what_is_not_compressed(python_saga: list[str], narrow: Sidecar) -> None:
    """Without gzip the same story is refused for its size, and the exporter says so: the test above can fail."""
    complaints = tell(python_saga, narrow, "http/protobuf", "ORD-plain-".ljust(LONG, "x"))

    assert "Request Entity Too Large" in complaints
    assert [] == narrow.sql("SELECT name FROM records WHERE transaction_id LIKE 'ORD-plain-%'")


@pytest.mark.parametrize("protocol", ["grpc", "http"])
@pytest.mark.parametrize("where", ["otlp-attributes", "telemetry-attributes"])
def test_every_record_of_telemetrygen_is_there(protocol: str, where: str, telemetrygen: str, sidecar: Sidecar) -> None:
    """An id on the resource or on each record makes one transaction of several traces and of the logs."""
    transaction = f"TG-{protocol}-{where}"
    target = {
        "grpc": ["--otlp-endpoint", sidecar.otlp_grpc],
        "http": ["--otlp-http", "--otlp-endpoint", sidecar.otlp_http],
    }
    options = [*target[protocol], "--otlp-insecure", "--rate=0"]
    for signal in (["traces", "--traces=3", "--child-spans=99"], ["logs", "--logs=40"]):
        subprocess.run(
            [telemetrygen, *signal, *options, f'--{where}=saga.id="{transaction}"'],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    shown = sidecar.show(transaction, records=340)
    kinds = [entry["kind"] for entry in shown["timeline"]]
    times = [entry["at"] for entry in shown["timeline"]]
    spans = {(entry["trace_id"], entry["name"]) for entry in shown["timeline"] if entry["kind"] == "span"}

    assert (300, 40) == (kinds.count("span"), kinds.count("event"))
    assert 3 * 100 == len(spans)
    assert sorted(times, key=datetime.fromisoformat) == times
    assert {("telemetrygen", "id")} == {(entry["owner"], entry["correlated_by"]) for entry in shown["timeline"]}
