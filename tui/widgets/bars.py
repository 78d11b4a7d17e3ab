"""A few lines that stand still: titles, headers, hints."""

from __future__ import annotations

from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.diff import changes
from tui.look import Line, Look
from tui.widgets.ink import Ink


class Bars(Widget):
    """Shows the lines it was given last; only the cells that changed are repainted."""

    DEFAULT_CSS = "Bars { height: 1; }"

    def __init__(self, look: Look, *, id: str | None = None, panel: bool = False) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._ink = Ink(look, panel=panel)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Give what is shown."""
        return self._lines

    def show(self, *lines: Line) -> None:
        """Show these lines, and no line where there are none."""
        before, self._lines = self._lines, lines
        if len(lines) != len(before) or self.display != bool(lines):
            self.display = bool(lines)
            self.styles.height = max(1, len(lines))
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, lines, strict=True)):
            for left, cells in changes(old, new):
                self.refresh(Region(left, y, cells, 1))

    def wear(self, look: Look) -> None:
        """Paint anew in another look."""
        self._ink = self._ink.in_look(look)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        line = self._lines[y] if y < len(self._lines) else ()
        return self._ink.strip(line, self.size.width)

    def on_resize(self, _event: Resize) -> None:
        """Repaint at the new size."""
        self.refresh()
