import pytest
from textual.widgets import Input

from tests.unit.tui.fake import FakeReader, VastReader, summary
from tests.unit.tui.pilot import LARGE, SMALL, opened, run
from tests.unit.tui.samples import ago
from tui.screens.moment import MomentPrompt
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.widgets.lines import Lines


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_list_shows_what_is_stuck_first(size):
    """On the first screen the stuck transactions are on top with their step, owner and time, and the counts above."""

    async def scene():
        async with opened(size=size) as it:
            lines = it.screen()

            assert "order-1042" in it.selected()
            assert all(word in it.selected() for word in ("▲ stuck", "order-", "reserve", "inventory", "4h 12m"))
            assert "▲ 3 stuck" in lines[1]
            assert "live changed 03:07:30" in lines[0]
            assert all(len(line) == size[0] for line in lines)

    run(scene)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("j",), 1), (("down", "down", "k"), 1), (("ctrl+d",), 9), (("pagedown",), 19), (("G",), 48), (("end",), 48),
        (("G", "g"), 0), (("end", "home"), 0), (("G", "pageup"), 29), (("G", "ctrl+u"), 39),
    ],
)  # fmt: skip
def test_keys_move_the_cursor(keys, expected):
    """The keys of vi and those of everybody move the cursor, which stays in sight."""

    async def scene():
        async with opened() as it:
            await it.press(*keys)
            view = it.app.screen.state.view

            assert expected == view.cursor
            assert view.top <= view.cursor < view.top + view.height
            assert it.app.screen.query_one(Lines).scroll_offset.y == view.top

    run(scene)


def test_the_filter_works_as_it_is_typed():
    """Each letter narrows the list; Enter keeps the filter and gives the keys back, Esc clears it."""

    async def scene():
        async with opened() as it:
            await it.press("slash", *"owner:pay")
            await it.until(lambda: "3 of 49 match" in it.screen()[0])
            await it.press("enter", "j")
            assert 1 == it.app.screen.state.view.cursor
            assert "owner:pay" in it.text()
            await it.press("escape")
            await it.until(lambda: "49 transactions" in it.screen()[0])
            assert "owner:pay" not in it.text()

    run(scene)


def test_arrows_move_while_the_filter_is_typed():
    """A person can go down the matches without leaving the filter."""

    async def scene():
        async with opened() as it:
            await it.press("slash", *"order", "down", "down")

            assert it.app.screen.query_one(Input).has_focus
            assert 2 == it.app.screen.state.view.cursor

    run(scene)


def test_a_filter_that_makes_no_sense_says_so():
    """A wrong term is explained in the last line and hides nothing."""

    async def scene():
        async with opened(filter_text="older:soon") as it:
            assert "older: takes a duration" in it.screen()[-1]
            assert "49 transactions" in it.screen()[0]

    run(scene)


def test_s_goes_through_the_statuses():
    """The status key shows the stuck alone, then the failed, and says so in the filter."""

    async def scene():
        async with opened() as it:
            await it.press("s")
            await it.until(lambda: "3 of 49 match" in it.screen()[0])
            assert "status:stuck" in it.text()
            await it.press("s")
            await it.until(lambda: "1 of 49 match" in it.screen()[0])
            assert "✗ failed" in it.selected()

    run(scene)


def test_an_unknown_key_is_no_all_clear():
    """A filter on a key that does not exist says so, names the keys, and counts no zero of what is stuck."""

    async def scene():
        async with opened(filter_text="bla:1") as it:
            await it.until(lambda: "0 of 49 match" in it.screen()[0])
            assert "unknown key bla; keys are status, saga, owner, step, kind, error, older" in it.screen()[1]
            assert "0 stuck" not in it.text()

    run(scene)


def test_a_status_can_be_taken_out():
    """With ! all but a status is listed, and the counts above still tell it."""

    async def scene():
        async with opened(filter_text="!status:completed") as it:
            await it.until(lambda: "9 of 49 match" in it.screen()[0])
            assert "✓ 40" in it.screen()[1]

    run(scene)


def test_a_time_ago_counts_from_when_it_was_typed():
    """since: bounds the last activity from the moment on at which it was typed, however long one looks."""

    async def scene():
        async with opened() as it:
            await it.press("slash", *"since:1m", "enter")
            await it.until(lambda: "2 of 49 match" in it.screen()[0])
            bounds = {query.since for query in it.reader.asked if query.since is not None}
            it.clock.ns += 3_600 * 10**9
            asked = len(it.reader.asked)
            await it.until(lambda: len(it.reader.asked) > asked + 4)
            assert {ago(60)} == bounds
            assert {ago(60)} == {query.since for query in it.reader.asked[asked:]} - {None}

    run(scene)


def test_a_resize_keeps_the_selection():
    """A terminal that grows or shrinks a little, at the end of the list too, leaves the same transaction selected."""

    async def scene():
        async with opened(size=(80, 20)) as it:
            for keys in (("j", "j"), ("G",), ("k", "k", "k")):
                await it.press(*keys)
                await it.until(it.selected)
                chosen = it.app.screen.state.selected()
                for size in ((80, 24), (82, 21), (80, 12), (100, 30), (80, 20)):
                    await it.pilot.resize_terminal(*size)
                    await it.pilot.pause(0.05)
                    assert chosen == it.app.screen.state.selected()
                    assert chosen in it.selected()

    run(scene)


def test_an_order_that_no_column_shows_is_in_the_title():
    """Sorted by last seen on a small terminal, which has no such column, the title says so."""

    async def scene():
        async with opened() as it:
            await it.press("L")
            await it.until(lambda: "sorted by last seen↓" in it.screen()[0])

    run(scene)


def test_nothing_that_matches_is_told_from_nothing_at_all():
    """An empty list says whether a filter hides everything or nothing ever came."""

    async def scene():
        async with opened(filter_text="no such thing") as it:
            await it.until(lambda: "nothing matches the filter" in it.text())
        async with opened(FakeReader()) as it:
            await it.until(lambda: "no transactions yet; send OTLP" in it.text())

    run(scene)


@pytest.mark.parametrize(
    ("keys", "title", "first"),
    [
        (("T",), "TRANSACTION↑", "order-1000"), (("T", "T"), "TRANSACTION↓", "transfer-77"),
        (("A",), "AGE↓", "order-1042"), (("I", "I"), "IN STEP↑", None), (("O",), "OWNER↑", "order-1042"),
        (("S",), "STATUS↓", "completed"),
    ],
)  # fmt: skip
def test_a_letter_sorts_by_its_column(keys, title, first):
    """A column's letter sorts by it, again turns the order round, and the header says which way."""

    async def scene():
        async with opened() as it:
            await it.press(*keys)
            await it.until(lambda: title in it.text() and (first is None or first in it.selected()))

    run(scene)


def test_a_million_rows_cost_a_window():
    """In a list of a million rows only windows are read, wherever a person jumps."""

    async def scene():
        async with opened(VastReader(), size=LARGE) as it:
            for keys, expected in (
                (("G",), "order-0999999"),
                (("g",), "order-0000000"),
                (("pagedown",), "order-0000035"),
            ):
                await it.press(*keys)
                await it.until(lambda expected=expected: expected in it.selected())
            it.app.screen.query_one(Lines).scroll_to(y=900_000, animate=False)
            await it.until(lambda: "order-0900000" in it.selected())

            assert max(query.limit for query in it.reader.asked) <= 5 * 36
            assert "900,001 of 1,000,000" in it.screen()[-1]

    run(scene)


def test_e_finds_the_next_trouble_beyond_what_is_here():
    """From the last stuck row e jumps to the first failed one, 700,000 rows further; far from any, E says so."""

    async def scene():
        reader = VastReader()
        reader.STUCK = 2
        async with opened(reader) as it:
            await it.press("e", "e")
            await it.until(lambda: "order-0700000" in it.selected())
            await it.press("E")
            await it.until(lambda: "no other stuck or failed" in it.screen()[-1])

    run(scene)


def test_the_selected_transaction_is_kept_when_others_come():
    """A refresh that brings worse trouble moves the selected row and not the selection."""

    async def scene():
        async with opened() as it:
            await it.press("j")
            it.reader.rows[:0] = [summary(f"worse-{each}", "stuck", in_step_s=99_999) for each in range(4)]
            await it.until(lambda: "worse-0" in it.text())

            assert "transfer-77" in it.selected()
            assert 5 == it.app.screen.state.view.cursor

    run(scene)


def test_y_copies_the_id():
    """The id goes to the terminal's clipboard, and the last line says so."""

    async def scene():
        async with opened() as it:
            await it.press("y")

            assert "order-1042" == it.app.clipboard
            assert "copied order-1042" in it.screen()[-1]

    run(scene)


def test_the_mouse_works():
    """A click selects a line, a second one opens it, and the wheel scrolls."""

    async def scene():
        async with opened() as it:
            await it.pilot.click("#rows", offset=(10, 2))
            await it.until(lambda: it.app.screen.state.view.cursor == 2)
            await it.pilot.click("#rows", offset=(10, 2))
            await it.until(lambda: isinstance(it.app.screen, TimelineScreen))

    run(scene)


def test_t_looks_at_an_earlier_instant():
    """The list is as it stood then: the title says so, times stand still, and what is opened is of then, too."""

    async def scene():
        async with opened(size=(120, 24)) as it:
            await it.press("j", "t", *"10m")
            await it.until(lambda: "02:57:30" in it.text())
            await it.press("enter")
            await it.until(lambda: "◂ as of 02:57:30, 10m ago" in it.screen()[0])
            assert "transactions" in it.screen()[0]
            assert "49 transactions" not in it.screen()[0]
            assert "transfer-77-0031" in it.selected()
            it.clock.ns += 60 * 10**9
            await it.press("enter")
            await it.until(lambda: ("transfer-77-0031", ago(600)) in it.reader.asked)
            await it.press("q", "escape")
            await it.until(lambda: "49 transactions" in it.screen()[0])
            assert "as of" not in it.screen()[0]
            assert isinstance(it.app.screen, TransactionsScreen)

    run(scene)


@pytest.mark.parametrize(
    ("typed", "told"), [("soon", "a time such as 02:15"), ("2027-01-01", "is to come"), ("", " now")]
)
def test_an_instant_that_is_none_says_so(typed, told):
    """What cannot be looked at stays in the line with the reason; Esc leaves all as it was."""

    async def scene():
        async with opened() as it:
            await it.press("t", *typed)
            await it.until(lambda: told in it.text())
            await it.press("enter")
            if typed:
                assert isinstance(it.app.screen, MomentPrompt)
                await it.press("escape")
            assert it.app.screen.state.as_of is None

    run(scene)


def test_an_empty_line_goes_back_to_now():
    """The line begins with the instant that is looked at; emptied it means now."""

    async def scene():
        async with opened() as it:
            await it.press("t", *"02:15", "enter")
            await it.until(lambda: "as of 02:15:00" in it.screen()[0])
            await it.press("t")
            assert "2026-03-14 02:15:00" == it.app.screen.query_one(Input).value
            await it.press("ctrl+u", "enter")
            await it.until(lambda: "live" in it.screen()[0])

    run(scene)


def test_before_everything_there_was_nothing():
    """An instant before the first record says so, and how to go back."""

    async def scene():
        async with opened() as it:
            await it.press("t", *"9d", "enter")
            await it.until(lambda: "no transaction had a record yet at 05 Mar 03:07:30" in it.text())

    run(scene)


def test_what_a_filter_may_become_is_told_and_taken():
    """While a filter is typed the last line names keys, then known values; Tab takes the first one."""

    async def scene():
        async with opened(screen="now") as it:
            await it.press("slash")
            await it.until(lambda: "status: saga: owner: step: kind:" in it.screen()[-1])
            await it.press("o", "w", "tab")
            assert "owner:" == it.app.screen.query_one(Input).value
            await it.until(lambda: "inventory ledger orders payments shipping" in it.screen()[-1])
            await it.press("l", "tab")
            await it.until(lambda: "2 of 49 match" in it.screen()[0])

    run(scene)


def test_a_bad_filter_leaves_the_old_result():
    """What was found before stays, and the last line says what is wrong with the new term."""

    async def scene():
        async with opened(filter_text="owner:ledger") as it:
            await it.until(lambda: "2 of 49 match" in it.screen()[0])
            await it.press("slash", *" older:x")
            await it.until(lambda: "older: takes a duration" in it.screen()[-1])
            assert "2 of 49 match" in it.screen()[0]

    run(scene)
