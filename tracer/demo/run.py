"""Runs the demo: sets it up, shows it, and takes everything down again."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from tracer.client import Client
from tracer.demo.children import Child, Children
from tracer.demo.report import counts_line, stuck_report, unjoined_lines
from tracer.demo.stage import SIDECAR, TOPICS, DemoOptions, Say, set_up
from tracer.errors import Unreachable, UsageError
from tracer.views import TransactionPage, TransactionQuery

PROGRESS_EVERY_S: Final = 5.0
POLL_EVERY_S: Final = 1.0
SERVICES_LEAVE_S: Final = 4.0
SIDECAR_LEAVES_S: Final = 15.0
TOPICS_LEAVE_S: Final = 15.0
_PIPE_CELLS: Final = 100


def run_demo(options: DemoOptions, *, say: Say, show: Say) -> None:
    """Run the demo: `say` gets progress for people (stderr), `show` the result (stdout).

    Raises UsageError where there is no terminal for the interactive form, DemoFailed when a process does
    not start, Unreachable when the sidecar dies meanwhile or no Kafka broker answers.
    """
    if options.kafka:
        _require_broker(options.kafka)
    view = None if options.headless else _terminal_view()
    with _ended_by_signals(), _scratch(options, say) as folder:
        deaths = Deaths(say, at_once=options.headless)
        children = Children(folder, deaths.note)
        try:
            url = set_up(children, options, say)
            if view is None:
                _Headless(Client(url), say, show, deaths).run(options.seconds)
            else:
                view(url)
        finally:
            _take_down(children)
            deaths.tell()


class Deaths:
    """Remembers which processes died, and says so: at once, or when the terminal is free again."""

    def __init__(self, say: Say, *, at_once: bool) -> None:
        self._say = say
        self._at_once = at_once
        self._untold: list[str] = []
        self.sidecar_died = False

    def note(self, child: Child, code: int) -> None:
        """Take note of a process that ended unasked; from any thread."""
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._untold.append(f"{child.name} {how}; last in its log: {child.tail()}")
        if self._at_once:
            self.tell()
        self.sidecar_died = self.sidecar_died or child.name == SIDECAR

    def tell(self) -> None:
        """Say what has not been said yet."""
        while self._untold:
            self._say(self._untold.pop(0))


class _Headless:
    """Says how it goes, and at the end what is stuck."""

    def __init__(self, client: Client, say: Say, show: Say, deaths: Deaths) -> None:
        self._client, self._say, self._show, self._deaths = client, say, show, deaths
        self._began = time.monotonic()
        self._stuck_said = False

    def run(self, seconds: float) -> None:
        """Watch for so long, then report."""
        next_line = self._began
        while (now := time.monotonic()) < self._began + seconds:
            page = self._ask()
            self._say_first_stuck(page)
            if now >= next_line:
                self._say(f"{time.strftime('%H:%M:%S')}  {counts_line(page)}")
                next_line += PROGRESS_EVERY_S
            time.sleep(min(POLL_EVERY_S, max(0.0, self._began + seconds - time.monotonic())))
        self._report()

    def _ask(self) -> TransactionPage:
        if self._deaths.sidecar_died:
            raise Unreachable("the demo's sidecar died, so there is nothing to show")
        return self._client.transactions(TransactionQuery(limit=1))

    def _say_first_stuck(self, page: TransactionPage) -> None:
        if page.counts.get("stuck") and not self._stuck_said:
            self._stuck_said = True
            took_s = time.monotonic() - self._began
            self._say(f"{page.counts['stuck']} stuck transactions listed, {took_s:.1f} s after all was up")

    def _report(self) -> None:
        self._say(f"{time.strftime('%H:%M:%S')}  {counts_line(self._ask())}")
        for line in stuck_report(self._client, shutil.get_terminal_size(fallback=(_PIPE_CELLS, 24)).columns):
            self._show(line)
        for line in unjoined_lines(self._client):
            self._say(line)


def _terminal_view() -> Callable[[str], object]:
    """Find the terminal view as any other command is found, by its entry point: tracer does not import tui."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the demo opens a terminal view and this is no terminal: use --headless --seconds N")
    found = [entry for entry in entry_points(group="sagascope.commands") if entry.name == "tui"]
    if not found:
        raise UsageError("the terminal view is not installed: use --headless --seconds N")
    command = found[0].load()
    return lambda url: command.main(["--url", url], prog_name="sagascope tui", standalone_mode=False)


def _require_broker(bootstrap: str) -> None:
    from tracer.demo.kafka.topics import require_broker  # noqa: PLC0415  a demo without Kafka need not pay for it

    require_broker(bootstrap)


def _take_down(children: Children) -> None:
    """End the services, which send what they have, the sidecar, the topics; another Ctrl-C does not break in."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        children.stop(but=(SIDECAR, TOPICS), within_s=SERVICES_LEAVE_S)
        children.stop(but=(TOPICS,), within_s=SIDECAR_LEAVES_S)
        children.stop(within_s=TOPICS_LEAVE_S)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _scratch(options: DemoOptions, say: Say) -> Iterator[Path]:
    if options.folder is not None:
        yield _empty(options.folder.absolute())
        return
    folder = Path(tempfile.mkdtemp(prefix="sagascope-demo-"))
    try:
        yield folder
    finally:
        if options.keep:
            say(f"kept {folder}")
        else:
            shutil.rmtree(folder)


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: give --dir a new or an empty folder")
    return folder


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo as Ctrl-C does, with everything taken down."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
