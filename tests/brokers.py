"""A real Kafka node, run by scripts/kafka.sh as a person would."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
SCRIPT: Final = ROOT / "scripts" / "kafka.sh"
_WITHIN_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A node whose data is in a folder; it keeps its ports and its data over stops and starts."""

    folder: Path
    port: int
    sasl_port: int
    options: Sequence[str] = ()

    @property
    def address(self) -> str:
        """HOST:PORT of the plain listener."""
        return f"127.0.0.1:{self.port}"

    @property
    def sasl_address(self) -> str:
        """HOST:PORT of the listener that wants a user (sagascope) and a password (sagascope)."""
        return f"127.0.0.1:{self.sasl_port}"

    def start(self) -> None:
        """Start it and wait until it is up."""
        ports = (f"--port {self.port} --controller-port {free_port()} --sasl-port {self.sasl_port}").split()
        _script("start", str(self.folder), *ports, *self.options)

    def stop(self) -> None:
        """Stop it in good order."""
        _script("stop", str(self.folder))

    def kill(self) -> None:
        """End it at once."""
        _script("kill", str(self.folder))

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()


@contextmanager
def running_broker(folder: Path, *options: str) -> Iterator[Broker]:
    """Run a node until the block ends; skip the test where Java or the jars are missing, fail it where CI=true."""
    require_kafka()
    broker = Broker(folder=folder, port=free_port(), sasl_port=free_port(), options=options)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def require_kafka() -> None:
    """Skip the test where Java or Kafka's jars are missing, and say which; fail it where CI=true."""
    if shutil.which("java") is None:
        missing("java is not on the PATH: the tests on a real Kafka need Java 17")
    if not (ROOT / ".cache" / "kafka" / "stamp").exists():
        missing(".cache/kafka is not there: scripts/kafka.sh fetch brings it")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def missing(message: str) -> None:
    """Skip the test for want of a program of others, fail it where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _script(*arguments: str) -> None:
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    if done.returncode:
        raise AssertionError(f"kafka.sh {' '.join(arguments)}: {done.stderr}")
