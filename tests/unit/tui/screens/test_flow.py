from dataclasses import replace

import pytest

from tests.unit.tui.fake import FakeReader, summary
from tests.unit.tui.graphs import edge, graph, node
from tests.unit.tui.pilot import LARGE, opened, run
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


def test_enter_lists_who_is_stuck_at_a_step():
    """E goes to the step where something is stuck, Enter lists that, and Esc comes back to the same line."""

    async def scene():
        async with opened() as it:
            await it.press("f")
            await it.until(lambda: "learned from" in it.text())
            await it.press("e")
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


def test_the_flow_follows_what_happens():
    """A way that is new is shown, and the cursor stays on its own."""

    async def scene():
        async with opened(size=LARGE) as it:
            await it.press("f")
            await it.until(lambda: "learned from" in it.text())
            await it.press("e")
            ways = (edge("place-order", "brand-new", 240.0), *graph().edges)
            it.reader.graph = graph(edges=ways, nodes=(node("brand-new", "x"), *graph().nodes))
            await it.until(lambda: "brand-new" in it.text())
            assert "▲ 3 stuck of 4" in it.selected()

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
