"""A line that asks for an instant: what is shown is then as it stood at that instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tracer.clock import Clock, to_datetime
from tui.chrome import cut, hints
from tui.format import moment_whole, ticking
from tui.keys import Keymap, shown_keys
from tui.look import Line, Look
from tui.moments import HOW_TO_WRITE, MAX_TEXT, moment
from tui.widgets.bars import Bars

_MOMENT = Binding.Group("instant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The instant that was asked for; None where it is now."""

    at: datetime | None


class MomentPrompt(ModalScreen[Chosen | None]):
    """Asks for an instant. Enter on a line that is none stays, and says why; closing it gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "go there; an empty line is now", group=_MOMENT, priority=True, id="instant.go"),
        Binding("escape", "close", "close", group=_MOMENT, priority=True, id="instant.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("go", "go there"), ("close", "close"))

    def __init__(self, look: Look, clock: Clock, keymap: Keymap, text: str = "") -> None:
        """Begin with `text`, as it was typed before."""
        super().__init__()
        self.look = look
        self._clock = clock
        self._keymap = keymap
        self._label = Bars(look, id="as-of", panel=True)
        self._input = Input(text, compact=True, max_length=MAX_TEXT, placeholder="02:15, 10m, 2026-03-14 02:15")
        # A blinking cursor would send bytes for ever.
        self._input.cursor_blink = False
        self._meaning = Bars(look, panel=True)
        self._foot = Bars(look, panel=True)

    def compose(self) -> ComposeResult:
        """Stack the line, what it means and what the keys do."""
        yield Vertical(Horizontal(self._label, self._input), self._meaning, self._foot)

    def on_mount(self) -> None:
        """Begin to type."""
        self._label.show(((" as of ", "key"),))
        self._input.focus()
        self.call_after_refresh(self.paint)

    def paint(self) -> None:
        """Say what the line means."""
        width = self._meaning.size.width or self.size.width
        self._meaning.show(cut(self._means(), width))
        self._foot.show(hints(shown_keys(self.HINTS, type(self), keymap=self._keymap), self.look, width))

    def _means(self) -> Line:
        if not self._input.value.strip():
            return ((" now", "text"),)
        now = to_datetime(self._clock.now_ns())
        at = moment(self._input.value, now)
        if at is None:
            return ((f" {HOW_TO_WRITE}", "warn"),)
        if at > now:
            return ((f" {moment_whole(at)} is to come", "warn"),)
        return ((f" {moment_whole(at)}, {ticking((now - at).total_seconds())} ago", "text"),)

    def on_resize(self) -> None:
        """Follow the terminal's size."""
        self.call_after_refresh(self.paint)

    def on_input_changed(self) -> None:
        """Say what the line means by now."""
        self.paint()

    def action_go(self) -> None:
        """Go there once all that was typed before has arrived in the line."""
        self._input.call_later(self._go)

    def _go(self) -> None:
        """Go to the instant, where the line is one that has passed."""
        if not self._input.value.strip():
            self.dismiss(Chosen(at=None))
            return
        now = to_datetime(self._clock.now_ns())
        at = moment(self._input.value, now)
        if at is not None and at <= now:
            self.dismiss(Chosen(at=at))

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
