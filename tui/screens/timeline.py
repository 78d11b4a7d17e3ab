"""The timeline of one transaction: why it is stuck, its steps, and the waterfall of its records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.binding import Binding, BindingType

from tracer.views import Step, Transaction
from tui.finding import texts
from tui.format import plural, shown
from tui.look import Line, Look
from tui.past import Past
from tui.screens.advice import AdviceScreen
from tui.screens.details import DetailsScreen, LookedAt
from tui.screens.moment import Chosen, MomentPrompt
from tui.screens.outward import ask_export, launch, write
from tui.screens.prompt import PromptScreen
from tui.screens.waterfall import Waterfall
from tui.search import search
from tui.viewer import TRACE_URL, trace_url
from tui.wants import FindWant, Found, Snapshot

_NOW_CELLS: Final = 5
_NEEDLE: Final = 20
_NO_OTHER: Final = "no other stuck or failed transaction that way"
_TIMELINE: Final = Binding.Group("timeline")
_TIME: Final = Binding.Group("time axis")


Beside = Callable[[str, Literal[1, -1]], FindWant | str | None]


class TimelineScreen(Waterfall):
    """One transaction, end to end; `beside` gives the trouble next to it, or says how it is found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "all that is known of the line", group=_TIMELINE, id="timeline.open"),
        Binding("e", "trouble(1)", "next stuck or failed line", group=_TIMELINE, id="timeline.next-trouble"),
        Binding("E", "trouble(-1)", "previous stuck or failed line", group=_TIMELINE, id="timeline.previous-trouble"),
        Binding(
            "slash",
            "search",
            "search the lines, and the attributes that were read",
            group=_TIMELINE,
            id="timeline.search",
        ),
        Binding("n", "match(1)", "next match", group=_TIMELINE, id="timeline.next-match"),
        Binding("N", "match(-1)", "previous match", group=_TIMELINE, id="timeline.previous-match"),
        Binding(
            "right_square_bracket",
            "beside(1)",
            "next stuck or failed transaction",
            group=_TIMELINE,
            id="timeline.next-transaction",
        ),
        Binding(
            "left_square_bracket",
            "beside(-1)",
            "previous stuck or failed transaction",
            group=_TIMELINE,
            id="timeline.previous-transaction",
        ),
        Binding("tab", "section", "steps, records", group=_TIMELINE, id="timeline.section"),
        Binding("b", "owners", "records by owner or by time", group=_TIMELINE, id="timeline.owners"),
        Binding("a", "advice", "all advice, with reasons and commands", group=_TIMELINE, id="timeline.advice"),
        Binding(
            "c", "copy_command", "copy the command of the best advice", group=_TIMELINE, id="timeline.copy-command"
        ),
        Binding("f", "flow", "the flow of its saga", group=_TIMELINE, id="timeline.flow"),
        Binding("o", "trace", "open its trace in your viewer", group=_TIMELINE, id="timeline.trace"),
        Binding(
            "x", "export", "write it to a file: Markdown, HTML, SVG or JSON", group=_TIMELINE, id="timeline.export"
        ),
        Binding("y", "copy_id", "copy the transaction id", group=_TIMELINE, id="timeline.copy-id"),
        Binding("escape", "back", "end the search, go back to now, then back", group=_TIMELINE, id="timeline.back"),
        Binding("q", "leave", "back", group=_TIMELINE, id="timeline.leave"),
        Binding("plus,equals_sign", "zoom(0.5)", "zoom in around the line", group=_TIME, id="timeline.zoom-in"),
        Binding("minus", "zoom(2.0)", "zoom out", group=_TIME, id="timeline.zoom-out"),
        Binding("0", "fit", "all of it", group=_TIME, id="timeline.fit"),
        Binding("left,h", "pan(-0.25)", "earlier", group=_TIME, id="timeline.earlier"),
        Binding("right,l", "pan(0.25)", "later", group=_TIME, id="timeline.later"),
        Binding("shift+left,H", "pan(-1.0)", "a screenful earlier", group=_TIME, id="timeline.screenful-earlier"),
        Binding("shift+right,L", "pan(1.0)", "a screenful later", group=_TIME, id="timeline.screenful-later"),
        Binding("w", "relative", "times by the clock, or since it began", group=_TIME, id="timeline.relative"),
        Binding("t", "past", "as it stood at an earlier time; an empty one is now", group=_TIME, id="timeline.past"),
        Binding(
            "left_curly_bracket",
            "instant(-1)",
            "as it stood one record earlier",
            group=_TIME,
            id="timeline.previous-instant",
        ),
        Binding(
            "right_curly_bracket", "instant(1)", "as it stood one record later", group=_TIME, id="timeline.next-instant"
        ),
    ]
    HINTS = (
        ("advice", "advice"), ("open", "details"), ("trouble(1)", "bad line"), ("beside(1)", "next transaction"),
        ("help", "help"), ("palette", "go to"), ("copy_command", "copy command"), ("search", "search"),
        ("past", "past"), ("zoom(0.5)", "zoom"), ("export", "export"), ("trace", "trace"), ("section", "steps/records"),
        ("flow", "flow"), ("leave", "back"),
    )  # fmt: skip
    ZOOM_HINTS = (("pan(-0.25)", "earlier"), ("pan(0.25)", "later"), ("fit", "all"), ("zoom(2.0)", "zoom out"))
    PAST_HINTS = (
        ("instant(-1)", "record before"), ("instant(1)", "after"), ("past", "another time"), ("open", "details"),
        ("help", "help"), ("export", "export"), ("back", "now"),
    )  # fmt: skip

    def __init__(self, look: Look, transaction_id: str, beside: Beside, *, as_of: datetime | None = None) -> None:
        super().__init__(look, transaction_id, as_of)
        self._beside = beside

    def take(self, snapshot: Snapshot) -> None:
        """Take in the transaction, and where another one was found."""
        if isinstance(snapshot.want, FindWant) and isinstance(snapshot.answer, Found):
            self._went_on(snapshot.want, snapshot.answer)
        super().take(snapshot)

    def useful(self) -> tuple[tuple[str, str], ...]:
        """Name what goes through a search, or through the past, while there is one."""
        if self._search.text:
            return (("match(1)", "next match"), ("match(-1)", "previous"), *self.HINTS[1:-1], ("back", "end search"))
        if self._lens.window is not None:
            return (*self.ZOOM_HINTS, *self.HINTS)
        return self.HINTS if self._past.at is None else self.PAST_HINTS

    def action_open(self) -> None:
        """Show all that is known of the line under the cursor."""
        row = self._row(self._view.cursor)
        if row is not None and row.payload is not None:
            self.app.push_screen(DetailsScreen(self.look, self.transaction_id, self.looked_at, self._records))

    def looked_at(self, lines: int = 0) -> LookedAt | None:
        """Give what is known of the line under the cursor, or of the one so many lines from it after going there."""
        at = self._view.cursor + lines
        while (row := self._row(at)) is not None and row.payload is None and lines:
            at += lines
        if row is None or row.payload is None:
            return None
        self._turned(self._view.to(at))
        entries = self.transaction.timeline if self.transaction is not None and isinstance(row.payload, Step) else ()
        of_step = tuple(entry for entry in entries if isinstance(row.payload, Step) and entry.step == row.payload.step)
        return LookedAt(row=row, index=at, entries=of_step)

    def action_trouble(self, direction: int) -> None:
        """Go to the next or previous line that is stuck or failed."""
        at = self._view.cursor + direction
        while (row := self._row(at)) is not None and not row.troubled:
            at += direction
        if row is None:
            bracket = "]" if direction > 0 else "["
            self.notice(f"no other stuck or failed line that way; {bracket} looks for another transaction", "dim")
        else:
            self._turned(self._view.to(at))

    def action_beside(self, direction: Literal[1, -1]) -> None:
        """Go to the next or previous stuck or failed transaction of the list."""
        want = self._beside(self.transaction_id, direction)
        if isinstance(want, FindWant):
            self.saga_app.poller.ask(want)
        else:
            self._go_on(want)

    def _went_on(self, want: FindWant, found: Found) -> None:
        if want.but != self.transaction_id or not self.is_current:
            return
        self._go_on(found.transaction_id)

    def _go_on(self, transaction_id: str | None) -> None:
        if transaction_id is None:
            self.notice(_NO_OTHER, "dim")
        else:
            self.app.switch_screen(TimelineScreen(self.look, transaction_id, self._beside))

    def action_section(self) -> None:
        """Go from the steps to the records and back."""
        heads = [at for at, row in enumerate(self.rows) if row.kind == "axis"]
        ahead = next((at for at in heads if at > self._view.cursor), heads[0] if heads else 0)
        self._turned(self._view.scrolled(ahead).to(ahead + 1))

    def action_owners(self) -> None:
        """Group the records by owner, or put them in the order of time again."""
        self._by_owner = not self._by_owner
        if self.transaction is not None:
            self._refill(self.transaction)
        self.notice("records by owner" if self._by_owner else "records in the order of time", "dim")

    def action_flow(self) -> None:
        """Show the flow of the saga."""
        if self.transaction is not None:
            self.show_flow(self.transaction.saga)

    def action_advice(self) -> None:
        """Show all advice."""
        if self.transaction is not None:
            self.app.push_screen(AdviceScreen(self.look, self.transaction, self._want()))

    def action_copy_command(self) -> None:
        """Copy the command of the best advice; another one's is for a person to choose."""
        advice = self.transaction.advice if self.transaction is not None else ()
        if advice and advice[0].command:
            self.copy(advice[0].command)
        elif any(one.command for one in advice):
            self.notice(f"the best advice has no command; {self.key_of('advice')} shows those of the others", "warn")
        else:
            self.notice("no command is known", "dim")

    def action_copy_id(self) -> None:
        """Copy the id of the transaction."""
        self.copy(self.transaction_id)

    # --- the past ---------------------------------------------------------------------------------------------

    def action_past(self) -> None:
        """Ask for an earlier time."""
        text = "" if self._past.at is None else f"{self._past.at.astimezone():%Y-%m-%d %H:%M:%S}"
        self.app.push_screen(MomentPrompt(self.look, self.saga_app.clock, self.saga_app.keymap, text), self._chose)

    def _chose(self, chosen: Chosen | None) -> None:
        if chosen is not None:
            self._go_to(replace(self._past, at=chosen.at))

    def action_instant(self, direction: int) -> None:
        """Go to the instant of the previous or next record."""
        past = self._past.stepped(direction)
        if past == self._past:
            self.notice("nothing before that" if direction < 0 else "this is now", "dim")
        else:
            self._go_to(past)

    def _go_to(self, past: Past) -> None:
        self._past, self._notice, self._missing = past, (), ""
        self.saga_app.poller.watch(self._want())
        self.saga_app.poller.refresh()
        self.paint()

    # --- searching --------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Ask what to search for."""
        self.app.push_screen(
            PromptScreen(self.look, self.saga_app.keymap, "/", self._meaning, text=self._search.text), self._searched
        )

    def _meaning(self, text: str) -> tuple[Line, bool]:
        if not text.strip():
            return ((" names, steps, owners, errors, attributes that were read; nothing ends the search", "dim"),), True
        found = len(search(text, texts(self.rows, self._records)).found)
        return ((f" {plural(found, 'line')}", "text" if found else "warn"),), True

    def _searched(self, text: str | None) -> None:
        if text is None:
            return
        self._look_for(text)
        if (first := self._search.first(self._view.cursor)) is not None:
            self._view = self._view.to(first)
        self._notice = ()
        self.paint()

    def action_match(self, direction: int) -> None:
        """Go to the next or previous match."""
        at = self._search.next(self._view.cursor, direction)
        if at is None:
            self.notice("no line matches" if self._search.text else "/ searches in the lines", "dim")
        else:
            self._turned(self._view.to(at))

    # --- outward ----------------------------------------------------------------------------------------------

    def action_trace(self) -> None:
        """Open the trace of the line, else the last one, in the team's viewer; copy its address without a browser."""
        if self.transaction is None:
            return
        row = self._row(self._view.cursor)
        trace_id = getattr(row.payload, "trace_id", None) if row is not None else None
        url = trace_url(self.transaction, self.saga_app.trace_url, trace_id)
        if url is None:
            self.notice(f"no address is known: trace_url of the definition, or {TRACE_URL}, gives one", "dim")
        elif launch(url, lambda: self.app.call_from_thread(self._copy_url, url)):
            self.notice(f"opening {url}")
        else:
            self._copy_url(url)

    def _copy_url(self, url: str) -> None:
        self.app.copy_to_clipboard(url)
        self.notice(f"copied {url}")

    def action_export(self) -> None:
        """Ask where to write the transaction to."""
        if (transaction := self.transaction) is not None:
            self.app.push_screen(
                ask_export(self.look, self.saga_app.keymap, transaction), lambda name: self._export(name, transaction)
            )

    def _export(self, name: str | None, transaction: Transaction) -> None:
        wrong = None if name is None else write(name, transaction)
        if wrong is not None:
            self.notice(shown(wrong), "warn")
        elif name is not None:
            self.notice(f"wrote {shown(name.strip())}")

    def action_back(self) -> None:
        """End the search, else go back to now, else go back."""
        if self._search.text:
            self._searched("")
        elif self._past.at is not None:
            self._go_to(replace(self._past, at=None))
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
