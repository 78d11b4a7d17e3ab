"""Turns lines of (text, role) pieces into what Textual paints."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.look import Line, Look
from tui.themes import Theme


class Ink:
    """Paints with one look; styles are worked out once."""

    def __init__(self, look: Look, *, panel: bool = False) -> None:
        self._look = look
        self._panel = panel
        theme = look.drawn
        self._ground = Style(bgcolor=theme.panel if panel else theme.ground)
        self._styles: dict[tuple[str, bool], Style] = {}

    def in_look(self, look: Look) -> Ink:
        """Give the ink of another look for the same ground."""
        return Ink(look, panel=self._panel)

    def strip(self, line: Line, width: int, *, lit: bool = False) -> Strip:
        """Paint a line exactly `width` cells wide; `lit` marks the one under the cursor."""
        segments = [Segment(self._look.printable(text), self._style(role, lit=lit)) for text, role in line if text]
        return Strip(segments).adjust_cell_length(width, self._style("text", lit=lit))

    def _style(self, role: str, *, lit: bool) -> Style:
        known = self._styles.get((role, lit))
        if known is None:
            style = self._ground + Style.parse(self._look.style(role))
            known = self._styles[role, lit] = _lit(style, self._look.drawn, self._ground) if lit else style
        return known


def _lit(style: Style, theme: Theme, ground: Style) -> Style:
    """Give a style as it is under the cursor; what has a ground of its own keeps it."""
    if theme.is_reversing:
        return style.without_color + Style(reverse=True, dim=False)
    return style + Style(bgcolor=theme.cursor) if style.bgcolor == ground.bgcolor else style


@runtime_checkable
class Looking(Protocol):
    """A screen that hands its look on to what it opens."""

    look: Look


@runtime_checkable
class Inked(Protocol):
    """A widget that paints with ink, and can be given another look while it is shown."""

    def wear(self, look: Look) -> None:
        """Paint anew in another look."""
        ...
