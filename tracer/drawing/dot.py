"""Writes the flow of a saga in DOT, for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tracer.drawing.graph import Arrow, Box, edge_lines, graph_of, here_line, node_lines
from tracer.model.text import clean
from tracer.views import Flow

_NAME: Final = 200


def dot(flow: Flow) -> Iterator[str]:
    """Write a directed graph; every text is a quoted string without escapes of its own."""
    graph = graph_of(flow)
    yield f"digraph {_quoted(flow.saga)} {{"
    yield "  rankdir=TB;"
    yield '  node [shape=box, fontname="Helvetica"];'
    yield '  edge [fontname="Helvetica", fontsize=10];'
    for number, box in enumerate(graph.boxes):
        yield f"  n{number} [{_box(box)}];"
    for arrow in graph.arrows:
        yield f"  n{arrow.before} -> n{arrow.after} [{_arrow(arrow)}];"
    for arrow in graph.backs:
        yield f"  n{arrow.before} -> n{arrow.after} [{_arrow(arrow)}, style=dashed, constraint=false];"
    yield "}"


def _box(box: Box) -> str:
    label = _quoted(box.title, *node_lines(box), here_line(box))
    if box.kind != "step":
        return f"label={label}, shape=ellipse"
    styles = [word for word, holds in (("dashed", box.is_unseen), ("rounded", box.is_undo)) if holds]
    style = ', style="' + ",".join(styles) + '"' if styles else ""
    return f"label={label}{style}" + (", color=red, fontcolor=red" if box.node and box.node.stuck else "")


def _arrow(arrow: Arrow) -> str:
    return f"label={_quoted(*edge_lines(arrow.edge))}"


def _quoted(*lines: str) -> str:
    """Quote lines as one label: a backslash means itself, and only the end of a line is an escape."""
    escaped = (clean(line, _NAME).replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)
    return '"' + "\\n".join(escaped) + '"'
