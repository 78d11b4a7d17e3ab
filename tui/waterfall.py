"""Bars and ticks on a time axis, painted into lines of exactly the axis' width. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from tracer.clock import NS_PER_S
from tracer.reports.axis import Axis
from tui.canvas import Canvas
from tui.format import exact, ticking
from tui.look import Line, Look
from tui.norms import Late
from tui.ties import Tie
from tui.timeline import Mark

_HALF: Final = 0.5
_MANY: Final = 10
_BLANK: Final = frozenset(" ┊:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is painted: from start to end (None: an instant), in what role; `thin` where it is only inferred.

    The mark `open` has not ended: it runs to the end of the axis and points on; its end is now. `undo` is work that
    takes back; `tries` are the beginnings of the second and later attempts with their numbers; past `limit_ns` it is
    over its limit; `late` is the hand-off before it where that took too long.
    """

    start_ns: int
    end_ns: int | None = None
    mark: Mark = "span"
    role: str = "text"
    thin: bool = False
    undo: bool = False
    tries: tuple[tuple[int, int], ...] = ()
    limit_ns: int | None = None
    late: Late | None = None


def bar(axis: Axis, stretch: Stretch, look: Look, ties: Sequence[Tie] = ()) -> Line:
    """Paint a stretch as a bar, or as a tick where it is an event; then the hand-offs that pass."""
    canvas = Canvas(axis.width)
    for gap in axis.gaps:
        canvas.put(gap.left + gap.width // 2, look.pick("┊", ":"), "faint")
    if stretch.late is not None:
        _draw_late(canvas, axis, stretch.late, look)
    if not _draw_outside(canvas, axis, stretch, look):
        _draw_inside(canvas, axis, stretch, look)
    for tie in ties:
        _draw_tie(canvas, axis, tie, stretch, look)
    return canvas.line()


def _draw_outside(canvas: Canvas, axis: Axis, stretch: Stretch, look: Look) -> bool:
    """Point to where it is, for what lies wholly outside of the window."""
    if stretch.start_ns > axis.end_ns:
        canvas.put(axis.width - 1, look.pick("»", ">"), "dim")
        return True
    if _end_ns(axis, stretch) < axis.start_ns:
        canvas.put(0, look.pick("«", "<"), "dim")
        return True
    return False


def _draw_inside(canvas: Canvas, axis: Axis, stretch: Stretch, look: Look) -> None:
    left = min(axis.cell(stretch.start_ns), axis.width - 1)
    if stretch.mark in {"event", "event-error"}:
        bad = stretch.mark == "event-error"
        sign = look.pick("↶", "~") if stretch.undo else look.pick("◆", "*")
        canvas.put(int(left), look.pick("✗", "x") if bad else sign, "failed" if bad else stretch.role)
        return
    end_ns = _end_ns(axis, stretch)
    last = _draw(canvas, axis, (left, max(axis.cell(end_ns), left)), stretch, look)
    if stretch.start_ns < axis.start_ns:
        canvas.put(0, look.pick("«", "<"), stretch.role)
    if stretch.mark == "open":
        canvas.put(last, look.pick("►", ">"), stretch.role)
    elif end_ns > axis.end_ns:
        canvas.put(last, look.pick("»", ">"), stretch.role)
    elif stretch.mark == "error":
        canvas.put(last, look.pick("✗", "x"), "failed")


def _end_ns(axis: Axis, stretch: Stretch) -> int:
    if stretch.mark == "open":
        return max(axis.end_ns, stretch.start_ns)
    return stretch.start_ns if stretch.end_ns is None else stretch.end_ns


def _draw(canvas: Canvas, axis: Axis, ends: tuple[float, float], stretch: Stretch, look: Look) -> int:
    left, right = ends
    first, last = int(left), max(int(left), min(axis.width, ceil(right)) - 1)
    canvas.put(first, _full(stretch, look) * (last - first + 1), stretch.role)
    for gap in axis.gaps:
        begin, end = max(gap.left, first), min(gap.left + gap.width - 1, last)
        canvas.put(begin, look.pick("╌", "-") * (end - begin + 1), stretch.role)
    solid = not stretch.thin and not stretch.undo
    if last > first and left - first >= _HALF and solid:
        canvas.put(first, look.pick("╺", "="), stretch.role)
    if 0 < right - last <= _HALF and solid:
        canvas.put(last, look.pick("╸", "="), stretch.role)
    over = _over(axis, stretch, (first, last))
    if over is not None:
        canvas.put(over, look.pick("═", "#") * (last - over + 1), "stuck")
    _draw_tries(canvas, axis, stretch, last)
    if over is not None:
        _draw_words(canvas, axis, stretch, (over, last))
    return last


def _full(stretch: Stretch, look: Look) -> str:
    if stretch.undo:
        return look.pick("┅", "~")
    return look.pick("─", "-") if stretch.thin else look.pick("━", "=")


def _draw_tries(canvas: Canvas, axis: Axis, stretch: Stretch, last: int) -> None:
    """Count the attempts where they began; of several in one cell the last one is told."""
    for at_ns, number in stretch.tries:
        cell = min(int(axis.cell(at_ns)), last)
        if max(axis.start_ns, stretch.start_ns) <= at_ns <= axis.end_ns:
            canvas.put(cell, str(number) if number < _MANY else "+", "compensating")


def _over(axis: Axis, stretch: Stretch, ends: tuple[int, int]) -> int | None:
    """Give the cell from which what has not ended is past its limit."""
    if stretch.limit_ns is None or stretch.mark != "open" or _over_ns(axis, stretch) <= 0:
        return None
    return min(max(ends[0], int(axis.cell(stretch.limit_ns))), ends[1])


def _over_ns(axis: Axis, stretch: Stretch) -> int:
    now_ns = axis.end_ns if stretch.end_ns is None else stretch.end_ns
    return now_ns - (stretch.limit_ns or now_ns)


def _draw_words(canvas: Canvas, axis: Axis, stretch: Stretch, ends: tuple[int, int]) -> None:
    """Say how far it is past its limit, where there is room."""
    over = ticking(_over_ns(axis, stretch) / NS_PER_S)
    for words in (f"{over} over the limit", f"{over} over", over):
        if canvas.within(ends[0], ends[1] - ends[0], words, "stuck"):
            return


def _draw_late(canvas: Canvas, axis: Axis, late: Late, look: Look) -> None:
    """Paint a hand-off that took too long as dots, with its length in words where there is room."""
    first, last = int(axis.cell(late.since_ns)), int(axis.cell(late.until_ns))
    canvas.put(first, look.pick("┄", ".") * (last - first), "warn")
    for words in (f"{exact(late.seconds)}, normal {exact(late.normal_s)}", exact(late.seconds)):
        if canvas.within(first, last - first, words, "warn"):
            return


def _draw_tie(canvas: Canvas, axis: Axis, tie: Tie, stretch: Stretch, look: Look) -> None:
    """Paint a hand-off: a line down from the cause to the left end of the effect, where the cells are blank."""
    at = int(min(axis.cell(tie.at_ns), axis.width - 1)) - 1
    if at < 0 or not axis.start_ns <= tie.at_ns <= axis.end_ns:
        return
    if tie.part == "through":
        sign = look.pick("│", "|")
    elif tie.part in {"from-above", "from-below"}:
        sign = look.pick("╰" if tie.part == "from-above" else "╭", "+")
    else:
        sign = _leaving(canvas, axis, at, tie, stretch, look)
    if canvas.char(at) in _BLANK:
        canvas.put(at, sign, "dim")
    elif tie.part == "to-below" and canvas.char(at) == "━":
        canvas.put(at, "┯", stretch.role)


def _leaving(canvas: Canvas, axis: Axis, at: int, tie: Tie, stretch: Stretch, look: Look) -> str:
    """Lead from the end of the cause to the cell where the line goes on, where nothing stands in between."""
    end = int(min(axis.cell(_end_ns(axis, stretch)), axis.width - 1))
    between = range(end + 1, at)
    if all(canvas.char(cell) in _BLANK for cell in between):
        canvas.put(end + 1, look.pick("╌", "-") * len(between), "dim")
    return look.pick("╮" if tie.part == "to-below" else "╯", "+")
