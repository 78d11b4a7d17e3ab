"""How the command line writes durations, times, statuses and tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tracer.model.cells import cells_wide, cut, wrap
from tracer.model.duration import duration
from tracer.model.text import clean

__all__ = ["CELL_LIMIT", "Column", "bold", "cells_wide", "cut", "duration", "moment", "paint", "table", "wrap"]

_GAP: Final = "  "
_NARROWEST: Final = 6
CELL_LIMIT: Final = 200

_COLOURS: Final = {
    "stuck": "1;31",
    "failed": "31",
    "compensation_failed": "1;31",
    "compensating": "33",
    "retrying": "33",
    "waiting": "33",
    "running": "36",
    "compensated": "35",
    "completed": "32",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its heading, and how willingly it gives up width (0: never)."""

    heading: str
    gives: int = 0
    right: bool = False


def moment(at: datetime | None, *, now: datetime) -> str:
    """Write a time in the local zone; the date only when it is not today."""
    if at is None:
        return "-"
    local, today = at.astimezone(), now.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def paint(text: str, word: str, *, colour: bool) -> str:
    """Colour a text by the status or state it tells; the word itself always stays."""
    code = _COLOURS.get(word)
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text


def bold(text: str, *, colour: bool) -> str:
    """Make a text stand out where there is colour."""
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int | None, colour: bool) -> list[str]:
    """Lay out rows of texts as they came from telemetry; every cell is cleaned and cut to fit the width.

    A cell that is a status or state word is coloured. Columns that give are narrowed first, the most
    willing and widest one at a time.
    """
    cells = [[clean(cell, CELL_LIMIT) for cell in row] for row in rows]
    headings = [column.heading for column in columns]
    widths = [max(map(cells_wide, column)) for column in zip(headings, *cells, strict=True)]
    if width is not None:
        _narrow(widths, columns, width)
    head = _line(headings, columns, widths, width)
    return [bold(head, colour=colour), *(_paint_line(row, columns, widths, width, colour=colour) for row in cells)]


def _paint_line(
    row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], width: int | None, *, colour: bool
) -> str:
    line = _line(row, columns, widths, width)
    first = row[0] if row else ""
    return paint(first, first, colour=colour) + line[len(first) :] if line.startswith(first) else line


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], width: int | None) -> str:
    placed = (_pad(cell, size, right=column.right) for cell, column, size in zip(row, columns, widths, strict=True))
    line = _GAP.join(placed).rstrip()
    return line if width is None else cut(line, width)


def _narrow(widths: list[int], columns: Sequence[Column], width: int) -> None:
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        giving = [i for i, column in enumerate(columns) if column.gives and widths[i] > _NARROWEST]
        if not giving:
            return
        widest = max(giving, key=lambda i: widths[i] * columns[i].gives)
        widths[widest] -= 1
        excess -= 1


def _pad(text: str, size: int, *, right: bool) -> str:
    fitted = cut(text, size)
    space = " " * (size - cells_wide(fitted))
    return space + fitted if right else fitted + space
