"""Panels of the alerts: one alert whole, what was told to whom, and the rules."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from tracer.clock import to_datetime
from tracer.views import AlertView, DeliveryList, RuleList
from tui.alert import Told, delivery_lines, detail_lines, rule_lines
from tui.format import shown
from tui.look import Line, Look
from tui.screens.panel import Pager, Panel
from tui.view import Viewport
from tui.wants import AlertDetail, AlertWant, DeliveriesWant, RulesWant, Snapshot
from tui.widgets.lines import Lines

_ALERT: Final = Binding.Group("alert")


class AlertPanel(Panel):
    """One alert, whole, as it is read last; the cursor chooses among the transactions that it names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,o", "open_example", "open the transaction of the line, else the one stuck longest", group=_ALERT,
                id="alert.open-transaction"),
        Binding("c", "copy_command", "copy the command", group=_ALERT, id="alert.copy-command"),
        Binding("y", "copy_id", "copy the alert's id", group=_ALERT, id="alert.copy-id"),
        Binding("tab", "next_example", "next transaction that it names", group=_ALERT, id="alert.next-example"),
        Binding("up,k", "move(-1)", "up", group=_ALERT, id="alert.up"),
        Binding("down,j", "move(1)", "down", group=_ALERT, id="alert.down"),
        Binding("pageup,ctrl+u,ctrl+b", "page(-1)", "a page up", group=_ALERT, id="alert.page-up"),
        Binding("pagedown,ctrl+d,ctrl+f,space", "page(1)", "a page down", group=_ALERT, id="alert.page-down"),
        Binding("home,g", "move(-1000000)", "top", group=_ALERT, id="alert.top"),
        Binding("end,G", "move(1000000)", "bottom", group=_ALERT, id="alert.bottom"),
        Binding("escape,q", "dismiss", "close", group=_ALERT, id="alert.close"),
    ]  # fmt: skip
    HINTS = (
        ("open_example", "open the transaction"), ("copy_command", "copy the command"), ("next_example", "next"),
        ("dismiss", "close"),
    )  # fmt: skip

    def __init__(self, look: Look, alert: AlertView) -> None:
        super().__init__(look, f"alert {shown(alert.id)}")
        self._alert = alert
        self._detail: AlertDetail | None = None
        self._told: tuple[Told, ...] = ()
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
        """Give all that is known of it; the cursor stays on its transaction, whatever comes in above."""
        chosen = self._example()
        missing = (Told(line=((f" {self._missing}", "warn"),)),) if self._missing else ()
        if self._detail is None:
            self._told = missing or (Told(line=((" asking", "dim"),)),)
        else:
            now = to_datetime(self.saga_app.shown_now_ns())
            self._told = (*missing, *detail_lines(self._detail, self.look, width, now))
        if chosen is not None:
            at = next((at for at, one in enumerate(self._told) if one.example == chosen), self._view.cursor)
            self._view = self._view.followed(at, len(self._told))
        return tuple(one.line for one in self._told)

    def lit(self, index: int) -> bool:
        """Light the line under the cursor."""
        return index == self._view.cursor

    def _example(self) -> str | None:
        return self._told[self._view.cursor].example if self._view.cursor < len(self._told) else None

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
        """Follow the mouse; a click on the transaction under the cursor opens it."""
        if event.index == self._view.cursor and self._example() is not None:
            self.action_open_example()
        else:
            self._moved(self._view.to(event.index))

    def action_next_example(self) -> None:
        """Go to the next transaction that is named, after the last one to the first."""
        named = [at for at, one in enumerate(self._told) if one.example is not None]
        if named:
            self._moved(self._view.to(next((at for at in named if at > self._view.cursor), named[0])))
        else:
            self.notice("no transaction is named", "dim")

    def action_open_example(self) -> None:
        """Open the transaction under the cursor, else the one that is stuck the longest."""
        example = self._example() or next(iter(self._alert.examples), None)
        if example is None:
            self.notice("no transaction is named", "dim")
            return
        app = self.saga_app
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


class DeliveriesPanel(Pager):
    """What was told to whom, the latest first, and what the receivers said."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "what was told to whom")
        self._listed: DeliveryList | None = None
        self._missing = ""

    def on_mount(self) -> None:
        """Follow them."""
        self.saga_app.poller.watch(DeliveriesWant())

    def take(self, snapshot: Snapshot) -> None:
        """Take them in."""
        if not isinstance(snapshot.want, DeliveriesWant):
            return
        if isinstance(snapshot.answer, DeliveryList):
            self._listed, self._missing = snapshot.answer, ""
        elif snapshot.trouble is not None:
            self._missing = shown(snapshot.trouble.message)
        self.paint()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give the deliveries."""
        missing: tuple[Line, ...] = (((f" {self._missing}", "warn"),),) if self._missing else ()
        if self._listed is None:
            return missing or (((" asking", "dim"),),)
        now = to_datetime(self.saga_app.shown_now_ns())
        return (*missing, *delivery_lines(self._listed, self.look, width, now))


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
