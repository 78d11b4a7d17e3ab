"""The alerts: what fires, who is on it, what was told to whom; acknowledging and silencing ask first."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tracer.views import AlertView, Silence
from tui.alerts import Item, Sheet, matchers_of, sheet, summary
from tui.chrome import NAME, cut
from tui.columns import marker
from tui.format import clock, shown
from tui.keys import WRITES
from tui.look import Line, Look
from tui.screens.alert import AlertPanel, DeliveriesPanel, RulesPanel
from tui.screens.browse import Browse
from tui.screens.prompt import Meaning, PromptScreen
from tui.silencing import fault_of_matchers, fault_of_silence, taken, worded, written
from tui.view import Viewport
from tui.wants import (
    AcknowledgeWant,
    AlertsAnswer,
    AlertsWant,
    Deed,
    EndSilenceWant,
    SilenceWant,
    Snapshot,
)
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_ALERTS: Final = Binding.Group("alerts")


def me() -> str:
    """Give the name that a person is logged in by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a container
        return "somebody"


def _meant_by(words: str) -> tuple[Line, bool]:
    """Say what is missing in a time and a reason, or what comes next, and whether it will do."""
    wrong = fault_of_silence(words)
    return (((f" {wrong}", "warn"),), False) if wrong else (((" Enter asks what it is to hold for", "dim"),), True)


def _meant_of(text: str, words: str) -> tuple[Line, bool]:
    """Say what is wrong with matchers, or whose silence it will be, and whether they will do."""
    wrong = fault_of_matchers(text)
    told = f" silences as {me()} what these all match, for {shown(words.strip())}"
    return (((f" {wrong}", "warn"),), False) if wrong else (((told, "text"),), True)


class AlertsScreen(Browse):
    """What fires, what is pending, what was resolved lately, and the silences that hold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "why it fires, what was told to whom", group=_ALERTS, id="alerts.open"),
        Binding("o", "open_example", "open its transaction", group=_ALERTS, id="alerts.open-transaction"),
        Binding("a", "acknowledge", "say that you are on it, or take that back", group=WRITES, id="alerts.acknowledge"),
        Binding("s", "silence", "silence it for a while, or end a silence", group=WRITES, id="alerts.silence"),
        Binding("c", "copy_command", "copy the command", group=_ALERTS, id="alerts.copy-command"),
        Binding("y", "copy_id", "copy the id", group=_ALERTS, id="alerts.copy-id"),
        Binding("d", "deliveries", "what was told to whom, and what failed", group=_ALERTS, id="alerts.deliveries"),
        Binding("u", "rules", "the rules, and those who are told", group=_ALERTS, id="alerts.rules"),
        Binding("tab", "section", "next part", group=_ALERTS, id="alerts.section"),
        Binding("escape,q", "leave", "back", group=_ALERTS, id="alerts.back"),
    ]
    HINTS = (
        ("open", "why"), ("acknowledge", "acknowledge"), ("silence", "silence"), ("open_example", "transaction"),
        ("help", "help"), ("deliveries", "told to whom"), ("rules", "rules"), ("copy_command", "copy command"),
        ("leave", "back"),
    )  # fmt: skip

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.answer: AlertsAnswer | None = None
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
        """Watch the alerts."""
        if self.is_active:
            self.saga_app.poller.watch(AlertsWant())
        self.paint()

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading, or what came of something that was asked for."""
        if isinstance(snapshot.answer, AlertsAnswer):
            self.answer, self._missing = snapshot.answer, ""
        elif isinstance(snapshot.want, Deed):
            self._tell(snapshot)
        elif snapshot.want == AlertsWant() and snapshot.trouble and snapshot.trouble.kind != "away":
            self._missing = shown(snapshot.trouble.message)

    def _tell(self, snapshot: Snapshot) -> None:
        """Say what became of a deed, and read again what it changed."""
        if snapshot.trouble is not None:
            # Where no answer came it may be done all the same: the list says so with the next reading.
            is_open = snapshot.trouble.kind == "away"
            self.notice(f"{'no answer' if is_open else 'not done'}: {shown(snapshot.trouble.message)}", "failed")
        elif isinstance(snapshot.answer, Silence):
            self.notice(f"silence {shown(snapshot.answer.id)} until {clock(snapshot.answer.ends)}")
        elif isinstance(snapshot.answer, AlertView) and snapshot.answer.acknowledged is not None:
            self.notice(f"{shown(snapshot.answer.acknowledged.by)} is on it")
        else:
            self.notice("nobody is on it any more")
        self.saga_app.poller.refresh()

    def draw(self) -> None:
        """Bring every line up to date."""
        self.draw_frame((*NAME, (" alerts", "text")))
        self._summary.show(cut(self._head(), self.size.width))
        self._lay_out()
        self.lines.show(self._view)
        self.draw_hints()

    def _head(self) -> Line:
        if self._missing:
            return ((f" {self._missing}", "failed"),)
        if self.answer is None and self.saga_app.link.away:
            return ((" ", "dim"),)
        return summary(self.answer, self.look, to_datetime(self.saga_app.shown_now_ns()))

    def _lay_out(self) -> None:
        """Make the lines anew, and find the chosen item again among them."""
        seen = self.lines.seen
        if not seen.height:
            return  # it has no size yet: what is laid out now would be scrolled away
        before = self.chosen()
        if not self.lines.seen.width:
            return
        now = to_datetime(self.saga_app.shown_now_ns())
        self._sheet = sheet(self.answer, self.look, seen.width, now)
        view = self._view.resized(seen.height).counted(len(self._sheet.lines))
        firsts = [(at, self._sheet.lines[at].item) for at in self._sheet.firsts()]
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
        firsts = self._sheet.firsts()
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

    def _alert(self) -> AlertView | None:
        """Give the alert under the cursor, or say that there is none."""
        item = self.chosen()
        if item is None or item.alert is None:
            self.notice("no alert is selected", "dim")
            return None
        return item.alert

    def action_open(self) -> None:
        """Show all that is known of an alert."""
        if alert := self._alert():
            self.app.push_screen(AlertPanel(self.look, alert))

    def action_open_example(self) -> None:
        """Open the transaction that is stuck the longest."""
        alert = self._alert()
        if alert and alert.examples:
            self.saga_app.open_transaction(alert.examples[0])
        elif alert:
            self.notice("no transaction is named", "dim")

    def action_deliveries(self) -> None:
        """Show what was told to whom."""
        self.app.push_screen(DeliveriesPanel(self.look))

    def action_rules(self) -> None:
        """Show the rules."""
        self.app.push_screen(RulesPanel(self.look))

    def action_copy_command(self) -> None:
        """Copy the advised command, else the one that opens the transaction."""
        if alert := self._alert():
            command = alert.command or alert.open_command
            if command is None:
                self.notice("no command is known for it", "dim")
            else:
                self.copy(command)

    def action_copy_id(self) -> None:
        """Copy the id of the alert or the silence."""
        if item := self.chosen():
            self.copy(item.key[1])

    def action_acknowledge(self) -> None:
        """Say that somebody is on it, or take that back; both ask first."""
        alert = self._alert()
        if alert is None:
            return
        if alert.state == "resolved":
            self.notice("it is over", "dim")
        elif alert.acknowledged is not None:
            question = f"{alert.acknowledged.by} is on it. Take that back? It is then told again."
            want = AcknowledgeWant(alert_id=alert.id, by=me(), note=None)
            self.saga_app.ask_first(question, lambda: self._do(want))
        else:
            what = f"acknowledges as {me()}: {alert.summary}"
            self._ask(
                "note", lambda _: (((f" {shown(what)}", "text"),), True),
                lambda words: self._do(AcknowledgeWant(alert_id=alert.id, by=me(), note=words)),
            )  # fmt: skip

    def action_silence(self) -> None:
        """Silence an alert for a while, or end the silence under the cursor; both ask first."""
        item = self.chosen()
        silence = item.silence if item else None
        if silence is not None:
            want = EndSilenceWant(silence_id=silence.id, by=me())
            self.saga_app.ask_first(f"End the silence of {', '.join(silence.matchers)}?", lambda: self._do(want))
        elif alert := self._alert():
            matchers = matchers_of(alert)
            self._ask("for how long, and why", _meant_by, lambda words: self._ask_of_what(matchers, words))

    def _ask_of_what(self, matchers: tuple[str, ...], words: str) -> None:
        """Ask what a silence is to hold for: at first the alert's own rule and labels."""
        length_s, reason = taken(words)

        def silence(text: str) -> None:
            ends = to_datetime(self.saga_app.clock.now_ns()) + timedelta(seconds=length_s)
            self._do(SilenceWant(matchers=worded(text, matchers), by=me(), reason=reason, ends=ends))

        self._ask("of", lambda text: _meant_of(text, words), silence, text=written(matchers))

    def _ask(self, label: str, meaning: Meaning, do: Callable[[str], None], *, text: str = "") -> None:
        """Ask for words, and do with them what is to be done."""
        prompt = PromptScreen(self.look, self.saga_app.keymap, label, meaning, text=text)
        self.app.push_screen(prompt, lambda words: None if words is None else do(words.strip()))

    def _do(self, deed: Deed) -> None:
        self.notice("asking the sidecar", "dim")
        self.saga_app.poller.ask(deed)

    def action_section(self) -> None:
        """Go to the next part."""
        heads = [at for at, line in enumerate(self._sheet.lines) if line.line and line.line[0][1] == "heading"]
        ahead = next((at for at in heads if at > self._view.cursor), 0)
        firsts = self._sheet.firsts()
        self._turned(self._view.to(next((at for at in firsts if at >= ahead), firsts[0] if firsts else 0)))

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()
