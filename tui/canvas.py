"""Cells to paint a bar or a ruler on. Pure."""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len

from tui.look import Line


class Canvas:
    """A line of cells, each a character and a role."""

    def __init__(self, width: int) -> None:
        self._cells: list[tuple[str, str]] = [(" ", "faint")] * width

    @property
    def width(self) -> int:
        """Give the number of cells."""
        return len(self._cells)

    def put(self, left: int, text: str, role: str) -> None:
        """Paint narrow characters, those that fit."""
        for at, char in enumerate(text, left):
            if 0 <= at < len(self._cells):
                self._cells[at] = (char, role)

    def within(self, left: int, width: int, text: str, role: str) -> bool:
        """Paint a text in the middle of so many cells, with a blank on either side; say whether there was room."""
        left, right = max(0, left), min(len(self._cells), left + width)
        if right - left < cell_len(text) + 2:
            return False
        self.put(left + (right - left - cell_len(text) - 2) // 2, f" {text} ", role)
        return True

    def char(self, at: int) -> str:
        """Give what stands in a cell; nothing outside."""
        return self._cells[at][0] if 0 <= at < len(self._cells) else ""

    def free(self, left: int, width: int) -> bool:
        """Say whether so many cells are blank, with one more on either side."""
        around = self._cells[max(0, left - 1) : left + width + 1]
        return left >= 0 and left + width <= len(self._cells) and all(char == " " for char, _ in around)

    def line(self) -> Line:
        """Give the cells as pieces."""
        runs = groupby(self._cells, key=lambda cell: cell[1])
        return tuple(("".join(char for char, _ in run), role) for role, run in runs)
