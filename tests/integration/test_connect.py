"""The programs in docs/connect.md, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.test_exporters import CACHE, sidecar
from tests.sidecars import Sidecar, environment

__all__ = ["sidecar"]  # a fixture

pytestmark = pytest.mark.integration

PAGE: Final = Path(__file__).parents[2] / "docs" / "connect.md"
# What both programs tell, in four spans and a log record; the last step undoes another and ends it all.
STEPS: Final = {
    "place-order": ("completed", None),
    "capture-payment": ("compensated", ("refund-payment", "compensated")),
    "ship-parcel": ("failed", None),
}
RECORDS: Final = 5


def program(language: str) -> str:
    """Take the one program in a language out of the page."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return text


def told(command: list[str], sidecar: Sidecar, transaction: str) -> dict[str, Any]:
    """Run a program as the service `shop`, and ask what became of its transaction."""
    otel = {"OTEL_SERVICE_NAME": "shop", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sidecar.otlp_grpc}"}
    otel["OTEL_METRICS_EXPORTER"] = "none"
    done = subprocess.run(command, env=environment(**otel), capture_output=True, text=True, timeout=60, check=False)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    return sidecar.show(transaction, records=RECORDS)


def joined(shown: dict[str, Any]) -> set[tuple[str, str]]:
    """Give by which rule spans and log records joined."""
    return {(entry["kind"], entry["correlated_by"]) for entry in shown["timeline"]}


def facts(shown: dict[str, Any]) -> tuple[Any, ...]:
    """Give the status, the saga, the owners, the steps with what undid them, and the step that was begun by a log."""
    undone = {
        s["step"]: (s["compensation"]["step"], s["compensation"]["state"]) for s in shown["steps"] if s["compensation"]
    }
    steps = {step["step"]: (step["state"], undone.get(step["step"])) for step in shown["steps"]}
    begun = [entry["step"] for entry in shown["timeline"] if entry["phase"] == "started"]
    return shown["status"], shown["saga"], {s["owner"] for s in shown["steps"]}, steps, begun, shown["timeline_total"]


EXPECTED: Final = ("compensated", "order", {"shop"}, STEPS, ["capture-payment"], RECORDS)


def test_the_python_program_does_what_the_page_says(sidecar: Sidecar, scratch: Path) -> None:
    """Each span and the log of the Python program carries the id that was set once, as baggage."""
    (scratch / "shop.py").write_text(program("python"), "utf-8")
    shown = told([sys.executable, str(scratch / "shop.py")], sidecar, "ORD-1001")

    assert EXPECTED == facts(shown)
    assert {("span", "id"), ("event", "id")} == joined(shown)


def test_the_node_program_does_what_the_page_says(
    sidecar: Sidecar,
    scratch: Path,
    require_program: Callable[[str], str],
    require_installed: Callable[[Path], Path],
) -> None:
    """The same for the Node program, whose log joins by its trace."""
    node = require_program("node")
    (scratch / "node_modules").symlink_to(require_installed(CACHE / "node" / "node_modules"))
    (scratch / "shop.mjs").write_text(program("js"), "utf-8")
    shown = told([node, str(scratch / "shop.mjs")], sidecar, "ORD-1002")

    assert EXPECTED == facts(shown)
    assert {("span", "id"), ("event", "trace")} == joined(shown)
