"""How long a command takes that a tired person types."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import numpy as np

from tests.bench.report import Report
from tests.bench.sidecar import sidecar


def commands(folder: Path, report: Report) -> None:
    """`sagascope version` and `sagascope ls`, whole processes, beside a bare interpreter."""
    program = str(Path(".venv/bin/sagascope").resolve())
    with sidecar(folder / "start.duckdb") as running:
        bare = median_s([str(Path(".venv/bin/python").resolve()), "-c", "pass"])
        report.say(f"floor: an interpreter that does nothing: {bare * 1000:.0f} ms")
        report.at_most("sagascope version", median_s([program, "version"]), 0.3, "s")
        report.at_most("sagascope ls", median_s([program, "ls", "--url", running.api]), 0.3, "s")


def median_s(command: list[str], runs: int = 9) -> float:
    """The median time of a whole process."""
    taken = []
    for _ in range(runs):
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.monotonic() - start)
    return float(np.median(taken))
