"""The timeline of one transaction: why it is stuck, its steps, and the waterfall of its records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.clock import NS_PER_S, to_datetime
from tracer.model.duration import DAY_S, HOUR_S
from tracer.reports.axis import Axis, build
from tracer.views import RecordPage, Step, Transaction
from tui.answers import head
from tui.chrome import subject_of_transaction
from tui.format import grain_s, shown
from tui.look import Line, Look
from tui.rows import TimeLayout, header, lay_out, painted
from tui.screens.advice import AdviceScreen
from tui.screens.browse import Browse
from tui.screens.details import DetailsScreen, LookedAt
from tui.timeline import Row, is_open, points_ns, rows, same_rows
from tui.view import Viewport
from tui.wants import FindWant, Found, RecordsWant, Snapshot, TransactionWant
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_NOW_CELLS: Final = 5
_NO_OTHER: Final = "no other stuck or failed transaction that way"
_TIMELINE: Final = Binding.Group("timeline")


Beside = Callable[[str, Literal[1, -1]], FindWant | str | None]


class TimelineScreen(Browse):
    """One transaction, end to end; `beside` gives the trouble next to it, or says how it is found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "all that is known of the line", group=_TIMELINE, id="timeline.open"),
        Binding("e", "trouble(1)", "next stuck or failed line", group=_TIMELINE, id="timeline.next-trouble"),
        Binding("E", "trouble(-1)", "previous stuck or failed line", group=_TIMELINE, id="timeline.previous-trouble"),
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
        Binding("f", "flow", "the flow of its saga", group=_TIMELINE, id="timeline.flow"),
        Binding("tab", "section", "steps, records", group=_TIMELINE, id="timeline.section"),
        Binding("o", "owners", "records by owner or by time", group=_TIMELINE, id="timeline.owners"),
        Binding("a", "advice", "all advice, with reasons and commands", group=_TIMELINE, id="timeline.advice"),
        Binding(
            "c", "copy_command", "copy the command of the best advice", group=_TIMELINE, id="timeline.copy-command"
        ),
        Binding("y", "copy_id", "copy the transaction id", group=_TIMELINE, id="timeline.copy-id"),
        Binding("escape,q", "leave", "back", group=_TIMELINE, id="timeline.back"),
    ]
    HINTS = (
        ("advice", "advice"), ("open", "details"), ("trouble(1)", "bad line"), ("beside(1)", "next transaction"),
        ("help", "help"), ("palette", "go to"), ("copy_command", "copy command"), ("section", "steps/records"),
        ("owners", "by owner"), ("flow", "flow"), ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look, transaction_id: str, beside: Beside, *, as_of: datetime | None = None) -> None:
        super().__init__(look)
        self._as_of = as_of
        self._beside = beside
        self.transaction_id = transaction_id
        self.transaction: Transaction | None = None
        self.rows: tuple[Row, ...] = ()
        self._view = Viewport()
        self._by_owner = False
        self._missing = ""
        self._taken_ns = 0
        self._axis: tuple[object, Axis] | None = None
        self._fitted: TimeLayout | None = None
        self._records: RecordPage | None = None
        self._head_bars = Bars(look, id="head")
        self._columns = Bars(look, id="columns", panel=True)
        self.lines = Lines(self._line, look, id="rows")

    @property
    def view(self) -> Viewport:
        """The window on the rows."""
        return self._view

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield self.title_bars
        yield self.banner_bars
        yield self._head_bars
        yield self._columns
        yield self.lines
        yield self.hint_bars

    def on_screen_resume(self) -> None:
        """Watch this transaction."""
        self.saga_app.poller.watch(self._want())
        self.paint()

    def _want(self) -> TransactionWant:
        return TransactionWant(transaction_id=self.transaction_id, as_of=self._as_of)

    def take(self, snapshot: Snapshot) -> None:
        """Take in the transaction, or why there is none."""
        want = snapshot.want
        if isinstance(want, FindWant) and isinstance(snapshot.answer, Found):
            self._went_on(want, snapshot.answer)
        if not isinstance(want, TransactionWant | RecordsWant) or want.transaction_id != self.transaction_id:
            return
        if isinstance(snapshot.answer, RecordPage):
            self._records = snapshot.answer
        elif isinstance(snapshot.answer, Transaction):
            self._missing = ""
            self._taken_ns = snapshot.taken_ns
            self._go_by(snapshot.answer.transaction_id)
            if self.transaction is not None and same_rows(self.transaction, snapshot.answer):
                self.transaction = snapshot.answer
            else:
                self._refill(snapshot.answer)
        elif snapshot.trouble and snapshot.trouble.kind != "away" and isinstance(want, TransactionWant):
            self._missing = shown(snapshot.trouble.message)

    def _go_by(self, transaction_id: str) -> None:
        """Go by the id of a transaction that was opened by an alias."""
        if transaction_id != self.transaction_id:
            self.transaction_id = transaction_id
            if self.is_active:
                self.saga_app.poller.watch(self._want())

    def _refill(self, transaction: Transaction) -> None:
        first = self.transaction is None
        before = self._row(self._view.cursor)
        self.transaction = transaction
        self.rows = rows(transaction, by_owner=self._by_owner)
        self._axis = self._fitted = None
        view = self._view.counted(len(self.rows))
        if first:
            self._view = view.to(_first_of(self.rows))
        else:
            at = next((at for at, row in enumerate(self.rows) if before and row.key == before.key), view.cursor)
            self._view = self._settled(view.carried(at - view.cursor), 1)

    def turn(self, view: Viewport, *, home: bool = False) -> None:
        """Move the cursor, past the headings."""
        back = view.cursor < self._view.cursor and not home
        self._view = self._settled(view, -1 if back else 1)
        self.paint()

    def roll(self, view: Viewport) -> None:
        """Scroll."""
        self._view = self._settled(view, 1)
        self.paint()

    def _settled(self, view: Viewport, direction: int) -> Viewport:
        for way in (direction, -direction):
            at = view.cursor
            while (row := self._row(at)) is not None and not row.selectable:
                at += way
            if row is not None:
                # The heading above the first line comes back into sight with it.
                return view.to(0).to(at) if at < view.height and view.top and not any(
                    each.selectable for each in self.rows[:at]) else view.to(at)  # fmt: skip
        return view

    def _row(self, index: int) -> Row | None:
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def _now(self) -> datetime:
        """Tell what the sidecar means by now: what it answered, and the time that went by since."""
        if self.transaction is None:
            return to_datetime(self.saga_app.shown_now_ns())
        passed_ns = max(0, self.saga_app.shown_now_ns() - self._taken_ns) if self._as_of is None else 0
        return self.transaction.as_of + (to_datetime(passed_ns) - to_datetime(0))

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame(subject_of_transaction(self.transaction_id, self.transaction, self.look), self._as_of)
        self._head_bars.show(*self._head(self.size.width))
        layout = self._layout(self.lines.seen.width)
        titles = header(layout, self._axis_for(layout), self.look, to_now=self._to_now())
        self._columns.show(*([titles] if self.rows else []))
        self.lines.show(self._view)
        self.draw_hints()

    def _head(self, width: int) -> Sequence[Line]:
        if self._missing:
            return (((f" {self._missing}", "failed"),),)
        if self.transaction is None:
            return (((" " if self.saga_app.link.away else " asking", "dim"),),)
        key = self.key_of("advice")
        return head(self.transaction, self._now(), self.look, width, self.size.height, key)

    def _to_now(self) -> bool:
        return self.transaction is not None and is_open(self.transaction)

    def _layout(self, width: int) -> TimeLayout:
        # Ten thousand rows are measured once, not for every line that is painted.
        if self._fitted is None or self._fitted.width != width:
            self._fitted = lay_out(width, self.rows)
        return self._fitted

    def _axis_for(self, layout: TimeLayout) -> Axis:
        if self.transaction is None:
            return build([0], layout.bar)
        now_ns = self._axis_now_ns(self.transaction)
        key = (layout.bar, now_ns)
        if self._axis is None or self._axis[0] != key:
            self._axis = (
                key,
                build(points_ns(self.transaction, now_ns), layout.bar, tail=_NOW_CELLS if self._to_now() else 1),
            )
        return self._axis[1]

    def _axis_now_ns(self, transaction: Transaction) -> int:
        """Now, as coarse as the age is shown: the axis moves no more often than the words."""
        began_ns = int(transaction.started_at.timestamp()) * NS_PER_S
        age_s = max(0, int(self._now().timestamp()) - began_ns // NS_PER_S)
        grain = max(grain_s(age_s), HOUR_S if age_s > 2 * DAY_S else 1)
        return began_ns + -(-age_s // grain) * grain * NS_PER_S

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        lit = index == self._view.cursor
        layout = self._layout(width)
        row = self.rows[index]
        return painted(row, layout, self._axis_for(layout), self.look, selected=lit, now=self._now()), lit

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
        """Copy the command of the best advice that has one."""
        advice = self.transaction.advice if self.transaction is not None else ()
        command = next((one.command for one in advice if one.command), None)
        if command is None:
            self.notice("no command is known", "dim")
        else:
            self.copy(command)

    def action_copy_id(self) -> None:
        """Copy the id of the transaction."""
        self.copy(self.transaction_id)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()


def _first_of(listed: Sequence[Row]) -> int:
    """Begin at the step that is stuck, else at the first line that can be selected."""
    loud = next((at for at, row in enumerate(listed) if row.loud), None)
    return loud if loud is not None else next((at for at, row in enumerate(listed) if row.selectable), 0)
