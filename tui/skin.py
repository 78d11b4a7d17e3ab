"""What Textual is told of a theme: its own theme value, and the style sheet, which has no colour of its own."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme as TextualTheme

from tui.themes import Theme

_PREFIX: Final = "sagascope-"
_VEIL: Final = "99"

CSS: Final = """
Screen { background: $ground; color: $words; }
Lines { height: 1fr; background: $ground; scrollbar-background: $ground; scrollbar-background-hover: $ground;
    scrollbar-background-active: $ground; scrollbar-color: $thumb; scrollbar-color-hover: $thumb-lit;
    scrollbar-color-active: $thumb-lit; scrollbar-corner-color: $ground; }
Input { color: $loud; background: $ground; }
Input:focus { background-tint: $bar 0%; }
Input>.input--cursor, Input>.input--selection { color: $loud; background: $bar; text-style: reverse; }
Input>.input--placeholder, Input>.input--suggestion { color: $soft; text-style: none; }
TextArea { height: 5; background: $bar; color: $loud; border: none; padding: 0 1; }
TextArea:focus { background-tint: $bar 0%; border: none; }
TextArea .text-area--cursor, TextArea .text-area--selection { color: $loud; background: $bar; text-style: reverse; }
#export { height: 1; background: $bar; }
#export-label { width: 10; }
#export-file { width: 1fr; background: $bar; }
#prompt { height: 1; background: $bar; }
#slash { width: 3; }
#filter { width: 1fr; background: $bar; }
Panel { align: center middle; background: $veil; }
#panel { width: 90%; max-width: 120; height: 90%; background: $bar; border: round $line; }
#panel-lines { background: $bar; scrollbar-background: $bar; scrollbar-background-hover: $bar;
    scrollbar-background-active: $bar; }
PaletteScreen { align: center top; background: $veil; }
#palette { width: 90%; max-width: 100; height: auto; margin-top: 2; background: $bar; border: round $line; }
#palette Horizontal { height: 1; }
#colon { width: 3; }
#go { width: 1fr; background: $bar; }
AskScreen { align: center middle; background: $veil; }
#ask { width: 90%; max-width: 100; height: auto; background: $bar; border: round $line; }
MomentPrompt, PromptScreen { align: center top; background: $veil; }
MomentPrompt Vertical, PromptScreen Vertical { width: 90%; max-width: 100; height: auto; margin-top: 2;
    background: $bar; border: round $line; }
MomentPrompt Horizontal, PromptScreen Horizontal { height: 1; }
MomentPrompt #as-of { width: 8; }
MomentPrompt Input, PromptScreen Input { width: 1fr; background: $bar; }
App.-ascii MomentPrompt Vertical, App.-ascii PromptScreen Vertical { border: ascii $line; }
App.-ascii #ask { border: ascii $line; }
App.-ascii #palette { border: ascii $line; }
App.-ascii Lines { scrollbar-size-vertical: 0; }
App.-ascii #panel { border: ascii $line; }
"""


def name_of(theme: Theme) -> str:
    """Give the name that Textual knows a theme by."""
    return f"{_PREFIX}{theme.name}"


def variables(theme: Theme) -> dict[str, str]:
    """Give what the style sheet calls the colours of a theme."""
    return {
        "ground": _css(theme.ground),
        "bar": _css(theme.panel),
        "line": _css(theme.border),
        "thumb": _css(theme.thumb),
        "thumb-lit": _css(theme.thumb_lit),
        "words": _css(_colour(theme, "text")),
        "loud": _css(_colour(theme, "strong")),
        "soft": _css(_colour(theme, "dim")),
        # Textual's own style sheet asks for these two.
        "ansi-background": _css(theme.ground),
        "ansi-foreground": _css(_colour(theme, "text")),
        # A terminal's own colours do not mix.
        "veil": "transparent" if theme.ansi else f"{theme.ground}{_VEIL}",
    }


def textual_theme(theme: Theme) -> TextualTheme:
    """Give Textual's own value of a theme."""
    text, ground, panel = (_css(each) for each in (_colour(theme, "text"), theme.ground, theme.panel))
    return TextualTheme(
        name=name_of(theme),
        primary=text,
        secondary=text,
        accent=text,
        warning=text,
        error=text,
        success=text,
        foreground=text,
        background=ground,
        surface=ground,
        panel=panel,
        boost=panel,
        dark=theme.dark,
        ansi=theme.ansi,
        variables=variables(theme),
    )


def _colour(theme: Theme, role: str) -> str:
    """Give the colour in a style: the word that is none of its attributes, else the terminal's own."""
    words = (word for word in theme.style(role).split() if word not in {"bold", "dim", "underline", "reverse"})
    return next(words, "default")


def _css(colour: str) -> str:
    """Write a colour of Rich's words as Textual does."""
    return colour if colour.startswith("#") else f"ansi_{colour}"
