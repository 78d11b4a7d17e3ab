"""Running the whole demo in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable

PATIENCE_S = 60.0


def start_demo(seed: int, *options: str) -> subprocess.Popen[str]:
    """Start the demo without its terminal."""
    command = [sys.executable, "-m", "tracer.cli.main", "demo", "--headless", "--seed", str(seed), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read lines that the demo says until one matches."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"the demo ended before it said {pattern}: {''.join(said)}")


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fails the test when it does not in time."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError("it did not come to hold in time")
