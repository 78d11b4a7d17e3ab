"""All that is known of one line of the timeline, beside or over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.reports.forms import json
from tracer.views import RecordPage, RecordRow, TimelineEntry
from tui.details import MAX_LINES, Told, match, raw, told
from tui.format import shown
from tui.look import Line, Look
from tui.screens.panel import Panel
from tui.screens.prompt import PromptScreen
from tui.search import Search, search
from tui.timeline import Row
from tui.tree import Path, toggled_for
from tui.view import Viewport
from tui.wants import RecordsWant, Snapshot
from tui.widgets.lines import Lines

MAX_RECORDS: Final = 10_000
_SLACK_RECORDS: Final = 200
_RECORD: Final = Binding.Group("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A line of the timeline, its number, and the records of the step where it is one."""

    row: Row
    index: int
    entries: tuple[TimelineEntry, ...] = ()


class DetailsScreen(Panel):
    """One record with its attributes, or one step. `go` moves the cursor of the timeline and says where it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "unfold", "open or fold what has more in it", group=_RECORD, id="details.unfold"),
        Binding("right,l", "fold(False)", "open", group=_RECORD, id="details.open"),
        Binding("left,h", "fold(True)", "fold, then what it lies in", group=_RECORD, id="details.fold"),
        Binding("v", "raw", "the stored record as JSON, and back", group=_RECORD, id="details.raw"),
        Binding("slash", "search", "search in the record", group=_RECORD, id="details.search"),
        Binding("n", "match(1)", "next match", group=_RECORD, id="details.next-match"),
        Binding("N", "match(-1)", "previous match", group=_RECORD, id="details.previous-match"),
        Binding("right_square_bracket", "neighbour(1)", "next line of the timeline", group=_RECORD, id="details.next"),
        Binding(
            "left_square_bracket",
            "neighbour(-1)",
            "previous line of the timeline",
            group=_RECORD,
            id="details.previous",
        ),
        Binding("y", "copy_all", "copy the whole record as JSON", group=_RECORD, id="details.copy"),
        Binding("up,k", "move(-1)", "up", group=_RECORD, id="details.up"),
        Binding("down,j", "move(1)", "down", group=_RECORD, id="details.down"),
        Binding("pageup,ctrl+u,ctrl+b", "page(-1)", "a page up", group=_RECORD, id="details.page-up"),
        Binding("pagedown,ctrl+d,ctrl+f", "page(1)", "a page down", group=_RECORD, id="details.page-down"),
        Binding("home,g", "move(-1000000)", "top", group=_RECORD, id="details.top"),
        Binding("end,G", "move(1000000)", "bottom", group=_RECORD, id="details.bottom"),
        Binding("escape", "back", "end the search, then close", group=_RECORD, id="details.back"),
        Binding("q", "dismiss", "close", group=_RECORD, id="details.close"),
    ]
    HINTS = (
        ("unfold", "open/fold"), ("raw", "raw"), ("search", "search"), ("copy_all", "copy JSON"),
        ("neighbour(1)", "next line"), ("match(1)", "next match"), ("dismiss", "close"),
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
        self._toggled: frozenset[Path] = frozenset()
        self._raw = False
        self._search = Search()
        self._told: tuple[Told, ...] = ()

    def on_mount(self) -> None:
        """Show the line under the cursor."""
        self._look_at(self._go(0))

    def action_neighbour(self, lines_: int) -> None:
        """Go to the next or previous line of the timeline."""
        self._look_at(self._go(lines_))

    def _look_at(self, at: LookedAt | None) -> None:
        if at is None:
            return
        self._at, self._notice, self._view, self._search = at, (), Viewport(), Search()
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
        row = self._at.row
        how = "  as JSON" if self._raw else ""
        self._head.show(((f" {self.look.glyph(row.state)} {row.word}  {shown(row.name)}{how}", "title"),))
        if self._raw:
            self._told = raw(self._whole(), width)
        else:
            self._told = told(
                row, self._record, width, self.look, note=self._note, entries=self._at.entries, toggled=self._toggled
            )
        if self._search.text:
            self._search = search(self._search.text, (one.text for one in self._told))
        return tuple(one.line for one in self._told)

    def _whole(self) -> list[str]:
        """Give the stored record, or what else the line stands for, as lines of JSON."""
        payload = self._at.row.payload if self._at is not None else None
        return list(json(payload if self._record is None else self._record))

    def lit(self, index: int) -> bool:
        """Light the line under the cursor."""
        return index == self._view.cursor

    def place(self) -> str:
        """Say which match this is."""
        return f"/{shown(self._search.text)}: {self._search.place(self._view.cursor)}" if self._search.text else ""

    def _moved(self, view: Viewport) -> None:
        self._view, self._notice = view, ()
        self.paint()

    def action_move(self, lines_: int) -> None:
        """Move the cursor by lines."""
        self._moved(self._view.move(lines_))

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._moved(self._view.page(pages))

    def on_lines_picked(self, event: Lines.Picked) -> None:
        """Follow the mouse; a click on the line under the cursor opens or folds it."""
        if event.index == self._view.cursor:
            self.action_unfold()
        else:
            self._moved(self._view.to(event.index))

    def _under_cursor(self) -> Told | None:
        return self._told[self._view.cursor] if self._view.cursor < len(self._told) else None

    def action_unfold(self) -> None:
        """Open or fold the line under the cursor."""
        one = self._under_cursor()
        if one is None or one.path is None or one.is_open is None:
            self.notice("there is nothing more in this line", "dim")
            return
        self._toggled ^= {one.path}
        self._moved(self._view)

    def action_fold(self, closed: bool) -> None:  # noqa: FBT001 - Textual hands over what the binding says
        """Open the line under the cursor, or fold it; where it is folded already go to what it lies in."""
        one = self._under_cursor()
        if one is None or one.path is None:
            return
        if one.is_open is closed:
            self.action_unfold()
        elif closed:
            above = one.path[:-1]
            self._moved(self._view.to(next((at for at, each in enumerate(self._told) if each.path == above), 0)))

    def action_raw(self) -> None:
        """Show the stored record as JSON, or what it says again."""
        self._raw = not self._raw
        self._moved(Viewport())

    def action_search(self) -> None:
        """Ask what to search for."""
        self.app.push_screen(
            PromptScreen(self.look, self.saga_app.keymap, "/", self._meaning, text=self._search.text), self._searched
        )

    def _opened_for(self, text: str) -> frozenset[Path]:
        if self._record is None or self._raw or not text.strip():
            return self._toggled
        opened = toggled_for("attributes", self._record.attributes, self._toggled, text.strip())
        return toggled_for("resource", self._record.resource or {}, opened, text.strip())

    def _meaning(self, text: str) -> tuple[Line, bool]:
        if not text.strip():
            return ((" names and values; Enter on nothing ends the search", "dim"),), True
        if self._raw or self._at is None:
            lines = self._told
        else:
            lines = told(
                self._at.row, self._record, self._body.seen.width, self.look, note=self._note,
                entries=self._at.entries, toggled=self._opened_for(text),
            )  # fmt: skip
        found = len(search(text, (one.text for one in lines)).found)
        return ((f" {found} lines", "text" if found else "warn"),), True

    def _searched(self, text: str | None) -> None:
        if text is None:
            return
        self._toggled = self._opened_for(text)
        self._search = Search(text=text.strip())
        self.paint()
        first = self._search.first(self._view.cursor)
        if first is not None:
            self._moved(self._view.to(first))

    def action_match(self, direction: int) -> None:
        """Go to the next or previous match."""
        at = self._search.next(self._view.cursor, direction)
        if at is None:
            self.notice("no match" if self._search.text else "/ searches in the record", "dim")
        else:
            self._moved(self._view.to(at))

    def action_copy_all(self) -> None:
        """Copy the record as JSON."""
        lines = self._whole()
        self.app.copy_to_clipboard("\n".join(lines))
        more = f", {MAX_LINES} of them shown" if len(lines) > MAX_LINES else ""
        self.notice(f"copied {len(lines)} lines of JSON{more}")

    def action_back(self) -> None:
        """End the search; without one close the panel."""
        if self._search.text:
            self._search = Search()
            self.paint()
        else:
            self.dismiss()
