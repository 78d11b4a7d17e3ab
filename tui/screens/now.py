"""The first screen: what is wrong now. Enter leads to the transactions behind it."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tui.alerts import told_briefly
from tui.chrome import NAME, cut
from tui.columns import marker
from tui.format import shown
from tui.look import Line, Look
from tui.now import Item, NowState, Told, calm, figures, filter_of, told
from tui.screens.browse import Browse
from tui.sheet import settled
from tui.view import Viewport
from tui.wants import NowAnswer, NowWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_NOW: Final = Binding.Group("now")


class NowScreen(Browse):
    """Incidents, the worst first, then stuck transactions; a calm screen where nothing is stuck."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "the transactions of an incident, or the transaction", group=_NOW, id="now.open"),
        Binding("l", "list", "all transactions", group=_NOW, id="now.list"),
        Binding("slash", "filter", "all transactions, with a filter", group=_NOW, id="now.filter"),
        Binding("f", "flow", "the flow of its saga", group=_NOW, id="now.flow"),
        Binding("tab", "section", "incidents, stuck transactions", group=_NOW, id="now.section"),
        Binding("y", "copy_it", "copy the sentence, or the transaction id", group=_NOW, id="now.copy"),
        Binding("q", "leave", "quit", group=_NOW, id="now.quit"),
    ]
    HINTS = (
        ("open", "open"), ("list", "all"), ("filter", "filter"), ("help", "help"), ("palette", "go to"),
        ("flow", "flow"), ("copy_it", "copy"), ("leave", "quit"),
    )  # fmt: skip

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.state = NowState()
        self._items: tuple[Item, ...] = ()
        self._told: tuple[Told, ...] = ()
        self._key: tuple[object, ...] = ()
        self._held: tuple[str, str] | None = None
        self._view = Viewport()
        self._figures = Bars(look, id="figures", panel=True)
        self._calm = Bars(look, id="calm")
        self.lines = Lines(self._line, look, id="rows")

    @property
    def view(self) -> Viewport:
        """The window on the lines."""
        return self._view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self._figures
        yield self.banner_bars
        yield self._calm
        yield self.lines
        yield self.hint_bars

    def on_screen_resume(self) -> None:
        """Watch what is wrong."""
        # Where another screen was opened over this one at once, that one is read first.
        if self.is_active:
            self.saga_app.poller.watch(NowWant())
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in what is wrong, or why that is not known."""
        if not isinstance(snapshot.want, NowWant):
            return
        if isinstance(snapshot.answer, NowAnswer):
            self.state = self.state.received(snapshot.answer, snapshot.taken_ns)
        elif snapshot.trouble and snapshot.trouble.kind != "away":
            self.notice(shown(snapshot.trouble.message), "failed")

    def turn(self, view: Viewport, *, home: bool = False) -> None:
        """Move the cursor, from item to item."""
        back = view.cursor < self._view.cursor and not home
        # The last lines belong to the last item: going down from it stays there.
        self._view = self._settled(view, back=back)
        self._hold()
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        moved = view.cursor != self._view.cursor
        self._view = self._settled(view, back=view.cursor < self._view.cursor) if moved else view
        self._hold()
        self.paint()

    def _settled(self, view: Viewport, *, back: bool) -> Viewport:
        return settled(view, self._told, back=back)

    def _hold(self) -> None:
        item = self.chosen()
        self._held = item.key if item else None

    def chosen(self) -> Item | None:
        """Give the item under the cursor."""
        at = self._view.cursor
        number = self._told[at].item if at < len(self._told) else None
        return None if number is None else self._items[number]

    def draw(self) -> None:
        """Bring every line up to date."""
        app, width = self.saga_app, self.size.width
        now_ns = app.shown_now_ns()
        self.draw_frame((*NAME, (" now", "text")))
        self._figures.show(*self._of_all(now_ns, width))
        self._lay_out()
        said = calm(self.state, now_ns, self.look, away=app.link.away is not None)
        if self.state.answer is None and not app.link.away:
            said = (((f"  asking {shown(app.link.url)}", "dim"),),)
        self._calm.show(*(cut(line, width) for line in said))
        self.lines.show(self._view)
        self.draw_hints()

    def _of_all(self, now_ns: int, width: int) -> tuple[Line, ...]:
        """Give the figures, and what alerts say of it."""
        lines = figures(self.state, now_ns, self.look, width, of_file=self.saga_app.link.is_file)
        alerts = self.state.answer.alerts if self.state.answer else None
        return (*lines, cut(told_briefly(alerts, self.look), width)) if alerts and alerts.alerts else lines

    def _lay_out(self) -> None:
        """Make the lines anew, and find the chosen item again among them."""
        app, width = self.saga_app, self.lines.seen.width
        now = to_datetime(app.shown_now_ns()).replace(microsecond=0)
        key = (self.state, width, now)
        if key == self._key or not width:
            return
        self._key, self._items = key, self.state.items()
        self._told = told(self.state, self.look, width, now)
        view = self._view.counted(len(self._told))
        at = next((at for at, line in enumerate(self._told) if self._is_held(line)), None)
        if at is not None:
            self._view = view.carried(at - view.cursor)
            return
        self._view = self._settled(view, back=True)
        if self._held is not None:
            # What was chosen is over: what stands in its place is held from now on.
            self._hold()

    def _is_held(self, line: Told) -> bool:
        return line.first and line.item is not None and self._items[line.item].key == self._held

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        line = self._told[index]
        if line.item is None:
            return cut(line.line, width), False
        at = self._view.cursor
        lit = at < len(self._told) and self._told[at].item == line.item
        return (marker(self.look, selected=lit and line.first), *line.line), lit

    def beside(self, transaction_id: str, direction: Literal[1, -1]) -> str | None:
        """Give the stuck transaction next to one."""
        return self.state.beside(transaction_id, direction)

    def action_open(self) -> None:
        """Open what is under the cursor."""
        item = self.chosen()
        if item is not None and item.incident is not None:
            self.saga_app.open_list(filter_of(item.incident))
        elif item is not None and item.stall is not None:
            self.saga_app.open_transaction(item.stall.transaction_id, self.beside)

    def action_list(self) -> None:
        """List all transactions."""
        self.saga_app.open_list()

    def action_filter(self) -> None:
        """List all transactions, and type a filter."""
        self.saga_app.open_list(typing=True)

    def action_flow(self) -> None:
        """Show the flow of the saga of what is under the cursor."""
        if (item := self.chosen()) is not None:
            self.show_flow(item.saga)

    def action_section(self) -> None:
        """Go from the incidents to the stuck transactions and back."""
        heads = [at for at, line in enumerate(self._told) if line.item is None]
        ahead = next((at for at in heads if at > self._view.cursor), heads[0] if heads else 0)
        self._turned(self._view.scrolled(ahead).to(ahead + 1))

    def action_copy_it(self) -> None:
        """Copy the sentence of an incident, or the id of a transaction."""
        item = self.chosen()
        if item is not None:
            self.copy(item.incident.why if item.incident else item.key[1])

    def action_leave(self) -> None:
        """Quit."""
        self.app.exit()
