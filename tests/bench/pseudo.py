"""A program in a pseudo-terminal: what it draws, when, and how many bytes that takes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_PIECE = 1 << 16
_PATIENCE_S = 60.0
_KIB = 1024


class Pseudo:
    """The terminal's end of it; `began_s` is the moment of the start."""

    def __init__(self, leader: int, process: subprocess.Popen[bytes]) -> None:
        self._leader = leader
        self._process = process
        self._drawn = bytearray()
        self.began_s = 0.0

    def press(self, keys: str) -> float:
        """Type, after everything that is under way was read; the moment."""
        self.read_for(0)
        self._drawn.clear()
        os.write(self._leader, keys.encode())
        return time.monotonic()

    def until(self, drawn: str) -> float:
        """Read until this was drawn since the last key; the moment."""
        wanted, until_s = drawn.encode(), time.monotonic() + _PATIENCE_S
        while wanted not in self._drawn:
            if not self._read(until_s - time.monotonic()):
                raise RuntimeError(f"it was never drawn: {drawn}; but {bytes(self._drawn[-2000:])!r}")
        return time.monotonic()

    def read_for(self, seconds: float) -> int:
        """Read for some time; how many bytes came in it."""
        until_s, count = time.monotonic() + seconds, 0
        while more := self._read(until_s - time.monotonic()):
            count += more
        return count

    def settled(self, quiet_s: float = 0.3) -> int:
        """Read until nothing came for a moment; how many bytes were drawn since the last key."""
        while self._read(quiet_s):
            pass
        return len(self._drawn)

    def _read(self, within_s: float) -> int:
        if not select.select([self._leader], [], [], max(0.0, within_s))[0]:
            return 0
        piece = os.read(self._leader, _PIECE)
        self._drawn += piece
        return len(piece)

    def resident_bytes(self) -> int:
        """Say how much memory the process holds."""
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", text)
        return int(found.group(1)) * _KIB if found else 0


@contextlib.contextmanager
def started(command: Sequence[str], columns: int, lines: int) -> Iterator[Pseudo]:
    """Start a program in a terminal of that size, and end it with Ctrl-Q."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    environ = {**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    began_s = time.monotonic()
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=environ, start_new_session=True
    )
    os.close(follower)
    terminal = Pseudo(leader, process)
    terminal.began_s = began_s
    try:
        yield terminal
        terminal.press("\x11")
    except BaseException:
        process.kill()
        raise
    finally:
        with contextlib.suppress(OSError):  # Linux says EIO when the other end is closed
            while os.read(leader, _PIECE):
                pass
        process.kill()
        process.wait()
        os.close(leader)
