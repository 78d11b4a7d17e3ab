from dataclasses import replace

import pytest

from tests.unit.tui.graphs import edge, graph, node
from tui.filters import parse
from tui.flow import filter_of, header, lay_out, painted, rows, summary
from tui.look import Look, width_of

LOOK = Look()


def _text(line):
    return "".join(text for text, _ in line)


def _lines(flow, width=120, look=LOOK):
    listed = rows(flow)
    layout = lay_out(width, listed)
    return [_text(painted(row, layout, look, selected=False)).rstrip() for row in listed]


def _ways(flow):
    return [(row.edge.before, row.edge.after) for row in rows(flow) if row.edge]


def test_the_hand_offs_follow_the_way_through_the_saga():
    """From the beginning along the busiest ways; of one step the busiest hand-off first and its end last."""
    expected = [
        (None, "place-order"), ("place-order", "charge-card"), ("place-order", "reserve-inventory"),
        ("charge-card", "reserve-inventory"), ("charge-card", "refund-card"), ("reserve-inventory", "ship"),
        ("reserve-inventory", "gift-wrap"), ("refund-card", None), ("ship", None),
    ]  # fmt: skip
    assert expected == _ways(graph())


def test_a_circle_ends():
    """Steps that lead back to one another are each told once, also where nothing leads to them."""
    circle = graph(nodes=(node("a", "x"), node("b", "y")), edges=(edge("a", "b"), edge("b", "a")))

    assert [("a", "b"), ("b", "a")] == _ways(circle)


def test_a_hand_off_tells_how_often_how_fast_and_who_is_there():
    """Count, share and times stand beside the names; what is stuck there has its glyph and its word."""
    lines = _lines(graph())
    (line,) = [each for each in lines if "charge-card" in each and "232" in each]

    for words in ("→ reserve-inventory", "inventory", "232", "96%", "146ms/1.7s", "31ms/87ms", "▲ 3 stuck of 4"):
        assert words in line
    assert "● 2 here" in next(each for each in lines if "→ ship" in each)
    assert any("declared" in each and "gift-wrap" in each for each in lines)
    assert any("→ undo: refund-card" in each for each in lines)
    assert any("→ ✓ completed" in each for each in lines)


def test_those_who_are_there_are_counted_once():
    """A step that two ways lead to tells who is there on the busier one alone."""
    assert 1 == sum("3 stuck" in line for line in _lines(graph()))


def test_a_step_that_no_way_leads_to_is_told():
    """Where somebody stands at a step that history does not know yet, the step has a line of its own."""
    alone = graph(nodes=(*graph().nodes, node("new-step", "x", here=1)))

    assert [True] == ["→ new-step" in line and "● 1 here" in line for line in _lines(alone) if line.startswith("  - ")]


def test_the_head_says_from_how_much_it_was_learned():
    """The weight of history and what is open now stand on top; without history it is declared."""
    assert " learned from 241 finished transactions · ▲ 3 stuck of 6 open" == _text(summary(graph(), LOOK, 80))
    assert _text(summary(graph(samples=0.0), LOOK, 80)).startswith(" declared")


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_lines_fit_the_width(width):
    """No line is wider than the screen, however long the names are."""
    flow = graph(nodes=(node("n" * 90, "o" * 90, stuck=99_999, here=99_999),), edges=(edge("b" * 90, "n" * 90),))
    layout = lay_out(width, rows(flow))

    assert all(len(line) <= width for line in (*_lines(flow, width), *_lines(graph(), width)))
    assert width_of(header(layout)) <= width


def test_enter_lists_who_is_at_the_step():
    """The filter names saga and step as they are: the stuck ones where there are any; an end lists its outcome."""
    by_way = {(row.edge.before, row.edge.after): filter_of(row, "order") for row in rows(graph())}

    assert 'status:stuck saga:"order" step:"reserve-inventory"' == by_way["charge-card", "reserve-inventory"]
    assert 'status:stuck,running,compensating saga:"order" step:"ship"' == by_way["reserve-inventory", "ship"]
    assert 'status:completed saga:"order"' == by_way["ship", None]
    cancelled = replace(graph().edges[0], outcome="cancelled")
    assert ["compensated"] == list(parse(filter_of(rows(graph(edges=(cancelled,)))[0], "order")).status)
