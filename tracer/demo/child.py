"""What every process of the demo does: say that it is ready, wait for the end, and die aloud."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from threading import Thread
from typing import Final

_SIGNALS: Final = 64


def say_ready(**facts: object) -> None:
    """Tell the parent that work can begin: one line `ready key=value ...` on stdout."""
    sys.stdout.write(" ".join(["ready", *(f"{key}={value}" for key, value in facts.items())]) + "\n")
    sys.stdout.flush()


def stand_by(**facts: object) -> None:
    """Say that work can begin, and return when somebody asks the process to end.

    The interpreter writes each signal's number to a socket. A handler that sets an event would lose a signal that
    comes while the main thread is about to wait for it: the wait holds the event's lock, or has not begun yet.
    """
    told, tells = socket.socketpair()
    tells.settimeout(0)
    signal.set_wakeup_fd(tells.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    say_ready(**facts)
    while signal.SIGTERM not in told.recv(_SIGNALS):
        pass


def run_aside(work: Callable[[], None], name: str) -> None:
    """Do work in a thread; an error that it does not handle ends the whole process, loudly."""
    Thread(target=_guarded, args=(work,), name=name, daemon=True).start()


def _guarded(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001  whatever it is, it is printed and nothing goes on after it
        die()


def die() -> None:
    """End the process with the traceback of the exception at hand; the demo then says who died."""
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
