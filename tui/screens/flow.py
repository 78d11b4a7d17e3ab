"""The flow of a saga: what follows what, how often and how fast, and where transactions are stuck now."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.drawing.graph import Part
from tracer.views import Flow
from tui import graph, route
from tui.chrome import cut, wrapped_line
from tui.flow import FlowLayout, Row, filter_of, header, lay_out, painted, rows, summary
from tui.format import count, shown
from tui.graph import NARROWEST, Picture, picture
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.view import Viewport
from tui.wants import FlowWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_TOLD_LINES: Final = 2
_NOTHING_STUCK: Final = "no other step that way where something is stuck"
_FLOW: Final = Binding.Group("flow")


class FlowScreen(Browse):
    """The graph of one saga, drawn, or its hand-offs as a table. Enter lists the transactions that are there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "the transactions at the step, in the hand-off", group=_FLOW, id="flow.open"),
        Binding("e", "trouble(1)", "next step where something is stuck", group=_FLOW, id="flow.next-trouble"),
        Binding("E", "trouble(-1)", "previous step where something is stuck", group=_FLOW, id="flow.previous-trouble"),
        Binding("left,h", "side(-1)", "the step or the arrow to the left", group=_FLOW, id="flow.left"),
        Binding("right,l", "side(1)", "the step or the arrow to the right", group=_FLOW, id="flow.right"),
        Binding("v", "switch", "graph, table", group=_FLOW, id="flow.switch"),
        Binding("y", "copy_name", "copy the name of the saga", group=_FLOW, id="flow.copy-saga"),
        Binding("escape,q", "leave", "back", group=_FLOW, id="flow.back"),
    ]
    HINTS = (
        ("open", "transactions"), ("trouble(1)", "next stuck"), ("switch", "graph, table"), ("help", "help"),
        ("palette", "go to"), ("copy_name", "copy"), ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look, saga: str) -> None:
        super().__init__(look)
        self.saga = saga
        self.flow: Flow | None = None
        self.rows: tuple[Row, ...] = ()
        self.picture: Picture | None = None
        self.chosen: Part | None = None
        self._came: Part | None = None
        self._wish: bool | None = None
        self._missing = ""
        self._view = Viewport()
        self._window = Viewport()
        self._left = 0
        self._fitted: tuple[int, FlowLayout] | None = None
        self._drawn: tuple[Flow, int, bool] | None = None
        self._summary = Bars(look, id="summary", panel=True)
        self._columns = Bars(look, id="columns")
        self._told = Bars(look, id="told", panel=True)
        self.lines = Lines(self._line, look, id="rows")

    @property
    def is_graph(self) -> bool:
        """Say whether the graph is shown: where a person did not say, where there is room and box characters."""
        wish = self.look.unicode and self.size.width >= NARROWEST if self._wish is None else self._wish
        return wish and self.picture is not None

    @property
    def view(self) -> Viewport:
        """The window on the rows of the table, or on the rows of cells of the graph."""
        return self._window if self.is_graph else self._view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self._summary
        yield self.banner_bars
        yield self._columns
        yield self.lines
        yield self._told
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
        """Move the cursor of the table."""
        self._view = view
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll; the chosen part of the graph stays chosen out of sight."""
        if self.is_graph:
            self._window = view
        else:
            self._view = view
        self.paint()

    def _row(self, index: int) -> Row | None:
        return self.rows[index] if 0 <= index < len(self.rows) else None

    # --- drawing ----------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame(((" flow of ", "dim"), (shown(self.saga), "title")))
        self._summary.show(self._head(self.size.width))
        width = self.lines.seen.width
        self._draw_picture(width)
        is_table = bool(self.rows) and not self.is_graph
        self._columns.show(*([header(self._layout(width))] if is_table else []))
        self._told.show(*(self._told_lines() if self.is_graph else ()))
        self.lines.show(self.view)
        self.draw_hints()

    def _draw_picture(self, width: int) -> None:
        """Draw the graph anew where it or the room for it changed, and find the chosen part again."""
        if self.flow is None or not width:
            return
        key = (replace(self.flow, as_of=self.flow.as_of.min), width, self.look.unicode)
        if key == self._drawn:
            return
        self._drawn = key
        before = self.picture.key(self.chosen) if self.picture and self.chosen else None
        self.picture = picture(self.flow, self.look, width)
        if self.picture is None:
            self.chosen = None
            return
        self._window = self._window.resized(self.lines.seen.height).counted(len(self.picture.rows))
        found = self.picture.find(before)
        self.chosen = found or route.begin(self.picture)
        self._came = None
        self._follow(self.picture)

    def _follow(self, drawn: Picture) -> None:
        """Scroll so that the chosen part is in sight, no further than needed."""
        if self.chosen is None:
            return
        place, seen = drawn.places[self.chosen], self.lines.seen
        top = min(max(self._window.top, place.row + place.height - seen.height), place.row)
        left = min(max(self._left, place.column + place.width - seen.width), place.column)
        self._left = max(0, min(left, drawn.width - seen.width))
        self._window = replace(self._window, top=max(0, min(top, len(drawn.rows) - seen.height)), cursor=place.row)

    def _head(self, width: int) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if self.flow is None:
            return ((" " if self.saga_app.link.away else " asking", "dim"),)
        if not self.rows:
            return ((" none of its steps is known yet", "dim"),)
        return summary(self.flow, self.look, width)

    def _told_lines(self) -> tuple[Line, ...]:
        if self.picture is None or self.chosen is None:
            return ()
        told = graph.told(self.picture, self.chosen, self.look)
        return wrapped_line(told, self.size.width, _TOLD_LINES)

    def _layout(self, width: int) -> FlowLayout:
        if self._fitted is None or self._fitted[0] != width:
            self._fitted = (width, lay_out(width, self.rows))
        return self._fitted[1]

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        if self.is_graph and self.picture is not None:
            return graph.painted(self.picture, index, self._left, width, self.look, self.chosen), False
        row = self._row(index)
        lit = index == self._view.cursor
        return (cut(painted(row, self._layout(width), self.look, selected=lit), width), lit) if row else ((), False)

    def place(self) -> str:
        """Say which of the parts is chosen, and which columns are in sight where not all are."""
        if not self.is_graph or self.picture is None or self.chosen is None:
            return super().place()
        seen, parts = self.lines.seen.width, self.picture.parts
        columns = f"columns {self._left + 1}-{self._left + seen} of {self.picture.width}  "
        at = f"{count(parts.index(self.chosen) + 1)} of {count(len(parts))}"
        return f"{columns if self.picture.width > seen else ''}{at}"

    # --- moving -----------------------------------------------------------------------------------------------

    def _go(self, part: Part | None) -> None:
        """Choose a part of the graph."""
        if self.picture is None or part is None:
            return
        self._came = self.chosen if self.chosen is not None and self.chosen.kind != "box" else self._came
        self.chosen, self._notice = part, ()
        self._follow(self.picture)
        self.paint()

    def action_move(self, lines: int) -> None:
        """Go along the arrows, or to the next line of the table."""
        if not self.is_graph or self.picture is None or self.chosen is None:
            super().action_move(lines)
            return
        self._go((route.onward if lines > 0 else route.back)(self.picture, self.chosen, self._came))

    def action_side(self, direction: int) -> None:
        """Go to what is beside."""
        if self.is_graph and self.picture is not None and self.chosen is not None:
            self._go(route.beside(self.picture, self.chosen, direction))

    def action_page(self, pages: float) -> None:
        """Go by pages."""
        if not self.is_graph or self.picture is None or self.chosen is None:
            super().action_page(pages)
            return
        self._go(route.paged(self.picture, self.chosen, int(pages * self._window.height)))

    def action_first(self) -> None:
        """Go to the beginning."""
        if not self.is_graph or self.picture is None:
            super().action_first()
            return
        self._go(self.picture.parts[0])

    def action_last(self) -> None:
        """Go to what stands last."""
        if not self.is_graph or self.picture is None:
            super().action_last()
            return
        self._go([part for part in self.picture.parts if part.kind == "box"][-1])

    def on_lines_resized(self, event: Lines.Resized) -> None:
        """Follow the terminal's size, and keep what is chosen in sight."""
        super().on_lines_resized(event)
        if self.is_graph and self.picture is not None:
            self._follow(self.picture)
            self.paint()

    def on_lines_picked(self, event: Lines.Picked) -> None:
        """Follow the mouse; a click on what is chosen opens it."""
        if not self.is_graph or self.picture is None:
            super().on_lines_picked(event)
            return
        part = route.under(self.picture, event.index, event.column + self._left)
        if part is not None and part == self.chosen:
            self.action_open()
        else:
            self._go(part)

    def action_trouble(self, direction: int) -> None:
        """Go to the next or previous step where something is stuck."""
        if self.is_graph and self.picture is not None and self.chosen is not None:
            part = route.trouble(self.picture, self.chosen, direction)
            self.notice(_NOTHING_STUCK, "dim") if part is None else self._go(part)
            return
        at = self._view.cursor + direction
        while (row := self._row(at)) is not None and not (row.node and row.node.stuck and row.is_busiest):
            at += direction
        if row is None:
            self.notice(_NOTHING_STUCK, "dim")
        else:
            self._turned(self._view.to(at))

    # --- doing ------------------------------------------------------------------------------------------------

    def action_switch(self) -> None:
        """Show the other one of graph and table."""
        if self.picture is None:
            self.notice("there is nothing to draw, or too much of it", "dim")
            return
        self._wish = not self.is_graph
        if self._wish:
            row = self._row(self._view.cursor)
            self.chosen = graph.part_of(self.picture, row) if row else self.chosen
        else:
            at = graph.row_of(self.picture, self.chosen, self.rows) if self.chosen else None
            self._view = self._view.resized(self.lines.seen.height).to(self._view.cursor if at is None else at)
        self._follow(self.picture)
        self.paint()

    def action_open(self) -> None:
        """List the transactions at the step under the cursor."""
        row = self._row(self._view.cursor)
        if self.is_graph and self.picture is not None and self.chosen is not None:
            self.saga_app.open_list(graph.filter_of(self.picture, self.chosen))
        elif row is not None:
            self.saga_app.open_list(filter_of(row, self.saga))

    def action_copy_name(self) -> None:
        """Copy the name of the saga."""
        self.copy(self.saga)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
