import re
from itertools import combinations
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style

from tests.unit.tui.sight import KINDS, contrast, difference
from tui.look import OWNER_COLOURS, Look
from tui.themes import ANSI, COLOUR_BLIND, DARK, DECORATION, HIGH_CONTRAST, THEMES, WITHOUT_COLOUR, of_terminal

COLOURED = [each for each in THEMES.values() if not each.ansi]
TRUE, EIGHT_BIT = ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT
LEAST = {HIGH_CONTRAST.name: (7.0, 4.5)}
USUAL_LEAST = (4.5, 3.0)
LEAST_DIFFERENCE = 20.0
TOLD_APART = ("stuck", "failed", "running", "completed")
COLOUR = re.compile(r"[\"' ]#[0-9a-fA-F]{3,8}\b|\brgba?\(")
SOURCES = Path(__file__).parents[3] / "tui"


def _rgb(colour, system):
    """Give a colour as a terminal of that many colours shows it."""
    return tuple(colour.downgrade(system).get_truecolor())


def _pale(theme, system):
    """Name each role with a ground on which it has too little contrast."""
    grounds = {name: Color.parse(getattr(theme, name)) for name in ("ground", "panel", "cursor")}
    text, decoration = LEAST.get(theme.name, USUAL_LEAST)
    found = []
    for role in theme.styles:
        style = Style.parse(theme.style(role))
        for name, ground in grounds.items():
            ratio = contrast(_rgb(style.color, system), _rgb(style.bgcolor or ground, system))
            if ratio < (decoration if role in DECORATION else text):
                found.append(f"{role} on {name}: {ratio:.2f}")
    return found


@pytest.mark.parametrize("system", [TRUE, EIGHT_BIT])
@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_every_role_can_be_read_on_every_ground(theme, system):
    """Text has a contrast of 4.5, or of 7 where much was asked for, on each ground, with 256 colours too."""
    assert [] == _pale(theme, system)


def test_the_measure_of_contrast_can_tell():
    """Black on white is 21, like on like 1, and #767676 on white is the palest grey for text (WCAG 2)."""
    white = (255, 255, 255)

    assert [21.0, 1.0, 4.54] == [round(contrast(each, white), 2) for each in ((0, 0, 0), white, (118, 118, 118))]


@pytest.mark.parametrize("system", [TRUE, EIGHT_BIT])
@pytest.mark.parametrize("kind", KINDS)
def test_the_states_differ_to_colour_blind_eyes(kind, system):
    """What is stuck, failed, running or completed is told apart with deuteranopia and with protanopia."""
    seen = {role: _rgb(Style.parse(COLOUR_BLIND.style(role)).color, system) for role in TOLD_APART}
    alike = {
        pair for pair in combinations(seen, 2) if difference(*(seen[each] for each in pair), kind) < LEAST_DIFFERENCE
    }

    assert set() == alike


def test_the_measure_of_sight_can_tell():
    """Red and green of one lightness are alike to colour-blind eyes, and blue and yellow are not."""
    red, green = (200, 80, 60), (120, 125, 60)

    assert (
        difference(red, green, "deuteranopia") < LEAST_DIFFERENCE < difference((0, 0, 255), (255, 255, 0), "protanopia")
    )


def test_ansi_leaves_the_ground_to_the_terminal():
    """`ansi` names none but the terminal's own colours, and none that is lost on a white or black ground."""
    words = {word for role in ANSI.styles for word in ANSI.style(role).split()}
    attributes, colours = {"bold", "dim", "underline", "reverse"}, {"red", "green", "blue", "magenta", "cyan"}

    assert words <= attributes | colours | {"default"}
    assert {"default"} == {ANSI.ground, ANSI.panel, ANSI.border}


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_theme_has_every_role(theme):
    """A role that one theme paints is painted by all, owners included, and what needs a person is bold."""
    assert set(DARK.styles) == set(theme.styles)
    assert {f"owner{number}" for number in range(OWNER_COLOURS)} <= set(theme.styles)
    assert all("bold" in theme.style(role) for role in ("stuck", "alarm", "warn"))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "screen"}, ANSI), ({"TERM": "xterm"}, ANSI), ({"TERM": "linux"}, ANSI), ({}, ANSI),
        ({"TERM": "xterm-16color"}, ANSI), ({"TERM": "xterm-256color"}, DARK), ({"TERM": "screen-256color"}, DARK),
        ({"TERM": "xterm-kitty"}, DARK), ({"TERM": "xterm", "COLORTERM": "truecolor"}, DARK),
        ({"TERM": "screen", "COLORTERM": "24bit"}, DARK), ({"TERM": "xterm", "COLORTERM": "yes"}, ANSI),
    ],
)  # fmt: skip
def test_a_poor_terminal_gets_its_own_colours(environ, expected):
    """Nobody's choice is `dark`, and `ansi` where what writes the colours would write sixteen."""
    written = Console(force_terminal=True, _environ=environ, legacy_windows=False).color_system

    assert expected == of_terminal(environ)
    assert (written == "standard") == (expected is ANSI)


def test_without_colour_no_theme_is_drawn():
    """NO_COLOR comes before any theme, which is remembered but not drawn."""
    look = Look.of({"NO_COLOR": "1"}, "UTF-8", theme=HIGH_CONTRAST)

    assert (HIGH_CONTRAST, WITHOUT_COLOUR) == (look.theme, look.drawn)


def test_no_colour_stands_outside_the_themes():
    """Every colour comes from a theme: no other module of the terminal writes one."""
    strays = [
        path.relative_to(SOURCES)
        for path in SOURCES.rglob("*.py")
        if path.name != "themes.py" and COLOUR.search(path.read_text("utf-8"))
    ]

    assert [] == strays
