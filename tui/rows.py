"""The lines of the timeline: one row painted in columns, with its bar on the time axis at the right. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from tracer.clock import NS_PER_S, to_ns
from tracer.reports.axis import Axis
from tracer.views import Current, Remaining
from tui.columns import marker
from tui.format import exact, fit, right, shown, ticking
from tui.look import TIMES, Line, Look, role_of
from tui.ruler import Scale, ruler
from tui.ties import Tie
from tui.timeline import Row
from tui.waterfall import Stretch, bar

_WORD: Final = 15
_TRIES: Final = 3
_TIME: Final = 7
_GAPS: Final = 5
_LEAST_BAR: Final = 16
_ROOMY_BAR: Final = 34
_ROOM_FOR_ERRORS: Final = 24
_NAME: Final = (14, 44)
_OWNER: Final = (8, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLayout:
    """The widths of the columns that vary: the name, the owner, and the bar; whether errors stand beside names."""

    width: int
    name: int
    owner: int
    bar: int
    errors: bool = False


def lay_out(width: int, rows: Sequence[Row]) -> TimeLayout:
    """Share the width: names and owners get what they need, up to half of what is left beside the bars."""
    selectable = [row for row in rows if row.selectable]
    longest = max((cell_len(shown(row.name)[:64]) + row.depth for row in selectable), default=0)
    owner = _clamped(max((cell_len(shown(row.owner)[:32]) for row in rows if row.owner), default=0), *_OWNER)
    left = width - 2 - _WORD - _TRIES - _TIME - _GAPS
    owner = min(owner, max(_OWNER[0], left // 4))
    name = max(8, min(_clamped(longest, *_NAME), left - owner - max(_LEAST_BAR, left // 3)))
    # Where the bars still have room, the errors stand beside the names.
    with_errors = min(max((_with_error(row) for row in selectable), default=0), left - owner - _ROOMY_BAR, _NAME[1])
    name = max(name, with_errors)
    return TimeLayout(
        width=width, name=name, owner=owner, bar=max(1, left - owner - name), errors=with_errors >= _ROOM_FOR_ERRORS
    )


def _with_error(row: Row) -> int:
    error = getattr(row.payload, "error", None)
    return cell_len(shown(row.name)[:64]) + row.depth + 2 + cell_len(shown(error)[:64]) if error else 0


def _clamped(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def header(layout: TimeLayout, axis: Axis, look: Look, scale: Scale) -> Line:
    """Paint the titles of the columns and the times of the axis."""
    titles = f"  {fit('STATE', _WORD)} {fit('NAME', layout.name)} {fit('OWNER', layout.owner)} "
    return ((f"{titles}{right('TRY', _TRIES)} {right('TIME', _TIME)} ", "heading"), *ruler(axis, look, scale))


def painted(
    row: Row, layout: TimeLayout, axis: Axis, look: Look, *, selected: bool, now: datetime, ties: Sequence[Tie] = ()
) -> Line:
    """Paint one row; `now` is where what is under way ends, `ties` the hand-offs that pass."""
    if not row.selectable:
        return ((f" {row.name}", "heading" if row.kind == "axis" else row.role),)
    soft = "dim" if row.kind == "entry" and not row.troubled else "text"
    state = row.role if row.loud else (soft if row.state == "observed" else role_of(row.state))
    tries = f"{TIMES}{row.attempt}" if (row.attempt or 1) > 1 else ""
    name = " " * row.depth + shown(row.name)
    if layout.errors and (error := getattr(row.payload, "error", None)):
        name = f"{name}: {shown(error)}"
    named = row.role if row.loud else ("text" if row.kind == "entry" else "strong")
    return (
        marker(look, selected=selected),
        (fit(f"{look.glyph(row.state)} {row.word}", _WORD) + " ", state),
        (fit(name, layout.name) + " ", named),
        (fit(row.owner, layout.owner) + " ", row.role),
        (right(tries, _TRIES) if tries else " " * _TRIES, "compensating"),
        (" " + right(_time(row, now), _TIME) + " ", row.role if row.loud else soft),
        *_bar(row, axis, look, now, ties),
    )


def _time(row: Row, now: datetime) -> str:
    if row.mark == "open" and row.start_ns is not None:
        return ticking((to_ns(now) - row.start_ns) / NS_PER_S)
    if isinstance(row.payload, Remaining):
        return f"~{exact(row.payload.expected_s)}" if row.payload.expected_s is not None else ""
    if row.start_ns is None or row.end_ns is None:
        return ""
    return exact((row.end_ns - row.start_ns) / NS_PER_S)


def _bar(row: Row, axis: Axis, look: Look, now: datetime, ties: Sequence[Tie]) -> Line:
    if row.start_ns is None:
        return ((" " * axis.width, "faint"),)
    # What is only inferred is drawn thin: nobody said that it began.
    thin = isinstance(row.payload, Current) and row.payload.basis == "inferred"
    end_ns = to_ns(now) if row.mark == "open" else row.end_ns
    stretch = Stretch(
        start_ns=row.start_ns, end_ns=end_ns, mark=row.mark, role=row.role, thin=thin, undo=row.undo,
        tries=row.tries, limit_ns=row.limit_ns, late=row.late,
    )  # fmt: skip
    return bar(axis, stretch, look, ties)
