"""How things look: the glyphs, with an ASCII twin, and the style that the theme gives each role. Pure.

A status is always a glyph and a word; colour only repeats what they say.
"""

from __future__ import annotations

import locale
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from tui.themes import DARK, WITHOUT_COLOUR, Theme, of_terminal

Piece = tuple[str, str]
"""Text that is safe to print, and the role that says how it looks."""
Line = tuple[Piece, ...]

TIMES: Final = "\N{MULTIPLICATION SIGN}"
OWNER_COLOURS: Final = 8

_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    # state: glyph, ASCII glyph, role
    "stuck": ("▲", "!", "stuck"),
    "compensating": ("↺", "<", "compensating"),
    "running": ("●", ">", "running"),
    "failed": ("✗", "x", "failed"),
    "compensated": ("↶", "-", "compensated"),
    "completed": ("✓", "+", "completed"),
    "pending": ("○", ".", "dim"),
    "waiting": ("◌", "w", "running"),
    "retrying": ("↻", "r", "compensating"),
    "compensation_failed": ("✗", "x", "failed"),
    "skipped": ("⊘", "s", "dim"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the terminal can show: `unicode` or ASCII alone, `colour` or none; and in which theme."""

    unicode: bool = True
    colour: bool = True
    theme: Theme = DARK

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        encoding: str | None = None,
        *,
        theme: Theme | None = None,
        ascii_alone: bool = False,
    ) -> Look:
        """Read the wishes of the environment: SAGASCOPE_ASCII=1, NO_COLOR, and a locale that is not UTF-8.

        A person who chose no `theme` gets that of the terminal; what the environment says of ASCII comes before
        `ascii_alone`.
        """
        charset = (encoding or locale.getpreferredencoding(do_setlocale=False)).lower().replace("-", "")
        wish = environ.get("SAGASCOPE_ASCII", "")
        ascii_wanted = wish != "0" if wish else ascii_alone
        return cls(
            unicode=charset == "utf8" and not ascii_wanted,
            colour=not environ.get("NO_COLOR"),
            theme=theme or of_terminal(environ),
        )

    @property
    def drawn(self) -> Theme:
        """Give the theme that is drawn with: the chosen one, or none at all where no colour is wanted."""
        return self.theme if self.colour else WITHOUT_COLOUR

    def glyph(self, state: str) -> str:
        """Give the one-cell glyph of a status or step state."""
        glyphs = _STATES.get(state, ("·", ".", "text"))
        return glyphs[0] if self.unicode else glyphs[1]

    def pick(self, fancy: str, plain: str) -> str:
        """Choose between a text and its ASCII twin."""
        return fancy if self.unicode else plain

    def style(self, role: str) -> str:
        """Give a role's style in Rich's words."""
        return self.drawn.style(role)

    def printable(self, text: str) -> str:
        """Replace what an ASCII terminal cannot show, cell for cell."""
        if self.unicode or text.isascii():
            return text
        return "".join(char if char.isascii() else _ASCII.get(char, "?" * cell_len(char)) for char in text)


_ASCII: Final[Mapping[str, str]] = {"\N{HORIZONTAL ELLIPSIS}": "~", "\N{MIDDLE DOT}": "-", TIMES: "x"}


def role_of(state: str) -> str:
    """Give the role that a status or step state is painted with."""
    return _STATES.get(state, ("", "", "text"))[2]


def width_of(line: Line) -> int:
    """Give the width of a line in cells."""
    return sum(cell_len(text) for text, _ in line)
