"""The alerts: what fires, who is on it, what was told to whom; acknowledging and silencing ask first."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tracer.views import AlertView, Silence
from tui.alerts import Item, matchers_of, sheet, summary
from tui.format import clock, shown
from tui.keys import WRITES
from tui.look import Line, Look
from tui.screens.alert import AlertPanel, DeliveriesPanel, RulesPanel
from tui.screens.prompt import Meaning, PromptScreen
from tui.screens.sheet import SheetScreen
from tui.sheet import Sheet
from tui.silencing import fault_of_matchers, fault_of_silence, taken, worded, written
from tui.wants import (
    AcknowledgeWant,
    AlertsAnswer,
    AlertsWant,
    Deed,
    EndSilenceWant,
    SilenceWant,
    Snapshot,
)

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


class AlertsScreen(SheetScreen[Item]):
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

    SUBJECT = "alerts"
    WANT = AlertsWant()

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.answer: AlertsAnswer | None = None

    def received(self, snapshot: Snapshot) -> bool:
        """Take in a reading, or what came of something that was asked for."""
        if isinstance(snapshot.want, Deed):
            self._tell(snapshot)
        if not isinstance(snapshot.answer, AlertsAnswer):
            return False
        self.answer = snapshot.answer
        return True

    def is_known(self) -> bool:
        """Whether the alerts were read."""
        return self.answer is not None

    def summary(self, now: datetime) -> Line:
        """Say how it stands in one line."""
        return summary(self.answer, self.look, now)

    def sheet(self, width: int, now: datetime) -> Sheet[Item]:
        """Paint what does not work, the alerts by state, and the silences."""
        return sheet(self.answer, self.look, width, now)

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
