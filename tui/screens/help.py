"""The help, generated from the bindings of the screen it was called from."""

from __future__ import annotations

from textual.dom import DOMNode

from tui.keys import help_groups
from tui.look import Line, Look, role_of
from tui.screens.details import Pager

_KEYS_CELLS = 22
_LEGEND = ("stuck", "compensating", "running", "failed", "compensated", "completed")


class HelpScreen(Pager):
    """What the keys do here, and what the signs mean."""

    def __init__(self, look: Look, *nodes: type[DOMNode]) -> None:
        super().__init__(look, "keys and signs")
        self._declared = nodes

    def content(self, width: int) -> tuple[Line, ...]:  # noqa: ARG002 - help is the same at every width
        """Give a line for every key that does something here, and the legend."""
        listed: list[Line] = []
        for group, pairs in help_groups(*self._declared).items():
            listed += [(("", "text"),), ((f" {group.upper()}", "heading"),)]
            listed += [((f"  {keys:<{_KEYS_CELLS}}", "key"), (words, "text")) for keys, words in pairs]
        return (*listed[1:], *_legend(self.look))


def _legend(look: Look) -> tuple[Line, ...]:
    states = tuple(((f"  {look.glyph(state)} {state}", role_of(state)),) for state in _LEGEND)
    signs = (
        ("~step", "inferred: no record said that the step began"),
        (look.pick("◆", "*"), "an event"),
        (look.pick("━━", "=="), "a span, in the colour of its owner"),
        (look.pick("━►", "=>"), "has not ended; drawn thin where it is inferred"),
        (look.pick("⋯ 4h ⋯", "~ 4h ~"), "a silence of that length, cut short"),
    )
    rest = tuple(((f"  {sign:<{_KEYS_CELLS}}", "strong"), (words, "text")) for sign, words in signs)
    return ((("", "text"),), ((" SIGNS", "heading"),), *states, *rest)
