"""The measured sidecar: `sagascope serve` as a user starts it, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_KIB = 1024


@dataclass(slots=True)
class Sidecar:
    """A running sidecar: its addresses and the most memory that it held, in bytes."""

    process: subprocess.Popen[str]
    api: str
    otlp_grpc: str
    otlp_http: str
    peak_bytes: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def watch_memory(self) -> None:
        """Sample the resident memory until `stop`."""
        while not self._done.wait(0.2):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
                found = re.search(r"VmRSS:\s+(\d+)", text)
                self.peak_bytes = max(self.peak_bytes, int(found.group(1)) * _KIB if found else 0)

    def stop(self) -> int:
        """Ask it to end and wait until it did; its exit code."""
        self._done.set()
        self.process.terminate()
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def sidecar(data: Path, *, module: str = "tracer.cli.main", **environment: str) -> Iterator[Sidecar]:
    """Run a sidecar on a store file, on free ports, and stop it at the end; `module` is the program."""
    free = ["--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--api", "127.0.0.1:0"]
    log = data.with_suffix(".log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", module, "serve", "--data", str(data), *free],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, **environment},
    )
    line = process.stdout.readline() if process.stdout else ""
    words = dict(word.split("=", 1) for word in line.split()[1:])
    if not words:
        raise RuntimeError(f"the sidecar did not start: {data.with_suffix('.log').read_text()}")
    running = Sidecar(process, words["api"], words["otlp_grpc"].split("://")[-1], words["otlp_http"])
    watcher = threading.Thread(target=running.watch_memory, daemon=True)
    watcher.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop()
        watcher.join()
        log.close()
