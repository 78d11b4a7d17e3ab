"""A small table: columns that share a width, those that give way first, and cells painted in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from tui.columns import MARKER, marker
from tui.format import fit, right
from tui.look import Line, Look, Piece

_GAP: Final = 2
_LEAST: Final = 6
_MOST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `gives` says how willingly it is cut where there is no room (0: never)."""

    title: str
    right: bool = False
    gives: int = 0


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[Piece]], width: int) -> tuple[int, ...]:
    """Share a width: each column gets what it needs, and the widest of those that give way give it."""
    cells = [
        min(_MOST, max([cell_len(column.title), *(cell_len(row[number][0]) for row in rows)]))
        for number, column in enumerate(columns)
    ]
    over = sum(cells) + _GAP * (len(cells) - 1) + MARKER - width
    giving = [number for number, column in enumerate(columns) if column.gives]
    while over > 0 and any(cells[number] > _LEAST for number in giving):
        cells[max(giving, key=lambda number: _giving(columns[number], cells[number]))] -= 1
        over -= 1
    return tuple(cells)


def _giving(column: Column, cells: int) -> int:
    return column.gives * (cells - _LEAST)


def head(columns: Sequence[Column], widths: Sequence[int]) -> Line:
    """Paint the titles."""
    titles = [_cell((column.title, "heading"), column, cells) for column, cells in zip(columns, widths, strict=True)]
    return ((" " * MARKER, "heading"), *_spaced(titles))


def painted(
    row: Sequence[Piece], columns: Sequence[Column], widths: Sequence[int], look: Look, *, selected: bool
) -> Line:
    """Paint the cells of a row, whose texts are safe to print."""
    cells = [_cell(piece, column, size) for piece, column, size in zip(row, columns, widths, strict=True)]
    return (marker(look, selected=selected), *_spaced(cells))


def _cell(piece: Piece, column: Column, cells: int) -> Piece:
    text, role = piece
    if not text:
        return (" " * cells, role)
    return (right(text, cells) if column.right and cell_len(text) <= cells else fit(text, cells), role)


def _spaced(pieces: Sequence[Piece]) -> Line:
    spaced = [piece for one in pieces for piece in (one, (" " * _GAP, "text"))]
    return tuple(spaced[:-1])
