"""A real Prometheus and a real Alertmanager, run by scripts/prometheus.sh as a person would."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tests.brokers import ROOT, free_port, missing

SCRIPT: Final = ROOT / "scripts" / "prometheus.sh"
PROGRAMS: Final = ROOT / ".cache" / "prometheus"
_WITHIN_S: Final = 60
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """A Prometheus or an Alertmanager that runs; its folder has its log."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **parameters: str) -> Any:
        """Ask its HTTP API; what the JSON says."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        with _DIRECT.open(f"{self.url}{path}{query}", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_prometheus(folder: Path, configuration: str, *options: str) -> Iterator[Watcher]:
    """Run a Prometheus with the text of a prometheus.yml; skip where it is missing, fail there with CI=true."""
    with _running("prometheus", folder, configuration, *options) as watcher:
        yield watcher


@contextmanager
def running_alertmanager(folder: Path, configuration: str, *options: str) -> Iterator[Watcher]:
    """Run an Alertmanager with the text of an alertmanager.yml; skip where it is missing, fail there with CI=true."""
    with _running("alertmanager", folder, configuration, *options) as watcher:
        yield watcher


def require_prometheus(program: str) -> str:
    """Give the path of prometheus, promtool, alertmanager or amtool; skip where it is missing, fail with CI=true."""
    path = PROGRAMS / program
    if not path.exists():
        missing(f".cache/prometheus/{program} is not there: scripts/prometheus.sh fetch brings it")
    return str(path)


@contextmanager
def _running(
    program: Literal["prometheus", "alertmanager"], folder: Path, configuration: str, *options: str
) -> Iterator[Watcher]:
    require_prometheus(program)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{program}.yml").write_text(configuration, "utf-8")
    watcher = Watcher(folder=folder, port=free_port())
    try:
        _script("start", program, str(folder), str(watcher.port), *options)
        yield watcher
    finally:
        _script("stop", str(folder))


def _script(*arguments: str) -> None:
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    if done.returncode:
        raise AssertionError(f"prometheus.sh {' '.join(arguments)}: {done.stderr}")
