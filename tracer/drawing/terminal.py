"""Draws the flow of a saga with box characters, as wide as the terminal is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tracer.drawing.canvas import Paint, plain
from tracer.drawing.chart import Chart, Text, chart
from tracer.drawing.graph import Arrow, Box, Graph, Part, edge_words, graph_of, here_line, node_lines
from tracer.model.cells import wrap
from tracer.model.text import clean
from tracer.views import Flow

_NAME: Final = 200


def draw(flow: Flow, *, width: int, unicode: bool, paint: Paint | None = None) -> Iterator[str]:
    """Draw a flow, no line wider than `width`; where that is too narrow for a graph, its arrows are listed.

    `paint` colours the words stuck and running in the boxes.
    """
    graph = graph_of(flow)
    for line in _draw(flow, graph, width=width, unicode=unicode, paint=paint or _as_it_is):
        yield line if unicode else plain(line)


def back_text(graph: Graph, arrow: Arrow) -> str:
    """Tell an arrow that leads back, in the box that it leaves."""
    goal = "again" if arrow.after == arrow.before else f"to {clean(graph.boxes[arrow.after].title, _NAME)}"
    return f"↺ {goal} {' '.join(edge_words(arrow.edge))}"


def back_texts(graph: Graph, box: int) -> tuple[Text, ...]:
    """Tell all arrows that lead back from a box."""
    return tuple(
        Text(text=back_text(graph, arrow), part=Part("back", number))
        for number, arrow in enumerate(graph.backs)
        if arrow.before == box
    )


def shapes(graph: Graph) -> str:
    """Say what the shapes of the boxes mean, of those that are there."""
    told = {"dotted: declared, not seen": any(box.is_unseen for box in graph.boxes)}
    told["round: undoes a step"] = any(box.is_undo for box in graph.boxes)
    told["↺ leads back"] = bool(graph.backs)
    return "; ".join(text for text, there in told.items() if there)


def _as_it_is(text: str, _word: str) -> str:
    return text


def _draw(flow: Flow, graph: Graph, *, width: int, unicode: bool, paint: Paint) -> Iterator[str]:
    yield from wrap(_head(flow), width)
    if not graph.boxes:
        return
    yield ""
    texts = [_texts(box, back_texts(graph, number)) for number, box in enumerate(graph.boxes)]
    drawn = chart(graph, texts, width=width)
    if drawn is None:
        for arrow in (*graph.arrows, *graph.backs):
            yield from wrap(_told(graph, arrow), width)
        return
    yield from drawn.canvas.lines(unicode=unicode, paint=paint)
    yield from _foot(drawn)


def _head(flow: Flow) -> str:
    open_, stuck = sum(node.open for node in flow.nodes), sum(node.stuck for node in flow.nodes)
    learned = f"learned from {flow.samples:,.0f} finished transactions" if flow.samples else "nothing learned yet"
    return f"{clean(flow.saga, _NAME)}: {learned}; {open_} open now, {stuck} stuck"


def _told(graph: Graph, arrow: Arrow) -> str:
    """Tell an arrow in words, where there is no room to draw it."""
    before, after = (clean(graph.boxes[number].title, _NAME) for number in (arrow.before, arrow.after))
    return f"{before} to {after}: {' '.join(edge_words(arrow.edge))}"


def _texts(box: Box, backs: Sequence[Text]) -> Sequence[Text]:
    here = here_line(box)
    stuck = box.node is not None and box.node.stuck > 0
    marked = [Text(text=f"▲ {here}" if stuck else here, style="stuck" if stuck else "running")] if here else []
    lines = [Text(text=clean(line, _NAME)) for line in node_lines(box)]
    return [Text(text=clean(box.title, _NAME)), *lines, *backs, *marked]


def _foot(drawn: Chart) -> Iterator[str]:
    told = "in a box: transactions and p50/p95 of the step; at an arrow: transactions, share, p50/p95 of the hand-off"
    yield ""
    yield from wrap(told, drawn.width)
    if meaning := shapes(drawn.graph):
        yield from wrap(meaning, drawn.width)
    if drawn.untold:
        yield ""
        yield from wrap("for want of room beside their arrows:", drawn.width)
    for arrow in drawn.untold:
        yield from wrap(_told(drawn.graph, arrow), drawn.width)
