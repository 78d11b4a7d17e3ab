"""The times over a waterfall: by the clock, or since the transaction began. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from tracer.clock import NS_PER_S, to_datetime
from tracer.reports.axis import Axis
from tui.canvas import Canvas
from tui.format import clock, exact
from tui.look import Line, Look

_TICK_CELLS = 26
_ROOMY = 50
_NS_PER_MS = 1_000_000
# Where a cell stands for less than this, milliseconds are told.
_FINE_NS = 20 * _NS_PER_MS
_NS_PER_US = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How times are told: since `since_ns`, by the clock where it is None; `to_now` where the axis ends now.

    `ticks` puts times between the ends, too.
    """

    since_ns: int | None = None
    to_now: bool = False
    ticks: bool = False


def ruler(axis: Axis, look: Look, scale: Scale) -> Line:
    """Paint the axis' times: where each stretch begins, how long each silence was, and the end."""
    canvas = Canvas(axis.width)
    for gap in axis.gaps:
        canvas.put(gap.left, _gap_text(gap.label, gap.width, look), "dim")
    fine = _busy_ns(axis) < _FINE_NS * axis.width
    first = to_datetime(axis.start_ns)
    # The day is told where the axis begins on another one than it ends.
    beside = to_datetime(axis.end_ns) if axis.width >= _ROOMY else None
    begins = _told(axis.start_ns, look, scale, beside, fine=fine)
    if canvas.free(0, cell_len(begins)):
        canvas.put(0, begins, "dim")
    end = "now" if scale.to_now else _told(axis.end_ns, look, scale, None, fine=fine)
    if canvas.free(axis.width - cell_len(end), cell_len(end)):
        canvas.put(axis.width - cell_len(end), end, "dim")
    places = [(ns, round(cell) + 1) for ns, cell in axis.segments()[1:]]
    if scale.ticks:
        places += [(axis.at_ns(cell), cell) for cell in range(_TICK_CELLS, axis.width, _TICK_CELLS)]
    for ns, left in places:
        text = _told(ns, look, scale, first, fine=fine)
        if canvas.free(left, cell_len(text)):
            canvas.put(left, text, "dim")
    return canvas.line()


def _busy_ns(axis: Axis) -> int:
    return sum(end - start for (start, _), (end, _) in zip(axis.knots[::2], axis.knots[1::2], strict=True))


def _told(at_ns: int, look: Look, scale: Scale, beside: datetime | None, *, fine: bool) -> str:
    if scale.since_ns is not None:
        return since_words(at_ns - scale.since_ns, look, fine=fine)
    return clock(to_datetime(at_ns), beside) + (f".{at_ns // _NS_PER_MS % 1000:03d}" if fine else "")


def since_words(ns: int, look: Look, *, fine: bool = False) -> str:
    """Say how long after the beginning: "+0s", "+350us", "+1.204s", "+4h 12m"."""
    sign, past = ("-", -ns) if ns < 0 else ("+", ns)
    if 0 < past < _NS_PER_MS:
        return f"{sign}{past / _NS_PER_US:.0f}{look.pick('µs', 'us')}"
    if fine and past < 60 * NS_PER_S:
        return f"{sign}{past / NS_PER_S:.3f}s"
    return f"{sign}{exact(past / NS_PER_S) if past else '0s'}"


def _gap_text(label: str, width: int, look: Look) -> str:
    dots = look.pick("⋯", "~")
    text = f"{dots} {label} {dots}"
    return text if cell_len(text) <= width else f"{dots}{label}{dots}"
