"""What the terminal costs: start, a key, memory, bytes on a slow line; beside a bare Textual application."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.bench.courses import CAPTURED, NOTIFIED, PLACED, RESERVED, SHIPPED, Course
from tests.bench.judging import fill_open
from tests.bench.pseudo import Pseudo, started
from tests.bench.report import Report
from tests.bench.sidecar import Sidecar, sidecar
from tui.columns import POINTER

SIZES = ((80, 24), (120, 40))
_MIB = 1 << 20
_STARTS = 5
_KEYS = 100
_KEY_EVERY_S = 0.06
_SECONDS = 5
_PAUSED_S = 10
_FEED_SPANS, _FEED_EVERY_S = 100, 0.1  # 1,000 changes a second
_GOING = Course(told=(f"{CAPTURED} completed", f"{SHIPPED} started"))
_STANDING = (
    Course(told=(f"{PLACED} completed", f"{RESERVED} started")),
    Course(told=(f"{RESERVED} completed", f"{CAPTURED} started"), error="timeout after 30 s"),
    Course(told=(f"{SHIPPED} completed", f"{NOTIFIED} started")),
)
_BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [("j", "more", "more"), ("ctrl+q", "quit", "quit")]
    times = 0

    def compose(self):
        yield Static("line 0.")

    def action_more(self):
        self.times += 1
        self.query_one(Static).update(f"line {self.times}.")

Bare().run()
"""
_BARE_COMMAND = (sys.executable, "-c", _BARE)


def screens(folder: Path, report: Report) -> None:
    """The terminal on 1,000,000 open transactions, of which 10,000 are stuck."""
    report.say("filling a store with 1,000,000 open transactions of declared sagas ...")
    fill_open(folder / "tui.duckdb", _GOING, _STANDING)
    with sidecar(folder / "tui.duckdb", SAGASCOPE_SAGAS__FILES=str(folder / "sagas.toml")) as running:
        command = (sys.executable, "-m", "tracer.cli.main", "tui", "--url", running.api)
        for columns, lines in SIZES:
            with started(command, columns, lines) as terminal:
                terminal.until("INCIDENT")
        _start(command, report)
        for columns, lines in SIZES:
            _line(command, columns, lines, report)
        with _feed(running):
            _keys(command, report)


def _start(command: Sequence[str], report: Report) -> None:
    """From the program's start to its first frame, and to the first answer on it; floor: the bare application."""
    columns, lines = SIZES[-1]
    bare, first, answered = [], [], []
    for _ in range(_STARTS):
        with started(_BARE_COMMAND, columns, lines) as floor:
            bare.append(floor.until("line 0.") - floor.began_s)
        with started(command, columns, lines) as terminal:
            first.append(terminal.until("sagascope") - terminal.began_s)
            answered.append(terminal.until("INCIDENT") - terminal.began_s)
    floor_s, first_s = float(np.median(bare)), float(np.median(first))
    report.say(f"floor: a bare application's first frame after {floor_s:.2f} s")
    report.at_most("tui, first frame", first_s, 0.7, "s", f"{first_s / floor_s:.2f} of the floor")
    report.at_most("  what is wrong stands there", float(np.median(answered)), 1.5, "s")


def _line(command: Sequence[str], columns: int, lines: int, report: Report) -> None:
    """Bytes that a line has to carry while nothing comes in."""
    size = f"{columns}x{lines}"
    with started(command, columns, lines) as terminal:
        terminal.until("INCIDENT")
        report.at_most(f"tui {size}, start", terminal.settled() / 1000, 64, "kB")
        report.at_most("  nothing comes in, what is wrong", _idle(terminal), 1_000, "B/s", "ages, trends")
        terminal.press("l")
        terminal.until(POINTER)
        report.at_most("  the list", terminal.settled() / 1000, 48, "kB")
        report.at_most("  nothing comes in, the list", _idle(terminal), 200, "B/s", "ages that tick")
        for name, key, most in (("cursor down", "j", 1_500), ("page down", "\x06", 19_000)):
            terminal.press(key)
            terminal.until(POINTER)
            report.at_most(f"  {name}", terminal.settled(), most, "B")
        terminal.press(" ")
        terminal.settled(1.0)
        report.at_most(f"  paused for {_PAUSED_S} s", terminal.read_for(_PAUSED_S), 0, "B")


def _idle(terminal: Pseudo) -> float:
    """Bytes a second while no key is pressed."""
    terminal.settled(1.0)
    return terminal.read_for(_SECONDS) / _SECONDS


def _keys(command: Sequence[str], report: Report) -> None:
    """From a key to its frame while 1,000 changes a second come in, and what such seconds cost on the line."""
    columns, lines = SIZES[-1]
    with started(_BARE_COMMAND, columns, lines) as floor:
        floor.until("line 0.")
        bare = _times(floor, ["line "] * _KEYS)
    with started((*command, "--filter", "status:running"), columns, lines) as terminal:
        terminal.until(POINTER)
        terminal.settled()
        taken = _times(terminal, [POINTER] * _KEYS)
        for name, at in (("p50", 0.5), ("p95", 0.95)):
            mark, floor_ms = float(np.quantile(taken, at)) * 1000, float(np.quantile(bare, at)) * 1000
            ratio = f"floor {floor_ms:.1f} ms, {mark / floor_ms:.1f} of it"
            report.at_most(f"tui, key to frame at 1,000 changes/s, {name}", mark, 50, "ms", ratio)
        report.at_most("  the list, bytes a second", terminal.read_for(_SECONDS) / _SECONDS, 2_000, "B/s")
        terminal.press("L")
        terminal.until(POINTER)
        report.at_most("  all rows new each time", terminal.read_for(_SECONDS) / _SECONDS, 20_000, "B/s")
        report.at_most("  memory", terminal.resident_bytes() / _MIB, 200, "MiB")


def _times(terminal: Pseudo, expected: Sequence[str]) -> list[float]:
    taken = []
    for drawn in expected:
        time.sleep(_KEY_EVERY_S)
        pressed_s = terminal.press("j")
        taken.append(terminal.until(drawn) - pressed_s)
    return taken


@contextmanager
def _feed(running: Sidecar) -> Iterator[None]:
    """Send 1,000 spans a second until the block ends."""
    options = ["--spans", str(_FEED_SPANS), "--clients", "1", "--every", str(_FEED_EVERY_S), "--seconds", "600"]
    command = [sys.executable, "-m", "tests.bench.load", running.otlp_grpc, *options, "--first", "700000000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sending:
        time.sleep(2)
        try:
            yield
        finally:
            sending.terminate()
