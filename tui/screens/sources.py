"""What takes data in, what of it never joins, and what was rejected; Enter shows more of a line."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tui.chrome import NAME, cut
from tui.columns import marker
from tui.format import shown
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.screens.panel import Pager
from tui.screens.rejected import RejectedScreen
from tui.sources import Item, Sheet, SourcesState, collector_lines, query_of, sheet, summary
from tui.view import Viewport
from tui.wants import Snapshot, SourcesAnswer, SourcesWant
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_SOURCES: Final = Binding.Group("sources")


class CollectorPanel(Pager):
    """All that one collector says of itself, live."""

    def __init__(self, look: Look, name: str, state: SourcesState) -> None:
        super().__init__(look, f"collector {shown(name)}")
        self._name = name
        self._state = state

    def take(self, snapshot: Snapshot) -> None:
        """Follow what it counts."""
        if isinstance(snapshot.answer, SourcesAnswer):
            self._state = self._state.received(snapshot.answer, snapshot.taken_ns)
            self.paint()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give its state, its counters and its gauges."""
        answer = self._state.answer
        there = answer.collectors.collectors if answer else ()
        one = next((each for each in there if each.name == self._name), None)
        if one is None:
            return (((" this collector is gone", "warn"),),)
        return collector_lines(one, self._state, self.look, width, to_datetime(self.saga_app.shown_now_ns()))


class SourcesScreen(Browse):
    """The collectors, the coverage of each service, and the reasons for which messages were rejected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "open",
            "all figures, the records that never joined, the messages",
            group=_SOURCES,
            id="sources.open",
        ),
        Binding("tab", "section", "collectors, coverage, rejected", group=_SOURCES, id="sources.section"),
        Binding("y", "copy_name", "copy the name, or the reason", group=_SOURCES, id="sources.copy"),
        Binding("escape,q", "leave", "back", group=_SOURCES, id="sources.back"),
    ]
    HINTS = (
        ("open", "open"), ("section", "next part"), ("help", "help"), ("palette", "go to"), ("copy_name", "copy"),
        ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.state = SourcesState()
        self._sheet = Sheet()
        self._missing = ""
        self._view = Viewport()
        self._summary = Bars(look, id="summary", panel=True)
        self.lines = Lines(self._line, look, id="rows")

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
        """Watch the sources."""
        if self.is_active:
            self.saga_app.poller.watch(SourcesWant())
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading."""
        if isinstance(snapshot.answer, SourcesAnswer):
            self._missing = ""
            self.state = self.state.received(snapshot.answer, snapshot.taken_ns)
        elif snapshot.want == SourcesWant() and snapshot.trouble and snapshot.trouble.kind != "away":
            self._missing = shown(snapshot.trouble.message)

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame((*NAME, (" sources", "text")))
        self._summary.show(cut(self._head(), self.size.width))
        self._lay_out()
        self.lines.show(self._view)
        self.draw_hints()

    def _head(self) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if self.state.answer is None and self.saga_app.link.away:
            return ((" ", "dim"),)
        return summary(self.state, self.look)

    def _lay_out(self) -> None:
        """Make the lines anew, and find the chosen item again among them."""
        before = self.chosen()
        if not self.lines.seen.width:
            return
        now = to_datetime(self.saga_app.shown_now_ns())
        self._sheet = sheet(self.state, self.look, self.lines.seen.width, now)
        view = self._view.counted(len(self._sheet.lines))
        firsts = [(at, line.item) for at, line in enumerate(self._sheet.lines) if line.first]
        at = next((at for at, item in firsts if before and item and item.key == before.key), None)
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
        """Put the cursor on the first line of an item, with all of its lines in sight."""
        firsts = [at for at, line in enumerate(self._sheet.lines) if line.first]
        if not firsts:
            return view
        ahead = next((at for at in firsts if at >= view.cursor), firsts[-1])
        behind = next((at for at in reversed(firsts) if at <= view.cursor), firsts[0])
        at = behind if back else ahead
        last = max(number for number, line in enumerate(self._sheet.lines) if line.item is self._sheet.lines[at].item)
        return (view.to(0) if at == firsts[0] else view).to(last).to(at)

    def chosen(self) -> Item | None:
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

    def action_open(self) -> None:
        """Show all figures of a collector, the records of a service that never joined, or the messages of a reason."""
        item = self.chosen()
        if item is None:
            return
        if item.collector is not None:
            self.app.push_screen(CollectorPanel(self.look, item.collector.name, self.state))
        elif item.reason is not None:
            self.app.push_screen(RejectedScreen(self.look, item.reason.messages))
        elif item.coverage is not None:
            self.saga_app.open_sql(query_of(item.coverage))

    def action_section(self) -> None:
        """Go to the next part."""
        heads = [at for at, line in enumerate(self._sheet.lines) if line.line and line.line[0][1] == "heading"]
        ahead = next((at for at in heads if at > self._view.cursor), 0)
        firsts = [at for at, line in enumerate(self._sheet.lines) if line.first]
        at = next((at for at in firsts if at >= ahead), firsts[0] if firsts else 0)
        self._turned(self._view.to(at))

    def action_copy_name(self) -> None:
        """Copy what the line is about."""
        item = self.chosen()
        if item is None:
            return
        if item.reason is not None:
            self.copy(item.reason.reason)
        elif item.coverage is not None:
            self.copy(item.coverage.owner or item.coverage.source)
        elif item.collector is not None:
            self.copy(item.collector.name)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
