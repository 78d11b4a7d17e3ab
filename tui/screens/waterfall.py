"""The waterfall of one transaction: its head, its lines, and the part of its time that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding

from tracer.clock import NS_PER_S, to_datetime, to_ns
from tracer.model.duration import DAY_S, HOUR_S
from tracer.reports.axis import Axis, build
from tracer.reports.handoffs import clock_hints
from tracer.views import Flow, RecordPage, Transaction
from tui.answers import head
from tui.chrome import subject_of_transaction
from tui.finding import texts
from tui.format import grain_s, moment_whole, shown
from tui.lens import Lens
from tui.look import TIMES, Line, Look, width_of
from tui.norms import Norms, norms
from tui.past import Past
from tui.rows import TimeLayout, header, lay_out, painted
from tui.ruler import Scale
from tui.screens.browse import Browse
from tui.search import Search, search
from tui.ties import Ties
from tui.timeline import Row, is_open, points_ns, rows, same_rows
from tui.view import Viewport
from tui.wants import NormsWant, RecordsWant, Snapshot, TransactionWant
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_NOW_CELLS: Final = 5
_NEEDLE: Final = 20
_NO_OTHER: Final = "no other stuck or failed transaction that way"
_TIMELINE: Final = Binding.Group("timeline")
_TIME: Final = Binding.Group("time axis")


class Waterfall(Browse):
    """One transaction, now or as it stood at an earlier time, as lines with bars."""

    def __init__(self, look: Look, transaction_id: str, as_of: datetime | None) -> None:
        super().__init__(look)
        self.transaction_id = transaction_id
        self.transaction: Transaction | None = None
        self.rows: tuple[Row, ...] = ()
        self._view = Viewport()
        self._by_owner = False
        self._past = Past(at=as_of)
        self._lens = Lens()
        self._times = 1.0
        self._since_start = False
        self._search = Search()
        self._ties = Ties(())
        self._hints: tuple[str, ...] = ()
        self._normal: Norms | None = None
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
        return TransactionWant(transaction_id=self.transaction_id, as_of=self._past.at)

    def take(self, snapshot: Snapshot) -> None:
        """Take in the transaction, or why there is none."""
        want = snapshot.want
        if isinstance(want, NormsWant) and isinstance(snapshot.answer, Flow):
            self._learn(want, snapshot.answer)
        if isinstance(want, RecordsWant) and want.transaction_id == self.transaction_id:
            self._records = snapshot.answer if isinstance(snapshot.answer, RecordPage) else self._records
        if want == self._want():
            self._take_transaction(snapshot)

    def _take_transaction(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot.answer, Transaction):
            self._missing = ""
            self._taken_ns = snapshot.taken_ns
            self._go_by(snapshot.answer.transaction_id)
            if self.transaction is not None and same_rows(self.transaction, snapshot.answer):
                self.transaction = snapshot.answer
            else:
                self._refill(snapshot.answer)
        elif snapshot.trouble and snapshot.trouble.kind != "away":
            at = self._past.at
            self._missing = shown(snapshot.trouble.message) if at is None else f"no record yet at {moment_whole(at)}"
            if at is not None:
                self._empty()

    def _learn(self, want: NormsWant, flow: Flow) -> None:
        """Take in what is normal in the saga, to tell what took too long."""
        if self.transaction is not None and self.transaction.saga == want.saga and self._normal is None:
            self._normal = norms(flow)
            self._refill(self.transaction)

    def _empty(self) -> None:
        """Show nothing of the transaction: then there was nothing."""
        self.transaction, self.rows, self._ties, self._hints = None, (), Ties(()), ()
        self._axis = self._fitted = None
        self._view = self._view.counted(0)

    def _go_by(self, transaction_id: str) -> None:
        """Go by the id of a transaction that was opened by an alias."""
        if transaction_id != self.transaction_id:
            self.transaction_id = transaction_id
            if self.is_active:
                self.saga_app.poller.watch(self._want())

    def _refill(self, transaction: Transaction) -> None:
        first = self.transaction is None
        before = self._row(self._view.cursor)
        if first and transaction.saga is not None and self._normal is None:
            self.saga_app.poller.ask(NormsWant(saga=transaction.saga))
        self.transaction = transaction
        self._past = self._past.knowing(transaction)
        self.rows = rows(transaction, by_owner=self._by_owner, normal=self._normal)
        self._ties, self._hints = Ties(self.rows), tuple(clock_hints(transaction.timeline))
        self._axis = self._fitted = None
        self._look_for(self._search.text)
        view = self._view.counted(len(self.rows))
        if first:
            self._view = view.to(_first_of(self.rows))
        else:
            at = next((at for at, row in enumerate(self.rows) if before and row.key == before.key), view.cursor)
            self._view = self._settled(view.carried(at - view.cursor), 1)

    def _look_for(self, text: str) -> None:
        found = search(text, texts(self.rows, self._records)) if text.strip() else Search()
        self._search = replace(found, text=text.strip())

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
        if self._past.at is not None:
            return self.transaction.as_of
        passed_ns = max(0, self.saga_app.shown_now_ns() - self._taken_ns)
        return self.transaction.as_of + (to_datetime(passed_ns) - to_datetime(0))

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame(self._subject(), self._past.at)
        self._head_bars.show(*self._head(self.size.width))
        layout = self._layout(self.lines.seen.width)
        titles = header(layout, self._axis_for(layout), self.look, self._scale())
        self._columns.show(*([titles] if self.rows else []))
        self.lines.show(self._view)
        self.draw_hints()

    def _subject(self) -> Line:
        """Paint the id and the saga, and before them which instant of the past this is."""
        subject = subject_of_transaction(self.transaction_id, self.transaction, self.look)
        if place := self._past.place():
            subject = ((f" {place}", "warn"), *subject)
        if self._lens.window is not None:
            subject = (*subject, (f"  zoom {TIMES}{self._times:.3g}", "warn"))
        return (*subject, ("  clocks disagree", "warn")) if self._hints else subject

    def _scale(self) -> Scale:
        began_ns = to_ns(self.transaction.started_at) if self.transaction is not None else 0
        is_fitted = self._lens.window is None
        return Scale(
            since_ns=began_ns if self._since_start else None, to_now=self._to_now() and is_fitted, ticks=not is_fitted
        )

    def _head(self, width: int) -> Sequence[Line]:
        if self._missing:
            return (((f" {self._missing}", "failed"),),)
        if self.transaction is None:
            return (((" " if self.saga_app.link.away else " asking", "dim"),),)
        key, height = self.key_of("advice"), self.size.height
        return head(self.transaction, self._now(), self.look, width, height, key, hints=self._hints)

    def _to_now(self) -> bool:
        return self.transaction is not None and is_open(self.transaction) and self._past.at is None

    def _layout(self, width: int) -> TimeLayout:
        # Ten thousand rows are measured once, not for every line that is painted.
        if self._fitted is None or self._fitted.width != width:
            self._fitted = lay_out(width, self.rows)
        return self._fitted

    def _axis_for(self, layout: TimeLayout) -> Axis:
        if self.transaction is None:
            return build([0], layout.bar)
        key = (layout.bar, self._axis_now_ns(self.transaction), self._lens)
        if self._axis is None or self._axis[0] != key:
            tail = _NOW_CELLS if self._to_now() and self._lens.window is None else 1
            self._axis = (key, build(self._lens.points(self._points()), layout.bar, tail=tail))
        return self._axis[1]

    def _points(self) -> Sequence[int]:
        """Give every moment of the transaction, up to now where it is under way."""
        if self.transaction is None:
            return (0,)
        return points_ns(self.transaction, self._axis_now_ns(self.transaction))

    def _axis_now_ns(self, transaction: Transaction) -> int:
        """Now, as coarse as the age is shown: the axis moves no more often than the words."""
        if self._past.at is not None:
            return to_ns(transaction.as_of)
        began_ns = int(transaction.started_at.timestamp()) * NS_PER_S
        age_s = max(0, int(self._now().timestamp()) - began_ns // NS_PER_S)
        grain = max(grain_s(age_s), HOUR_S if age_s > 2 * DAY_S else 1)
        return began_ns + -(-age_s // grain) * grain * NS_PER_S

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        lit = index == self._view.cursor
        layout = self._layout(width)
        row = self.rows[index]
        axis, ties = self._axis_for(layout), self._ties.at(index)
        return painted(row, layout, axis, self.look, selected=lit, now=self._now(), ties=ties), lit

    def place(self) -> str:
        """Say where the cursor is, and which match it is on."""
        if width_of(self._notice) > self.size.width // 2:
            return ""
        if not self._search.text:
            return super().place()
        return f"/{shown(self._search.text)[:_NEEDLE]}: {self._search.place(self._view.cursor)}"

    # --- the time axis ----------------------------------------------------------------------------------------

    def action_zoom(self, factor: float) -> None:
        """Show so many times as much of the time, around the line under the cursor."""
        row = self._row(self._view.cursor)
        around = None if row is None else row.start_ns
        if row is not None and around is not None and row.end_ns is not None and row.mark != "open":
            around = (around + row.end_ns) // 2
        self._look_through(self._lens.zoomed(factor, around, self._points()))

    def action_pan(self, share: float) -> None:
        """Move along the time by a share of what is shown."""
        if self._lens.window is None:
            self.notice("all of it is shown; + zooms in", "dim")
        else:
            self._look_through(self._lens.panned(share, self._points()))

    def action_fit(self) -> None:
        """Show all of the time."""
        self._look_through(Lens())

    def _look_through(self, lens: Lens) -> None:
        self._lens, self._notice = lens, ()
        self._times = lens.times(self._points())
        self.paint()

    def action_relative(self) -> None:
        """Tell times since the beginning, or by the clock again."""
        self._since_start = not self._since_start
        self.notice("times since it began" if self._since_start else "times by the clock", "dim")


def _first_of(listed: Sequence[Row]) -> int:
    """Begin at the step that is stuck, else at the first line that can be selected."""
    loud = next((at for at, row in enumerate(listed) if row.loud), None)
    return loud if loud is not None else next((at for at, row in enumerate(listed) if row.selectable), 0)
