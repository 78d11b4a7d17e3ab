"""A sheet of cells to draw on: lines that join where they meet, and text over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tracer.drawing.graph import Part
from tracer.model.cells import cells_wide

UP: Final = 1
DOWN: Final = 2
LEFT: Final = 4
RIGHT: Final = 8
_LINES: Final = " │││─┘┐┤─└┌├─┴┬┼"
_PLAIN_LINES: Final = {"│": "|", "─": "-", "┄": ".", "┆": ":", "▼": "v", "↺": "^", "▲": "!", "…": "~", "·": "-"}
_CORNERS: Final = frozenset("┘┐┤└┌├┴┬┼╭╮╰╯")
_NO_PARTS: Final[frozenset[Part]] = frozenset()
Paint = Callable[[str, str], str]
"""Colours a text by the word that says how."""


@dataclass(slots=True)
class _Cell:
    lines: int = 0
    text: str | None = None
    style: str = ""
    parts: frozenset[Part] = _NO_PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Cells side by side that look alike and belong to the same parts of the graph."""

    text: str
    style: str
    parts: frozenset[Part]


class Canvas:
    """Rows and columns count from 0; a sign that is two cells wide takes the next one too."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, _Cell]] = defaultdict(lambda: defaultdict(_Cell))

    def down(self, column: int, top: int, bottom: int, parts: frozenset[Part] = _NO_PARTS) -> None:
        """Draw a line from the middle of one row to the middle of another one further down."""
        for row in range(top, bottom + 1):
            self._join(row, column, (UP if row > top else 0) | (DOWN if row < bottom else 0), parts)

    def across(self, row: int, one: int, other: int, parts: frozenset[Part] = _NO_PARTS) -> None:
        """Draw a line between the middles of two columns."""
        left, right = sorted((one, other))
        for column in range(left, right + 1):
            self._join(row, column, (LEFT if column > left else 0) | (RIGHT if column < right else 0), parts)

    def _join(self, row: int, column: int, lines: int, parts: frozenset[Part]) -> None:
        cell = self._rows[row][column]
        cell.lines |= lines
        cell.parts |= parts

    def write(self, row: int, column: int, text: str, style: str = "", parts: frozenset[Part] = _NO_PARTS) -> None:
        """Write clean text over whatever is there."""
        for character in text:
            size = cells_wide(character)
            if not size:
                continue  # a mark on the sign before it: the cell holds one sign
            self._rows[row][column] = _Cell(0, character, style, parts)
            if size > 1:
                self._rows[row][column + 1] = _Cell(0, "", style, parts)
            column += size

    def touch(self, row: int, column: int) -> None:
        """Let the line in a cell reach up to the edge of the cell."""
        self._rows[row][column].lines |= UP

    def is_line(self, row: int, left: int, right: int) -> bool:
        """Whether the columns from `left` to before `right` hold a line across and nothing else."""
        return all(self._rows[row][column].lines == LEFT | RIGHT for column in range(left, right))

    def is_free(self, row: int, left: int, right: int) -> bool:
        """Whether nothing stands in the columns from `left` to before `right`."""
        return not any(column in self._rows[row] for column in range(left, right))

    def lines(self, *, unicode: bool, paint: Paint) -> Iterator[str]:
        """Give the rows from above as text."""
        for runs in self.rows():
            text = "".join(paint(run.text if unicode else plain(run.text), run.style) for run in runs)
            yield text.rstrip()

    def rows(self) -> Iterator[tuple[Run, ...]]:
        """Give the rows from above, each as runs from the left edge on."""
        for row in range(max(self._rows, default=-1) + 1):
            yield tuple(_runs(self._rows[row]))


def _runs(cells: dict[int, _Cell]) -> Iterator[Run]:
    text, style, parts = "", "", _NO_PARTS
    for column in range(max(cells, default=-1) + 1):
        cell = cells.get(column, _Cell())
        if (cell.style, cell.parts) != (style, parts):
            if text:
                yield Run(text=text, style=style, parts=parts)
            text, style, parts = "", cell.style, cell.parts
        text += _LINES[cell.lines] if cell.text is None else cell.text
    if text:
        yield Run(text=text, style=style, parts=parts)


def plain(text: str) -> str:
    """Write with ASCII alone, cell for cell."""
    if text.isascii():
        return text
    return "".join(
        sign if sign.isascii() else _PLAIN_LINES.get(sign) or ("+" if sign in _CORNERS else "?" * cells_wide(sign))
        for sign in text
    )
