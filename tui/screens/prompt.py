"""A line that asks for a text, and says what it would mean while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.chrome import cut, hints
from tui.keys import Keymap, shown_keys
from tui.look import Line, Look
from tui.widgets.bars import Bars

MAX_TEXT = 512
_LINE = Binding.Group("line")
Meaning = Callable[[str], tuple[Line, bool]]


class PromptScreen(ModalScreen[str | None]):
    """Asks for a text. `meaning` says in a line what it would do, and whether Enter takes it; closing gives None.

    `doubt` may name a reason to think twice: then Enter must be pressed a second time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "take it", group=_LINE, priority=True, id="line.take"),
        Binding("escape", "close", "close", group=_LINE, priority=True, id="line.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("go", "take it"), ("close", "close"))

    def __init__(
        self,
        look: Look,
        keymap: Keymap,
        label: str,
        meaning: Meaning,
        *,
        text: str = "",
        doubt: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__()
        self.look = look
        self._keymap = keymap
        self._text = f" {label} "
        self._meaning_of = meaning
        self._doubt = doubt
        self._doubted = ""
        self._label = Bars(look, panel=True)
        self._label.styles.width = len(self._text)
        self._input = Input(text, compact=True, max_length=MAX_TEXT, select_on_focus=False)
        # A blinking cursor would send bytes for ever.
        self._input.cursor_blink = False
        self._meaning = Bars(look, panel=True)
        self._foot = Bars(look, panel=True)

    def compose(self) -> ComposeResult:
        """Stack the line, what it means and what the keys do."""
        yield Vertical(Horizontal(self._label, self._input), self._meaning, self._foot)

    def on_mount(self) -> None:
        """Begin to type."""
        self._label.show(((self._text, "key"),))
        self._input.focus()
        self._input.cursor_position = len(self._input.value)
        self.call_after_refresh(self.paint)

    def paint(self) -> None:
        """Say what the line means."""
        width = self._meaning.size.width or self.size.width
        line = ((f" {self._doubted}", "warn"),) if self._doubted else self._meaning_of(self._input.value)[0]
        self._meaning.show(cut(line or ((" ", "text"),), width))
        self._foot.show(hints(shown_keys(self.HINTS, type(self), keymap=self._keymap), self.look, width))

    def on_resize(self) -> None:
        """Follow the terminal's size."""
        self.call_after_refresh(self.paint)

    def on_input_changed(self) -> None:
        """Say what the line means by now."""
        self._doubted = ""
        self.paint()

    def action_go(self) -> None:
        """Take the text once all that was typed before has arrived in it."""
        self._input.call_later(self._go)

    def _go(self) -> None:
        """Take the text, where it is one to take and there is no doubt left."""
        text = self._input.value
        doubt = self._doubt(text) if self._doubt is not None and not self._doubted else None
        if not self._meaning_of(text)[1]:
            return
        if doubt is not None:
            self._doubted = doubt
            self.paint()
        else:
            self.dismiss(text)

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
