"""SQL: a pane to write one SELECT in, and a grid of what it gives."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, TextArea

from tracer.clock import NS_PER_S
from tracer.views import Table
from tui import history
from tui.chrome import NAME, cut, wrapped
from tui.desk import FORMATS, MAX_EXPORTED, MAX_ROWS, TIMEOUT_S
from tui.export import typed_path
from tui.format import count, exact, shown
from tui.keys import WRITES
from tui.look import Line, Look
from tui.screens.browse import Browse
from tui.sql import (
    Grid,
    SqlState,
    candidates,
    grid,
    head,
    is_name,
    painted,
    place_of,
    schema_of,
    sentence,
    text_of,
    told_cell,
    told_result,
    transaction_of,
    word_at,
)
from tui.view import Viewport
from tui.wants import Exported, ExportWant, SchemaWant, Snapshot, SqlAnswer, SqlWant
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

MAX_TEXT: Final = 64 * 1024
_MAX_NAME: Final = 512
_MAX_ERROR_LINES: Final = 3
_SQL: Final = Binding.Group("SQL")
_GRID: Final = Binding.Group("the grid")


class SqlScreen(Browse):
    """A pane and a grid; Tab goes from one to the other. `state` outlives the screen."""

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+j,ctrl+enter", "run", "run the query", group=_SQL, priority=True, id="sql.run"),
        Binding("tab", "complete", "complete a name (again: the next one); else pane, grid", group=_SQL, id="sql.tab"),
        Binding("ctrl+up,f8", "history(-1)", "the query before", group=_SQL, id="sql.previous"),
        Binding("ctrl+down,f9", "history(1)", "the query after", group=_SQL, id="sql.next"),
        Binding("left,h", "side(-1)", "the column to the left", group=_GRID, id="sql.left"),
        Binding("right,l", "side(1)", "the column to the right", group=_GRID, id="sql.right"),
        Binding("enter", "open", "the transaction of the cell, or of its row", group=_GRID, id="sql.open"),
        Binding("y", "copy_cell", "copy the cell", group=_GRID, id="sql.copy"),
        Binding("escape,q", "leave", "give up a query that runs, else back", group=_GRID, id="sql.back"),
        Binding("x", "export", "write a file: .csv, .json or .parquet", group=WRITES, id="sql.export"),
    ]
    HINTS = (
        ("run", "run"), ("complete", "complete, grid"), ("history(-1)", "query before"), ("leave", "back"),
    )  # fmt: skip
    GRID_HINTS = (
        ("open", "transaction"), ("side(1)", "column"), ("copy_cell", "copy"), ("export", "export"),
        ("complete", "query"), ("help", "help"), ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look, state: SqlState, query: str | None = None) -> None:
        """Go on where the person was, or run a query at once."""
        super().__init__(look)
        self._asked_at_once = query is not None
        state.text = query if query is not None else state.text
        self.state = state
        self.grid: Grid | None = grid(state.table) if state.table is not None else None
        self._history = history.History()
        self._since_ns: int | None = None
        self._cycle: tuple[str, ...] = ()
        self._column = 0
        self._first = 0
        self._view = Viewport(count=len(state.table.rows) if state.table is not None else 0)
        self.pane = TextArea(state.text, id="query", compact=True, show_line_numbers=False, highlight_cursor_line=False)
        # A blinking cursor would send bytes for ever.
        self.pane.cursor_blink = False
        self._names = Bars(look, id="names", panel=True)
        self._status = Bars(look, id="status", panel=True)
        self._columns = Bars(look, id="columns")
        self._told = Bars(look, id="told", panel=True)
        self._label = Bars(look, id="export-label", panel=True)
        self._file = Input(id="export-file", compact=True, max_length=_MAX_NAME, select_on_focus=False)
        self._file.cursor_blink = False
        self._prompt = Horizontal(self._label, self._file, id="export")
        self.lines = Lines(self._line, look, id="rows")

    @property
    def view(self) -> Viewport:
        """The window on the rows."""
        return self._view

    def compose(self) -> ComposeResult:
        """Stack the pane and the grid."""
        yield self.title_bars
        yield self.banner_bars
        yield self.pane
        yield self._names
        yield self._status
        yield self._columns
        yield self.lines
        yield self._told
        yield self._prompt
        yield self.hint_bars

    def on_mount(self) -> None:
        """Read the history, and ask for the names to complete."""
        super().on_mount()
        self._prompt.display = False
        self._label.show(((" write to ", "key"),))
        if not self.saga_app.read_only:
            # A browser shows the queries of nobody else, and leaves none behind.
            self._history = history.read(history.path_of(os.environ))
        self.pane.move_cursor(self.pane.document.end)
        self.saga_app.poller.ask(SchemaWant())
        if self._asked_at_once:
            self.action_run()
            self.lines.focus()

    def on_screen_resume(self) -> None:
        """Be up to date."""
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in the names, the rows of the query that is waited for, or what became of a file."""
        if snapshot.want == SchemaWant() and isinstance(snapshot.answer, Table):
            self.state.schema = schema_of(snapshot.answer)
        elif isinstance(snapshot.want, SqlWant | ExportWant) and snapshot.want.number == self.state.number:
            self._since_ns = None
            if snapshot.trouble is not None:
                self._failed(snapshot.trouble.message)
            elif isinstance(snapshot.answer, SqlAnswer):
                self._arrived(snapshot.answer)
            elif isinstance(snapshot.answer, Exported) and isinstance(snapshot.want, ExportWant):
                self.notice(f"wrote {count(snapshot.answer.size)} bytes to {shown(str(snapshot.want.file))}")

    def _arrived(self, answer: SqlAnswer) -> None:
        self.state.table, self.state.took_s, self.state.error = answer.table, answer.took_s, ""
        self.grid, self._column, self._first = grid(answer.table), 0, 0
        self._view = self._view.counted(len(answer.table.rows)).to(0)
        self._notice = ()

    def _failed(self, message: str) -> None:
        """Show what is wrong, and go where it is."""
        self.state.error = message
        place = place_of(message, self.state.asked)
        if place is not None and self.pane.text == self.state.asked:
            self.pane.move_cursor((place.row, place.column))
            self.pane.focus()

    def turn(self, view: Viewport, *, home: bool = False) -> None:  # noqa: ARG002 - the first line is a line like others
        """Move the cursor."""
        self._view = view
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        self._view = view
        self.paint()

    # --- drawing ----------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Bring every line up to date."""
        width = self.size.width
        self.draw_frame((*NAME, (" SQL over records, transactions, steps", "text")))
        self._names.show(cut(self._names_line(), width))
        self._status.show(*(cut(line, width) for line in self._status_lines(width)))
        if self.grid is not None and self.grid.columns:
            self._first = self.grid.first_seen(self._column, self._first, self.lines.seen.width)
            self._columns.show(cut(head(self.grid, self._first, self._column, self.look), self.lines.seen.width))
        else:
            self._columns.show()
        self._told.show(*self._told_lines(width))
        self.lines.show(self._view)
        self.draw_hints()

    def _names_line(self) -> Line:
        if not self.pane.has_focus:
            return ((" ", "dim"),)
        before = self.pane.get_text_range((0, 0), self.pane.cursor_location)
        found = self._cycle or candidates(before, self.pane.text, self.state.schema)
        if not found:
            return ((" ", "dim"),)
        word = word_at(before)
        pieces = [(f"  {shown(name)}", "key" if name == word else "dim") for name in found]
        return ((" ", "dim"), *pieces)

    def _status_lines(self, width: int) -> tuple[Line, ...]:
        app = self.saga_app
        if self._since_ns is not None:
            waited = exact(max(0.0, (app.clock.now_ns() - self._since_ns) // NS_PER_S))
            return (((f" {self.look.glyph('running')} running for {waited}", "running"), ("  Esc gives up", "dim")),)
        if self.state.error:
            place = place_of(self.state.error, self.state.asked)
            at = f"line {place.row + 1}, column {place.column + 1}: " if place else ""
            told = wrapped(f"{at}{shown(sentence(self.state.error))}", width - 4, _MAX_ERROR_LINES)
            glyph = self.look.glyph("failed")
            return tuple(((f" {' ' if number else glyph} {line}", "failed"),) for number, line in enumerate(told))
        if self.state.table is not None:
            return (told_result(self.state.table, self.state.took_s, self.key_of("export")),)
        return (((f" one SELECT; {self.key_of('run')} runs it, at most {count(MAX_ROWS)} rows come", "dim"),),)

    def _told_lines(self, width: int) -> tuple[Line, ...]:
        at = self._view.cursor
        if self.grid is None or not self.grid.columns or at >= len(self.grid.table.rows):
            return ()
        return (cut(told_cell(self.grid, at, self._column), width),)

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        if self.grid is None:
            return (), False
        lit = index == self._view.cursor
        return cut(painted(self.grid, index, self._first, self._column if lit else None, self.look), width), lit

    def useful(self) -> tuple[tuple[str, str], ...]:
        """Name the keys of the part that has them."""
        return self.HINTS if self.pane.has_focus else self.GRID_HINTS

    def place(self) -> str:
        """Say which row and which column the cursor is on."""
        if self.grid is None or not self.grid.columns or not self._view.count:
            return ""
        columns = f"column {self._column + 1}/{self.grid.columns}  " if self.lines.has_focus else ""
        return f"{columns}{super().place()}"

    # --- the pane ---------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the query in the pane once all that was typed before has arrived in it."""
        self.pane.call_later(self._run)

    def _run(self) -> None:
        text = self.pane.text
        if not text.strip():
            self.notice("the query is empty: write one SELECT", "warn")
            return
        self._begin(SqlWant(number=self.state.number + 1, text=text, limit=MAX_ROWS))
        self._history, self._cycle = self._history.ran(text), ()
        if self.saga_app.read_only:
            return
        try:
            history.write(history.path_of(os.environ), self._history.entries)
        except OSError as failed:
            self.notice(f"the history was not written: {shown(failed.strerror)}", "warn")

    def _begin(self, want: SqlWant | ExportWant) -> None:
        app = self.saga_app
        if not app.desk.run(want):
            self.notice("the sidecar still runs queries that were given up: wait for their end", "warn")
            return
        self.state.number, self._since_ns, self._notice = want.number, app.clock.now_ns(), ()
        if isinstance(want, SqlWant):
            self.state.asked, self.state.error = want.text, ""
        self.paint()

    def action_complete(self) -> None:
        """Complete the name before the cursor, or go to the other one of pane and grid."""
        if not self.pane.has_focus:
            self.pane.focus()
            return
        before = self.pane.get_text_range((0, 0), self.pane.cursor_location)
        word = word_at(before)
        found = self._cycle
        if not found and not is_name(word, self.state.schema):
            found = candidates(before, self.pane.text, self.state.schema)
        if not found:
            self.lines.focus()
            self.paint()
            return
        name = found[(found.index(word) + 1) % len(found)] if word in found else found[0]
        row, column = self.pane.cursor_location
        self.pane.replace(name, (row, column - len(word)), (row, column), maintain_selection_offset=False)
        self.pane.move_cursor((row, column - len(word) + len(name)))
        self._cycle = found
        self.paint()

    def on_text_area_changed(self) -> None:
        """Keep what is typed."""
        self.state.text = self.pane.text[:MAX_TEXT]

    def on_text_area_selection_changed(self) -> None:
        """Offer names for where the cursor is; what Tab goes through ends when something else is typed."""
        before = self.pane.get_text_range((0, 0), self.pane.cursor_location)
        if word_at(before) not in self._cycle:
            self._cycle = ()
        self.paint()

    def on_descendant_focus(self) -> None:
        """Show what belongs to the part that has the keys."""
        self.paint()

    def action_history(self, direction: int) -> None:
        """Put the query before (after) into the pane."""
        go = self._history.back if direction < 0 else self._history.onward
        self._history, text = go(self.pane.text)
        self.pane.load_text(text)
        self.pane.move_cursor(self.pane.document.end)
        self.pane.focus()

    # --- the grid ---------------------------------------------------------------------------------------------

    def action_side(self, direction: int) -> None:
        """Go to the column beside."""
        if self.grid is not None and self.grid.columns:
            self._column = max(0, min(self._column + direction, self.grid.columns - 1))
            self._turned(self._view)

    def _has_row(self) -> bool:
        return self.grid is not None and self.grid.columns > 0 and self._view.cursor < len(self.grid.table.rows)

    def action_open(self) -> None:
        """Open the transaction of the cell under the cursor, or of its row."""
        if self.grid is None or not self._has_row():
            return
        found = transaction_of(self.grid, self._view.cursor, self._column)
        if found is None:
            self.notice("no column of this row is named transaction_id", "dim")
        else:
            self.saga_app.open_transaction(found)

    def action_copy_cell(self) -> None:
        """Copy the value under the cursor."""
        if self.grid is not None and self._has_row():
            self.copy(text_of(self.grid.table.rows[self._view.cursor][self._column]))

    def action_export(self) -> None:
        """Ask for a file name."""
        if not self.state.asked or self.state.error:
            self.notice("run a query first", "dim")
            return
        at = datetime.fromtimestamp(self.saga_app.clock.now_ns() / NS_PER_S, UTC).astimezone()
        self._file.value = f"sagascope-{at:%Y%m%d-%H%M%S}.csv"
        self._prompt.display = True
        self._file.focus()
        self._file.cursor_position = len(self._file.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file; the query runs again, for more rows than the grid holds."""
        file = typed_path(event.value)
        if file is None:
            self.notice("nobody has a folder of that name", "warn")
            return
        if file.suffix.lower() not in FORMATS:
            self.notice(f"the name says the format: it ends in {', '.join(FORMATS)}", "warn")
            return
        self._close_prompt()
        text, number = self.state.asked, self.state.number + 1
        self._begin(ExportWant(number=number, text=text, limit=MAX_EXPORTED, file=file))

    def _close_prompt(self) -> None:
        self._prompt.display = False
        self.lines.focus()

    def action_leave(self) -> None:
        """Close the line for a file name, give up a query that runs, or go back."""
        if self._prompt.display:
            self._close_prompt()
        elif self._since_ns is not None:
            self.saga_app.desk.give_up()
            self._since_ns = None
            self.notice(f"given up; the sidecar ends it itself, after {exact(TIMEOUT_S)} at most", "warn")
        else:
            self.app.pop_screen()
