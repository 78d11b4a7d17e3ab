"""The real `sagascope serve` and `sagascope show` as processes, away from what this machine has configured."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SAGASCOPE: Final = (sys.executable, "-m", "tracer.cli.main")
ANY_PORT: Final = ("--otlp-grpc=127.0.0.1:0", "--otlp-http=127.0.0.1:0", "--api=127.0.0.1:0")
STOP_WITHIN_S: Final = 30
LOOKS: Final = 20
LOOK_EVERY_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A running sidecar: its API's URL, and its OTLP listeners as HOST:PORT."""

    api: str
    otlp_grpc: str
    otlp_http: str

    def show(self, transaction: str, *, records: int = 0) -> dict[str, Any]:
        """Ask as a person would, `sagascope show ID --json`, again until it has so many records.

        Those that carry no id join within about a second of their acknowledgement. The last answer is given
        even if it has fewer.
        """
        for _ in range(LOOKS):
            shown = json.loads(run("show", transaction, "--json", "--url", self.api))
            if shown["timeline_total"] >= records:
                break
            time.sleep(LOOK_EVERY_S)
        return shown

    def collectors(self) -> dict[str, Any]:
        """Ask what arrives: `sagascope collectors --json`."""
        return json.loads(run("collectors", "--json", "--url", self.api))

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Ask the records, a dict a row."""
        return json.loads(run("sql", query, "--json", "--url", self.api))


def environment(**more: str) -> dict[str, str]:
    """Give this process's environment, less what would set up a sidecar or an SDK, and more."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAGASCOPE_", "OTEL_"))}
    return {**kept, **more}


def run(*arguments: str) -> str:
    """Run a command of sagascope; its stdout."""
    done = subprocess.run(
        [*SAGASCOPE, *arguments], env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise AssertionError(f"sagascope {' '.join(arguments)}: {done.stderr}")
    return done.stdout


@contextmanager
def serving(data: Path, *options: str, settings: Mapping[str, str] | None = None) -> Iterator[Sidecar]:
    """Serve a store file on free ports, where the options do not say others, until the block ends.

    `settings` are keys of the configuration in their environment form.
    """
    command = [*SAGASCOPE, "serve", f"--data={data}", *ANY_PORT, *options]
    where = environment(XDG_CONFIG_HOME=str(data.parent), **(settings or {}))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=data.parent, env=where) as process:
        assert process.stdout
        try:
            ready = process.stdout.readline()
            assert ready.startswith("ready "), f"the sidecar did not start (code {process.wait(STOP_WITHIN_S)})"
            yield Sidecar(**dict(re.findall(r"(\w+)=(\S+)", ready)))
        finally:
            process.terminate()
            process.wait(STOP_WITHIN_S)
