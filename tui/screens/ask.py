"""The question before something is changed."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.chrome import hints, wrapped
from tui.format import shown
from tui.keys import Keymap, shown_keys
from tui.look import Look
from tui.widgets.bars import Bars

_ASK: Final = Binding.Group("question")
_MAX_LINES: Final = 6


class AskScreen(ModalScreen[bool]):
    """A question whose answer is yes only by `y`: Enter, which is pressed by habit, does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes, do it", group=_ASK, id="question.yes"),
        Binding("n,escape,q", "answer(False)", "no", group=_ASK, id="question.no"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("answer(True)", "yes, do it"), ("answer(False)", "no"))

    def __init__(self, look: Look, question: str, keymap: Keymap) -> None:
        super().__init__()
        self.look = look
        self._question = question
        self._keymap = keymap
        self._text = Bars(look, id="question", panel=True)
        self._foot = Bars(look, id="question-hints", panel=True)

    def compose(self) -> ComposeResult:
        """Stack the question and the answers."""
        yield Vertical(self._text, self._foot, id="ask")

    def on_resize(self) -> None:
        """Fit the question into the panel."""
        width = max(1, min(self.size.width * 9 // 10, 100) - 2)
        lines = wrapped(shown(self._question), width - 2, _MAX_LINES)
        self._text.show(*(((f" {line}", "strong"),) for line in lines))
        self._foot.show(hints(shown_keys(self.HINTS, type(self), keymap=self._keymap), self.look, width))

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001 - an action's arguments have no names
        """Close, with the answer."""
        self.dismiss(yes)
