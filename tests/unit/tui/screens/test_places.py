"""The places that a number leads to: the sagas, the sources, SQL."""

import pytest

from tests.unit.tui.fake import worried
from tests.unit.tui.pilot import LARGE, opened, run
from tui.screens.alerts import AlertsScreen
from tui.screens.flow import FlowScreen
from tui.screens.now import NowScreen
from tui.screens.rejected import RejectedScreen
from tui.screens.sagas import SagasScreen
from tui.screens.sources import CollectorPanel, SourcesScreen
from tui.screens.sql import SqlScreen
from tui.screens.transactions import TransactionsScreen

PLACES = {
    "1": ("now", NowScreen),
    "2": ("list", TransactionsScreen),
    "3": ("sagas", SagasScreen),
    "4": ("alerts", AlertsScreen),
    "5": ("sources", SourcesScreen),
    "6": ("sql", SqlScreen),
}


@pytest.mark.parametrize("key", PLACES)
def test_a_number_leads_to_its_place(key):
    """From anywhere, and once: places do not pile up, and the same number again changes nothing."""
    _, kind = PLACES[key]

    async def scene():
        async with opened(screen="now") as it:
            await it.press("5", "3", key)
            await it.until(lambda: isinstance(it.app.screen, kind))
            depth = len(it.app.screen_stack)
            if kind is not SqlScreen:
                await it.press(key)
            assert (depth, kind) == (len(it.app.screen_stack), type(it.app.screen))
            assert depth <= 3

    run(scene)


@pytest.mark.parametrize("word", ["sagas", "alerts", "sources", "sql"])
def test_the_palette_leads_there_too(word):
    """By its name."""
    kind = dict(PLACES.values())[word]

    async def scene():
        async with opened(screen="now") as it:
            await it.press("colon", *word, "enter")
            await it.until(lambda: isinstance(it.app.screen, kind))

    run(scene)


def test_the_sagas_lead_to_their_flow():
    """The worst first; Enter draws it, t lists its transactions, y copies its name, q goes back."""

    async def scene():
        async with opened(screen="now", size=LARGE) as it:
            await it.press("3")
            await it.until(lambda: "2 sagas" in it.text())
            assert "order-fulfilment" in it.selected()
            assert "▲ 2" in it.selected()
            assert "learned from 241" in it.selected()
            await it.press("y")
            assert "order-fulfilment" == it.app.clipboard
            await it.press("enter")
            await it.until(lambda: isinstance(it.app.screen, FlowScreen))
            await it.press("q", "t")
            await it.until(lambda: isinstance(it.app.screen, TransactionsScreen))
            assert 'saga:"order-fulfilment"' == it.app.screen.state.text
            await it.press("escape", "j", "f")
            await it.until(lambda: "did you mean" in it.text())
            await it.press("q", "q")
            assert isinstance(it.app.screen, NowScreen)

    run(scene)


def test_the_sources_tell_the_worst_first():
    """Enter shows a collector's figures; Tab goes on to the coverage and the reasons; y copies."""

    async def scene():
        async with opened(worried(), screen="now", size=LARGE) as it:
            await it.press("5")
            await it.until(lambda: "1 collector not well" in it.text())
            assert "kafka (kafka)  degraded" in it.selected()
            await it.press("y")
            assert "kafka" == it.app.clipboard
            await it.press("enter")
            await it.until(lambda: isinstance(it.app.screen, CollectorPanel))
            await it.until(lambda: "topic_lag{topic=orders}" in it.text())
            await it.press("escape", "tab")
            assert "legacy's" in it.selected()
            await it.press("tab")
            assert "no JSON" in it.selected()
            await it.press("tab")
            assert "kafka (kafka)" in it.selected()
            await it.press("j", "k", "q")
            assert isinstance(it.app.screen, NowScreen)

    run(scene)


def test_a_rejected_message_is_shown_whole():
    """First as the list has it, then with its headers and to its end; n and p go through those of the reason."""

    async def scene():
        async with opened(worried(), screen="now", size=LARGE) as it:
            await it.press("5")
            await it.until(lambda: "1 collector not well" in it.text())
            await it.press("tab", "tab", "enter")
            await it.until(lambda: isinstance(it.app.screen, RejectedScreen) and "and the rest" in it.text())
            assert "1 of 2  id 1" in it.text()
            assert "header content-type application/json" in " ".join(it.text().split())
            assert "\x1b[31m" not in it.text()
            await it.press("n")
            await it.until(lambda: "2 of 2  id 2" in it.text())
            it.reader.rejections = ()
            await it.press("p")
            await it.until(lambda: "no rejected message 1" in it.text())
            await it.press("y")
            assert it.app.clipboard.startswith('{"type": "OrderPlaced"')

    run(scene)


def test_what_never_joined_is_asked_for_by_sql():
    """Enter on a service runs the query for its latest records without a transaction."""

    async def scene():
        async with opened(worried(), screen="now", size=LARGE) as it:
            await it.press("5")
            await it.until(lambda: "1 collector not well" in it.text())
            await it.press("tab", "enter")
            await it.until(lambda: it.reader.queries)
            assert "owner = 'legacy''s' AND transaction_id IS NULL" in it.reader.queries[0][0]
            await it.until(lambda: "3 rows in" in it.text())

    run(scene)
