"""The themes: every colour of the terminal, by role, in one frozen value each. Pure; imports nothing heavy.

Text keeps a contrast of 4.5 to every ground it stands on (WCAG 2, 1.4.3), in `high-contrast` of 7 (1.4.6), what
only adorns one of 3, in true colour and in 256 colours. `colour-blind` tells states apart along blue and yellow and by
lightness, as the Modus themes do for deuteranopia and protanopia; the values are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

DECORATION: Final = frozenset({"faint"})
"""The roles that only adorn: without them nothing that must be read is lost."""
_REVERSED: Final = "reverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours in Rich's words. `styles` gives the style of each role; it stands on `ground`, `panel` or `cursor`.

    A `cursor` that is "reverse" swaps the two colours of the terminal, and takes the line's own colours away. `ansi`
    says that there are no colours but the terminal's own sixteen.
    """

    name: str
    words: str
    dark: bool = True
    ansi: bool = False
    ground: str
    panel: str
    cursor: str
    border: str
    thumb: str
    thumb_lit: str
    styles: Mapping[str, str]

    @property
    def is_reversing(self) -> bool:
        """Say whether the cursor is told by swapped colours."""
        return self.cursor == _REVERSED

    def style(self, role: str) -> str:
        """Give the style of a role; that of plain text for one that is not known."""
        return self.styles.get(role, self.styles["text"])


DARK: Final = Theme(
    name="dark",
    words="bright on dark grey",
    ground="#14171b",
    panel="#1d2126",
    cursor="#30353c",
    border="#5c6773",
    thumb="#48525e",
    thumb_lit="#6b7785",
    styles=MappingProxyType({
        "text": "#d5dae1",
        "strong": "bold #f2f5f8",
        "dim": "#a5afbb",
        "faint": "#87919e",
        "title": "bold #f2f5f8",
        "key": "#9ecbff",
        "heading": "bold #a5afbb",
        "letter": "underline #b9c4d0",
        "sorted": "bold #f2f5f8",
        "live": "#5fd3b3",
        "warn": "bold #ffb454",
        "alarm": "bold #14171b on #ff9e4a",
        "stuck": "bold #ff9e4a",
        "failed": "#ff8a94",
        "compensating": "#d9b8ff",
        "running": "#7cc4ff",
        "compensated": "#b5a8dc",
        "completed": "#8fbfac",
        "owner0": "#7cc4ff",
        "owner1": "#5fd3b3",
        "owner2": "#e6d36a",
        "owner3": "#c3a6ff",
        "owner4": "#a8d66b",
        "owner5": "#99b0ff",
        "owner6": "#f0a6d8",
        "owner7": "#b9c4d0",
    }),
)  # fmt: skip

LIGHT: Final = Theme(
    name="light",
    words="dark on white",
    dark=False,
    ground="#fcfcfc",
    panel="#ececec",
    cursor="#e4e6ea",
    border="#7d8794",
    thumb="#b4bcc6",
    thumb_lit="#8b95a1",
    styles=MappingProxyType({
        "text": "#24292f",
        "strong": "bold #0b0f14",
        "dim": "#4d5661",
        "faint": "#6b7480",
        "title": "bold #0b0f14",
        "key": "#004a98",
        "heading": "bold #4d5661",
        "letter": "underline #363e48",
        "sorted": "bold #0b0f14",
        "live": "#00604a",
        "warn": "bold #8a3d00",
        "alarm": "bold #ffffff on #a83c00",
        "stuck": "bold #9a3a00",
        "failed": "#af0020",
        "compensating": "#6a1fb0",
        "running": "#004a98",
        "compensated": "#5a4a8a",
        "completed": "#1f5f45",
        "owner0": "#004a98",
        "owner1": "#00604a",
        "owner2": "#6b5000",
        "owner3": "#6a1fb0",
        "owner4": "#3d5c00",
        "owner5": "#2a2fb0",
        "owner6": "#96206e",
        "owner7": "#4d5661",
    }),
)  # fmt: skip

HIGH_CONTRAST: Final = Theme(
    name="high-contrast",
    words="white on black, nothing pale",
    ground="#000000",
    panel="#1c1c1c",
    cursor="#303030",
    border="#ffffff",
    thumb="#9e9e9e",
    thumb_lit="#ffffff",
    styles=MappingProxyType({
        "text": "#ffffff",
        "strong": "bold #ffffff",
        "dim": "#dadada",
        "faint": "#b2b2b2",
        "title": "bold #ffffff",
        "key": "bold #afd7ff",
        "heading": "bold #dadada",
        "letter": "bold underline #ffffff",
        "sorted": "bold #ffffff",
        "live": "#5fffd7",
        "warn": "bold #ffd75f",
        "alarm": "bold #000000 on #ffd700",
        "stuck": "bold #ffd700",
        "failed": "bold #ffafaf",
        "compensating": "#d7afff",
        "running": "#87d7ff",
        "compensated": "#d7d7ff",
        "completed": "#87ffaf",
        "owner0": "#87d7ff",
        "owner1": "#5fffd7",
        "owner2": "#ffff87",
        "owner3": "#d7afff",
        "owner4": "#afff5f",
        "owner5": "#afd7ff",
        "owner6": "#ffafff",
        "owner7": "#dadada",
    }),
)  # fmt: skip

COLOUR_BLIND: Final = Theme(
    name="colour-blind",
    words="for deuteranopia and protanopia",
    ground="#14171b",
    panel="#1d2126",
    cursor="#30353c",
    border="#5c6773",
    thumb="#48525e",
    thumb_lit="#6b7785",
    styles=MappingProxyType({
        "text": "#d5dae1",
        "strong": "bold #f2f5f8",
        "dim": "#a5afbb",
        "faint": "#87919e",
        "title": "bold #f2f5f8",
        "key": "#9ecbff",
        "heading": "bold #a5afbb",
        "letter": "underline #b9c4d0",
        "sorted": "bold #f2f5f8",
        "live": "#8fc7ff",
        "warn": "bold #ffe14d",
        "alarm": "bold #14171b on #ffe14d",
        "stuck": "bold #ffe14d",
        "failed": "bold #dd9438",
        "compensating": "#e3e8ff",
        "running": "#5fafff",
        "compensated": "#b4b9d8",
        "completed": "#8fa0b3",
        "owner0": "#5fafff",
        "owner1": "#e8dca0",
        "owner2": "#a9c4e8",
        "owner3": "#c9a85a",
        "owner4": "#d5e6ff",
        "owner5": "#8f9dff",
        "owner6": "#fff3b8",
        "owner7": "#a5afbb",
    }),
)  # fmt: skip

ANSI: Final = Theme(
    name="ansi",
    words="your terminal's own colours",
    ansi=True,
    ground="default",
    panel="default",
    cursor=_REVERSED,
    border="default",
    thumb="default",
    thumb_lit="default",
    styles=MappingProxyType({
        "text": "default",
        "strong": "bold",
        "dim": "default",
        "faint": "dim",
        "title": "bold",
        "key": "bold cyan",
        "heading": "bold",
        "letter": "underline",
        "sorted": "bold",
        "live": "green",
        "warn": "bold magenta",
        "alarm": "bold reverse red",
        "stuck": "bold red",
        "failed": "red",
        "compensating": "magenta",
        "running": "cyan",
        "compensated": "default",
        "completed": "green",
        "owner0": "cyan",
        "owner1": "green",
        "owner2": "blue",
        "owner3": "magenta",
        "owner4": "bold cyan",
        "owner5": "bold green",
        "owner6": "bold magenta",
        "owner7": "default",
    }),
)  # fmt: skip

WITHOUT_COLOUR: Final = Theme(
    name="without-colour",
    words="what NO_COLOR asks for; no theme to choose",
    ansi=True,
    ground="default",
    panel="default",
    cursor=_REVERSED,
    border="default",
    thumb="default",
    thumb_lit="default",
    styles=MappingProxyType({
        "text": "",
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
    }),
)  # fmt: skip

THEMES: Final[Mapping[str, Theme]] = MappingProxyType({
    each.name: each for each in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, ANSI)
})  # fmt: skip


def of_terminal(environ: Mapping[str, str]) -> Theme:
    """Give the theme of a terminal that nobody chose one for: `ansi` where it tells of no more than 16 colours.

    What counts is what the colours are written by: COLORTERM, else the end of TERM.
    """
    is_true = environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}
    depth = environ.get("TERM", "").strip().lower().rpartition("-")[2]
    return DARK if is_true or depth in {"256color", "kitty"} else ANSI
