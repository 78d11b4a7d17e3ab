"""A line that asks for words before something is changed; Enter does it, Esc does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.chrome import cut, hints, wrapped
from tui.format import shown
from tui.keys import Keymap, shown_keys
from tui.look import Look
from tui.widgets.bars import Bars

MAX_WORDS: Final = 500
_MAX_LINES: Final = 4
_WORDS: Final = Binding.Group("words")
Fault = Callable[[str], str | None]
"""Says what is wrong with the words; None where nothing is."""


class WordsPrompt(ModalScreen[str | None]):
    """Asks `question`, and gives what was typed; None where a person thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "do it", group=_WORDS, priority=True, id="words.go"),
        Binding("escape", "close", "leave it", group=_WORDS, priority=True, id="words.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("go", "do it"), ("close", "leave it"))

    def __init__(self, look: Look, keymap: Keymap, question: str, *, example: str, fault: Fault) -> None:
        super().__init__()
        self.look = look
        self._keymap = keymap
        self._question = question
        self._fault = fault
        self._text = Bars(look, panel=True)
        self._input = Input(compact=True, max_length=MAX_WORDS, placeholder=example)
        # A blinking cursor would send bytes for ever.
        self._input.cursor_blink = False
        self._wrong = Bars(look, panel=True)
        self._foot = Bars(look, panel=True)

    def compose(self) -> ComposeResult:
        """Stack the question, the line, what is wrong with it and what the keys do."""
        yield Vertical(self._text, self._input, self._wrong, self._foot)

    def on_mount(self) -> None:
        """Begin to type."""
        self._input.focus()
        self.call_after_refresh(self.paint)

    def on_resize(self) -> None:
        """Follow the terminal's size."""
        self.call_after_refresh(self.paint)

    def on_input_changed(self) -> None:
        """Say what is wrong by now."""
        self.paint()

    def paint(self) -> None:
        """Bring the lines up to date."""
        width = self._text.size.width or self.size.width
        lines = wrapped(shown(self._question), max(1, width - 2), _MAX_LINES)
        self._text.show(*(((f" {line}", "strong"),) for line in lines))
        wrong = self._fault(self._input.value.strip()) if self._input.value.strip() else ""
        self._wrong.show(cut(((f" {wrong or ''}", "warn"),), width))
        self._foot.show(hints(shown_keys(self.HINTS, type(self), keymap=self._keymap), self.look, width))

    def action_go(self) -> None:
        """Close with the words, where they will do; else say what is wrong with them."""
        words = self._input.value.strip()
        wrong = self._fault(words)
        if wrong is None:
            self.dismiss(words)
        else:
            self._wrong.show(cut(((f" {wrong}", "warn"),), self._text.size.width))

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
