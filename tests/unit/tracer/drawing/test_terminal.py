"""The flow of a saga in the terminal: it fits, it tells everything, and nothing in it reaches a terminal raw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.saga_fakes import make_edge, make_flow, make_node
from tracer.cli import human
from tracer.drawing.graph import graph_of
from tracer.drawing.terminal import draw

HOSTILE = "\x1b]52;c;aGVsbG8=\x07[red]\u202e\x9b31m"
STEPS = st.integers(0, 11).map("s{}".format)
EDGES = st.lists(
    st.builds(
        make_edge,
        st.none() | STEPS,
        st.none() | STEPS,
        st.integers(1, 9999).map(float),
        st.none() | st.floats(0, 1),
        outcome=st.sampled_from(["completed", "failed", None]),
    ),
    max_size=30,
)


def drawn(flow, *, width=80, unicode=True, colour=False):
    """Draw a flow as lines."""
    return list(draw(flow, width=width, unicode=unicode, paint=partial(human.paint, colour=colour)))


def test_a_flow_is_drawn_from_above():
    """Boxes in layers, what stands at the arrows beside them, a compensation round, what was never seen dotted."""
    flow = make_flow()
    kept = {"place-order", "charge-card", "refund-card"}
    small = replace(
        flow,
        nodes=tuple(node for node in flow.nodes if node.step in kept),
        edges=(
            *(edge for edge in flow.edges if {edge.before, edge.after} <= {None, *kept}),
            make_edge("place-order", "charge-card", 392.0, 0.98),
            make_edge("charge-card", None, outcome="completed"),
        ),
    )

    assert [
        "order-fulfilment: learned from 412 finished transactions; 0 open now, 0 stuck",
        "",
        "                                   ╭────────╮",
        "                                   │ begins │",
        "                                   ╰────┬───╯",
        "                                        │ 400 100% 120ms/800ms",
        "                                        ▼",
        "                               ┌────────────────┐",
        "                               │ place-order    │",
        "                               │ orders         │",
        "                               │ 400 250ms/1.4s │",
        "                               └────────┬───────┘",
        "                                        │ 392 98% 120ms/800ms",
        "                                        ▼",
        "                            ┌──────────────────────┐",
        "                            │ charge-card          │",
        "                            │ payment              │",
        "                            │ 392 250ms/1.4s       │",
        "                            │ retried 12, failed 8 │",
        "                            └─┬───────────────────┬┘",
    ] == drawn(small)[:20]
    assert "┆ declared, never seen ┆" in "\n".join(drawn(small))


def test_the_stuck_ones_are_seen_where_they_stand():
    """In words, and in colour where there is colour."""
    assert any("▲ 14 here, 12 stuck" in line for line in drawn(make_flow()))
    assert any("\x1b[1;31m▲ 14 here, 12 stuck\x1b[0m" in line for line in drawn(make_flow(), colour=True))


def test_a_way_back_is_told_in_its_box():
    """The rarest arrow of a cycle leads back."""
    assert any("↺ to reserve-inventory 4 1% 120ms/800ms" in line for line in drawn(make_flow()))


@pytest.mark.parametrize("width", [10, 30, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_every_line_fits(width, unicode):
    """Whatever the width, and with signs that take two cells."""
    wide = make_flow(saga="注文" * 60, nodes=tuple(replace(one, owner="配送" * 9) for one in make_flow().nodes))
    lines = [line for flow in (make_flow(), wide) for line in drawn(flow, width=width, unicode=unicode)]

    assert max(map(human.cells_wide, lines)) <= width


def test_without_unicode_it_is_ascii():
    """Every sign has its stand-in, those of names too."""
    told = "\n".join(drawn(make_flow(saga="münchen 注文"), unicode=False))

    assert told.isascii()
    assert "m?nchen ????:" in told


def test_nothing_raw_reaches_a_terminal():
    """Names are cleaned before they are measured and drawn."""
    flow = make_flow(saga=HOSTILE, nodes=(make_node(HOSTILE, owner=HOSTILE, compensates=HOSTILE),), edges=(
        make_edge(None, HOSTILE, after_compensates=HOSTILE),
        make_edge(HOSTILE, HOSTILE, before_compensates=HOSTILE, after_compensates=HOSTILE),
    ))  # fmt: skip

    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set("".join(drawn(flow)))


def test_an_empty_flow_says_that_nothing_is_known():
    """No boxes, and no error."""
    told = drawn(make_flow(nodes=(), edges=(), samples=0.0))

    assert ["order-fulfilment: nothing learned yet; 0 open now, 0 stuck"] == told


@given(EDGES, st.integers(24, 120))
@settings(deadline=None)
def test_any_graph_is_drawn_whole(edges, width):
    """Every step has its box and every arrow is told: at its line, below the drawing, in a box, or in a list."""
    flow = make_flow(nodes=(), edges=tuple(edges))
    lines = drawn(flow, width=width)
    told, graph = "\n".join(lines), graph_of(flow)

    assert max(map(human.cells_wide, lines)) <= width
    assert [box.title for box in graph.boxes if box.title not in told] == []
    for number, times in Counter(f"{edge.n:,.0f}" for edge in edges).items():
        assert told.count(number) >= times


def test_a_step_that_nobody_finished_yet_says_so():
    """Nothing learned is no zero; an arrow that nobody went and nobody declared has its count alone."""
    flow = make_flow(nodes=(make_node("pay", n=0.0, open=3),), edges=(make_edge(None, "pay", 0.0, None),), samples=0.0)

    assert any("none has finished yet" in line for line in drawn(flow))


def test_what_nobody_could_read_is_listed():
    """Thousands of boxes become lines."""
    edges = tuple(make_edge("a", f"step-{number}", 1.0, 0.5, p50_s=None, p95_s=None) for number in range(2000))

    assert "a to step-1999: 1 50%" == drawn(make_flow(nodes=(), edges=edges))[-1]
