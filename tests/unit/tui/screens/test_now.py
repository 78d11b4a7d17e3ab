from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.tui.fake import FakeReader, bad_night, summary
from tests.unit.tui.pilot import LARGE, SMALL, opened, run
from tests.unit.tui.samples import collected, incident
from tui.screens.now import NowScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.widgets.lines import Lines


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_first_screen_says_what_is_wrong(size):
    """Without a key the worst incident stands on top, told in its sentence, and the stuck transactions below."""

    async def scene():
        async with opened(screen="now", size=size) as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            text = it.text()

            assert isinstance(it.app.screen, NowScreen)
            assert "12 transactions of order-fulfilment were lost" in it.selected()
            for words in (
                "reserve-inventory at inventory",
                "3 more in 10m",
                "region = eu-1",
                "order-1107",
                "▲ 3 stuck",
            ):
                assert words in text
            assert all(len(line) == size[0] for line in it.screen())

    run(scene)


def test_enter_lists_the_transactions_of_an_incident():
    """Enter on an incident lists what is stuck at its step and owner alone; q and Esc come back to it."""

    async def scene():
        async with opened(screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            for back in ("q", "escape"):
                await it.press("j", "enter")
                await it.until(lambda: "1 of 49 match" in it.screen()[0])
                assert isinstance(it.app.screen, TransactionsScreen)
                assert 'status:stuck saga:"money-transfer" step:"credit-account" owner:"ledger"' in it.text()
                assert 'kind:"retry-loop" error:"version conflict on account"' in it.app.screen.state.text
                assert "transfer-77-0031" in it.selected()
                await it.press(back)
                assert isinstance(it.app.screen, NowScreen)
                assert "2 transactions of money-transfer" in it.selected()
                await it.press("k")

    run(scene)


def test_enter_opens_a_stuck_transaction_and_brackets_go_on():
    """Enter on a stuck transaction opens it, and ] the next one that is stuck."""

    async def scene():
        async with opened(screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: "order-1042" in it.screen()[0] and isinstance(it.app.screen, TimelineScreen))
            await it.press("right_square_bracket")
            await it.until(lambda: "transfer-77-0031" in it.screen()[0])
            await it.press("escape")
            assert isinstance(it.app.screen, NowScreen)

    run(scene)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("j",), "2 transactions"), (("j", "j"), "order-1042"), (("j", "j", "k", "k"), "12 transactions"),
        (("G",), "order-1107"), (("G", "j"), "order-1107"), (("G", "g"), "12 transactions"),
        (("tab",), "order-1042"), (("tab", "tab"), "12 transactions"), (("pagedown",), "order-1107"),
    ],
)  # fmt: skip
def test_the_cursor_goes_from_item_to_item(keys, expected):
    """However many lines an incident takes, one step leads to the next thing that can be opened."""

    async def scene():
        async with opened(screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            await it.press(*keys)

            assert expected in it.selected()

    run(scene)


def test_the_chosen_item_is_kept_when_others_come():
    """A worse incident that comes in moves the chosen line and not the choice."""

    async def scene():
        async with opened(screen="now", size=LARGE) as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            await it.press("j")
            worse = incident(9, transactions=99, why="99 transactions fell over.")
            it.reader.incident_list = (worse, *it.reader.incident_list)
            await it.until(lambda: "99 transactions fell over" in it.text())

            assert "2 transactions of money-transfer" in it.selected()

    run(scene)


def test_the_choice_goes_on_when_its_item_is_over():
    """When the chosen incident is over, another stands in its place, and is kept as that one was."""

    async def scene():
        async with opened(screen="now", size=LARGE) as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            await it.press("j")
            it.reader.incident_list = it.reader.incident_list[:1]
            await it.until(lambda: "1 INCIDENT " in it.text())
            chosen = it.app.screen.chosen().key
            it.reader.incident_list = (incident(9, why="another one"), *it.reader.incident_list)
            await it.until(lambda: "another one" in it.text())
            assert chosen == it.app.screen.chosen().key
            assert it.selected()

    run(scene)


def test_a_quiet_night_is_calm():
    """With nothing stuck the screen says so in words."""

    async def scene():
        async with opened(FakeReader([summary("order-1", "running")]), screen="now") as it:
            await it.until(lambda: "✓ nothing is stuck" in it.text())
            assert "1 of 1 transaction open" in it.text()

    run(scene)


def test_a_dead_sidecar_is_no_quiet_night():
    """When the sidecar goes away from a calm screen, the calm goes with it."""

    async def scene():
        async with opened(FakeReader([summary("order-1", "running")]), screen="now") as it:
            await it.until(lambda: "✓ nothing is stuck" in it.text())
            it.reader.away = "no sidecar at http://127.0.0.1:4319"
            await it.until(lambda: "what is so now is not known" in it.text())
            assert "✓ nothing is stuck" not in it.text()
            assert "no answer" in it.screen()[0]

    run(scene)


def test_a_silence_is_no_quiet_night(monkeypatch):
    """Where no record comes in any more, nothing stuck is no good news."""
    monkeypatch.setattr("tui.source.COLLECTORS_EVERY_S", 0.0)

    async def scene():
        async with opened(FakeReader([summary("order-1", "running")]), screen="now") as it:
            await it.until(lambda: "✓ nothing is stuck" in it.text())
            it.clock.ns += 120 * 10**9
            it.reader.now += timedelta(seconds=120)
            await it.until(lambda: "no record came in for 2m: does anything still send?" in it.text())
            it.reader.collector_list = collected(60_000, last_record_at=it.reader.now)
            it.clock.ns += 10**9
            await it.until(lambda: "✓ nothing is stuck" in it.text())

    run(scene)


def test_l_and_slash_list_everything():
    """L lists all transactions, / as well and takes a filter at once."""

    async def scene():
        async with opened(screen="now") as it:
            await it.press("l")
            await it.until(lambda: "49 transactions" in it.screen()[0])
            await it.press("q", "slash", *"owner:pay")
            await it.until(lambda: "3 of 49 match" in it.screen()[0])

    run(scene)


def test_y_copies_the_sentence_or_the_id():
    """What is told to others is copied: the sentence of an incident, the id of a transaction."""

    async def scene():
        async with opened(screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            await it.press("y")
            assert incident().why == it.app.clipboard
            assert "copied 12 transactions" in it.screen()[-1]
            await it.press("G", "y")
            assert "order-1107" == it.app.clipboard

    run(scene)


def test_a_quiet_first_screen_repaints_nothing():
    """Readings that say the same again leave every cell alone, and so do seconds in a sentence."""

    async def scene():
        async with opened(bad_night(), screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            asked, painted = len(it.reader.asked), []
            listed = it.reader.incident_list
            it.reader.incident_list = tuple(replace(one, why=f"{one.why} 1s more") for one in listed)
            for widget in it.app.screen.walk_children():
                refresh = widget.refresh
                widget.refresh = lambda *these, refresh=refresh, **options: (
                    painted.append(these),
                    refresh(*these, **options),
                )[1]
            await it.until(lambda: len(it.reader.asked) > asked + 9)

            assert [] == painted

    run(scene)


def test_the_mouse_opens_an_incident():
    """A click on any line of an incident chooses it, and one on its first line opens it."""

    async def scene():
        async with opened(screen="now") as it:
            await it.until(lambda: "INCIDENTS" in it.text())
            at = next(y for y, line in enumerate(it.screen()) if "2 transactions of money" in line)
            offset = (10, at - it.app.screen.query_one(Lines).region.y)
            await it.pilot.click("#rows", offset=offset)
            await it.until(lambda: "2 transactions" in it.selected())
            await it.pilot.click("#rows", offset=offset)
            await it.until(lambda: isinstance(it.app.screen, TransactionsScreen))

    run(scene)
