"""What every screen has in common: moving in a column of lines, and lines around it that say how it goes."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.chrome import banner, hints, title
from tui.format import count, shown
from tui.keys import shown_keys
from tui.look import Line, Look
from tui.view import Viewport
from tui.wants import Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from tui.app import SagascopeApp

MOTION: list[BindingType] = [
    Binding("up,k", "move(-1)", "one line up", group=Binding.Group("move"), id="move.up"),
    Binding("down,j", "move(1)", "one line down", group=Binding.Group("move"), id="move.down"),
    Binding("ctrl+u", "page(-0.5)", "half a page up", group=Binding.Group("move"), id="move.half-page-up"),
    Binding("ctrl+d", "page(0.5)", "half a page down", group=Binding.Group("move"), id="move.half-page-down"),
    Binding("pageup,ctrl+b", "page(-1)", "a page up", group=Binding.Group("move"), id="move.page-up"),
    Binding("pagedown,ctrl+f", "page(1)", "a page down", group=Binding.Group("move"), id="move.page-down"),
    Binding("home,g", "first", "first line", group=Binding.Group("move"), id="move.first"),
    Binding("end,G", "last", "last line", group=Binding.Group("move"), id="move.last"),
]
TICK_S = 1.0


class Browse(Screen[None]):
    """A screen with a column of lines to move in. The screen owns the viewport; the widget shows it."""

    BINDINGS: ClassVar[list[BindingType]] = MOTION
    AUTO_FOCUS = "Lines"
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._notice: Line = ()
        self.title_bars = Bars(look, id="title", panel=True)
        self.banner_bars = Bars(look, id="banner")
        self.hint_bars = Bars(look, id="hints", panel=True)

    @property
    def saga_app(self) -> SagascopeApp:
        """The application, by its own type."""
        return cast("SagascopeApp", self.app)

    @property
    @abstractmethod
    def view(self) -> Viewport:
        """The window on the lines."""

    @abstractmethod
    def turn(self, view: Viewport, *, home: bool = False) -> None:
        """Take a person's move to another window; `home` says that the first line was asked for."""

    @abstractmethod
    def roll(self, view: Viewport) -> None:
        """Take a scroll by the wheel or the scrollbar."""

    @abstractmethod
    def draw(self) -> None:
        """Bring every line up to date; what did not change costs nothing."""

    def paint(self) -> None:
        """Bring the screen up to date while it is there: readings come in before it is, and after it was."""
        if self.is_mounted and self in self.app.screen_stack:
            self.draw()

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading that this screen asked for; the others are left alone."""

    def on_mount(self) -> None:
        """Begin to count the seconds."""
        self.set_interval(TICK_S, self._tick)

    def _tick(self) -> None:
        if self.is_active:
            self.paint()

    def action_move(self, lines: int) -> None:
        """Move the cursor by lines."""
        self._turned(self.view.move(lines))

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages."""
        self._turned(self.view.page(pages))

    def action_first(self) -> None:
        """Go to the first line."""
        self._notice = ()
        self.turn(self.view.to(0), home=True)

    def action_last(self) -> None:
        """Go to the last line."""
        self._turned(self.view.to(self.view.count - 1))

    def _turned(self, view: Viewport) -> None:
        self._notice = ()
        self.turn(view)

    def on_lines_scrolled(self, event: Lines.Scrolled) -> None:
        """Follow the wheel and the scrollbar."""
        # A terminal that grew scrolls by itself before it tells its size: with the old one the cursor would move.
        view = self.view.resized(event.lines.seen.height)
        if event.top != view.top:
            self.roll(view.scrolled(event.top))

    def on_lines_resized(self, event: Lines.Resized) -> None:
        """Follow the terminal's size."""
        self.roll(self.view.resized(event.lines.seen.height))

    def on_lines_picked(self, event: Lines.Picked) -> None:
        """Follow the mouse; a click on the selected line opens it."""
        if event.index == self.view.cursor:
            self.action_open()
        else:
            self._turned(self.view.to(event.index))

    def action_open(self) -> None:
        """Open the line under the cursor, where there is something to open."""

    def notice(self, text: str, role: str = "strong") -> None:
        """Say something in the last line, until the next move."""
        self._notice = ((f" {text}", role),)
        self.paint()

    def draw_frame(self, subject: Line, past: datetime | None = None) -> None:
        """Bring the title and, while the sidecar is away, the reason for it up to date; `past` is not live."""
        app, width = self.saga_app, self.size.width
        self.title_bars.show(title(app.link, self.look, width, subject, past))
        away = app.link.away is not None
        self.banner_bars.show(
            *(banner(app.link, app.clock.now_ns(), self.look, width, self.key_of("refresh_now")) if away else ())
        )

    def key_of(self, action: str) -> str:
        """Name the key of an action, as the person bound it."""
        return shown_keys(((action, ""),), type(self), type(self.app), keymap=self.saga_app.keymap)[0][0]

    def draw_hints(self, extra: Line = ()) -> None:
        """Bring the last line up to date: a notice, else what the keys do; and the place in the lines."""
        width = self.size.width
        line = self._notice or extra
        useful = () if line else [pair for pair in self.useful() if self.saga_app.may(pair[0], type(self))]
        pairs = shown_keys(useful, type(self), type(self.app), keymap=self.saga_app.keymap)
        self.hint_bars.show(hints(pairs, self.look, width, self.place(), line))

    def place(self) -> str:
        """Say where among the lines the cursor is."""
        return f"{count(self.view.cursor + 1)} of {count(self.view.count)}" if self.view.count else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Carry out no writing action where nothing may be written."""
        return self.saga_app.may(action, type(self)) and super().check_action(action, parameters)

    def useful(self) -> tuple[tuple[str, str], ...]:
        """Give the actions that the last line names, with a word for each."""
        return self.HINTS

    def show_flow(self, saga: str | None) -> None:
        """Show the flow of a saga, or say that none is named."""
        if not self.saga_app.open_flow(saga):
            self.notice("no record names its saga", "dim")

    def copy(self, text: str) -> None:
        """Put text in the clipboard of the terminal (OSC 52, which also works over ssh)."""
        safe = shown(text)
        self.app.copy_to_clipboard(safe)
        self.notice(f"copied {safe}")
