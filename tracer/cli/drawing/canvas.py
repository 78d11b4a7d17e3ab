"""A sheet of cells to draw on: lines that join where they meet, and text over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tracer.cli import human

UP: Final = 1
DOWN: Final = 2
LEFT: Final = 4
RIGHT: Final = 8
_LINES: Final = " │││─┘┐┤─└┌├─┴┬┼"
_PLAIN_LINES: Final = {"│": "|", "─": "-", "┄": ".", "┆": ":", "▼": "v", "↺": "^", "▲": "!", "…": "~", "·": "-"}
_CORNERS: Final = frozenset("┘┐┤└┌├┴┬┼╭╮╰╯")


@dataclass(slots=True)
class _Cell:
    lines: int = 0
    text: str | None = None
    style: str = ""


class Canvas:
    """Rows and columns count from 0; a sign that is two cells wide takes the next one too."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, _Cell]] = defaultdict(lambda: defaultdict(_Cell))

    def down(self, column: int, top: int, bottom: int) -> None:
        """Draw a line from the middle of one row to the middle of another one further down."""
        for row in range(top, bottom + 1):
            self._rows[row][column].lines |= (UP if row > top else 0) | (DOWN if row < bottom else 0)

    def across(self, row: int, one: int, other: int) -> None:
        """Draw a line between the middles of two columns."""
        left, right = sorted((one, other))
        for column in range(left, right + 1):
            self._rows[row][column].lines |= (LEFT if column > left else 0) | (RIGHT if column < right else 0)

    def write(self, row: int, column: int, text: str, style: str = "") -> None:
        """Write clean text over whatever is there."""
        for character in text:
            size = human.cells_wide(character)
            if not size:
                continue  # a mark on the sign before it: the cell holds one sign
            self._rows[row][column] = _Cell(0, character, style)
            if size > 1:
                self._rows[row][column + 1] = _Cell(0, "", style)
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

    def lines(self, *, unicode: bool, colour: bool) -> Iterator[str]:
        """Give the rows from above as text."""
        for row in range(max(self._rows, default=-1) + 1):
            yield self._row(self._rows[row], unicode=unicode, colour=colour)

    def _row(self, cells: dict[int, _Cell], *, unicode: bool, colour: bool) -> str:
        text, style, run = "", "", ""
        for column in range(max(cells, default=-1) + 1):
            cell = cells.get(column, _Cell())
            if cell.style != style:
                text, style, run = text + human.paint(run, style, colour=colour), cell.style, ""
            sign = _LINES[cell.lines] if cell.text is None else cell.text
            run += sign if unicode else plain(sign)
        return (text + human.paint(run, style, colour=colour)).rstrip()


def plain(text: str) -> str:
    """Write with ASCII alone, cell for cell."""
    if text.isascii():
        return text
    return "".join(
        sign
        if sign.isascii()
        else _PLAIN_LINES.get(sign) or ("+" if sign in _CORNERS else "?" * human.cells_wide(sign))
        for sign in text
    )
