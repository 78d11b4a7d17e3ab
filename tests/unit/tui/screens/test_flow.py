from dataclasses import replace

import pytest

from tests.unit.tui.fake import FakeReader, summary
from tests.unit.tui.graphs import edge, graph, node
from tests.unit.tui.pilot import LARGE, opened, run
from tui.look import Look
from tui.screens.flow import FlowScreen
from tui.screens.now import NowScreen
from tui.screens.transactions import TransactionsScreen


@pytest.mark.parametrize(("screen", "keys"), [("now", ("f",)), ("list", ("f",)), ("list", ("enter", "f"))])
def test_f_shows_the_flow_of_the_saga(screen, keys):
    """From each screen f leads to the graph of the saga, and q back."""

    async def scene():
        async with opened(screen=screen, size=LARGE) as it:
            await it.until(lambda: "order-1042" in it.text())
            for key in keys:
                await it.press(key)
                await it.until(lambda: "asking" not in it.text() and "live" in it.screen()[0])
            await it.until(lambda: "learned from 241 finished" in it.text())
            assert "flow of order-fulfilment" in it.screen()[0]
            before = it.app.screen_stack[-2]
            await it.press("q")
            assert before is it.app.screen

    run(scene)


def test_the_table_lists_who_is_stuck_at_a_step():
    """E goes to the step where something is stuck, Enter lists that, and Esc comes back to the same line."""

    async def scene():
        async with opened() as it:
            await it.press("f")
            await it.until(lambda: "learned from" in it.text())
            await it.press("v", "g", "e")
            assert "▲ 3 stuck of 4" in it.selected()
            await it.press("e")
            assert "no other step" in it.screen()[-1]
            await it.press("enter")
            await it.until(lambda: "1 of 49 match" in it.screen()[0])
            assert isinstance(it.app.screen, TransactionsScreen)
            assert "order-1042" in it.selected()
            await it.press("escape")
            assert isinstance(it.app.screen, FlowScreen)
            assert "▲ 3 stuck of 4" in it.selected()

    run(scene)


def test_the_table_follows_what_happens():
    """A way that is new is shown, and the cursor stays on its own."""

    async def scene():
        async with opened(size=LARGE) as it:
            await it.press("f")
            await it.until(lambda: "learned from" in it.text())
            await it.press("v", "g", "e")
            it.reader.graph = with_a_new_step()
            await it.until(lambda: "brand-new" in it.text())
            assert "▲ 3 stuck of 4" in it.selected()

    run(scene)


def with_a_new_step():
    """Give the graph of the orders with one step more."""
    ways = (edge("place-order", "brand-new", 240.0), *graph().edges)
    return graph(edges=ways, nodes=(node("brand-new", "x"), *graph().nodes))


def told(it):
    """Give the lines that tell of the chosen part."""
    whole = "".join("".join(text for text, _ in line) for line in it.app.screen._told.lines)
    return " ".join(whole.split())


async def drawn(it):
    """Open the drawn flow of the selected transaction."""
    await it.press("f")
    await it.until(lambda: "╔" in it.text() or "┏" in it.text())


def test_the_graph_begins_where_something_is_stuck():
    """The step is chosen, drawn with heavy lines and in sight, and told whole below."""

    async def scene():
        async with opened() as it:
            await drawn(it)
            assert "┃ ▲ 3 stuck of 4 here" in it.text()
            assert "reserve-inventory · inventory · 232 took p50 31ms, p95 87ms · ▲ 3 stuck of 4 here" in told(it)

    run(scene)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("j",), "reserve-inventory → ship "), (("down", "down"), "ship · shipping"),
        (("k",), "charge-card → reserve-inventory"), (("up", "up"), "charge-card · payments"),
        (("h",), "refund-card · undoes charge-card"), (("left", "l"), "reserve-inventory · inventory"),
        (("j", "right"), "reserve-inventory → gift-wrap · declared, never seen"), (("g",), "begins · "),
        (("G",), "completed · where transactions end"), (("k", "k", "j"), "charge-card → reserve-inventory"),
        (("end", "e"), "completed"), (("g", "e"), "reserve-inventory · inventory"), (("G", "E"), "reserve-inventory"),
        (("g", "ctrl+d"), "charge-card · payments"), (("G", "ctrl+u"), "ship"),
    ],
)  # fmt: skip
def test_the_cursor_goes_along_the_graph(keys, expected):
    """Down and up along the arrows, sideways to what is beside, by pages and to what is stuck."""

    async def scene():
        async with opened() as it:
            await drawn(it)
            await it.press(*keys)
            await it.until(lambda: expected in told(it))

    run(scene)


@pytest.mark.parametrize(
    ("keys", "filter_text"),
    [
        ((), 'status:stuck saga:"order-fulfilment" step:"reserve-inventory"'),
        (("k",), 'status:stuck saga:"order-fulfilment" step:"reserve-inventory" kind:handoff-lost'),
        (("j",), 'status:stuck,running,compensating saga:"order-fulfilment" step:"ship"'),
        (("G",), 'status:completed saga:"order-fulfilment"'),
    ],
)
def test_enter_lists_who_is_there(keys, filter_text):
    """Those at the step, those who wait in the hand-off into one, those who ended so; Esc comes back to the part."""

    async def scene():
        async with opened(size=LARGE) as it:
            await drawn(it)
            await it.press(*keys)
            before = told(it)
            await it.press("enter")
            await it.until(lambda: isinstance(it.app.screen, TransactionsScreen))
            assert filter_text == it.app.screen.state.text
            await it.press("escape")
            await it.until(lambda: isinstance(it.app.screen, FlowScreen))
            assert before == told(it)

    run(scene)


def test_the_graph_follows_what_happens():
    """A step that is new is drawn, and the chosen part stays chosen."""

    async def scene():
        async with opened(size=LARGE) as it:
            await drawn(it)
            await it.press("k")
            before = told(it)
            it.reader.graph = with_a_new_step()
            await it.until(lambda: "brand-new" in it.text())
            assert before == told(it)

    run(scene)


def test_v_keeps_what_is_chosen():
    """The table shows the step that was chosen in the graph, and the graph the step of the table."""

    async def scene():
        async with opened() as it:
            await drawn(it)
            await it.press("v")
            assert "▲ 3 stuck of 4" in it.selected()
            await it.press("k", "k", "v")
            assert "charge-card · payments" in told(it)

    run(scene)


@pytest.mark.parametrize(("size", "look"), [((56, 24), Look()), ((80, 24), Look(unicode=False))])
def test_a_narrow_or_plain_terminal_begins_with_the_table(size, look):
    """And v draws the graph there too."""

    async def scene():
        async with opened(size=size, look=look) as it:
            await it.press("f")
            await it.until(lambda: "FROM" in it.text())
            await it.press("v")
            await it.until(lambda: "FROM" not in it.text())
            assert "place-order" in told(it)
            assert look.unicode or it.text().isascii()

    run(scene)


def test_a_click_chooses_and_opens():
    """The part under the mouse is chosen; a click on the chosen one lists its transactions."""

    async def scene():
        async with opened() as it:
            await drawn(it)
            screen = it.app.screen
            place = screen.picture.places[screen.chosen]
            await it.press("j")
            spot = (place.column + 3, place.row - screen._window.top + 1)
            await it.pilot.click("#rows", offset=spot)
            assert "reserve-inventory · inventory" in told(it)
            await it.pilot.click("#rows", offset=spot)
            await it.until(lambda: isinstance(it.app.screen, TransactionsScreen))

    run(scene)


def test_a_wide_graph_scrolls_sideways():
    """Ways that have no room in 80 columns are drawn in more, and the chosen part is brought into sight."""

    async def scene():
        async with opened() as it:
            chain = [edge(f"s{number}", f"s{number + 1}") for number in range(30)]
            ways = [edge("s0", f"s{number}", 1.0) for number in range(2, 31)]
            it.reader.graph = graph(nodes=(), edges=(*chain, *ways))
            await it.press("f")
            await it.until(lambda: "columns" in it.screen()[-1])
            await it.press("G")
            await it.until(lambda: "s30" in told(it))
            assert "━ s30"[2:] in it.text()

    run(scene)


def test_a_saga_that_is_not_there_says_so():
    """Without a saga f says that none is named; of an unknown one the nearest names are told."""

    async def scene():
        reader = FakeReader([summary("a-1", saga=None), summary("b-2", saga="order-fulfillment", in_step_s=1)])
        async with opened(reader) as it:
            await it.press("f")
            assert "no record names its saga" in it.screen()[-1]
            await it.press("j", "f")
            await it.until(lambda: "did you mean order-fulfilment?" in it.text())
            await it.press("enter", "e", "y")
            assert "order-fulfillment" == it.app.clipboard

    run(scene)


def test_an_empty_flow_is_told():
    """A saga of which nothing is known yet is no error."""

    async def scene():
        reader = FakeReader([summary("a-1")])
        reader.graph = replace(graph(), nodes=(), edges=(), samples=0.0)
        async with opened(reader, screen="now") as it:
            assert isinstance(it.app.screen, NowScreen)
            await it.press("l", "f")
            await it.until(lambda: "none of its steps is known yet" in it.text())

    run(scene)
