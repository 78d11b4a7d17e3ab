"""The processes that the demo starts, and that none of them outlives it.

Each is the leader of its own process group, so that Ctrl-C reaches the demo alone, which then stops them
in order; its standard error goes to a log file, its standard output says `ready key=value ...` once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

from tracer.errors import SagascopeError

READY_S: Final = 60.0
MAX_LINES: Final = 1000
LOG_TAIL_LINES: Final = 3
_LEASH: Final = "tracer.demo.leash"
# What a person has set for programs of their own must not steer the demo's.
_NOT_INHERITED: Final = ("OTEL_", "SAGASCOPE_", "PYTHONSTARTUP", "PYTHONINSPECT")
_POSIX: Final = os.name == "posix"


class DemoFailed(SagascopeError):
    """The demo could not go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    lines: Queue[str | None]

    def tail(self) -> str:
        """Give the last lines of what it wrote to its log, in one line."""
        text = self.log.read_text(encoding="utf-8", errors="replace").strip()
        return " | ".join(text.splitlines()[-LOG_TAIL_LINES:]) or "its log is empty"


@dataclass(slots=True)
class Children:
    """Starts processes in a folder and stops them; `on_death` is told of each that ends unasked, from any thread."""

    folder: Path
    on_death: Callable[[Child, int], None]
    _running: list[Child] = field(default_factory=list)
    _stopping: bool = False

    def start(self, name: str, module: str, *arguments: str) -> Child:
        """Start `python -m MODULE ARGUMENT...` on a leash."""
        log = self.folder / f"{name}.log"
        with log.open("w", encoding="utf-8") as stderr:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and our own modules
                [sys.executable, "-m", _LEASH, module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                cwd=self.folder,
                env=_environment(),
                **_own_group(),
            )
        child = Child(name=name, process=process, log=log, lines=Queue(MAX_LINES))
        self._running.append(child)
        Thread(target=self._follow, args=(child,), name=f"follow {name}", daemon=True).start()
        return child

    def ready(self, child: Child, timeout_s: float = READY_S) -> Mapping[str, str]:
        """Wait for its ready line and give what it says. Raises DemoFailed when it dies or takes too long."""
        try:
            while (line := child.lines.get(timeout=timeout_s)) is not None:
                if line.startswith("ready "):
                    return dict(fact.split("=", 1) for fact in line.split()[1:])
        except Empty:
            raise DemoFailed(f"{child.name} was not ready after {timeout_s:.0f} s; it said: {child.tail()}") from None
        raise DemoFailed(f"{child.name} did not start (exit code {child.process.wait()}); it said: {child.tail()}")

    def stop(self, *, but: Sequence[str] = (), within_s: float) -> None:
        """End all of them but those named: the pipe closes, they go; those that do not are killed."""
        self._stopping = self._stopping or not but
        leaving = [child for child in self._running if child.name not in but]
        self._running = [child for child in self._running if child.name in but]
        for child in leaving:
            _let_go(child)
        for child in leaving:
            try:
                child.process.wait(within_s)
            except subprocess.TimeoutExpired:
                _kill(child)

    def _follow(self, child: Child) -> None:
        stdout = child.process.stdout
        if stdout is None:
            return
        with stdout:
            for line in stdout:
                if not child.lines.full():
                    child.lines.put(line.strip())
        child.lines.put(None)
        code = child.process.wait()
        if child in self._running and not self._stopping and code != 0:
            self.on_death(child, code)


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}


def _own_group() -> dict[str, Any]:
    return {"process_group": 0} if _POSIX else {}


def _let_go(child: Child) -> None:
    if child.process.stdin is not None:
        child.process.stdin.close()


def _kill(child: Child) -> None:
    try:
        if _POSIX:
            os.killpg(child.process.pid, signal.SIGKILL)
        else:
            child.process.kill()
    except ProcessLookupError:
        return  # it went between the question and the answer
    child.process.wait()
