"""The help, generated from the bindings of the screen it was called from."""

from __future__ import annotations

from collections.abc import Iterator

from textual.dom import DOMNode

from tui.chrome import wrapped
from tui.keys import WRITES, help_groups
from tui.look import Line, Look, role_of
from tui.screens.panel import Pager

_KEYS_CELLS = 22
_MAX_LINES = 3
_LEGEND = ("stuck", "compensating", "running", "failed", "compensated", "completed")


class HelpScreen(Pager):
    """What the keys do here, and what the signs mean."""

    def __init__(self, look: Look, *nodes: type[DOMNode], read_only: bool = False) -> None:
        super().__init__(look, "keys and signs")
        self._declared = nodes
        self._without = (WRITES.description,) if read_only else ()

    def content(self, width: int) -> tuple[Line, ...]:
        """Give what every key does here, and the legend."""
        listed: list[Line] = []
        for group, pairs in help_groups(*self._declared, keymap=self.saga_app.keymap, without=self._without).items():
            listed += [(("", "text"),), ((f" {group.upper()}", "heading"),)]
            listed += [line for pair in pairs for line in _told(*pair, width)]
        return (*listed[1:], *_legend(self.look))


def _told(keys: str, words: str, width: int) -> Iterator[Line]:
    for number, line in enumerate(wrapped(words, max(_KEYS_CELLS, width - _KEYS_CELLS - 3), _MAX_LINES)):
        yield ((f"  {'' if number else keys:<{_KEYS_CELLS}}", "key"), (line, "text"))


def _legend(look: Look) -> tuple[Line, ...]:
    states = tuple(((f"  {look.glyph(state)} {state}", role_of(state)),) for state in _LEGEND)
    signs = (
        ("~step", "inferred: no record said that the step began"),
        (look.glyph("pending"), "a step that is to come, declared or learned"),
        (look.pick("◆", "*"), "an event"),
        (look.pick("━━", "=="), "a span, in the colour of its owner"),
        (look.pick("━►", "=>"), "has not ended; drawn thin where it is inferred"),
        (look.pick("━2━3━", "=2=3="), "the second and third try began there"),
        (look.pick("┅┅", "~~"), "it undoes"),
        (look.pick("══", "##"), "past its limit, by so much"),
        (look.pick("┄ 4m ┄", ". 4m ."), "a hand-off that took that long, too long for its saga"),
        (look.pick("╮ │ ╰", "+ | +"), "a hand-off from one participant to another"),
        (look.pick("« »", "< >"), "lies before or after what is shown"),
        (look.pick("⋯ 4h ⋯", "~ 4h ~"), "a silence of that length, cut short"),
    )
    rest = tuple(((f"  {sign:<{_KEYS_CELLS}}", "strong"), (words, "text")) for sign, words in signs)
    return ((("", "text"),), ((" SIGNS", "heading"),), *states, *rest)
