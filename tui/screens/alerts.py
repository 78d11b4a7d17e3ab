"""The alerts: what fires, who is on it, what was told to whom; acknowledging and silencing ask first."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tracer.views import AlertView, RuleList, Silence
from tui.alerts import Item, Sheet, detail_lines, matchers_of, rule_lines, sheet, summary
from tui.chrome import NAME, cut
from tui.columns import marker
from tui.format import clock, shown
from tui.keys import WRITES
from tui.look import Line, Look
from tui.moments import duration_s
from tui.screens.browse import Browse
from tui.screens.panel import Pager
from tui.screens.prompt import Meaning, PromptScreen
from tui.view import Viewport
from tui.wants import (
    AcknowledgeWant,
    AlertDetail,
    AlertsAnswer,
    AlertsWant,
    AlertWant,
    Deed,
    EndSilenceWant,
    RulesWant,
    SilenceWant,
    Snapshot,
)
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

_ALERTS: Final = Binding.Group("alerts")
_HOW_LONG: Final = "for how long comes first, as in: 2h the vendor is on it"
_NO_REASON: Final = "a reason comes after it, for those who will wonder"
_MOST_S: Final = 365 * 86_400


def fault_of_silence(words: str) -> str | None:
    """Say what is missing in "2h reason"; None where nothing is."""
    length, _, reason = words.partition(" ")
    seconds = duration_s(length)
    if seconds is None or not 0 < seconds <= _MOST_S:
        return _HOW_LONG
    return None if reason.strip() else _NO_REASON


def _meant(words: str, matchers: tuple[str, ...]) -> tuple[Line, bool]:
    """Say what a silence would be, or what is missing, and whether it will do."""
    wrong = fault_of_silence(words.strip())
    if wrong is not None:
        return ((f" {wrong}", "warn"),), False
    return ((f" silences as {me()}: {shown(', '.join(matchers))}", "text"),), True


def me() -> str:
    """Give the name that a person is logged in by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a container
        return "somebody"


class AlertPanel(Pager):
    """One alert, whole, as it is read last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open_example", "open the transaction", group=_ALERTS, id="alert.open-transaction"),
        Binding("c", "copy_command", "copy the command", group=_ALERTS, id="alert.copy-command"),
        Binding("y", "copy_id", "copy the alert's id", group=_ALERTS, id="alert.copy-id"),
    ]
    HINTS = (
        ("open_example", "open the transaction"), ("copy_command", "copy the command"), ("scroll(1)", "scroll"),
        ("dismiss", "close"),
    )  # fmt: skip

    def __init__(self, look: Look, alert: AlertView) -> None:
        super().__init__(look, f"alert {shown(alert.id)}")
        self._alert = alert
        self._detail: AlertDetail | None = None
        self._missing = ""

    def on_mount(self) -> None:
        """Follow it."""
        self.saga_app.poller.watch(AlertWant(alert_id=self._alert.id))

    def take(self, snapshot: Snapshot) -> None:
        """Take in the alert as it is now, or why it is not known."""
        if snapshot.want != AlertWant(alert_id=self._alert.id):
            return
        if isinstance(snapshot.answer, AlertDetail):
            self._detail, self._missing = snapshot.answer, ""
            self._alert = snapshot.answer.alert
        elif snapshot.trouble is not None:
            self._missing = shown(snapshot.trouble.message)
        self.paint()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give all that is known of it."""
        now = to_datetime(self.saga_app.shown_now_ns())
        missing: tuple[Line, ...] = (((f" {self._missing}", "warn"),),) if self._missing else ()
        if self._detail is None:
            return missing or (((" asking", "dim"),),)
        return (*missing, *detail_lines(self._detail, self.look, width, now))

    def action_open_example(self) -> None:
        """Open the transaction that is stuck the longest."""
        if not self._alert.examples:
            self.notice("no transaction is named", "dim")
            return
        app, example = self.saga_app, self._alert.examples[0]
        self.dismiss()
        app.call_later(app.open_transaction, example)

    def action_copy_command(self) -> None:
        """Copy the advised command, else the one that opens the transaction."""
        command = self._alert.command or self._alert.open_command
        if command is None:
            self.notice("no command is known for it", "dim")
        else:
            self.copy(command)

    def action_copy_id(self) -> None:
        """Copy the id by which receivers know it."""
        self.copy(self._alert.id)


class RulesPanel(Pager):
    """The rules that run, and how it goes with those who are told."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "the rules of alerts")
        self._rules: RuleList | None = None
        self._missing = ""

    def on_mount(self) -> None:
        """Ask for them."""
        self.saga_app.poller.ask(RulesWant())

    def take(self, snapshot: Snapshot) -> None:
        """Take them in."""
        if isinstance(snapshot.answer, RuleList):
            self._rules = snapshot.answer
        elif isinstance(snapshot.want, RulesWant) and snapshot.trouble is not None:
            self._missing = shown(snapshot.trouble.message)
        self.paint()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give the rules."""
        if self._rules is None:
            return (((f" {self._missing or 'asking'}", "warn" if self._missing else "dim"),),)
        return rule_lines(self._rules, self.look, width)


class AlertsScreen(Browse):
    """What fires, what is pending, what was resolved lately, and the silences that hold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "why it fires, what was told to whom", group=_ALERTS, id="alerts.open"),
        Binding("o", "open_example", "open its transaction", group=_ALERTS, id="alerts.open-transaction"),
        Binding("a", "acknowledge", "say that you are on it, or take that back", group=WRITES, id="alerts.acknowledge"),
        Binding("s", "silence", "silence it for a while, or end a silence", group=WRITES, id="alerts.silence"),
        Binding("c", "copy_command", "copy the command", group=_ALERTS, id="alerts.copy-command"),
        Binding("y", "copy_id", "copy the id", group=_ALERTS, id="alerts.copy-id"),
        Binding("u", "rules", "the rules, and those who are told", group=_ALERTS, id="alerts.rules"),
        Binding("tab", "section", "next part", group=_ALERTS, id="alerts.section"),
        Binding("escape,q", "leave", "back", group=_ALERTS, id="alerts.back"),
    ]
    HINTS = (
        ("open", "why"), ("acknowledge", "acknowledge"), ("silence", "silence"), ("open_example", "transaction"),
        ("help", "help"), ("copy_command", "copy command"), ("rules", "rules"), ("leave", "back"),
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
        before = self.chosen()
        if not self.lines.seen.width:
            return
        now = to_datetime(self.saga_app.shown_now_ns())
        self._sheet = sheet(self.answer, self.look, self.lines.seen.width, now)
        view = self._view.counted(len(self._sheet.lines))
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
                lambda words: AcknowledgeWant(alert_id=alert.id, by=me(), note=words),
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
            self._ask(
                "for how long, and why", lambda words: _meant(words, matchers),
                lambda words: self._silence(matchers, words),
            )  # fmt: skip

    def _silence(self, matchers: tuple[str, ...], words: str) -> SilenceWant:
        length, _, reason = words.strip().partition(" ")
        ends = to_datetime(self.saga_app.clock.now_ns()) + timedelta(seconds=duration_s(length) or 0.0)
        return SilenceWant(matchers=matchers, by=me(), reason=reason.strip(), ends=ends)

    def _ask(self, label: str, meaning: Meaning, make: Callable[[str], Deed]) -> None:
        """Ask for words, and do what is made of them."""
        prompt = PromptScreen(self.look, self.saga_app.keymap, label, meaning)
        self.app.push_screen(prompt, lambda words: None if words is None else self._do(make(words.strip())))

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
