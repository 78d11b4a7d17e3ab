"""The sagas that are declared or were seen; Enter shows the flow of one."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.views import SagaList, SagaSummary
from tui.chrome import NAME, cut
from tui.format import shown
from tui.grid import fitted, head, painted
from tui.look import Line, Look
from tui.now import term
from tui.sagas import COLUMNS, cells, ordered, summary
from tui.screens.browse import Browse
from tui.view import Viewport
from tui.wants import SagasWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_SAGAS: Final = Binding.Group("sagas")


class SagasScreen(Browse):
    """All sagas, the one with the most that is stuck first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f", "open", "the flow of the saga", group=_SAGAS, id="sagas.open"),
        Binding("t", "list", "its transactions", group=_SAGAS, id="sagas.transactions"),
        Binding("y", "copy_name", "copy the name of the saga", group=_SAGAS, id="sagas.copy-saga"),
        Binding("escape,q", "leave", "back", group=_SAGAS, id="sagas.back"),
    ]
    HINTS = (
        ("open", "flow"), ("list", "transactions"), ("help", "help"), ("palette", "go to"), ("copy_name", "copy"),
        ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.sagas: tuple[SagaSummary, ...] | None = None
        self._missing = ""
        self._view = Viewport()
        self._widths: tuple[int, ...] = ()
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
        """Watch the sagas."""
        if self.is_active:
            self.saga_app.poller.watch(SagasWant())
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in the sagas; the cursor stays with the one that it is on."""
        if isinstance(snapshot.answer, SagaList):
            before = self.chosen()
            self._missing, self.sagas = "", ordered(snapshot.answer.sagas)
            view = self._view.counted(len(self.sagas))
            names = [one.saga for one in self.sagas]
            at = names.index(before.saga) if before is not None and before.saga in names else view.cursor
            self._view = view.carried(at - view.cursor)
        elif snapshot.want == SagasWant() and snapshot.trouble and snapshot.trouble.kind != "away":
            self._missing = shown(snapshot.trouble.message)

    def turn(self, view: Viewport, *, home: bool = False) -> None:  # noqa: ARG002 - the first line is a line like others
        """Move the cursor."""
        self._view = view
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        self._view = view
        self.paint()

    def chosen(self) -> SagaSummary | None:
        """Give the saga under the cursor."""
        at = self._view.cursor
        return self.sagas[at] if self.sagas and at < len(self.sagas) else None

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame((*NAME, (" sagas", "text")))
        self._summary.show(self._head())
        width = self.lines.seen.width
        self._widths = fitted(COLUMNS, [cells(one, self.look) for one in self.sagas or ()], width)
        self._columns.show(*([cut(head(COLUMNS, self._widths), width)] if self.sagas else []))
        self.lines.show(self._view)
        self.draw_hints()

    def _head(self) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if self.sagas is None:
            return ((" " if self.saga_app.link.away else " asking", "dim"),)
        if not self.sagas:
            return ((" no saga is declared or was seen yet", "dim"),)
        return summary(self.sagas, self.look)

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        saga = (self.sagas or ())[index]
        lit = index == self._view.cursor
        return cut(painted(cells(saga, self.look), COLUMNS, self._widths, self.look, selected=lit), width), lit

    def action_open(self) -> None:
        """Show the flow of the saga under the cursor."""
        if (saga := self.chosen()) is not None:
            self.show_flow(saga.saga)

    def action_list(self) -> None:
        """List the transactions of the saga under the cursor."""
        saga = self.chosen()
        if saga is not None and saga.saga is not None:
            self.saga_app.open_list(term("saga", saga.saga))

    def action_copy_name(self) -> None:
        """Copy the name of the saga under the cursor."""
        saga = self.chosen()
        if saga is not None and saga.saga is not None:
            self.copy(saga.saga)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
