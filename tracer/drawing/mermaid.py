"""Writes the flow of a saga as a Mermaid flowchart, for Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tracer.drawing.graph import Box, edge_lines, graph_of, here_line, node_lines
from tracer.model.text import clean
from tracer.views import Flow

_NAME: Final = 200
_SPECIAL: Final = re.compile(r"[^\w .,:/%+\-]", re.ASCII)


def mermaid(flow: Flow) -> Iterator[str]:
    """Write a flowchart; in a label every sign that could mean something is written by its number."""
    graph = graph_of(flow)
    yield "flowchart TD"
    for number, box in enumerate(graph.boxes):
        yield f"  n{number}{_shape(box)}"
    for arrow in graph.arrows:
        yield f"  n{arrow.before} -->|{_label(*edge_lines(arrow.edge))}| n{arrow.after}"
    for arrow in graph.backs:
        yield f"  n{arrow.before} -.->|{_label(*edge_lines(arrow.edge))}| n{arrow.after}"
    for name, style, holds in (
        ("stuck", "stroke:#c62828,stroke-width:3px", lambda box: bool(box.node and box.node.stuck)),
        ("unseen", "stroke-dasharray:4 4", lambda box: box.is_unseen),
    ):
        if numbers := [f"n{number}" for number, box in enumerate(graph.boxes) if holds(box)]:
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(numbers)} {name}"


def _shape(box: Box) -> str:
    label = _label(box.title, *node_lines(box), here_line(box))
    if box.kind != "step":
        return f"([{label}])"
    return f"({label})" if box.is_undo else f"[{label}]"


def _label(*lines: str) -> str:
    escaped = (_SPECIAL.sub(lambda sign: f"#{ord(sign[0])};", clean(line, _NAME)) for line in lines if line)
    return '"' + "<br/>".join(escaped) + '"'
