"""A receiver of notices in a process of its own, which writes down what it gets before it answers.

python -m tests.notice_receiver PORT FILE
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


class Got(NamedTuple):
    """One try of a notice as it came: `at_s` by the receiver's clock, `created_s` as the notice says."""

    at_s: float
    created_s: float
    id: str
    kind: str
    alert: str
    rule: str
    title: str


@dataclass(slots=True)
class Receiver:
    """The process, which may be killed and started again on the same port and file."""

    port: int
    file: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "tests.notice_receiver", str(self.port), str(self.file)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout
        assert b"listening" in self.process.stdout.readline()

    def kill(self) -> None:
        """Kill it, whatever it is about to answer."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None

    def got(self) -> Sequence[Got]:
        """Give what it got, in order; a line that a kill cut is none."""
        lines = self.file.read_text("utf-8").splitlines() if self.file.exists() else []
        return [Got(*json.loads(line)) for line in lines if line.endswith("]")]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Write it down, then answer."""
        at_s = time.time()
        notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = [notice[name] for name in ("id", "kind", "alert", "rule", "title")]
        line = json.dumps([at_s, _seconds(notice["at"]), *said])
        os.write(self.server.file, f"\n{line}\n".encode())  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Say nothing."""


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def main(port: str, file: str) -> None:
    """Receive until it is killed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), _Handler)
    server.file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)  # type: ignore[attr-defined]
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
