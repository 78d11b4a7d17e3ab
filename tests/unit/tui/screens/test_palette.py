import pytest

from tests.unit.tui.pilot import opened, run
from tui.app import MAX_SCREENS
from tui.columns import POINTER
from tui.screens.flow import FlowScreen
from tui.screens.help import HelpScreen
from tui.screens.now import NowScreen
from tui.screens.palette import PaletteScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
@pytest.mark.parametrize(
    ("typed", "screen", "shown"),
    [
        ("order-1107", TimelineScreen, "STUCK"), ("order-fulfilment", FlowScreen, "learned from 241"),
        ("now", NowScreen, "INCIDENTS"), ("list owner:ledger", TransactionsScreen, "2 of 49 match"),
        ("help", HelpScreen, "SIGNS"), ("order-9", TimelineScreen, "did you mean"),
    ],
)  # fmt: skip
def test_the_palette_goes_there(key, typed, screen, shown):
    """From the list an id, the name of a saga and the names of the screens lead where they say."""

    async def scene():
        async with opened(size=(120, 60)) as it:
            await it.press(key)
            assert isinstance(it.app.screen, PaletteScreen)
            await it.press(*("space" if each == " " else each for each in typed), "enter")
            await it.until(lambda: isinstance(it.app.screen, screen) and shown in it.text())

    run(scene)


def test_what_was_typed_can_be_chosen_from():
    """Down goes to what went by, Tab types it, Enter opens it, and Esc goes nowhere."""

    async def scene():
        async with opened() as it:
            await it.press("colon", *"7-0031", "down")
            await it.until(lambda: f"{POINTER}open transfer-77-0031" in it.text())
            await it.press("up", "down", "tab")
            assert "open transfer-77-0031" == it.app.screen.query_one("#go").value
            await it.press("escape")
            assert isinstance(it.app.screen, TransactionsScreen)
            await it.press("colon", *"7-0031", "down", "enter")
            await it.until(lambda: "no transaction transfer-77-0031" in it.text())

    run(scene)


def test_the_sagas_are_asked_for():
    """The names of the sagas come while the palette is open."""

    async def scene():
        async with opened(screen="now") as it:
            await it.press("colon")
            await it.until(lambda: "flow money-transfer" in it.text())

    run(scene)


def test_quit_quits():
    """The palette can end the terminal too."""

    async def scene():
        async with opened() as it:
            await it.press("colon", *"quit", "enter")
            await it.until(lambda: not it.app.is_running)

    run(scene)


def test_screens_do_not_pile_up_for_ever():
    """However often one goes on, so many screens are kept, and the way back ends at the first one."""

    async def scene():
        async with opened() as it:
            for _ in range(MAX_SCREENS + 3):
                it.app.open_transaction("order-1042")
                await it.pilot.pause()
            assert MAX_SCREENS == len(it.app.screen_stack)
            await it.press("colon", *"now", "enter")
            await it.until(lambda: isinstance(it.app.screen, NowScreen))

    run(scene)
