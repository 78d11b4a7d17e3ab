"""Layers: every arrow leads down, nothing overlaps, and what is chosen to lead back is the rarest."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.saga_fakes import make_edge, make_flow
from tracer.drawing.graph import graph_of
from tracer.drawing.layout import apart, place

EDGES = st.lists(
    st.builds(make_edge, st.integers(0, 9).map(str), st.integers(0, 9).map(str), st.integers(1, 99).map(float)),
    max_size=25,
)


@given(EDGES, st.integers(1, 4))
@settings(deadline=None)
def test_every_arrow_leads_down_and_nothing_overlaps(edges, most):
    """Also with few boxes to a layer; an arrow passes each layer on its way."""
    graph = graph_of(make_flow(nodes=(), edges=tuple(edges)))
    layout = place(graph, [10] * len(graph.boxes), gap=2, limit=1000, least=10, most=most)
    layers = {item.box: item.layer for layer in layout.layers for item in layer if item.box is not None}

    assert set(range(len(graph.boxes))) == set(layers)
    assert all(layers[arrow.before] < layers[arrow.after] for arrow in graph.arrows)
    for layer in layout.layers:
        assert all(one.x + one.width + 2 <= other.x for one, other in pairwise(layer))
        assert sum(item.box is not None for item in layer) <= most
    for channel in layout.channels:
        assert all(segment.above.layer + 1 == segment.below.layer for segment in channel)


@given(EDGES)
def test_every_arrow_is_kept_once(edges):
    """Forward or back, and without the ways back there is no cycle left (or there would be no layers)."""
    graph = graph_of(make_flow(nodes=(), edges=tuple(edges)))

    assert len(edges) == len(graph.arrows) + len(graph.backs)


def test_the_rarest_arrow_of_a_cycle_leads_back():
    """Whatever the order in which they come."""
    edges = (make_edge("c", "a", 3.0), make_edge("a", "b", 90.0), make_edge("b", "c", 80.0))
    graph = graph_of(make_flow(nodes=(), edges=edges))

    assert [3.0] == [arrow.edge.n for arrow in graph.backs]


def test_there_may_be_no_room():
    """Then there is no layout, rather than one that does not fit."""
    graph = graph_of(make_flow())

    assert place(graph, [20] * len(graph.boxes), gap=2, limit=20, least=20, most=3) is None


@given(st.lists(st.tuples(st.floats(-500, 500), st.integers(1, 30)), max_size=12), st.integers(0, 3))
def test_what_is_set_apart_stands_in_order_within_its_bounds(wanted, gap):
    """Each as near to its wish as the others allow."""
    sizes = [size for _, size in wanted]
    places = apart([wish for wish, _ in wanted], sizes, gap=gap, low=0, high=1000)

    assert all(0 <= place and place + size <= 1000 for place, size in zip(places, sizes, strict=True))
    assert all(one + size + gap <= other for one, size, other in zip(places, sizes, places[1:], strict=False))


def test_what_has_room_stands_where_it_wishes():
    """And those that would overlap share the difference."""
    assert [10, 40] == apart([10.0, 40.0], [5, 5], gap=2, low=0, high=100)
    assert [6, 13] == apart([10.0, 10.0], [5, 5], gap=2, low=0, high=100)
