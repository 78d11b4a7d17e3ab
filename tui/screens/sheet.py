"""What the screens of sheets have in common: a summary, and lines in which the cursor goes from item to item."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Generic

from textual.app import ComposeResult

from tracer.clock import to_datetime
from tui.chrome import NAME, cut
from tui.columns import marker
from tui.format import shown
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.sheet import ItemT, Sheet, settled
from tui.view import Viewport
from tui.wants import Snapshot, Want
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines


class SheetScreen(Browse, Generic[ItemT]):
    """A screen of one want. What it says of itself is in SUBJECT; `sheet` paints it, `summary` in one line."""

    SUBJECT: str
    WANT: Want

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._sheet: Sheet[ItemT] = Sheet()
        self._missing = ""
        self._view = Viewport()
        self._summary = Bars(look, id="summary", panel=True)
        self.lines = Lines(self._line, look, id="rows")

    @abstractmethod
    def received(self, snapshot: Snapshot) -> bool:
        """Take in a reading, where it is one for this screen."""

    @abstractmethod
    def is_known(self) -> bool:
        """Whether something was read."""

    @abstractmethod
    def summary(self, now: datetime) -> Line:
        """Paint how it stands in one line."""

    @abstractmethod
    def sheet(self, width: int, now: datetime) -> Sheet[ItemT]:
        """Paint all lines in a width."""

    @property
    def view(self) -> Viewport:
        """The window on the lines."""
        return self._view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self._summary
        yield self.banner_bars
        yield self.lines
        yield self.hint_bars

    def on_screen_resume(self) -> None:
        """Watch what this screen shows."""
        if self.is_active:
            self.saga_app.poller.watch(self.WANT)
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading, or why there is none."""
        if self.received(snapshot):
            self._missing = ""
        elif snapshot.want == self.WANT and snapshot.trouble and snapshot.trouble.kind != "away":
            self._missing = shown(snapshot.trouble.message)

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame((*NAME, (f" {self.SUBJECT}", "text")))
        self._summary.show(cut(self._head(), self.size.width))
        self._lay_out()
        self.lines.show(self._view)
        self.draw_hints()

    def _now(self) -> datetime:
        return to_datetime(self.saga_app.shown_now_ns())

    def _head(self) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if not self.is_known() and self.saga_app.link.away:
            return ((" ", "dim"),)
        return self.summary(self._now())

    def _lay_out(self) -> None:
        """Make the lines anew, and find the chosen item again among them."""
        seen = self.lines.seen
        if not seen.height or not seen.width:
            return  # it has no size yet: what is laid out now would be scrolled away
        before = self.chosen()
        self._sheet = self.sheet(seen.width, self._now())
        view = self._view.resized(seen.height).counted(len(self._sheet.lines))
        at = self._sheet.of(before)
        self._view = self._settled(view, back=False) if at is None else view.carried(at - view.cursor)

    def turn(self, view: Viewport, *, home: bool = False) -> None:
        """Move the cursor, from item to item."""
        self._view = self._settled(view, back=view.cursor < self._view.cursor and not home)
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        back = view.cursor < self._view.cursor
        self._view = self._settled(view, back=back) if view.cursor != self._view.cursor else view
        self.paint()

    def _settled(self, view: Viewport, *, back: bool) -> Viewport:
        return settled(view, self._sheet.lines, back=back)

    def chosen(self) -> ItemT | None:
        """Give the item under the cursor."""
        line = self._sheet.at(self._view.cursor)
        return line.item if line else None

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        told = self._sheet.at(index)
        if told is None or told.item is None:
            return cut(told.line if told else (), width), False
        chosen = self.chosen()
        lit = chosen is not None and chosen.key == told.item.key
        return cut((marker(self.look, selected=lit and told.first), *told.line), width), lit

    def action_section(self) -> None:
        """Go to the next part."""
        self._turned(self._view.to(self._sheet.next_part(self._view.cursor)))

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
