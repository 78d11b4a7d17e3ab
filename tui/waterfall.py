"""Bars and ticks on a time axis, painted into lines of exactly the axis' width. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Final, Literal

from rich.cells import cell_len

from tracer.clock import to_datetime
from tracer.reports.axis import Axis
from tui.format import clock
from tui.look import Line, Look

Mark = Literal["span", "error", "event", "open", "event-error"]
_HALF: Final = 0.5
_CLOCK_CELLS: Final = 8


class _Canvas:
    """Cells to paint on, each a character and a role."""

    def __init__(self, width: int) -> None:
        self.cells: list[tuple[str, str]] = [(" ", "faint")] * width

    def put(self, left: int, text: str, role: str) -> None:
        for at, char in enumerate(text, left):
            if 0 <= at < len(self.cells):
                self.cells[at] = (char, role)

    def free(self, left: int, width: int) -> bool:
        """Say whether so many cells are blank, with one more on either side."""
        around = self.cells[max(0, left - 1) : left + width + 1]
        return left >= 0 and left + width <= len(self.cells) and all(char == " " for char, _ in around)

    def line(self) -> Line:
        runs = groupby(self.cells, key=lambda cell: cell[1])
        return tuple(("".join(char for char, _ in run), role) for role, run in runs)


def ruler(axis: Axis, look: Look, *, to_now: bool) -> Line:
    """Paint the axis' times: where each stretch begins, how long each silence was, and the end."""
    canvas = _Canvas(axis.width)
    for gap in axis.gaps:
        canvas.put(gap.left, _gap_text(gap.label, gap.width, look), "dim")
    end = "now" if to_now else clock(to_datetime(axis.end_ns))
    first = to_datetime(axis.knots[0][0])
    canvas.put(0, clock(first), "dim") if canvas.free(0, _CLOCK_CELLS) else None
    if canvas.free(axis.width - len(end), len(end)):
        canvas.put(axis.width - len(end), end, "dim")
    for start_ns, cell in axis.segments()[1:]:
        _put_clock(canvas, round(cell), to_datetime(start_ns), first)
    return canvas.line()


def _put_clock(canvas: _Canvas, left: int, moment: datetime, first: datetime) -> None:
    text = clock(moment, first)
    if canvas.free(left + 1, len(text)):
        canvas.put(left + 1, text, "dim")


def _gap_text(label: str, width: int, look: Look) -> str:
    dots = look.pick("⋯", "~")
    text = f"{dots} {label} {dots}"
    return text if cell_len(text) <= width else f"{dots}{label}{dots}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is painted: from start to end (None: an instant), in what role; `thin` where it is only inferred.

    The mark `open` has not ended: it runs to the end of the axis and points on.
    """

    start_ns: int
    end_ns: int | None = None
    mark: Mark = "span"
    role: str = "text"
    thin: bool = False


def bar(axis: Axis, stretch: Stretch, look: Look) -> Line:
    """Paint a stretch as a bar, or as a tick where it is an event."""
    canvas = _Canvas(axis.width)
    for gap in axis.gaps:
        canvas.put(gap.left + gap.width // 2, look.pick("┊", ":"), "faint")
    start = axis.cell(stretch.start_ns)
    left = min(start, axis.width - 1)
    if stretch.mark in {"event", "event-error"}:
        bad = stretch.mark == "event-error"
        canvas.put(int(left), look.pick("✗", "x") if bad else look.pick("◆", "*"), "failed" if bad else stretch.role)
        return canvas.line()
    right = max(axis.cell(_end_ns(axis, stretch)), left)
    last = _draw(canvas, axis, (left, right), stretch, look)
    if stretch.mark == "error":
        canvas.put(last, look.pick("✗", "x"), "failed")
    if stretch.mark == "open":
        canvas.put(last, look.pick("►", ">"), stretch.role)
    return canvas.line()


def _end_ns(axis: Axis, stretch: Stretch) -> int:
    if stretch.mark == "open":
        return axis.end_ns
    return stretch.start_ns if stretch.end_ns is None else stretch.end_ns


def _draw(canvas: _Canvas, axis: Axis, ends: tuple[float, float], stretch: Stretch, look: Look) -> int:
    left, right = ends
    full = look.pick("─", "-") if stretch.thin else look.pick("━", "=")
    first, last = int(left), max(int(left), min(axis.width, ceil(right)) - 1)
    canvas.put(first, full * (last - first + 1), stretch.role)
    for gap in axis.gaps:
        begin, end = max(gap.left, first), min(gap.left + gap.width - 1, last)
        canvas.put(begin, look.pick("╌", "-") * (end - begin + 1), stretch.role)
    if last > first and left - first >= _HALF and not stretch.thin:
        canvas.put(first, look.pick("╺", "="), stretch.role)
    if 0 < right - last <= _HALF and not stretch.thin:
        canvas.put(last, look.pick("╸", "="), stretch.role)
    return last
