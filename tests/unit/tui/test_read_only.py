import pytest
from textual.binding import Binding

from tests.unit.tui.fake import bad_night
from tests.unit.tui.pilot import opened, run
from tui.keys import WRITES, help_groups, writes_of
from tui.screens.help import HelpScreen
from tui.screens.transactions import TransactionsScreen


class _Writing(TransactionsScreen):
    """A list with an action that writes."""

    BINDINGS = (Binding("w", "write('x')", "write it down", group=WRITES),)
    HINTS = (("write('x')", "write"), *TransactionsScreen.HINTS)

    def action_write(self, what):
        """Write."""
        self.notice(f"wrote {what}")


@pytest.fixture(autouse=True)
def _ours(monkeypatch):
    """Let the bindings of the test's own screens count, while it runs."""
    for screen in (_Writing, _WritingPanel):
        monkeypatch.setattr(screen, "__module__", "tui.screens.writing")


def test_the_actions_that_write_are_known_by_their_group():
    """A binding of the group `writes` names an action that writes, whatever it is called with."""
    assert {"write"} == writes_of(_Writing)
    assert frozenset() == writes_of(TransactionsScreen)
    assert [("w", "write it down")] == help_groups(_Writing)["writes"]
    assert "writes" not in help_groups(_Writing, without=("writes",))


@pytest.mark.parametrize("read_only", [True, False])
def test_read_only_offers_nothing_that_writes(read_only):
    """Read-only, the key does nothing and neither the last line nor the help has it; otherwise all three."""

    async def scene():
        async with opened(bad_night(), screen="now", read_only=read_only) as it:
            it.app.push_screen(_Writing(it.app.look))
            await it.until(lambda: "order-1042" in it.text())
            hinted = "w write" in it.screen()[-1]
            await it.press("w")
            await it.pilot.pause(0.05)
            wrote = "wrote x" in it.text()
            await it.press("question_mark")
            await it.until(lambda: "keys and signs" in it.text())

            assert [not read_only] * 3 == [hinted, wrote, "write it down" in it.text()]

    run(scene)


class _WritingPanel(HelpScreen):
    """A panel with an action that writes."""

    BINDINGS = (Binding("w", "write", "write it down", group=WRITES),)
    HINTS = (("write", "write"), *HelpScreen.HINTS)

    def action_write(self):
        """Write."""
        self.notice("wrote x")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_panel_offers_nothing_that_writes_either(read_only):
    """Read-only holds in the panels over a screen as on the screen."""

    async def scene():
        async with opened(bad_night(), read_only=read_only) as it:
            it.app.push_screen(_WritingPanel(it.app.look))
            await it.until(lambda: "SIGNS" in it.text())
            hinted = "w write" in it.text()
            await it.press("w")
            await it.pilot.pause(0.05)

            assert [not read_only] * 2 == [hinted, "wrote x" in it.text()]

    run(scene)


@pytest.mark.parametrize(("keys", "times"), [(("y",), 1), (("n",), 0), (("escape",), 0), (("enter", "q"), 0)])
def test_what_changes_something_asks_first(keys, times):
    """Only `y` says yes; the question is safe to show, and fits every terminal."""

    async def scene():
        done = []
        async with opened(bad_night(), screen="now", size=(40, 10)) as it:
            it.app.ask_first("silence\x1b[31m order-1042 for an hour, at every place?", lambda: done.append("done"))
            await it.until(lambda: "silence" in it.text() and "n no" in it.text())
            assert all(line.isprintable() for line in it.screen())
            await it.press(*keys)
            await it.until(lambda: "silence" not in it.text())

        assert ["done"] * times == done

    run(scene)
