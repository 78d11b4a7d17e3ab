"""A column of any number of lines, of which only the visible ones exist.

The widget holds a `Viewport` and asks its painter for the lines that are seen. It remembers what it
painted, so that `repaint` touches nothing but the cells that differ.
"""

from __future__ import annotations

from typing import Protocol

from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.diff import changes
from tui.look import Line, Look
from tui.view import Viewport
from tui.widgets.ink import Ink


class Painter(Protocol):
    """Gives the line of that number, and whether the cursor lights it."""

    def __call__(self, index: int, width: int) -> tuple[Line, bool]:
        """Paint one line."""
        ...


class Lines(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows the lines of a painter; keys belong to the screen, the wheel and the scrollbar come back as Scrolled."""

    DEFAULT_CSS = """
    Lines { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; overflow-y: scroll; }
    """

    class Scrolled(Message):
        """The wheel or the scrollbar moved the window to another top line."""

        def __init__(self, lines: Lines, top: int) -> None:
            super().__init__()
            self.lines = lines
            self.top = top

        @property
        def control(self) -> Lines:
            """The widget that was scrolled."""
            return self.lines

    class Resized(Message):
        """The window has another height or width."""

        def __init__(self, lines: Lines) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> Lines:
            """The widget that was resized."""
            return self.lines

    class Picked(Message):
        """A line was clicked."""

        def __init__(self, lines: Lines, index: int, column: int) -> None:
            super().__init__()
            self.lines = lines
            self.index = index
            self.column = column

        @property
        def control(self) -> Lines:
            """The widget that was clicked."""
            return self.lines

    def __init__(self, painter: Painter, look: Look, *, id: str | None = None, panel: bool = False) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._painter = painter
        self._ink = Ink(look, panel=panel)
        self._painted: dict[int, tuple[Line, bool]] = {}
        self.view = Viewport()

    @property
    def seen(self) -> Size:
        """Give the size of what is seen of the lines, without the scrollbar."""
        return self.scrollable_content_region.size

    def show(self, view: Viewport) -> None:
        """Show this window, and repaint what differs in it."""
        self.view = view
        if self.virtual_size.height != view.count:
            self.virtual_size = Size(self.seen.width, view.count)
        if round(self.scroll_y) != view.top:
            self.scroll_to(y=view.top, animate=False)
        self.repaint()

    def repaint(self) -> None:
        """Refresh only the cells whose text or style is not what was painted last."""
        width = self.seen.width
        for y in range(self.seen.height):
            before = self._painted.get(y)
            after = self._line(y, width)
            if before is None or before[1] != after[1]:
                self.refresh(Region(0, y, width, 1))
            elif before[0] != after[0]:
                for left, cells in changes(before[0], after[0]):
                    self.refresh(Region(left, y, cells, 1))

    def render_line(self, y: int) -> Strip:
        """Paint one visible line."""
        width = self.seen.width
        line, lit = self._painted[y] = self._line(y, width)
        return self._ink.strip(line, width, lit=lit)

    def wear(self, look: Look) -> None:
        """Paint anew in another look."""
        self._ink = self._ink.in_look(look)
        self.refresh()

    def _line(self, y: int, width: int) -> tuple[Line, bool]:
        index = y + self.scroll_offset.y
        return self._painter(index, width) if index < self.view.count else ((), False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell the screen when it was not the screen that scrolled."""
        super().watch_scroll_y(old_value, new_value)
        if round(new_value) != self.view.top:
            self.post_message(self.Scrolled(self, round(new_value)))

    def on_resize(self, _event: Resize) -> None:
        """Forget what was painted at another size."""
        self._painted.clear()
        self.post_message(self.Resized(self))

    def on_click(self, event: Click) -> None:
        """Pick the line under the mouse."""
        index = event.y + self.scroll_offset.y
        if index < self.view.count:
            self.post_message(self.Picked(self, index, event.x))
