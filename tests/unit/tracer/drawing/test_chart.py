"""A graph on a canvas: each part has its place, and every cell says which parts it belongs to."""

from __future__ import annotations

from tests.saga_fakes import make_edge, make_flow, make_node
from tracer.drawing.chart import Text, chart
from tracer.drawing.graph import Part, graph_of
from tracer.drawing.terminal import back_texts


def charted(flow, width=100):
    """Draw a flow with nothing but titles in its boxes."""
    graph = graph_of(flow)
    texts = [[Text(text=box.title), *back_texts(graph, number)] for number, box in enumerate(graph.boxes)]
    return chart(graph, texts, width=width)


def parts_of(graph):
    """Name all parts of a graph."""
    named = (("box", graph.boxes), ("arrow", graph.arrows), ("back", graph.backs))
    return {Part(kind, number) for kind, those in named for number in range(len(those))}


def test_each_part_has_its_place():
    """Boxes, arrows and ways back, within the drawing."""
    drawn = charted(make_flow())
    height = len(list(drawn.canvas.rows()))

    assert parts_of(drawn.graph) == set(drawn.places)
    assert all(0 <= place.row and place.row + place.height <= height for place in drawn.places.values())
    assert all(0 <= place.column and place.column + place.width <= 100 for place in drawn.places.values())


def test_the_cells_of_a_part_stand_in_its_place():
    """The name of a step is found in the cells of its box."""
    drawn = charted(make_flow())
    rows = list(drawn.canvas.rows())
    for number, box in enumerate(drawn.graph.boxes):
        part = Part("box", number)
        place = drawn.places[part]
        told = "".join(run.text for run in rows[place.row + 1] if part in run.parts)
        assert box.title in told


def test_an_arrow_is_lit_down_to_its_box():
    """An arrow that passes a layer, where it shares its way with another one, has cells in each row of its way."""
    edges = (make_edge("a", "b"), make_edge("b", "c"), make_edge("a", "c"), make_edge("c", "d"), make_edge("a", "d"))
    drawn = charted(make_flow(nodes=tuple(map(make_node, "abcd")), edges=edges))
    rows = list(drawn.canvas.rows())
    for number, arrow in enumerate(drawn.graph.arrows):
        above = drawn.places[Part("box", arrow.before)]
        below = drawn.places[Part("box", arrow.after)]
        lit = {at for at, row in enumerate(rows) if any(Part("arrow", number) in run.parts for run in row)}
        assert set(range(above.row + above.height, below.row)) <= lit


def test_a_graph_that_has_no_room_is_not_drawn():
    """Thirty ways that pass each other need more than 80 cells, and fit in 200."""
    chain = [make_edge(f"s{number}", f"s{number + 1}") for number in range(30)]
    ways = [make_edge("s0", f"s{number}", 1.0) for number in range(2, 31)]
    flow = make_flow(nodes=(), edges=(*chain, *ways))

    assert charted(flow, width=80) is None
    assert charted(flow, width=200) is not None
