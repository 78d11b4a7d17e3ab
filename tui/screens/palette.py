"""The palette: type where to go. An id pasted from an alert is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.chrome import cut, hints
from tui.columns import marker
from tui.format import fit
from tui.keys import Keymap, shown_keys
from tui.look import Line, Look
from tui.palette import MAX_TEXT, Choice, Kind, choices, named
from tui.widgets.bars import Bars

_LINE: Final = 40
_AROUND: Final = 6  # the rows that the margin, the frame, the line and the last line take
_PALETTE: Final = Binding.Group("palette")
Known = Callable[[], tuple[tuple[str, ...], tuple[str, ...], tuple[Kind, ...]]]


class PaletteScreen(ModalScreen[Choice | None]):
    """A line to type in, and what it may mean. `known` gives the sagas and ids that went by, and what is not here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "choose(-1)", "the choice above", group=_PALETTE, priority=True, id="palette.up"),
        Binding("down,ctrl+n", "choose(1)", "the choice below", group=_PALETTE, priority=True, id="palette.down"),
        Binding("tab", "complete", "type the choice", group=_PALETTE, priority=True, id="palette.complete"),
        Binding("enter", "go", "go there", group=_PALETTE, priority=True, id="palette.go"),
        Binding("escape", "close", "close", group=_PALETTE, priority=True, id="palette.close"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("go", "go there"), ("choose(1)", "next"), ("complete", "complete"), ("close", "close"),
    )  # fmt: skip

    def __init__(self, look: Look, known: Known, keymap: Keymap) -> None:
        super().__init__()
        self.look = look
        self._known = known
        self._keymap = keymap
        self._chosen = 0
        self._colon = Bars(look, id="colon", panel=True)
        self._input = Input(
            id="go",
            compact=True,
            max_length=MAX_TEXT,
            placeholder="id, alias, saga, now, list, sagas, sources, sql, theme, help, quit",
        )
        # A blinking cursor would send bytes for ever.
        self._input.cursor_blink = False
        self._choices = Bars(look, id="choices", panel=True)
        self._foot = Bars(look, id="palette-hints", panel=True)

    def compose(self) -> ComposeResult:
        """Stack the line, the choices and what the keys do."""
        yield Vertical(Horizontal(self._colon, self._input), self._choices, self._foot, id="palette")

    def on_mount(self) -> None:
        """Begin to type."""
        self._colon.show(((" :", "key"),))
        self._input.focus()
        self.paint()

    def choices(self) -> tuple[Choice, ...]:
        """Give what the line may mean."""
        return choices(self._input.value, *self._known())

    def paint(self) -> None:
        """Bring the choices up to date while the palette is there."""
        if not self.is_mounted or self not in self.app.screen_stack:
            return
        listed, width = self.choices(), self._choices.size.width or self.size.width
        self._chosen = max(0, min(self._chosen, len(listed) - 1))
        room = max(1, self.size.height - _AROUND)
        first = max(0, self._chosen - room + 1)
        lines = [self._line(each, width, at == self._chosen) for at, each in enumerate(listed)]
        self._choices.show(*lines[first : first + room])
        self._foot.show(hints(shown_keys(self.HINTS, type(self), keymap=self._keymap), self.look, width))

    def _line(self, choice: Choice, width: int, chosen: bool) -> Line:  # noqa: FBT001 - one of the pieces that are painted
        room = min(_LINE, max(1, width // 2))
        role = "strong" if chosen else "text"
        return cut(
            (marker(self.look, selected=chosen), (fit(named(choice), room), role), (f"  {choice.words}", "dim")), width
        )

    def on_resize(self) -> None:
        """Follow the terminal's size."""
        self.call_after_refresh(self.paint)

    def on_input_changed(self) -> None:
        """Begin with the likeliest choice again."""
        self._chosen = 0
        self.paint()

    def action_choose(self, direction: int) -> None:
        """Go to the choice above or below."""
        self._chosen += direction
        self.paint()

    def action_complete(self) -> None:
        """Type the choice, to go on from there."""
        if listed := self.choices():
            self._input.value = listed[self._chosen].line
            self._input.cursor_position = len(self._input.value)

    def action_go(self) -> None:
        """Go where the choice leads once all that was typed before has arrived in the line."""
        self._input.call_later(self._leave)

    def _leave(self) -> None:
        listed = self.choices()
        self.dismiss(listed[self._chosen] if listed else None)

    def action_close(self) -> None:
        """Go nowhere."""
        self.dismiss(None)
