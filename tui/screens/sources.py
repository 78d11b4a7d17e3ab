"""What takes data in, what of it never joins, and what was rejected; Enter shows more of a line."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tui.format import shown
from tui.look import Line, Look
from tui.screens.panel import Pager
from tui.screens.rejected import RejectedScreen
from tui.screens.sheet import SheetScreen
from tui.sheet import Sheet
from tui.sources import Item, SourcesState, collector_lines, query_of, sheet, summary
from tui.wants import Snapshot, SourcesAnswer, SourcesWant

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


class SourcesScreen(SheetScreen[Item]):
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

    SUBJECT = "sources"
    WANT = SourcesWant()

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.state = SourcesState()

    def received(self, snapshot: Snapshot) -> bool:
        """Take in a reading."""
        if not isinstance(snapshot.answer, SourcesAnswer):
            return False
        self.state = self.state.received(snapshot.answer, snapshot.taken_ns)
        return True

    def is_known(self) -> bool:
        """Whether the sources were read."""
        return self.state.answer is not None

    def summary(self, now: datetime) -> Line:  # noqa: ARG002 - no time stands in it
        """Say how it stands in one line."""
        return summary(self.state, self.look)

    def sheet(self, width: int, now: datetime) -> Sheet[Item]:
        """Paint the collectors, what never joins, and what was rejected."""
        return sheet(self.state, self.look, width, now)

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
