"""The live list of transactions, of which only the window that is seen is ever here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input

from tracer.clock import to_datetime
from tracer.views import SagaList, TransactionPage
from tui.chrome import NAME, cut, no_match, subject_of_list, tally
from tui.columns import NO_WIDTHS, SORTABLE, Layout, header, hidden_order, lay_out, painted, placeholder
from tui.filters import FIELDS, MAX_TEXT, complete, next_status, options
from tui.format import clock, count, shown
from tui.keys import SORT
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.screens.moment import Chosen, MomentPrompt
from tui.state import ListState, next_sort
from tui.view import Viewport
from tui.wants import FindWant, Found, ListWant, SagasWant, Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_LIST: Final = Binding.Group("list")
_SORT: Final = Binding.Group("sort by, again to turn round")


class _Completion(Suggester):
    """Completes the last term of the filter with what went by."""

    def __init__(self, screen: TransactionsScreen) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._screen = screen

    async def get_suggestion(self, value: str) -> str | None:
        """Give the completed line."""
        return complete(value, self._screen.state.seen)


class TransactionsScreen(Browse):
    """The list: what is stuck first, the longest in its step first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open the timeline", group=_LIST, id="list.open"),
        Binding(
            "slash",
            "filter",
            "filter: text, status: saga: owner: step: older:5m since:1h until:",
            group=_LIST,
            id="list.filter",
        ),
        Binding("tab", "complete", "in the filter: take the completion", group=_LIST, id="list.complete"),
        Binding("s", "status", "next status: stuck, failed, compensating, ...", group=_LIST, id="list.status"),
        Binding("t", "instant", "look at an earlier instant; an empty line is now", group=_LIST, id="list.instant"),
        Binding("escape", "clear", "clear the filter, then back to now, then back", group=_LIST, id="list.clear"),
        Binding(
            "e,right_square_bracket",
            "trouble(1)",
            "next stuck or failed transaction",
            group=_LIST,
            id="list.next-trouble",
        ),
        Binding(
            "E,left_square_bracket",
            "trouble(-1)",
            "previous stuck or failed transaction",
            group=_LIST,
            id="list.previous-trouble",
        ),
        Binding("f", "flow", "the flow of its saga", group=_LIST, id="list.flow"),
        Binding("y", "copy_id", "copy the transaction id", group=_LIST, id="list.copy-id"),
        Binding("q", "leave", "back", group=_LIST, id="list.back"),
        *(
            Binding(each.letter, f"sort('{each.key}')", each.title.lower(), group=_SORT, id=f"{SORT}{each.word}")
            for each in SORTABLE
        ),
    ]
    HINTS = (
        ("open", "open"), ("filter", "filter"), ("help", "help"), ("palette", "go to"),
        ("trouble(1)", "next in trouble"), ("status", "status"), ("instant", "as of"), ("flow", "flow"),
        ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look, filter_text: str = "", *, within: str = "", typing: bool = False) -> None:
        """Begin with a filter; the one to go back to, before the list is left, is `within`."""
        super().__init__(look)
        self.state = ListState().asked(text=shown(filter_text)[:MAX_TEXT] if filter_text else "")
        self._within = within
        self._typing = typing
        self._taken_ns = 0
        self._tally = Bars(look, id="tally", panel=True)
        self._columns = Bars(look, id="columns")
        self.lines = Lines(self._line, look, id="rows")
        self._slash = Bars(look, id="slash", panel=True)
        self._input = Input(
            self.state.text, id="filter", compact=True, suggester=_Completion(self), max_length=MAX_TEXT,
            select_on_focus=False, placeholder="text, status: saga: owner: step: older:5m since:1h !status:completed",
        )  # fmt: skip
        # A blinking cursor would send bytes for ever.
        self._input.cursor_blink = False
        self._prompt = Horizontal(self._slash, self._input, id="prompt")

    @property
    def view(self) -> Viewport:
        """The window on the rows."""
        return self.state.view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self._tally
        yield self.banner_bars
        yield self._columns
        yield self.lines
        yield self._prompt
        yield self.hint_bars

    def on_mount(self) -> None:
        """Show the prompt if a filter was given, or is asked for."""
        self._slash.show(((" /", "key"),))
        self.state = replace(self.state, asked_ns=self.saga_app.clock.now_ns())
        self._prompt.display = bool(self.state.text)
        if self._typing:
            self.action_filter()

    def on_screen_resume(self) -> None:
        """Watch the list again."""
        self._watch()
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in a window of rows, or what a search found."""
        if isinstance(snapshot.want, ListWant) and isinstance(snapshot.answer, TransactionPage):
            before = self.state
            self.state = before.received(snapshot.want.query, snapshot.answer, snapshot.everything)
            if self.state is not before:
                self._taken_ns = snapshot.taken_ns
            self._watch()
        elif isinstance(snapshot.answer, SagaList):
            sagas = (one.saga for one in snapshot.answer.sagas)
            self.state = replace(self.state, seen=self.state.seen.with_values(saga=sagas))
        elif isinstance(snapshot.want, FindWant) and isinstance(snapshot.answer, Found):
            self._follow(snapshot.answer) if snapshot.want.but else self._found(snapshot.answer)
        elif snapshot.trouble and snapshot.trouble.kind != "away" and isinstance(snapshot.want, ListWant | FindWant):
            self.notice(shown(snapshot.trouble.message), "failed")

    def turn(self, view: Viewport, *, home: bool = False) -> None:
        """Move the cursor and with it the selection."""
        self.state = self.state.moved(view, at_top=home)
        self._after()

    def roll(self, view: Viewport) -> None:
        """Scroll; the selection stays unless it would be out of sight."""
        self.state = self.state.scrolled(view)
        self._after()

    def _after(self) -> None:
        self._watch()
        self.paint()

    def _watch(self) -> None:
        # Before the first layout nobody knows how many rows are wanted.
        if self.is_active and self.lines.seen.height:
            self.saga_app.poller.watch(ListWant(query=self.state.query()))

    def draw(self) -> None:
        """Bring every line up to date."""
        state = self.state
        # Nothing is counted before the first answer: a zero would say that all is well.
        known = state.answered is not None
        layout = lay_out(self.lines.seen.width, state.widths, self.saga_app.columns)
        self.draw_frame(self._subject(layout) if known else NAME, state.as_of)
        self._tally.show(self._counts(self.size.width) if known else ())
        self._columns.show(header(layout, state.sort, self.look))
        self.lines.show(state.view if state.total else replace(state.view, count=1))
        self.draw_hints(self._warning())

    def _subject(self, layout: Layout) -> Line:
        state = self.state
        everything = state.everything if state.applied else state.total
        return subject_of_list(state.total, everything, hidden_order(layout, state.sort, self.look))

    def _counts(self, width: int) -> Line:
        if self.state.applied and not any(self.state.counts.values()):
            return no_match(self.state.filter().unknown_keys, FIELDS, width)
        return tally(self.state.counts, self.look, width)

    def useful(self) -> tuple[tuple[str, str], ...]:
        """Name the way out of a filter or of the past while there is one."""
        if self.state.text != self._within:
            return (("clear", "clear"), *self.HINTS)
        return (("clear", "now"), *self.HINTS) if self.state.as_of is not None else self.HINTS

    def _warning(self) -> Line:
        if problems := self.state.problems():
            return ((f" {problems[0]}; the list stays", "warn"),)
        if self._input.has_focus and (choices := options(self._input.value, self.state.seen)):
            return cut(((" ", "text"), (" ".join(shown(each) for each in choices), "dim")), self.size.width - 16)
        if self.state.lost():
            name = shown(self.state.held)
            return ((f" {name} moved out of sight and stays selected: {self.key_of('open')} opens it", "warn"),)
        return ()

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        state, look = self.state, self.look
        if not state.total:
            return self._nothing(), False
        lit = index == state.view.cursor and not state.lost()
        row = state.row(index)
        if row is None:
            return placeholder(index, look, selected=lit), lit
        # An instant that is past does not pass.
        drift_s = 0.0 if state.as_of else max(0.0, (self.saga_app.shown_now_ns() - self._taken_ns) / 1e9)
        layout = lay_out(width, state.widths, self.saga_app.columns)
        return painted(row, layout, look, drift_s=drift_s, selected=lit), lit

    def _nothing(self) -> Line:
        if self.state.answered is None:
            text = "" if self.saga_app.link.away else f"asking {shown(self.saga_app.link.url)}"
        elif self.state.applied:
            text = f"nothing matches the filter; {self.key_of('clear')} clears it"
        elif self.state.as_of is not None:
            then, back = clock(self.state.as_of, self._now()), self.key_of("clear")
            text = f"no transaction had a record yet at {then}; {back} goes back to now"
        else:
            text = "no transactions yet; send OTLP to the sidecar (by default port 4317 or 4318)"
        return ((f"  {text}", "dim"),)

    def action_open(self) -> None:
        """Open the timeline of the selected transaction."""
        if (selected := self.state.selected()) is not None:
            self.saga_app.open_transaction(selected, self.beside, as_of=self.state.as_of)

    def action_flow(self) -> None:
        """Show the flow of the saga of the row under the cursor."""
        row = self.state.row(self.view.cursor)
        if row is not None:
            self.show_flow(row.saga)

    def action_copy_id(self) -> None:
        """Copy the id of the selected transaction."""
        if (selected := self.state.selected()) is not None:
            self.copy(selected)

    def action_leave(self) -> None:
        """Go back to what is wrong now."""
        self.app.pop_screen()

    def action_sort(self, key: str) -> None:
        """Sort by a column; the same one again turns the order round."""
        column = next(each for each in SORTABLE if each.key == key)
        self._asked(sort=next_sort(self.state.sort, key, descending_first=column.descending_first))

    def action_status(self) -> None:
        """Show the next status alone."""
        self._input.value = next_status(self.state.text)

    def action_filter(self) -> None:
        """Type a filter."""
        self._prompt.display = True
        self._input.focus()
        # What can be completed is what went by, and the sagas that are known.
        self.state = replace(self.state, seen=self.saga_app.seen_by(self.state.seen))
        self.saga_app.poller.ask(SagasWant())
        self.paint()

    def action_complete(self) -> None:
        """Take the completion of what is typed."""
        if self._input.has_focus and (completed := complete(self._input.value, self.state.seen)):
            self._input.value = completed
            self._input.cursor_position = len(completed)

    def action_instant(self) -> None:
        """Ask for an instant to look at."""
        at = self.state.as_of
        text = f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""
        app = self.saga_app
        app.push_screen(MomentPrompt(self.look, app.clock, app.keymap, text), self._looked)

    def _looked(self, chosen: Chosen | None) -> None:
        if chosen is not None:
            self._look(chosen.at)

    def _look(self, at: datetime | None) -> None:
        self._notice = ()
        self.state = self.state.at(at)
        self._after()

    def _now(self) -> datetime:
        return to_datetime(self.saga_app.shown_now_ns())

    def action_clear(self) -> None:
        """Clear the filter, or what was added to it; then go back to now; where there is nothing to clear, go back."""
        if self._input.value == self._within and not self._input.has_focus:
            if self.state.as_of is not None:
                self._look(None)
                return
            self.action_leave()
            return
        self._input.value = self._within
        self._prompt.display = bool(self._within)
        self.lines.focus()

    def action_trouble(self, direction: int) -> None:
        """Go to the next or previous stuck or failed transaction."""
        index = self.state.trouble_from(direction)
        if index is not None:
            self._turned(self.view.to(index))
            return
        start = self.state.trouble_hint(direction)
        if not 0 <= start < self.state.total:
            self._found(Found(index=None, scanned=0))
            return
        self.saga_app.poller.ask(FindWant(query=self.state.query(), start=start, direction=1 if direction > 0 else -1))

    def _found(self, found: Found) -> None:
        if found.index is not None:
            self._turned(self.view.counted(max(self.view.count, found.index + 1)).to(found.index))
            return
        where = f" in the next {count(found.scanned)} rows" if found.scanned else ""
        self.notice(f"no other stuck or failed transaction{where} that way", "dim")

    def beside(self, transaction_id: str, direction: Literal[1, -1]) -> FindWant | None:
        """Say how to find the trouble next to a transaction in this list; None where there is nothing that way."""
        start = self.state.beside(transaction_id, direction)
        if start is None:
            return None
        return FindWant(query=self.state.query(), start=start, direction=direction, but=transaction_id)

    def _follow(self, found: Found) -> None:
        """Select what the timeline over this list went on to."""
        if found.index is not None:
            view = self.view.counted(max(self.view.count, found.index + 1)).to(found.index)
            self.state = replace(self.state, view=view, held=found.transaction_id, at_top=False)

    def on_descendant_focus(self) -> None:
        """Say what the keys do where they go now."""
        self.paint()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        if event.value != self.state.text:
            self._prompt.display = bool(event.value) or event.input.has_focus
            self._asked(text=event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the rows."""
        self._prompt.display = bool(event.value)
        self.lines.focus()

    def _asked(self, *, text: str | None = None, sort: str | None = None) -> None:
        self._notice = ()
        self.state = replace(
            self.state.asked(text=text, sort=sort, now_ns=self.saga_app.clock.now_ns()), widths=NO_WIDTHS
        )
        self._after()
