from dataclasses import replace

from tests.unit.tui.fake import FakeReader, bad_night, entry, night, record, transaction
from tests.unit.tui.pilot import LARGE, opened, run
from tests.unit.tui.samples import advised
from tracer.views import RecordPage
from tui.screens.advice import AdviceScreen
from tui.screens.details import DetailsScreen
from tui.screens.timeline import TimelineScreen
from tui.source import Pace


def test_the_timeline_begins_at_what_is_stuck():
    """The timeline opens with the cursor on the stuck step, and e goes from trouble to trouble."""

    async def scene():
        async with opened(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "▲ waiting" in it.selected())
            await it.press("e")
            assert "✗ failed" in it.selected()
            await it.press("E")
            assert "reserve-inventory" in it.selected()
            await it.press("tab")
            assert "POST /orders" in it.selected()
            await it.press("g")
            assert "place-order" in it.selected()

    run(scene)


def test_the_timeline_follows_what_happens():
    """A record that comes in while one looks is shown, and the cursor stays on its line."""

    async def scene():
        one = transaction()
        async with opened(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "order-1042" in it.text() and "PaymentCaptured" in it.text())
            await it.press("tab", "j")
            assert "INSERT orders" in it.selected()
            news = (entry("late-news", 15_139.9, 15_139.8), *one.timeline)
            it.reader.by_id["order-1042"] = replace(one, timeline=news, timeline_total=8)
            await it.until(lambda: "late-news" in it.text())
            assert "INSERT orders" in it.selected()

    run(scene)


def test_an_unknown_transaction_suggests_others():
    """A deep link that leads nowhere says so, and what was perhaps meant."""

    async def scene():
        async with opened(open_transaction="order-9999") as it:
            await it.until(lambda: "no transaction order-9999" in it.text())
            assert "did you mean order-1042" in it.text()
            await it.press("q")
            await it.until(lambda: "49 transactions" in it.text())

    run(scene)


def test_brackets_go_on_to_other_transactions():
    """] shows the next stuck transaction of the list without going back to it, [ the one before, and Esc the list."""

    async def scene():
        reader = bad_night()
        reader.by_id["transfer-77-0031"] = transaction("transfer-77-0031")
        async with opened(reader) as it:
            await it.press("enter")
            await it.until(lambda: "order-1042" in it.screen()[0])
            await it.press("right_square_bracket")
            await it.until(lambda: "transfer-77-0031" in it.screen()[0] and "STUCK" in it.text())
            await it.press("right_square_bracket")
            await it.until(lambda: "order-1107" in it.screen()[0])
            await it.press("left_square_bracket")
            await it.until(lambda: "transfer-77-0031" in it.screen()[0])
            await it.press("escape")
            await it.until(lambda: "transfer-77-0031" in it.selected())

    run(scene)


def test_brackets_work_from_a_deep_link_and_say_where_it_ends():
    """Opened with --open, the brackets go through what is stuck, the longest first; at an end that is said."""

    async def scene():
        async with opened(open_transaction="order-1107", screen="now") as it:
            await it.until(lambda: "STUCK" in it.text() and it.app.screen_stack[1].state.answer is not None)
            await it.press("right_square_bracket")
            await it.until(lambda: "no other stuck or failed transaction" in it.screen()[-1])
            await it.press("left_square_bracket", "left_square_bracket")
            await it.until(lambda: "order-1042" in it.screen()[0])
            assert "order-1107" == it.reader.asked[0]

    run(scene)


def test_the_last_bad_line_points_further():
    """Where no other line is bad, e says which key looks for another transaction."""

    async def scene():
        async with opened(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "STUCK" in it.text())
            await it.press("G", "e")
            assert "] looks for another transaction" in it.screen()[-1]

    run(scene)


def test_the_details_go_from_line_to_line():
    """In the panel ] and [ go to the next and previous line, and the cursor of the timeline goes with them."""

    async def scene():
        async with opened(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("enter")
            await it.until(lambda: isinstance(it.app.screen, DetailsScreen) and "waiting  reserve" in it.text())
            await it.press("right_square_bracket")
            await it.until(lambda: "http.response.status_code" in it.text() and "POST /orders" in it.text())
            await it.press(*["left_square_bracket"] * 3)
            await it.until(lambda: "charge-card (failed): gateway timeout" in it.text())
            await it.press("escape")
            assert "charge-card" in it.selected()

    run(scene)


def test_the_details_of_a_record():
    """Enter on a record shows its attributes, which are read only then."""

    async def scene():
        async with opened(open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            assert not any("records" in query for query in it.reader.asked if isinstance(query, tuple))
            await it.press("e", "enter")
            await it.until(lambda: "http.response.status_code" in it.text())
            assert isinstance(it.app.screen, DetailsScreen)
            await it.press("G", "escape")
            assert isinstance(it.app.screen, TimelineScreen)

    run(scene)


def test_a_timeline_of_ten_thousand_records():
    """Ten thousand records are moved through like ten, and the details of the last are found."""

    async def scene():
        timeline = tuple(entry(f"record-{each}", 15_000 - each, 14_999.5 - each) for each in range(10_000))
        reader = FakeReader(night(), [transaction(timeline=timeline)], [record(each) for each in timeline])
        async with opened(reader, open_transaction="order-1042", pace=Pace(least_s=3_600, most_s=3_600)) as it:
            await it.until(lambda: "RECORDS 10,000" in it.text())
            await it.press("G", "k")
            assert "record-9999" in it.selected()
            await it.press("enter")
            await it.until(lambda: "saga.id" in it.text() or "ATTRIBUTES" in it.text())
            asked = [query for query in reader.asked if isinstance(query, tuple) and query[0] == "records"]
            assert [("records", "order-1042", 10_000)] == asked

    run(scene)


def test_records_that_are_not_given_are_told():
    """Where the sidecar gives no such record the panel says so instead of waiting for ever."""

    async def scene():
        reader = bad_night()
        reader.records = lambda transaction_id, *, limit: RecordPage(  # noqa: ARG005 - the port has it
            transaction_id=transaction_id, records=(), total=0
        )
        async with opened(reader, open_transaction="order-1042", size=LARGE) as it:
            await it.until(lambda: "PaymentCaptured" in it.text())
            await it.press("e", "enter")
            await it.until(lambda: "not among the first" in it.text())

    run(scene)


def test_c_copies_the_command_of_the_best_advice():
    """The command goes to the terminal's clipboard without opening anything, and the last line says which."""

    async def scene():
        reader = FakeReader(night(), [transaction(advice=advised())])
        async with opened(reader, open_transaction="order-1042") as it:
            await it.until(lambda: "80% sure" in it.text())
            await it.press("c")
            assert advised()[0].command == it.app.clipboard
            assert "copied curl -fsS" in it.screen()[-1]
            reader.by_id["order-1042"] = transaction()
            await it.until(lambda: "no advice" in it.text())
            await it.press("c")
            assert "no command is known" in it.screen()[-1]

    run(scene)


def test_a_shows_all_advice_and_y_copies_a_command():
    """The panel tells each advice with its reasons; n and p choose one, y and c copy its command and say so."""

    async def scene():
        reader = FakeReader(night(), [transaction(advice=advised())])
        async with opened(reader, open_transaction="order-1042") as it:
            await it.until(lambda: "80% sure" in it.text())
            await it.press("a")
            await it.until(lambda: isinstance(it.app.screen, AdviceScreen) and "12 of 14 like it" in it.text())
            for words in ("1. retry reserve-inventory", "- reserve-inventory is declared", "2. compensate refund-card"):
                assert words in it.text()
            await it.press("n", "y")
            assert "no command is known" in it.text()
            assert "" == it.app.clipboard
            await it.press("p", "y")
            assert advised()[0].command == it.app.clipboard
            assert "copied curl -fsS" in it.text()
            await it.press("escape")
            assert isinstance(it.app.screen, TimelineScreen)

    run(scene)


def test_the_panel_of_advice_follows_what_happens():
    """Advice that comes while one looks is shown, also where there was none."""

    async def scene():
        reader = FakeReader(night(), [transaction()])
        async with opened(reader, open_transaction="order-1042") as it:
            await it.until(lambda: "no advice" in it.text())
            await it.press("a")
            await it.until(lambda: "no advice: nothing is known" in it.text())
            reader.by_id["order-1042"] = transaction(advice=advised())
            await it.until(lambda: "2. compensate" in it.text())

    run(scene)


def test_an_alias_opens_the_transaction_by_its_id():
    """Opened by an alias, the screen goes on with the id, which is also what is copied."""

    async def scene():
        reader = bad_night()
        reader.by_id["PAY-2231"] = transaction()
        async with opened(reader, open_transaction="PAY-2231") as it:
            await it.until(lambda: "order-1042" in it.screen()[0] and "order-1042" in reader.asked)
            await it.press("y")
            assert "order-1042" == it.app.clipboard

    run(scene)
