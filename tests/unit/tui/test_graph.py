"""The drawn flow: what a box says, what is chosen, what it tells, and nothing in it reaches a terminal raw."""

import time

import pytest

from tests.unit.tui.graphs import edge, graph, node
from tracer.drawing.graph import Part
from tui.flow import rows
from tui.graph import filter_of, painted, part_of, picture, row_of, told
from tui.look import Look, width_of
from tui.route import back, begin, beside, onward, paged, trouble, under

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"
PLAIN = Look(unicode=False, colour=False)


def lines(drawn, look=None, width=80, left=0, chosen=None):
    """Give the painted cells as text."""
    return [
        "".join(text for text, _ in painted(drawn, row, left, width, look or Look(), chosen))
        for row in range(len(drawn.rows))
    ]


def drawn_of(flow=None, look=None, width=80):
    """Draw a flow."""
    return picture(flow or graph(), look or Look(), width)


def part(drawn, step):
    """Find the box of a step or an end."""
    return next(each for each in drawn.parts if each.kind == "box" and drawn.box(each).title == step)


def words(drawn, at):
    """Give what is told of a part."""
    return "".join(text for text, _ in told(drawn, at, Look()))


def test_a_box_says_who_how_many_how_long_and_who_is_there():
    """The name, the owner with count and p95, what is stuck; compensations say what they undo, the unseen that."""
    text = "\n".join(lines(drawn_of()))

    for expected in (
        "│ reserve-inventory", "│ inventory · 232 · p95 87ms", "│ ▲ 3 stuck of 4 here", "● 2 here", "failed 9",
        "│ undoes charge-card", "declared, never seen", "232 96% 146ms/1.7s", "╰─", "✓ completed", "↶ compensated",
        "dotted: declared, not seen; round: undoes a step",
    ):  # fmt: skip
        assert expected in text


def test_the_chosen_part_has_heavy_lines():
    """Without colour too: in ASCII they are # and =."""
    drawn = drawn_of()
    at = part(drawn, "ship")

    assert "┏" not in "".join(lines(drawn))
    assert "".join(lines(drawn, chosen=at)).count("┏") == 1
    assert "#=" in "".join(lines(drawn_of(look=PLAIN), PLAIN, chosen=at))


def test_a_plain_terminal_gets_ascii():
    """Every cell of the drawing."""
    drawn = drawn_of(look=PLAIN)

    assert all(line.isascii() for line in lines(drawn, PLAIN, chosen=begin(drawn)))


def test_nothing_hostile_gets_through():
    """Names of steps, owners and sagas with control characters are painted and told without them."""
    flow = graph(
        saga=HOSTILE,
        nodes=(node(HOSTILE, HOSTILE, undoes=HOSTILE, stuck=1, here=1), node("b", "b")),
        edges=(edge(None, HOSTILE, after_compensates=HOSTILE), edge(HOSTILE, "b", before_compensates=HOSTILE)),
    )
    drawn = drawn_of(flow)
    texts = [*lines(drawn), *(words(drawn, at) for at in drawn.parts), *(filter_of(drawn, at) for at in drawn.parts)]

    assert not any(char in text for text in texts for char in "\x1b\x07\u202e\x9b")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_line_never_leaves_the_screen(width):
    """At whatever column it begins."""
    drawn = drawn_of(width=80)
    for left in (0, 3, 40):
        assert all(width_of(painted(drawn, row, left, width, Look(), None)) <= width for row in range(len(drawn.rows)))


def test_scrolling_sideways_keeps_the_columns():
    """What is seen from column 10 on is what stood there before."""
    drawn = drawn_of()

    assert [line[10:] for line in lines(drawn, width=200)] == lines(drawn, left=10, width=200)


def test_what_is_told_of_an_arrow():
    """From where to where, how many with which share, and how long the hand-off takes."""
    drawn = drawn_of()
    at = back(drawn, part(drawn, "reserve-inventory"), None)

    assert " charge-card → reserve-inventory · 232 96% · hand-off p50 146ms, p95 1.7s" == words(drawn, at)


def test_a_way_back_is_a_part_of_its_own():
    """It is told in the box that it leaves, can be chosen, and leads to its goal."""
    loop = (*graph().edges, edge("ship", "charge-card", 3.0, 0.01))
    drawn = drawn_of(graph(edges=loop))
    at = Part("back", 0)

    assert "↺ to charge-card 3 1%" in "\n".join(lines(drawn))
    assert words(drawn, at).startswith(" ship → charge-card · leads back · 3 1%")
    assert part(drawn, "charge-card") == onward(drawn, at, None)
    assert part(drawn, "ship") == back(drawn, at, None)


def test_a_step_alone_and_nothing_at_all():
    """One step without a hand-off is a box; without any step there is no drawing."""
    drawn = drawn_of(graph(nodes=(node("only", "one"),), edges=()))

    assert "│ only" in "\n".join(lines(drawn))
    assert begin(drawn) == onward(drawn, begin(drawn), None) == beside(drawn, begin(drawn), 1)
    assert drawn_of(graph(nodes=(), edges=())) is None


def test_parallel_branches_stand_beside_each_other():
    """From one branch to the next goes sideways, and over its edge stays."""
    ways = (edge(None, "a"), edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d"))
    drawn = drawn_of(graph(nodes=tuple(node(each, "x") for each in "abcd"), edges=ways))
    first, second = sorted((part(drawn, "b"), part(drawn, "c")), key=lambda at: drawn.places[at].column)

    assert second == beside(drawn, first, 1) == beside(drawn, second, 1)
    assert first == beside(drawn, second, -1)


def test_sixty_steps_are_drawn_quickly():
    """A saga of sixty steps in a chain with detours, and every part can be come to from above by keys."""
    chain = [edge(f"s{number}", f"s{number + 1}") for number in range(59)]
    detours = [edge(f"s{number}", f"s{number + 7}", 3.0) for number in range(0, 50, 5)]
    flow = graph(nodes=tuple(node(f"s{number}", "x") for number in range(60)), edges=(*chain, *detours))
    began = time.monotonic()
    drawn = drawn_of(flow)

    assert time.monotonic() - began < 3.0
    assert {*map(str, drawn.parts)} == {*map(str, reached(drawn))}


@pytest.mark.parametrize("flow", [graph(), graph(nodes=(*graph().nodes, node("apart", "x")))])
def test_every_part_can_be_come_to(flow):
    """By down, up, left and right from the first one."""
    drawn = drawn_of(flow)

    assert {*drawn.parts} == reached(drawn)


def reached(drawn):
    """Give all parts that the arrow keys lead to."""
    waiting, seen = [drawn.parts[0]], set()
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += [onward(drawn, at, None), back(drawn, at, None), beside(drawn, at, 1), beside(drawn, at, -1)]
    return seen


def test_a_page_goes_to_a_box_further_down():
    """And up again; beyond the last one stays."""
    drawn = drawn_of()
    first, last = part(drawn, "begins"), part(drawn, "completed")

    assert drawn.places[first].row < drawn.places[paged(drawn, first, 20)].row
    assert last == paged(drawn, last, 20)


def test_e_finds_what_is_stuck_in_the_order_of_reading():
    """Forwards and backwards; None where there is no more."""
    drawn = drawn_of(
        graph(nodes=(*graph().nodes[:1], node("place-order", "orders", stuck=1, here=1), *graph().nodes[2:]))
    )
    first, second = part(drawn, "place-order"), part(drawn, "reserve-inventory")

    assert second == begin(drawn)
    assert second == trouble(drawn, first, 1)
    assert first == trouble(drawn, second, -1)
    assert trouble(drawn, second, 1) is None


def test_the_mouse_finds_the_part_under_it():
    """A box by any of its cells; where nothing stands, nothing."""
    drawn = drawn_of()
    at = part(drawn, "ship")
    place = drawn.places[at]

    assert at == under(drawn, place.row + 1, place.column + 4)
    assert under(drawn, 0, 0) is None
    assert under(drawn, 10_000, 0) is None


def test_the_table_and_the_graph_know_each_other():
    """The row of a step is the one that tells who is there; each row is about a part."""
    drawn, listed = drawn_of(), rows(graph())
    at = row_of(drawn, part(drawn, "reserve-inventory"), listed)

    assert listed[at].is_busiest
    assert "reserve-inventory" == listed[at].node.step
    assert part(drawn, "reserve-inventory") == part_of(drawn, listed[at])
    assert {"box", "arrow"} == {part_of(drawn, row).kind for row in listed}
