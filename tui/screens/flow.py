"""The flow of a saga: what follows what, how often and how fast, and where transactions are stuck now."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.views import Flow
from tui.flow import FlowLayout, Row, filter_of, header, lay_out, painted, rows, summary
from tui.format import shown
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.view import Viewport
from tui.wants import FlowWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_FLOW: Final = Binding.Group("flow")


class FlowScreen(Browse):
    """The hand-offs of one saga. Enter lists the transactions at the step that one leads to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "the transactions at the step", group=_FLOW, id="flow.open"),
        Binding("e", "trouble(1)", "next step where something is stuck", group=_FLOW, id="flow.next-trouble"),
        Binding("E", "trouble(-1)", "previous step where something is stuck", group=_FLOW, id="flow.previous-trouble"),
        Binding("y", "copy_name", "copy the name of the saga", group=_FLOW, id="flow.copy-saga"),
        Binding("escape,q", "leave", "back", group=_FLOW, id="flow.back"),
    ]
    HINTS = (
        ("open", "transactions"), ("trouble(1)", "next stuck"), ("help", "help"), ("palette", "go to"),
        ("copy_name", "copy"), ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look, saga: str) -> None:
        super().__init__(look)
        self.saga = saga
        self.flow: Flow | None = None
        self.rows: tuple[Row, ...] = ()
        self._missing = ""
        self._view = Viewport()
        self._fitted: tuple[int, FlowLayout] | None = None
        self._summary = Bars(look, id="summary", panel=True)
        self._columns = Bars(look, id="columns")
        self.lines = Lines(self._line, look, id="rows")

    @property
    def view(self) -> Viewport:
        """The window on the rows."""
        return self._view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self._summary
        yield self.banner_bars
        yield self._columns
        yield self.lines
        yield self.hint_bars

    def on_screen_resume(self) -> None:
        """Watch this saga."""
        if self.is_active:
            self.saga_app.poller.watch(FlowWant(saga=self.saga))
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in the graph, or why there is none."""
        if snapshot.want != FlowWant(saga=self.saga):
            return
        if isinstance(snapshot.answer, Flow):
            before = self._row(self._view.cursor)
            self._missing, self.flow = "", snapshot.answer
            self.rows, self._fitted = rows(snapshot.answer), None
            view = self._view.counted(len(self.rows))
            at = next((at for at, row in enumerate(self.rows) if before and row.key == before.key), view.cursor)
            self._view = view.carried(at - view.cursor)
        elif snapshot.trouble and snapshot.trouble.kind != "away":
            self._missing = shown(snapshot.trouble.message)

    def turn(self, view: Viewport, *, home: bool = False) -> None:  # noqa: ARG002 - the first line is a line like others
        """Move the cursor."""
        self._view = view
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        self._view = view
        self.paint()

    def _row(self, index: int) -> Row | None:
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame(((" flow of ", "dim"), (shown(self.saga), "title")))
        self._summary.show(self._head(self.size.width))
        layout = self._layout(self.lines.seen.width)
        self._columns.show(*([header(layout)] if self.rows else []))
        self.lines.show(self._view)
        self.draw_hints()

    def _head(self, width: int) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if self.flow is None:
            return ((" " if self.saga_app.link.away else " asking", "dim"),)
        if not self.rows:
            return ((" none of its steps is known yet", "dim"),)
        return summary(self.flow, self.look, width)

    def _layout(self, width: int) -> FlowLayout:
        if self._fitted is None or self._fitted[0] != width:
            self._fitted = (width, lay_out(width, self.rows))
        return self._fitted[1]

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        lit = index == self._view.cursor
        return painted(self.rows[index], self._layout(width), self.look, selected=lit), lit

    def action_open(self) -> None:
        """List the transactions at the step under the cursor."""
        row = self._row(self._view.cursor)
        if row is not None:
            self.saga_app.open_list(filter_of(row, self.saga))

    def action_trouble(self, direction: int) -> None:
        """Go to the next or previous step where something is stuck."""
        at = self._view.cursor + direction
        while (row := self._row(at)) is not None and not (row.node and row.node.stuck and row.is_busiest):
            at += direction
        if row is None:
            self.notice("no other step that way where something is stuck", "dim")
        else:
            self._turned(self._view.to(at))

    def action_copy_name(self) -> None:
        """Copy the name of the saga."""
        self.copy(self.saga)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
