"""The application as a person prefers it: a theme changed while it runs, keys and columns of their own."""

import pytest
from rich.color import Color

from tests.unit.tui.pilot import opened, run
from tui.look import Look
from tui.themes import ANSI, DARK, HIGH_CONTRAST, LIGHT, THEMES

KEYS = {"list.flow": "F", "list.sort-age": "ctrl+y", "move.down": "down,n", "app.help": "f2", "app.refresh": "f5"}


def _grounds(screen):
    """Give every ground that is painted on a screen."""
    strips = screen._compositor.render_strips()
    return {segment.style.bgcolor for strip in strips for segment in strip if segment.style and segment.style.bgcolor}


def _known(theme):
    marked = [] if theme.ansi else [theme.style("alarm").rpartition(" ")[2]]
    grounds = (theme.ground, theme.panel, theme.cursor, *marked)
    return {Color.parse(each) for each in grounds if each != "reverse"}


async def _typed(it, line):
    await it.press("colon")
    await it.press(*("space" if char == " " else "minus" if char == "-" else char for char in line), "enter")


@pytest.mark.parametrize("theme", [each for each in THEMES.values() if each is not DARK], ids=lambda theme: theme.name)
def test_a_theme_reaches_every_open_screen(theme):
    """Chosen in the palette, a theme is there at once: on the screen on top, on those beneath, and on new ones."""

    async def scene():
        async with opened(screen="now") as it:
            await it.press("l")
            await it.until(lambda: "order-1042" in it.text())
            await _typed(it, f"theme {theme.name}")
            await it.until(lambda: _grounds(it.app.screen) <= _known(theme))
            assert f"theme {theme.name}" in it.text()
            await it.press("enter")
            await it.until(lambda: "STEPS" in it.text())
            assert _grounds(it.app.screen) <= _known(theme)
            await it.press("q", "q")
            await it.until(lambda: "INCIDENTS" in it.text() or "STUCK" in it.text())
            assert _grounds(it.app.screen) <= _known(theme)

    run(scene)


def test_a_theme_that_is_none_is_told():
    """A mistake in the palette says what is known, and changes nothing."""

    async def scene():
        async with opened() as it:
            await _typed(it, "theme drak")
            await it.until(lambda: "themes are dark, light, high-contrast, colour-blind, ansi; not d" in it.text())
            assert it.app.look.theme is DARK

    run(scene)


def test_without_colour_a_theme_waits():
    """With NO_COLOR a theme is remembered and not drawn, and that is said."""

    async def scene():
        async with opened(look=Look(colour=False)) as it:
            await _typed(it, "theme light")
            await it.until(lambda: "NO_COLOR is set" in it.text())
            assert it.app.look.theme is LIGHT
            assert _grounds(it.app.screen) <= {Color.default()}

    run(scene)


@pytest.mark.parametrize("theme", [HIGH_CONTRAST, ANSI], ids=lambda theme: theme.name)
def test_a_theme_is_there_from_the_start(theme):
    """The screens open in the theme that was chosen, panels and prompts too."""

    async def scene():
        async with opened(look=Look(theme=theme)) as it:
            await it.until(lambda: "order-1042" in it.text())
            await it.press("slash")
            assert _grounds(it.app.screen) <= _known(theme)

    run(scene)


def test_the_persons_keys_do_what_they_say():
    """A key of one's own does the thing, the old one no longer does, and help, hints and titles tell the new one."""

    async def scene():
        async with opened(keymap=KEYS, size=(120, 40)) as it:
            await it.until(lambda: "order-1042" in it.text())
            first = it.selected()
            await it.press("j")
            assert first == it.selected()
            await it.press("n")
            assert first != it.selected()
            assert " F flow " in it.text()
            await it.press("ctrl+y")
            await it.until(lambda: "AGE↓" in it.text())
            await it.press("f2")
            await it.until(lambda: "Ctrl-Y" in it.text())
            assert "F2 " in it.text()
            await it.press("escape", "f")
            await it.press("F")
            await it.until(lambda: "flow of" in it.text())

    run(scene)


def test_a_lost_sidecar_tells_the_persons_key():
    """The line that says how to try again names the key as it is bound."""

    async def scene():
        async with opened(keymap=KEYS) as it:
            it.reader.away = "no sidecar"
            await it.until(lambda: "F5 tries now" in it.text())

    run(scene)


def test_the_list_has_the_persons_columns():
    """The columns that were chosen stand in their order, those of wide terminals too."""

    async def scene():
        async with opened(columns=("transaction", "status", "last-seen")) as it:
            await it.until(lambda: "order-1042" in it.text())
            titles = next(line for line in it.screen() if "TRANSACTION" in line)
            assert ["TRANSACTION", "STATUS↑", "LAST", "SEEN"] == titles.split()

    run(scene)
