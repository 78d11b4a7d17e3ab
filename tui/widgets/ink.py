"""Turns lines of (text, role) pieces into what Textual paints."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.look import BACKGROUND, CURSOR, PANEL, Line, Look


class Ink:
    """Paints with one look; styles are worked out once."""

    def __init__(self, look: Look, *, panel: bool = False) -> None:
        self._look = look
        ground = PANEL if panel else BACKGROUND
        self._ground = Style(bgcolor=ground) if look.colour else Style()
        self._lit = Style(bgcolor=CURSOR) if look.colour else Style(reverse=True)
        self._styles: dict[tuple[str, bool], Style] = {}

    def strip(self, line: Line, width: int, *, lit: bool = False) -> Strip:
        """Paint a line exactly `width` cells wide; `lit` marks the one under the cursor."""
        segments = [Segment(self._look.printable(text), self._style(role, lit=lit)) for text, role in line if text]
        return Strip(segments).adjust_cell_length(width, self._style("text", lit=lit))

    def _style(self, role: str, *, lit: bool) -> Style:
        known = self._styles.get((role, lit))
        if known is None:
            base = self._ground + self._lit if lit else self._ground
            known = self._styles[role, lit] = base + Style.parse(self._look.style(role))
        return known
