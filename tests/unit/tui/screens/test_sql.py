"""The SQL screen: the pane and the grid, and what becomes of a query."""

import json
from pathlib import Path

import pytest

from tests.unit.tui.console import WRONG
from tests.unit.tui.fake import bad_night
from tests.unit.tui.pilot import LARGE, opened, run
from tracer.errors import QueryTimeout
from tui.desk import MAX_RUNNING
from tui.history import path_of, read
from tui.screens.now import NowScreen
from tui.screens.sql import SqlScreen
from tui.screens.timeline import TimelineScreen


@pytest.fixture(autouse=True)
def state_home(tmp_path, monkeypatch):
    """Keep the history away from the person's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def typed(it, text):
    """Open SQL and type a query."""
    await it.press("6")
    await it.until(lambda: isinstance(it.app.screen, SqlScreen) and it.app.screen.pane.has_focus)
    await it.press(*(" " if char == " " else char for char in text))


@pytest.mark.parametrize("key", ["f5", "ctrl+j", "ctrl+enter"])
def test_a_query_is_run_and_shown(key, state_home):
    """Rows, their time, nulls and numbers; and it is in the history."""

    async def scene():
        async with opened(screen="now", size=LARGE) as it:
            await typed(it, "SELECT 1")
            await it.press(key)
            await it.until(lambda: "3 rows in" in it.text())
            assert ("SELECT 1", 1_000) == it.reader.queries[0][:2]
            assert "order-1042" in it.selected()
            assert "null" in it.selected()
            assert ("SELECT 1",) == read(path_of({"XDG_STATE_HOME": str(state_home)})).entries

    run(scene)


def test_tab_completes_a_name_and_goes_to_the_grid_and_back():
    """The names are those that the sidecar told; the same key again takes the next one."""

    async def scene():
        async with opened(screen="now") as it:
            await typed(it, "SELECT tr")
            screen = it.app.screen
            await it.until(lambda: "transaction_id" in it.text())
            await it.press("tab")
            assert "SELECT transactions" == screen.pane.text
            await it.press("tab")
            assert "SELECT transaction_id" == screen.pane.text
            await it.press("space", "tab")
            assert screen.lines.has_focus
            await it.press("tab")
            assert screen.pane.has_focus

    run(scene)


def test_an_error_is_told_where_it_stands():
    """With its line and column, and the cursor is there; the next run clears it."""

    async def scene():
        async with opened(screen="now") as it:
            it.reader.wrong = WRONG
            await typed(it, "SELECT saga")
            await it.press("f5")
            await it.until(lambda: 'line 1, column 8: the query does not run: Binder Error: no "saga"' in it.text())
            assert (0, 7) == it.app.screen.pane.cursor_location
            assert it.app.link.away is None
            it.reader.wrong = None
            await it.press("f5")
            await it.until(lambda: "3 rows in" in it.text())

    run(scene)


def test_a_slow_query_says_nothing_about_the_sidecar():
    """Its time limit is told, and the screen stays live."""

    async def scene():
        async with opened(screen="now") as it:
            it.reader.wrong = QueryTimeout("the query took longer than 30 s")
            await typed(it, "SELECT 1")
            await it.press("f5")
            await it.until(lambda: "longer than 30 s" in it.text())
            assert "live" in it.screen()[0]

    run(scene)


def test_esc_gives_a_query_up():
    """Its answer is thrown away; no more than three run at once; another Esc goes back."""

    async def scene():
        async with opened(screen="now") as it:
            it.reader.gate.clear()
            await typed(it, "SELECT 1")
            for _ in range(MAX_RUNNING):
                await it.press("f5")
                await it.until(lambda: "running for" in it.text())
                await it.press("escape")
                assert "given up" in it.screen()[-1]
            await it.press("f5")
            assert "wait for their end" in it.screen()[-1]
            it.reader.gate.set()
            await it.until(lambda: it.app.desk._running == 0)
            assert "rows in" not in it.text()
            await it.press("escape")
            assert isinstance(it.app.screen, NowScreen)

    run(scene)


def test_the_history_goes_back_and_onward():
    """Before the latest query, and back to what was being typed."""

    async def scene():
        async with opened(screen="now") as it:
            await typed(it, "SELECT 1")
            await it.press("f5")
            await it.until(lambda: "3 rows in" in it.text())
            pane = it.app.screen.pane
            await it.press("ctrl+a", "ctrl+k", *"new", "ctrl+up")
            assert "SELECT 1" == pane.text
            await it.press("ctrl+down")
            assert "new" == pane.text
            await it.press("f8", "f9")
            assert "new" == pane.text

    run(scene)


def test_the_grid_is_moved_in_and_copied_from():
    """Sideways and down; a cell is told whole and copied, Enter opens the transaction of its row."""

    async def scene():
        async with opened(screen="now") as it:
            await typed(it, "SELECT 1 ")
            await it.press("f5")
            await it.until(lambda: "3 rows in" in it.text())
            await it.press("tab", "l", "right")
            assert " records BIGINT  7" in it.text()
            await it.press("h", "left", "y")
            assert "order-1042" == it.app.clipboard
            await it.press("j", "l", "l", "l", "y")
            assert "\x1b" not in it.app.clipboard
            await it.press("G", "enter")
            assert "no column of this row" in it.screen()[-1]
            await it.press("g", "enter")
            await it.until(lambda: isinstance(it.app.screen, TimelineScreen))
            await it.press("q")
            assert "SELECT 1 " == it.app.screen.pane.text

    run(scene)


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_x_writes_a_file(ending):
    """The name says the format; a file that is there is left alone; more rows than the grid holds."""

    async def scene():
        async with opened(screen="now", size=LARGE) as it:
            await typed(it, "SELECT 1 ")
            await it.press("f5")
            await it.until(lambda: "3 rows in" in it.text())
            for name in (f"out.{ending}", "out.doc", f"out.{ending}"):
                await it.press("tab") if it.app.screen.pane.has_focus else None
                await it.press("x")
                it.app.screen._file.value = name
                await it.press("enter")
                if name == "out.doc":
                    assert "ends in .csv, .json, .parquet" in it.screen()[-1]
                    await it.press("escape")
                await it.pilot.pause(0.05)
            await it.until(lambda: "is there already" in it.text())

    run(scene)

    assert {"format": ending, "limit": 100_000} == json.loads(Path(f"out.{ending}").read_text("utf-8"))


def test_what_was_written_stays():
    """The query and its rows are there again after another screen was looked at; q leaves the grid."""

    async def scene():
        async with opened(bad_night(), screen="now") as it:
            await it.press("6", "f5")
            assert "the query is empty" in it.screen()[-1]
            await it.press(*"SELECT", "space", "1", "space", "f5")
            await it.until(lambda: "3 rows in" in it.text())
            await it.press("tab", "q")
            assert isinstance(it.app.screen, NowScreen)
            await it.press("6")
            await it.until(lambda: "3 rows in" in it.text())
            assert "SELECT 1 " == it.app.screen.pane.text

    run(scene)
