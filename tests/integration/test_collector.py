"""A real OpenTelemetry Collector in front, with the exporter that the pages show; building it takes minutes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.integration import story
from tests.integration.test_chain import free_port
from tests.integration.test_exporters import AN_HOUR_AGO, CACHE, python_saga, tell
from tests.sidecars import Sidecar, serving

__all__ = ["python_saga"]  # a fixture

pytestmark = pytest.mark.soak

ROOT: Final = Path(__file__).parents[2]
LOOKS: Final = 100
LOOK_EVERY_S: Final = 0.2


@pytest.fixture
def otelcol(require_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Find the Collector where scripts/exporters.sh puts it, or on the PATH."""
    monkeypatch.setenv("PATH", f"{CACHE / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return require_program("otelcol")


def snippet(page: str) -> dict[str, Any]:
    """Take the Collector's configuration out of a page."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = [yaml.safe_load(block) for block in blocks if "otlp/sagascope" in block]
    return found


def configuration(page: str, door: int, target: str) -> dict[str, Any]:
    """Add to a page's snippet the receiver that a running Collector has, and put in the address of the sidecar."""
    whole = snippet(page)
    whole["exporters"]["otlp/sagascope"]["endpoint"] = target
    whole["receivers"] = {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{door}"}}}}
    for pipeline in whole["service"]["pipelines"].values():
        pipeline["receivers"] = ["otlp"]
    whole["service"]["telemetry"] = {"metrics": {"level": "none"}}
    return whole


@contextmanager
def collecting(otelcol: str, settings: Path, door: int) -> Iterator[None]:
    """Run the Collector; at the end it is told to stop and sends what it has."""
    with subprocess.Popen([otelcol, f"--config={settings}"], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(LOOKS):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", door)) == 0:
                        break
                assert process.poll() is None, f"the Collector ended with code {process.returncode}"
                time.sleep(LOOK_EVERY_S)
            yield
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.parametrize("page", ["README.md", "docs/connect.md"])
def test_what_a_collector_passes_on_is_all_there(
    page: str, otelcol: str, python_saga: list[str], scratch: Path
) -> None:
    """A story told to a Collector that has the page's exporter comes out as if it had been told to the sidecar."""
    door, settings = free_port(), scratch / "collector.yaml"
    with serving(scratch / "store.duckdb") as sidecar:
        settings.write_text(yaml.safe_dump(configuration(page, door, sidecar.otlp_grpc)), "utf-8")
        in_front = Sidecar(api=sidecar.api, otlp_grpc=f"127.0.0.1:{door}", otlp_http="")
        with collecting(otelcol, settings, door):
            complaints = tell(python_saga, in_front, "grpc", "ORD-collected")
        shown = sidecar.show("ORD-collected", records=story.RECORDS)

    assert "" == complaints
    assert story.timeline(AN_HOUR_AGO, logs_by="id") == story.told_timeline(shown)
    assert story.standing(AN_HOUR_AGO) == story.told_standing(shown)
