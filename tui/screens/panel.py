"""Panels over a screen: lines to scroll through, with a title above and what the keys do below."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.chrome import cut, hints
from tui.format import shown
from tui.keys import shown_keys
from tui.look import Line, Look
from tui.view import Viewport
from tui.wants import Snapshot
from tui.widgets.bars import Bars
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from tui.app import SagascopeApp

_SCROLL: Final = Binding.Group("scroll")


class Panel(ModalScreen[None]):
    """A panel of lines, without keys of its own."""

    HINTS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.look = look
        self._head = Bars(look, id="panel-title", panel=True)
        self._body = Lines(self._line, look, id="panel-lines", panel=True)
        self._foot = Bars(look, id="panel-hints", panel=True)
        self._head.show(((f" {title}", "title"),))
        self._lines: tuple[Line, ...] = ()
        self._view = Viewport()
        self._notice: Line = ()

    @property
    def saga_app(self) -> SagascopeApp:
        """The application, by its own type."""
        return cast("SagascopeApp", self.app)

    def compose(self) -> ComposeResult:
        """Stack the lines."""
        yield Vertical(self._head, self._body, self._foot, id="panel")

    @abstractmethod
    def content(self, width: int) -> tuple[Line, ...]:
        """Give the lines for this width."""

    def take(self, snapshot: Snapshot) -> None:
        """Take in a reading; a panel without one needs none."""

    def paint(self) -> None:
        """Bring the panel up to date while it is there."""
        if not self.is_mounted or self not in self.app.screen_stack:
            return
        seen = self._body.seen
        self._lines = self.content(seen.width)
        useful = [] if self._notice else [pair for pair in self.HINTS if self.saga_app.may(pair[0], type(self))]
        pairs = shown_keys(useful, type(self), keymap=self.saga_app.keymap)
        self._foot.show(hints(pairs, self.look, seen.width, self.place(), self._notice))
        self._view = self._view.counted(len(self._lines)).resized(max(1, seen.height))
        self._body.show(self._view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Carry out no writing action where nothing may be written."""
        return self.saga_app.may(action, type(self)) and super().check_action(action, parameters)

    def place(self) -> str:
        """Say where one is in the panel, for its last line."""
        return ""

    def lit(self, index: int) -> bool:  # noqa: ARG002 - panels with a cursor have one
        """Say whether the cursor is on a line."""
        return False

    def _line(self, index: int, width: int) -> tuple[Line, bool]:
        line = self._lines[index] if index < len(self._lines) else ()
        return cut(line, width), self.lit(index)

    def on_lines_resized(self, _event: Lines.Resized) -> None:
        """Follow the terminal's size."""
        self.paint()

    def on_lines_scrolled(self, event: Lines.Scrolled) -> None:
        """Follow the wheel and the scrollbar."""
        self._view = self._view.scrolled(event.top)
        self.paint()

    def show_from(self, top: int) -> None:
        """Scroll so that this line stands on top, where there are enough below it."""
        self._notice = ()
        self._view = self._view.scrolled(top)
        self.paint()

    def notice(self, text: str, role: str = "strong") -> None:
        """Say something in the last line, until the next key that moves."""
        self._notice = ((f" {text}", role),)
        self.paint()

    def copy(self, text: str) -> None:
        """Put text in the clipboard of the terminal (OSC 52, which also works over ssh), and say so."""
        safe = shown(text)
        self.app.copy_to_clipboard(safe)
        self.notice(f"copied {safe}")


class Pager(Panel):
    """A panel to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "up", group=_SCROLL, id="panel.up"),
        Binding("down,j", "scroll(1)", "down", group=_SCROLL, id="panel.down"),
        Binding("pageup,ctrl+u,ctrl+b", "pages(-1)", "a page up", group=_SCROLL, id="panel.page-up"),
        Binding("pagedown,ctrl+d,ctrl+f,space", "pages(1)", "a page down", group=_SCROLL, id="panel.page-down"),
        Binding("home,g", "scroll(-1000000)", "top", group=_SCROLL, id="panel.top"),
        Binding("end,G", "scroll(1000000)", "bottom", group=_SCROLL, id="panel.bottom"),
        Binding("escape,q,enter", "dismiss", "close", group=_SCROLL, id="panel.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("scroll(1)", "scroll"), ("dismiss", "close"))

    def action_scroll(self, lines_: int) -> None:
        """Scroll by lines."""
        self.show_from(self._view.top + lines_)

    def action_pages(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_scroll(pages * max(1, self._body.seen.height - 1))
