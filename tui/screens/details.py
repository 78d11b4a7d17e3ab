"""All that is known of one line of the timeline, beside or over it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tracer.views import RecordPage, RecordRow, TimelineEntry
from tui.chrome import cut, hints
from tui.details import lines, match
from tui.format import shown
from tui.keys import shown_keys
from tui.look import Line, Look
from tui.timeline import Row
from tui.view import Viewport
from tui.wants import RecordsWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from tui.app import SagascopeApp

MAX_RECORDS: Final = 10_000
_SLACK_RECORDS: Final = 200
_SCROLL: Final = Binding.Group("scroll")


class Pager(ModalScreen[None]):
    """A panel of lines to scroll through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "up", group=_SCROLL, id="panel.up"),
        Binding("down,j", "scroll(1)", "down", group=_SCROLL, id="panel.down"),
        Binding("pageup,ctrl+u,ctrl+b", "pages(-1)", "a page up", group=_SCROLL, id="panel.page-up"),
        Binding("pagedown,ctrl+d,ctrl+f,space", "pages(1)", "a page down", group=_SCROLL, id="panel.page-down"),
        Binding("home,g", "scroll(-1000000)", "top", group=_SCROLL, id="panel.top"),
        Binding("end,G", "scroll(1000000)", "bottom", group=_SCROLL, id="panel.bottom"),
        Binding("escape,q,enter", "dismiss", "close", group=_SCROLL, id="panel.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("scroll(1)", "scroll"), ("dismiss", "close"))

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.look = look
        self._head = Bars(look, id="panel-title", panel=True)
        self._body = Lines(self._line, look, id="panel-lines", panel=True)
        self._foot = Bars(look, id="panel-hints", panel=True)
        self._head.show(((f" {title}", "title"),))
        self._lines: tuple[Line, ...] = ()
        self._top = 0
        self._notice: Line = ()

    @property
    def saga_app(self) -> SagascopeApp:
        """The application, by its own type."""
        return cast("SagascopeApp", self.app)

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield Vertical(self._head, self._body, self._foot, id="panel")

    @abstractmethod
    def content(self, width: int) -> tuple[Line, ...]:
        """Give the lines for this width."""

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading; a panel without one needs none."""

    def paint(self) -> None:
        """Bring the panel up to date while it is there."""
        if not self.is_mounted or self not in self.app.screen_stack:
            return
        seen = self._body.seen
        self._lines = self.content(seen.width)
        useful = [] if self._notice else [pair for pair in self.HINTS if self.saga_app.may(pair[0], type(self))]
        pairs = shown_keys(useful, type(self), keymap=self.saga_app.keymap)
        self._foot.show(hints(pairs, self.look, seen.width, instead=self._notice))
        view = Viewport(count=len(self._lines), height=max(1, seen.height)).scrolled(self._top)
        self._top = view.top
        self._body.show(view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Carry out no writing action where nothing may be written."""
        return self.saga_app.may(action, type(self)) and super().check_action(action, parameters)

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        line = self._lines[index] if index < len(self._lines) else ()
        return cut(line, width), False

    def on_lines_resized(self, _event: Lines.Resized) -> None:
        """Follow the terminal's size."""
        self.paint()

    def on_lines_scrolled(self, event: Lines.Scrolled) -> None:
        """Follow the wheel and the scrollbar."""
        self._top = event.top
        self.paint()

    def show_from(self, top: int) -> None:
        """Scroll so that this line stands on top, where there are enough below it."""
        self._top, self._notice = top, ()
        self.paint()

    def notice(self, text: str, role: str = "strong") -> None:
        """Say something in the last line, until the next key that scrolls."""
        self._notice = ((f" {text}", role),)
        self.paint()

    def copy(self, text: str) -> None:
        """Put text in the clipboard of the terminal (OSC 52, which also works over ssh), and say so."""
        safe = shown(text)
        self.app.copy_to_clipboard(safe)
        self.notice(f"copied {safe}")

    def action_scroll(self, lines_: int) -> None:
        """Scroll by lines."""
        self.show_from(self._top + lines_)

    def action_pages(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_scroll(pages * max(1, self._body.seen.height - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A line of the timeline, its number, and the records of the step where it is one."""

    row: Row
    index: int
    entries: tuple[TimelineEntry, ...] = ()


class DetailsScreen(Pager):
    """One record with its attributes, or one step. `go` moves the cursor of the timeline and says where it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "neighbour(1)", "next line", group=_SCROLL, id="details.next"),
        Binding("p", "neighbour(-1)", "previous line", group=_SCROLL, id="details.previous"),
        Binding("y", "copy_all", "copy it", group=_SCROLL, id="details.copy"),
    ]
    HINTS = (
        ("scroll(1)", "scroll"), ("neighbour(1)", "next line"), ("neighbour(-1)", "previous"), ("copy_all", "copy"),
        ("dismiss", "close"),
    )  # fmt: skip

    def __init__(
        self, look: Look, transaction_id: str, go: Callable[[int], LookedAt | None], page: RecordPage | None
    ) -> None:
        super().__init__(look, "")
        self._transaction_id = transaction_id
        self._go = go
        self._page = page
        self._at: LookedAt | None = None
        self._record: RecordRow | None = None
        self._note = ""

    def on_mount(self) -> None:
        """Show the line under the cursor."""
        self._look_at(self._go(0))

    def action_neighbour(self, lines_: int) -> None:
        """Go to the next or previous line of the timeline."""
        self._look_at(self._go(lines_))

    def _look_at(self, at: LookedAt | None) -> None:
        if at is None:
            return
        self._at, self._top, self._notice = at, 0, ()
        self._head.show(((f" {self.look.glyph(at.row.state)} {at.row.word}  {shown(at.row.name)}", "title"),))
        self._record = self._find(self._page)
        self._note = ""
        if self._record is None and isinstance(at.row.payload, TimelineEntry):
            self._note = "reading its attributes"
            limit = min(MAX_RECORDS, at.index + _SLACK_RECORDS)
            self.saga_app.poller.ask(RecordsWant(transaction_id=self._transaction_id, limit=limit))
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in the records."""
        want = snapshot.want
        if not isinstance(want, RecordsWant) or want.transaction_id != self._transaction_id or self._record:
            return
        if isinstance(snapshot.answer, RecordPage):
            self._page = snapshot.answer
            self._record = self._find(snapshot.answer)
            # The line may be another by now, and be no record.
            missing = f"its attributes are not among the first {want.limit} records"
            self._note = missing if self._note and not self._record else ""
        elif snapshot.trouble:
            self._note = shown(snapshot.trouble.message)
        self.paint()

    def _find(self, page: RecordPage | None) -> RecordRow | None:
        entry = self._at.row.payload if self._at is not None else None
        return match(page, entry) if page is not None and isinstance(entry, TimelineEntry) else None

    def content(self, width: int) -> tuple[Line, ...]:
        """Give what is known."""
        if self._at is None:
            return ()
        return lines(self._at.row, self._record, width, self._note, self._at.entries)

    def action_copy_all(self) -> None:
        """Copy the text of the panel."""
        text = "\n".join("".join(piece for piece, _ in line).strip() for line in self._lines)
        self.app.copy_to_clipboard(text)
        self.notice("copied")
