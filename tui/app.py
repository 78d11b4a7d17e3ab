"""The application: the poller's snapshots come in here, as one message each, and go to the screens."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.message import Message

from tracer.clock import Clock, SystemClock
from tracer.views import Flow, SagaList, Transaction, TransactionPage
from tui.chrome import Link
from tui.columns import columns_of
from tui.desk import Desk
from tui.essence import Essence, essence
from tui.filters import Seen
from tui.format import shown
from tui.keys import Keymap, sorting_keys, writes_of
from tui.look import Look
from tui.palette import Choice, Kind, told_of
from tui.screens.alerts import AlertsScreen
from tui.screens.ask import AskScreen
from tui.screens.browse import Browse
from tui.screens.flow import FlowScreen
from tui.screens.help import HelpScreen
from tui.screens.now import NowScreen
from tui.screens.palette import PaletteScreen
from tui.screens.panel import Panel
from tui.screens.sagas import SagasScreen
from tui.screens.sources import SourcesScreen
from tui.screens.sql import SqlScreen
from tui.screens.timeline import Beside, TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.skin import CSS, name_of, textual_theme, variables
from tui.source import Failure, Pace, Poller, Reader, StoreFile
from tui.sql import SqlState
from tui.themes import DARK, THEMES, WITHOUT_COLOUR, Theme
from tui.wants import ExportWant, NormsWant, NowAnswer, NowWant, SagasWant, Snapshot, SqlWant
from tui.widgets.ink import Inked, Looking

MAX_SCREENS: Final = 20
LOOK_FOR_TERMINAL_S: Final = 2.0
_STDIN: Final = 0
ScreenName = Literal["now", "list"]
PlaceName = Literal["now", "list", "sagas", "alerts", "sources", "sql"]
_ALWAYS = Binding.Group("always")
GO_TO: Final[tuple[Binding, ...]] = (
    Binding("1", "go_to('now')", "what is wrong now", group=_ALWAYS, id="app.now"),
    Binding("2", "go_to('list')", "all transactions", group=_ALWAYS, id="app.transactions"),
    Binding("3", "go_to('sagas')", "the sagas, and the flow of one", group=_ALWAYS, id="app.sagas"),
    Binding("4", "go_to('alerts')", "what fires, and who is on it", group=_ALWAYS, id="app.alerts"),
    Binding("5", "go_to('sources')", "what takes data in", group=_ALWAYS, id="app.sources"),
    Binding("6", "go_to('sql')", "SQL", group=_ALWAYS, id="app.sql"),
)


_PLACES: Final[Mapping[PlaceName, type[Browse]]] = {
    "now": NowScreen, "list": TransactionsScreen, "sagas": SagasScreen, "alerts": AlertsScreen,
    "sources": SourcesScreen, "sql": SqlScreen,
}  # fmt: skip


class ScreenDefect(RuntimeError):
    """The screens failed, and the terminal has shown how."""

    def __init__(self) -> None:
        super().__init__("the screens failed; what stands above says how")


class SagascopeApp(App[None]):
    """Watches a sidecar, or shows a store file. `look` says what the terminal can show; the clock is a port.

    Where `read_only`, and over a file, no action of the group WRITES is offered or carried out.
    """

    TITLE = "sagascope"
    ENABLE_COMMAND_PALETTE = False
    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        *GO_TO,
        Binding("space", "pause", "pause, go on", group=_ALWAYS, id="app.pause"),
        Binding("r", "refresh_now", "read again now", group=_ALWAYS, id="app.refresh"),
        Binding("colon,ctrl+p", "palette", "go to: an id or alias, a saga, a screen", group=_ALWAYS, id="app.palette"),
        Binding("question_mark,f1", "help", "this help", group=_ALWAYS, id="app.help"),
        Binding("ctrl+q,ctrl+c", "quit", "quit", group=_ALWAYS, priority=True, id="app.quit"),
    ]

    class Arrived(Message):
        """The poller read something."""

        def __init__(self, snapshot: Snapshot | Failure) -> None:
            super().__init__()
            self.snapshot = snapshot

    def __init__(
        self,
        source: Reader | StoreFile,
        *,
        url_label: str,
        clock: Clock,
        look: Look,
        open_transaction: str | None = None,
        filter_text: str = "",
        screen: ScreenName = "now",
        pace: Pace | None = None,
        read_only: bool = False,
        has_terminal: Callable[[], bool] = lambda: True,
        keymap: Keymap | None = None,
        columns: Sequence[str] = (),
        trace_url: str | None = None,
    ) -> None:
        # With NO_COLOR this says which filter is put in; every theme says for itself whether it is the terminal's own.
        super().__init__(ansi_color=None if look.colour else True)
        for each in (*THEMES.values(), WITHOUT_COLOUR):
            self.register_theme(textual_theme(each))
        self.theme = name_of(look.drawn)
        self.look = look
        self.keymap = dict(keymap or {})
        self.set_keymap(self.keymap)
        self.columns = columns_of(columns, sorting_keys(self.keymap))
        self.clock = clock
        self._has_terminal = has_terminal
        self.trace_url = trace_url
        self.read_only = read_only or isinstance(source, StoreFile)
        self.link = Link(url=url_label, is_file=isinstance(source, StoreFile))
        self.poller = Poller(source, self._deliver, clock, pace)
        self.desk = Desk(source, self._deliver, clock)
        self.sql_state = SqlState()
        self._open_transaction = open_transaction
        self._filter_text = filter_text
        self._begin_with_list = bool(filter_text) or screen == "list"
        self._now = NowScreen(look)
        self._paused_ns: int | None = None
        self._sagas: tuple[str, ...] = ()
        self._essence: Essence | None = None
        self.failure: Exception | None = None

    def _deliver(self, snapshot: Snapshot | Failure) -> None:
        self.post_message(self.Arrived(snapshot))

    def on_mount(self) -> None:
        """Show what is wrong now, and over it what was asked for."""
        self.set_class(not self.look.unicode, "-ascii")
        self.set_interval(LOOK_FOR_TERMINAL_S, self._leave_without_terminal)
        self.push_screen(self._now)
        if self._begin_with_list:
            self.open_list(self._filter_text, within="")
        if self._open_transaction:
            self.open_transaction(self._open_transaction)
        self.poller.start()

    def _leave_without_terminal(self) -> None:
        # Where a hang-up is no signal (nohup, no controlling terminal), the reading of keys would spin for ever.
        if not self._has_terminal():
            self.exit()

    def on_unmount(self) -> None:
        """Read no more."""
        self.poller.stop()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the colours that the style sheet names; each theme has its own."""
        return variables(DARK)

    def wear(self, theme: Theme) -> None:
        """Change the theme on every open screen, at once."""
        self.look = replace(self.look, theme=theme)
        self.theme = name_of(self.look.drawn)
        for screen in self.screen_stack:
            if isinstance(screen, Looking):
                screen.look = self.look
            for widget in screen.query("*"):
                if isinstance(widget, Inked):
                    widget.wear(self.look)
        self._paint_top()

    def open_list(self, text: str = "", *, within: str | None = None, typing: bool = False) -> None:
        """List the transactions that a filter lets through; Esc goes back to `within`, before it leaves."""
        within = text if within is None else within
        self._show(TransactionsScreen(self.look, text, within=within, typing=typing))

    def open_transaction(
        self, transaction_id: str, beside: Beside | None = None, *, as_of: datetime | None = None
    ) -> None:
        """Show one transaction, now or as of an instant.

        Without `beside` the ones next to it are those of the list, else the stuck ones.
        """
        lists = [screen for screen in self.screen_stack if isinstance(screen, TransactionsScreen)]
        found = beside or (lists[-1].beside if lists else self._now.beside)
        self._show(TimelineScreen(self.look, transaction_id, found, as_of=as_of))

    def open_flow(self, saga: str | None) -> bool:
        """Show the flow of a saga; say whether there is a saga to show."""
        if saga is None:
            return False
        self._show(FlowScreen(self.look, saga))
        return True

    def action_go_to(self, kind: PlaceName) -> None:
        """Show one of the places that a number leads to."""
        # Not from within a screen that is about to go.
        self.call_later(self._travel, kind)

    async def _travel(self, kind: PlaceName) -> None:
        """Show a place on top of what is wrong now; places do not pile up, and the one that is there already stays."""
        if not isinstance(self.screen, Browse) or type(self.screen) is _PLACES[kind]:
            return
        while self.screen is not self._now:
            await self.pop_screen()
        if kind == "sql":
            self._show(SqlScreen(self.look, self.sql_state))
        elif kind != "now":
            self._show(_PLACES[kind](self.look))

    def open_sql(self, query: str) -> None:
        """Run a query, and show what it gives."""
        self._show(SqlScreen(self.look, self.sql_state, query))

    def _show(self, screen: Browse) -> None:
        """Put a screen on top; of very many the one on top gives way."""
        if len(self.screen_stack) < MAX_SCREENS:
            self.push_screen(screen)
        else:
            self.switch_screen(screen)

    def on_sagascope_app_arrived(self, event: Arrived) -> None:
        """Bring a reading to the screens."""
        if isinstance(event.snapshot, Failure):
            self.failure = event.snapshot.error
            self.exit()
            return
        self._note_link(event.snapshot)
        for screen in self.screen_stack:
            if isinstance(screen, Browse | Panel):
                screen.take(event.snapshot)
        if isinstance(event.snapshot.answer, SagaList):
            self._sagas = tuple(one.saga for one in event.snapshot.answer.sagas if one.saga is not None)
        self._paint_top()

    def _paint_top(self) -> None:
        # The last readings may arrive when the screens are gone already.
        for screen in self.screen_stack[-1:]:
            if isinstance(screen, Browse | PaletteScreen):
                screen.paint()

    def _note_link(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot.want, SqlWant | ExportWant):
            return  # a query that fails or is slow says nothing about the reading
        trouble = snapshot.trouble
        if trouble is not None and trouble.kind == "away":
            self.link = replace(self.link, away=trouble.message, retry_s=trouble.retry_s)
            return
        changed_ns = self.link.changed_ns or snapshot.taken_ns
        if isinstance(snapshot.answer, Transaction) and self._now.state.answer is None:
            # A transaction that was opened at once is here: now there is time to see what stands beside it.
            self.poller.ask(NowWant())
        # What is normal is asked for beside what is watched, and is no news of it.
        if isinstance(snapshot.answer, TransactionPage | Transaction | NowAnswer | Flow) and not isinstance(
            snapshot.want, NormsWant
        ):
            found = essence(snapshot.want, snapshot.answer)
            changed_ns = snapshot.taken_ns if found.is_news_after(self._essence) else changed_ns
            self._essence = found
        newest_ns = snapshot.newest_ns
        self.link = replace(self.link, away=None, read_ns=snapshot.taken_ns, changed_ns=changed_ns, newest_ns=newest_ns)

    def shown_now_ns(self) -> int:
        """Say the moment that the screens show: it stands still while paused, without a sidecar, and in a file."""
        if self._paused_ns is not None:
            return self._paused_ns
        if (self.link.away is not None or self.link.is_file) and self.link.read_ns is not None:
            return self.link.read_ns
        return self.clock.now_ns()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        if self.link.is_file:
            self._say("a file stands still: r reads it again")
            return
        self._paused_ns = self.clock.now_ns() if self._paused_ns is None else None
        self.link = replace(self.link, paused=self._paused_ns is not None)
        self.poller.pause(paused=self.link.paused)
        self._paint_top()

    def _say(self, text: str) -> None:
        if isinstance(self.screen, Browse):
            self.screen.notice(text)

    def action_refresh_now(self) -> None:
        """Read again, whatever the pace says."""
        self.poller.refresh()

    def action_palette(self) -> None:
        """Ask where to go."""
        self.poller.ask(SagasWant())
        self.push_screen(PaletteScreen(self.look, self._known, self.keymap), self._go)

    def _known(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Kind, ...]]:
        """Give the sagas and the transaction ids that went by, and the place that the sidecar does not have."""
        rows = [
            row for screen in self.screen_stack if isinstance(screen, TransactionsScreen) for row in screen.state.rows
        ]
        ids = (*(row.transaction_id for row in rows), *self._now.state.stuck_ids())
        sagas = (*self._sagas, *(row.saga for row in rows if row.saga is not None))
        answer = self._now.state.answer
        without: tuple[Kind, ...] = ("alerts",) if answer is not None and answer.alerts is None else ()
        return tuple(dict.fromkeys(sagas)), tuple(dict.fromkeys(ids)), without

    def seen_by(self, seen: Seen) -> Seen:
        """Add what is wrong now, and who sends, to the values that went by."""
        answer = self._now.state.answer
        if answer is None:
            return seen
        stalls, covered = answer.stalls.stalls, answer.collectors.coverage if answer.collectors else ()
        return seen.with_values(
            saga=(one.saga for one in stalls),
            owner=(*(one.owner for one in stalls), *(one.owner for one in covered)),
            step=(one.step for one in stalls),
        )

    def _go(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.kind == "open":
            self.open_transaction(choice.value)
        elif choice.kind == "flow":
            self.open_flow(choice.value)
        elif choice.kind == "list":
            self.open_list(choice.value, within="")
        elif choice.kind == "now":
            self._now.pop_until_active()
        elif choice.kind in {"sagas", "alerts", "sources", "sql"}:
            self.action_go_to(choice.kind)
        elif choice.kind == "theme":
            self._wear_named(choice.value)
        elif choice.kind == "help":
            self.action_help()
        else:
            self.exit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Carry out no writing action where nothing may be written."""
        return self.may(action, type(self)) and super().check_action(action, parameters)

    def may(self, action: str, *nodes: type[DOMNode]) -> bool:
        """Say whether an action of these screens is offered here."""
        return not self.read_only or action.partition("(")[0] not in writes_of(*nodes)

    def ask_first(self, question: str, do: Callable[[], None]) -> None:
        """Do what changes something once a person has said yes to it."""
        self.push_screen(AskScreen(self.look, question, self.keymap), lambda yes: do() if yes else None)

    def _wear_named(self, name: str) -> None:
        theme = THEMES.get(name)
        if theme is not None:
            self.wear(theme)
        if isinstance(self.screen, Browse | Panel):
            self.screen.notice(*told_of(name, self.look))

    def action_help(self) -> None:
        """Say what the keys do on this screen."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.look, type(self.screen), type(self), read_only=self.read_only))


def run(
    source: Reader | StoreFile,
    *,
    url_label: str,
    open_transaction: str | None = None,
    filter_text: str = "",
    read_only: bool = False,
    look: Look | None = None,
    keymap: Keymap | None = None,
    columns: Sequence[str] = (),
    trace_url: str | None = None,
) -> None:
    """Show the screens until the person leaves. Raises what our own code failed with, else ScreenDefect."""
    # Without one at the start (a browser's driver has pipes) none can be lost.
    began_with_one = os.isatty(_STDIN)
    app = SagascopeApp(
        source, url_label=shown(url_label), clock=SystemClock(), look=look or Look.of(os.environ),
        open_transaction=open_transaction, filter_text=filter_text, keymap=keymap, columns=columns, trace_url=trace_url,
        read_only=read_only, has_terminal=lambda: not began_with_one or os.isatty(_STDIN),
    )  # fmt: skip
    app.run()
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        # The screen's own failure: Textual has already shown it whole.
        raise ScreenDefect
