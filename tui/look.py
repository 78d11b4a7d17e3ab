"""How things look: the glyphs, with an ASCII twin, and the style behind each role. Pure.

A status is always a glyph and a word; colour only repeats what they say. The colours keep their distance
for deuteranopia and protanopia, and red and orange are kept for what needs a person.
"""

from __future__ import annotations

import locale
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

Piece = tuple[str, str]
"""Text that is safe to print, and the role that says how it looks."""
Line = tuple[Piece, ...]

TIMES: Final = "\N{MULTIPLICATION SIGN}"
OWNER_COLOURS: Final = 8
BACKGROUND: Final = "#12161c"
PANEL: Final = "#1b212a"
CURSOR: Final = "#2b3644"

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

_COLOURS: Final[Mapping[str, str]] = {
    "text": "#d5dae1",
    "strong": "bold #f2f5f8",
    "dim": "#8893a1",
    "faint": "#5f6b7a",
    "title": "bold #f2f5f8",
    "key": "#9ecbff",
    "heading": "bold #8893a1",
    "letter": "underline #b9c4d0",
    "sorted": "bold #f2f5f8",
    "live": "#5fd3b3",
    "warn": "bold #ffb454",
    "alarm": "bold #12161c on #ff9e4a",
    "stuck": "bold #ff9e4a",
    "failed": "#ff6f7d",
    "compensating": "#d9b8ff",
    "running": "#7cc4ff",
    "compensated": "#a99bd0",
    "completed": "#7fae9c",
    "owner0": "#7cc4ff",
    "owner1": "#5fd3b3",
    "owner2": "#e6d36a",
    "owner3": "#c3a6ff",
    "owner4": "#a8d66b",
    "owner5": "#7f9cff",
    "owner6": "#f0a6d8",
    "owner7": "#b9c4d0",
}
_PLAIN: Final[Mapping[str, str]] = {
    "strong": "bold",
    "dim": "dim",
    "faint": "dim",
    "title": "bold",
    "heading": "bold",
    "letter": "underline",
    "sorted": "bold underline",
    "warn": "bold",
    "alarm": "bold reverse",
    "stuck": "bold",
    "failed": "bold",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the terminal can show: `unicode` or ASCII alone, `colour` or none."""

    unicode: bool = True
    colour: bool = True

    @classmethod
    def of(cls, environ: Mapping[str, str], encoding: str | None = None) -> Look:
        """Read the wishes of the environment: SAGASCOPE_ASCII=1, NO_COLOR, and a locale that is not UTF-8."""
        charset = (encoding or locale.getpreferredencoding(do_setlocale=False)).lower().replace("-", "")
        ascii_wanted = environ.get("SAGASCOPE_ASCII", "") not in {"", "0"}
        return cls(unicode=charset == "utf8" and not ascii_wanted, colour=not environ.get("NO_COLOR"))

    def glyph(self, state: str) -> str:
        """Give the one-cell glyph of a status or step state."""
        glyphs = _STATES.get(state, ("·", ".", "text"))
        return glyphs[0] if self.unicode else glyphs[1]

    def pick(self, fancy: str, plain: str) -> str:
        """Choose between a text and its ASCII twin."""
        return fancy if self.unicode else plain

    def style(self, role: str) -> str:
        """Give a role's style in Rich's words."""
        return (_COLOURS if self.colour else _PLAIN).get(role, "" if not self.colour else _COLOURS["text"])

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
