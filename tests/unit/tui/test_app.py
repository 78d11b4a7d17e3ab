import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.unit.tui.fake import NOW, FakeReader, VastReader, bad_night, entry, night, record, step, summary, transaction
from tracer.clock import FixedClock, to_ns
from tracer.views import RecordPage
from tui.app import SagascopeApp
from tui.columns import POINTER
from tui.look import Look
from tui.screens.details import DetailsScreen
from tui.screens.help import HelpScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.source import ListWant, Pace, Snapshot
from tui.widgets.lines import Lines

BRISK = Pace(least_s=0.1, share=0.0, backoff_s=(0.1,))
SMALL, LARGE = (80, 24), (120, 40)
MAX_WAITS = 400


class Night:
    """The application over a reader, with a fixed clock, and what a person would see of it."""

    def __init__(self, reader, **options):
        self.reader = reader
        self.clock = FixedClock(to_ns(NOW))
        self.app = SagascopeApp(
            reader, url_label="http://127.0.0.1:4319", clock=self.clock, look=options.pop("look", Look()),
            pace=options.pop("pace", BRISK), **options,
        )  # fmt: skip
        self.pilot = None

    def screen(self):
        """Give the lines of the screen as text."""
        return ["".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()]

    def text(self):
        """Give the whole screen as text."""
        return "\n".join(self.screen())

    def selected(self):
        """Give the line that the cursor is on."""
        return next((line for line in self.screen() if line.startswith(POINTER)), "")

    async def until(self, holds):
        """Wait until something holds, as long as it takes within reason."""
        for _ in range(MAX_WAITS):
            await self.pilot.pause(0.005)
            if holds():
                return
        raise AssertionError(f"it never came to hold; the screen was:\n{self.text()}")

    async def press(self, *keys):
        """Press keys one after the other, and let their messages settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause(0)


@asynccontextmanager
async def _open(reader=None, size=SMALL, **options):
    night_ = Night(bad_night() if reader is None else reader, **options)
    async with night_.app.run_test(size=size) as pilot:
        night_.pilot = pilot
        await night_.until(lambda: night_.app.link.changed_ns is not None or night_.app.link.away is not None)
        await pilot.pause(0)
        yield night_


def _run(scene):
    asyncio.run(scene())


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_list_shows_what_is_stuck_first(size):
    """On the first screen the stuck transactions are on top with their step, owner and time, and the counts above."""

    async def scene():
        async with _open(size=size) as it:
            lines = it.screen()

            assert "order-1042" in it.selected()
            assert all(word in it.selected() for word in ("▲ stuck", "order-", "reserve", "inventory", "4h 12m"))
            assert "▲ 3 stuck" in lines[1]
            assert "live changed 03:07:30" in lines[0]
            assert all(len(line) == size[0] for line in lines)

    _run(scene)


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
        async with _open() as it:
            await it.press(*keys)
            view = it.app.screen.state.view

            assert expected == view.cursor
            assert view.top <= view.cursor < view.top + view.height
            assert it.app.screen.query_one(Lines).scroll_offset.y == view.top

    _run(scene)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_enter_opens_the_timeline_and_esc_comes_back(size):
    """Enter shows why the selected transaction is stuck; Esc and q lead back to the same row."""

    async def scene():
        async with _open(size=size) as it:
            await it.press("j", "j")
            chosen = it.app.screen.state.selected()
            for back in ("escape", "q"):
                await it.press("enter")
                await it.until(lambda: "handoff-lost" in it.text())

                assert isinstance(it.app.screen, TimelineScreen)
                assert chosen in it.screen()[0]
                await it.press(back)
                assert isinstance(it.app.screen, TransactionsScreen)
                assert chosen == it.app.screen.state.selected()

    _run(scene)


def test_q_and_ctrl_q_quit():
    """From the list q quits; Ctrl-Q quits from everywhere."""

    async def scene():
        async with _open() as it:
            await it.press("q")
            assert not it.app.is_running
        async with _open() as it:
            await it.press("enter", "question_mark", "ctrl+q")
            assert not it.app.is_running

    _run(scene)


def test_the_filter_works_as_it_is_typed():
    """Each letter narrows the list; Enter keeps the filter and gives the keys back, Esc clears it."""

    async def scene():
        async with _open() as it:
            await it.press("slash", *"owner:pay")
            await it.until(lambda: "3 of" in it.screen()[0] or "3 transactions" in it.screen()[0])
            await it.press("enter", "j")
            assert 1 == it.app.screen.state.view.cursor
            assert "owner:pay" in it.text()
            await it.press("escape")
            await it.until(lambda: "49 transactions" in it.screen()[0])
            assert "owner:pay" not in it.text()

    _run(scene)


def test_arrows_move_while_the_filter_is_typed():
    """A person can go down the matches without leaving the filter."""

    async def scene():
        async with _open() as it:
            await it.press("slash", *"order", "down", "down")

            assert it.app.screen.query_one(Input).has_focus
            assert 2 == it.app.screen.state.view.cursor

    _run(scene)


def test_a_filter_that_makes_no_sense_says_so():
    """A wrong term is explained in the last line and hides nothing."""

    async def scene():
        async with _open(filter_text="older:soon") as it:
            assert "older: takes a duration" in it.screen()[-1]
            assert "49 transactions" in it.screen()[0]

    _run(scene)


def test_s_goes_through_the_statuses():
    """The status key shows the stuck alone, then the failed, and says so in the filter."""

    async def scene():
        async with _open() as it:
            await it.press("s")
            await it.until(lambda: "3 of 49 transactions" in it.screen()[0])
            assert "status:stuck" in it.text()
            await it.press("s")
            await it.until(lambda: "1 of 49 transactions" in it.screen()[0])
            assert "✗ failed" in it.selected()

    _run(scene)


def test_nothing_that_matches_is_told_from_nothing_at_all():
    """An empty list says whether a filter hides everything or nothing ever came."""

    async def scene():
        async with _open(filter_text="no such thing") as it:
            await it.until(lambda: "nothing matches the filter" in it.text())
        async with _open(FakeReader()) as it:
            await it.until(lambda: "no transactions yet; send OTLP" in it.text())

    _run(scene)


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
        async with _open() as it:
            await it.press(*keys)
            await it.until(lambda: title in it.text() and (first is None or first in it.selected()))

    _run(scene)


def test_a_million_rows_cost_a_window():
    """In a list of a million rows only windows are read, wherever a person jumps."""

    async def scene():
        async with _open(VastReader(), size=LARGE) as it:
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

    _run(scene)


def test_e_finds_the_next_trouble_beyond_what_is_here():
    """From the last stuck row e jumps to the first failed one, 700,000 rows further; far from any, E says so."""

    async def scene():
        reader = VastReader()
        reader.STUCK = 2
        async with _open(reader) as it:
            await it.press("e", "e")
            await it.until(lambda: "order-0700000" in it.selected())
            await it.press("E")
            await it.until(lambda: "no other stuck or failed" in it.screen()[-1])

    _run(scene)


def test_the_selected_transaction_is_kept_when_others_come():
    """A refresh that brings worse trouble moves the selected row and not the selection."""

    async def scene():
        async with _open() as it:
            await it.press("j")
            it.reader.rows[:0] = [summary(f"worse-{each}", "stuck", in_step_s=99_999) for each in range(4)]
            await it.until(lambda: "worse-0" in it.text())

            assert "transfer-77" in it.selected()
            assert 5 == it.app.screen.state.view.cursor

    _run(scene)


def test_a_pause_stands_still_and_says_so():
    """Paused, news stays away until the person goes on."""

    async def scene():
        async with _open() as it:
            await it.press("space")
            await it.until(lambda: "paused" in it.screen()[0])
            asked = len(it.reader.asked)
            it.reader.rows.insert(0, summary("news", "stuck", in_step_s=99_999))
            it.clock.ns += 3_600 * 10**9
            await it.pilot.pause(0.1)
            assert "news" not in it.text()
            assert "5h" not in it.text()
            assert len(it.reader.asked) <= asked + 1
            await it.press("space")
            await it.until(lambda: "news" in it.text())

    _run(scene)


def test_a_sidecar_that_goes_away_leaves_the_last_snapshot():
    """When the sidecar goes away its last answer stays with its age, and the screen says why and what to do."""

    async def scene():
        async with _open() as it:
            it.reader.away = "no sidecar at http://127.0.0.1:4319: start one with `sagascope serve`"
            it.clock.ns += 95 * 10**9
            await it.until(lambda: "start one with `sagascope serve`" in it.screen()[2])

            assert "no answer" in it.screen()[0]
            assert "1m 30s ago" in it.screen()[3]
            assert "order-1042" in it.text()
            it.reader.away = None
            await it.until(lambda: "live" in it.screen()[0])
            assert "start one with" not in it.text()

    _run(scene)


def test_a_sidecar_that_never_was_there():
    """Started before the sidecar, the screen waits for it and then shows the list."""

    async def scene():
        reader = bad_night()
        reader.away = "no sidecar at http://127.0.0.1:4319"
        async with _open(reader) as it:
            assert "nothing was read yet" in it.text()
            assert "0 transactions" not in it.text()
            assert "0 stuck" not in it.text()
            reader.away = None
            await it.until(lambda: "order-1042" in it.text())

    _run(scene)


def test_time_passes_in_the_cells_that_show_it():
    """With nothing new from the sidecar an open transaction grows older all the same, by repainting its cells alone."""

    async def scene():
        async with _open(pace=Pace(least_s=3_600, most_s=3_600)) as it:
            await it.until(lambda: "21s" in it.text())
            lines = it.app.screen.query_one(Lines)
            regions = []
            refresh = lines.refresh
            lines.refresh = lambda *these, **options: (regions.extend(these), refresh(*these, **options))[1]
            it.clock.ns += 10**9
            await it.until(lambda: "22s" in it.text())

            assert all(region.width < 12 for region in regions)
            assert len(regions) <= 8

    _run(scene)


def test_a_quiet_screen_repaints_nothing():
    """Answers that say the same again leave every cell alone."""

    async def scene():
        async with _open() as it:
            await it.pilot.pause(0.05)
            asked = len(it.reader.asked)
            painted = []
            for widget in it.app.screen.walk_children():
                refresh = widget.refresh
                widget.refresh = lambda *these, refresh=refresh, **options: (
                    painted.append(these),
                    refresh(*these, **options),
                )[1]
            await it.until(lambda: len(it.reader.asked) > asked + 5)

            assert [] == painted

    _run(scene)


def test_the_timeline_begins_at_what_is_stuck():
    """The timeline opens with the cursor on the stuck step, and e goes from trouble to trouble."""

    async def scene():
        async with _open(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "▲ waiting" in it.selected())
            await it.press("e")
            assert "✗ failed" in it.selected()
            await it.press("E")
            assert "reserve-inventory" in it.selected()
            await it.press("tab")
            assert "POST /orders" in it.selected()
            await it.press("g")
            assert "place-order" in it.selected()

    _run(scene)


def test_the_timeline_follows_what_happens():
    """A record that comes in while one looks is shown, and the cursor stays on its line."""

    async def scene():
        one = transaction()
        async with _open(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "order-1042" in it.text() and "PaymentCaptured" in it.text())
            await it.press("tab", "j")
            assert "INSERT orders" in it.selected()
            news = (entry("late-news", 15_139.9, 15_139.8), *one.timeline)
            it.reader.by_id["order-1042"] = replace(one, timeline=news, timeline_total=8)
            await it.until(lambda: "late-news" in it.text())
            assert "INSERT orders" in it.selected()

    _run(scene)


def test_an_unknown_transaction_suggests_others():
    """A deep link that leads nowhere says so, and what was perhaps meant."""

    async def scene():
        async with _open(open_transaction="order-9999") as it:
            await it.until(lambda: "no transaction order-9999" in it.text())
            assert "nearest: order-1042" in it.text()
            await it.press("q")
            await it.until(lambda: "49 transactions" in it.text())

    _run(scene)


def test_the_details_of_a_record():
    """Enter on a record shows its attributes, which are read only then."""

    async def scene():
        async with _open(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            assert not any("records" in query for query in it.reader.asked if isinstance(query, tuple))
            await it.press("e", "enter")
            await it.until(lambda: "http.response.status_code" in it.text())
            assert isinstance(it.app.screen, DetailsScreen)
            await it.press("G", "escape")
            assert isinstance(it.app.screen, TimelineScreen)

    _run(scene)


def test_a_timeline_of_ten_thousand_records():
    """Ten thousand records are moved through like ten, and the details of the last are found."""

    async def scene():
        timeline = tuple(entry(f"record-{each}", 15_000 - each, 14_999.5 - each) for each in range(10_000))
        reader = FakeReader(night(), [transaction(timeline=timeline)], [record(each) for each in timeline])
        async with _open(reader, open_transaction="order-1042", pace=Pace(least_s=3_600, most_s=3_600)) as it:
            await it.until(lambda: "RECORDS 10,000" in it.text())
            await it.press("G", "k")
            assert "record-9999" in it.selected()
            await it.press("enter")
            await it.until(lambda: "saga.id" in it.text() or "ATTRIBUTES" in it.text())
            asked = [query for query in reader.asked if isinstance(query, tuple)]
            assert [("records", "order-1042", 10_000)] == asked

    _run(scene)


def test_records_that_are_not_given_are_told():
    """Where the sidecar gives no such record the panel says so instead of waiting for ever."""

    async def scene():
        reader = bad_night()
        reader.records = lambda transaction_id, *, limit: RecordPage(  # noqa: ARG005 - the port has it
            transaction_id=transaction_id, records=(), total=0
        )
        async with _open(reader, open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("e", "enter")
            await it.until(lambda: "not among the first" in it.text())

    _run(scene)


@pytest.mark.parametrize("keys", [("question_mark",), ("enter", "f1")])
def test_help_names_every_key_of_the_screen(keys):
    """The help lists what is bound here, from the bindings themselves, and closes again."""

    async def scene():
        async with _open(size=(120, 60)) as it:
            await it.press(*keys)
            await it.until(lambda: isinstance(it.app.screen, HelpScreen) and "SIGNS" in it.text())
            text = it.text()

            for key in ("Ctrl-D", "PageDown", "Enter", "space", "Ctrl-Q", "copy the transaction id"):
                assert key in text
            await it.press("question_mark", "q")
            assert not isinstance(it.app.screen, HelpScreen)

    _run(scene)


def test_y_copies_the_id():
    """The id goes to the terminal's clipboard, and the last line says so."""

    async def scene():
        async with _open() as it:
            await it.press("y")

            assert "order-1042" == it.app.clipboard
            assert "copied order-1042" in it.screen()[-1]

    _run(scene)


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 10), (200, 50)])
def test_hostile_telemetry_reaches_no_segment(size):
    """Control sequences, markup and megabyte names never reach what is painted, on any screen."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e\n" + "x" * 2**20

    async def scene():
        bad = entry(evil, 10, 9, owner=evil, step=evil, error=evil, phase="failed", trace_id=evil)
        one = transaction(
            transaction_id=evil, saga=evil, aliases=(evil,), notes=(evil,), timeline=(bad,),
            steps=(step(evil, evil, "running", 9, error=evil),),
            current=tuple(replace(each, step=evil, owner=evil) for each in transaction().current),
            stall=replace(transaction().stall, why=evil, step=evil, owner=evil),
        )  # fmt: skip
        row = summary(evil, "stuck", saga=evil, step=evil, owner=evil, error=evil)
        reader = FakeReader([row], [one], [record(bad, attributes={evil: evil}, resource={"r": {evil: [evil]}})])
        async with _open(reader, size=size) as it:
            screens = [it.screen()]
            await it.press("enter")
            await it.until(lambda: "STUCK" in it.text())
            await it.press("e")
            screens.append(it.screen())
            await it.press("o", "G", "k", "enter")
            await it.until(lambda: isinstance(it.app.screen, DetailsScreen))
            await it.pilot.pause(0.1)
            screens.append(it.screen())

        for line in (line for lines in screens for line in lines):
            assert line.isprintable(), line

    _run(scene)


def test_a_fault_of_ours_ends_the_screen():
    """A defect in the reading ends the application with that error and does not leave a screen that stands still."""

    class Broken(FakeReader):
        def transactions(self, _query):
            raise ZeroDivisionError

    async def scene():
        it = Night(Broken())
        async with it.app.run_test(size=SMALL) as pilot:
            it.pilot = pilot
            await it.until(lambda: not it.app.is_running)

        assert isinstance(it.app.failure, ZeroDivisionError)

    _run(scene)


@pytest.mark.parametrize("keys", [(), ("enter",), ("enter", "enter"), ("question_mark",), ("slash", "x")])
def test_an_ascii_terminal_gets_only_ascii(keys):
    """With the ASCII look nothing but ASCII is painted, on any screen."""

    async def scene():
        async with _open(look=Look(unicode=False, colour=False)) as it:
            await it.press(*keys)
            await it.pilot.pause(0.05)

            assert it.text().isascii()

    _run(scene)


def test_the_mouse_works():
    """A click selects a line, a second one opens it, and the wheel scrolls."""

    async def scene():
        async with _open() as it:
            await it.pilot.click("#rows", offset=(10, 2))
            await it.until(lambda: it.app.screen.state.view.cursor == 2)
            await it.pilot.click("#rows", offset=(10, 2))
            await it.until(lambda: isinstance(it.app.screen, TimelineScreen))

    _run(scene)


def test_a_reading_that_comes_too_late_is_let_go():
    """A reading that arrives when the screens are gone already does not end the application with an error."""

    async def scene():
        async with _open() as it:
            want = ListWant(query=it.app.screen.state.query())
            late = Snapshot(want=want, taken_ns=0, answer=it.reader.transactions(want.query))
        assert not it.app.screen_stack
        it.app.on_sagascope_app_arrived(SagascopeApp.Arrived(late))

    _run(scene)
