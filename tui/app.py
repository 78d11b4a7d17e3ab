"""The application: the poller's snapshots come in here, as one message each, and go to the screens."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import ClassVar, Final, Literal

from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from tracer.clock import Clock, SystemClock
from tracer.views import Flow, SagaList, Transaction, TransactionPage
from tui.chrome import Link
from tui.essence import Essence, essence
from tui.format import shown
from tui.look import BACKGROUND, PANEL, Look
from tui.palette import Choice
from tui.screens.browse import Browse
from tui.screens.flow import FlowScreen
from tui.screens.help import HelpScreen
from tui.screens.now import NowScreen
from tui.screens.palette import PaletteScreen
from tui.screens.panel import Panel
from tui.screens.timeline import Beside, TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.source import Failure, Pace, Poller, Reader
from tui.viewer import TRACE_URL
from tui.wants import NormsWant, NowAnswer, NowWant, SagasWant, Snapshot

MAX_SCREENS: Final = 20
ScreenName = Literal["now", "list"]
_ALWAYS = Binding.Group("always")


class ScreenDefect(RuntimeError):
    """The screens failed, and the terminal has shown how."""

    def __init__(self) -> None:
        super().__init__("the screens failed; what stands above says how")


class SagascopeApp(App[None]):
    """Watches a sidecar. `look` says what the terminal can show; the clock is a port."""

    TITLE = "sagascope"
    ENABLE_COMMAND_PALETTE = False
    CSS = f"""
    Screen {{ background: {BACKGROUND}; }}
    Lines {{ height: 1fr; background: {BACKGROUND}; scrollbar-background: {BACKGROUND};
        scrollbar-background-hover: {BACKGROUND}; scrollbar-background-active: {BACKGROUND};
        scrollbar-color: #3a4656; scrollbar-color-hover: #56657a; scrollbar-color-active: #56657a; }}
    #prompt {{ height: 1; background: {PANEL}; }}
    #slash {{ width: 3; }}
    #filter {{ width: 1fr; background: {PANEL}; color: #f2f5f8; }}
    Panel {{ align: center middle; background: {BACKGROUND} 60%; }}
    #panel {{ width: 90%; max-width: 120; height: 90%; background: {PANEL}; border: round #465060; }}
    #panel-lines {{ background: {PANEL}; scrollbar-background: {PANEL}; }}
    PaletteScreen {{ align: center top; background: {BACKGROUND} 60%; }}
    #palette {{ width: 90%; max-width: 100; height: auto; margin-top: 2; background: {PANEL}; border: round #465060; }}
    #palette Horizontal {{ height: 1; }}
    #colon {{ width: 3; }}
    #go {{ width: 1fr; background: {PANEL}; color: #f2f5f8; }}
    AskScreen, MomentPrompt {{ background: {BACKGROUND} 60%; }}
    App.-ascii #palette {{ border: ascii #465060; }}
    App.-ascii Lines {{ scrollbar-size-vertical: 0; }}
    App.-ascii #panel {{ border: ascii #465060; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "pause, go on", group=_ALWAYS),
        Binding("r", "refresh_now", "read again now", group=_ALWAYS),
        Binding("colon,ctrl+p", "palette", "go to: an id or alias, a saga, a screen", group=_ALWAYS),
        Binding("question_mark,f1", "help", "this help", group=_ALWAYS),
        Binding("ctrl+q,ctrl+c", "quit", "quit", group=_ALWAYS, priority=True),
    ]

    class Arrived(Message):
        """The poller read something."""

        def __init__(self, snapshot: Snapshot | Failure) -> None:
            super().__init__()
            self.snapshot = snapshot

    def __init__(
        self,
        reader: Reader,
        *,
        url_label: str,
        clock: Clock,
        look: Look,
        open_transaction: str | None = None,
        filter_text: str = "",
        screen: ScreenName = "now",
        pace: Pace | None = None,
        trace_url: str | None = None,
    ) -> None:
        super().__init__(ansi_color=None if look.colour else True)
        self.look = look
        self.clock = clock
        self.link = Link(url=url_label)
        self.trace_url = trace_url
        self.poller = Poller(reader, self._deliver, clock, pace)
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
        self.push_screen(self._now)
        if self._begin_with_list:
            self.open_list(self._filter_text, within="")
        if self._open_transaction:
            self.open_transaction(self._open_transaction)
        self.poller.start()

    def on_unmount(self) -> None:
        """Read no more."""
        self.poller.stop()

    def open_list(self, text: str = "", *, within: str | None = None, typing: bool = False) -> None:
        """List the transactions that a filter lets through; Esc goes back to `within`, before it leaves."""
        within = text if within is None else within
        self._show(TransactionsScreen(self.look, text, within=within, typing=typing))

    def open_transaction(self, transaction_id: str, beside: Beside | None = None) -> None:
        """Show one transaction; without `beside` the ones next to it are those of the list, else the stuck ones."""
        lists = [screen for screen in self.screen_stack if isinstance(screen, TransactionsScreen)]
        found = beside or (lists[-1].beside if lists else self._now.beside)
        self._show(TimelineScreen(self.look, transaction_id, found))

    def open_flow(self, saga: str | None) -> bool:
        """Show the flow of a saga; say whether there is a saga to show."""
        if saga is None:
            return False
        self._show(FlowScreen(self.look, saga))
        return True

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
        self.link = replace(self.link, away=None, read_ns=snapshot.taken_ns, changed_ns=changed_ns)

    def shown_now_ns(self) -> int:
        """Say the moment that the screens show: it stands still while paused and while the sidecar is away."""
        if self._paused_ns is not None:
            return self._paused_ns
        if self.link.away is not None and self.link.read_ns is not None:
            return self.link.read_ns
        return self.clock.now_ns()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._paused_ns = self.clock.now_ns() if self._paused_ns is None else None
        self.link = replace(self.link, paused=self._paused_ns is not None)
        self.poller.pause(paused=self.link.paused)
        self._paint_top()

    def action_refresh_now(self) -> None:
        """Read again, whatever the pace says."""
        self.poller.refresh()

    def action_palette(self) -> None:
        """Ask where to go."""
        self.poller.ask(SagasWant())
        self.push_screen(PaletteScreen(self.look, self._known), self._go)

    def _known(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the sagas and the transaction ids that went by."""
        rows = [
            row for screen in self.screen_stack if isinstance(screen, TransactionsScreen) for row in screen.state.rows
        ]
        ids = (*(row.transaction_id for row in rows), *self._now.state.stuck_ids())
        sagas = (*self._sagas, *(row.saga for row in rows if row.saga is not None))
        return tuple(dict.fromkeys(sagas)), tuple(dict.fromkeys(ids))

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
        elif choice.kind == "help":
            self.action_help()
        else:
            self.exit()

    def action_help(self) -> None:
        """Say what the keys do on this screen."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.look, type(self.screen), type(self)))


def run(reader: Reader, *, url_label: str, open_transaction: str | None = None, filter_text: str = "") -> None:
    """Show the screens until the person leaves. Raises what our own code failed with, else ScreenDefect."""
    app = SagascopeApp(
        reader, url_label=shown(url_label), clock=SystemClock(), look=Look.of(os.environ),
        open_transaction=open_transaction, filter_text=filter_text,
        trace_url=os.environ.get(TRACE_URL) or None,
    )  # fmt: skip
    app.run()
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        # The screen's own failure: Textual has already shown it whole.
        raise ScreenDefect
