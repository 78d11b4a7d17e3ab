"""Draws the flow of a saga with box characters, as wide as the terminal is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracer.cli import human
from tracer.cli.drawing.canvas import Canvas, plain
from tracer.cli.drawing.graph import Arrow, Box, Graph, edge_words, graph_of, here_line, node_lines
from tracer.cli.drawing.layout import Item, Segment, apart, place
from tracer.model.text import clean
from tracer.views import Flow

GAP: Final = 2
NARROWEST: Final = 14
WIDEST: Final = 46
ROOMY: Final = 24
_NAME: Final = 200
# top left, top, top right, side, bottom left, bottom right
_SOLID: Final = "┌─┐│└┘"
_ROUND: Final = "╭─╮│╰╯"
_DASHED: Final = "┌┄┐┆└┘"

Text = tuple[str, str]
"""A line of a box and the word that it is coloured by."""


@dataclass(slots=True, kw_only=True)
class _Sheet:
    canvas: Canvas
    width: int
    texts: Sequence[Sequence[Text]]
    graph: Graph
    untold: list[Arrow] = field(default_factory=list)


def draw(flow: Flow, *, width: int, unicode: bool, colour: bool) -> Iterator[str]:
    """Draw a flow, no line wider than `width`; where that is too narrow for a graph, its arrows are listed."""
    graph = graph_of(flow)
    for line in _draw(flow, graph, width=width, unicode=unicode, colour=colour):
        yield line if unicode else plain(line)


def _draw(flow: Flow, graph: Graph, *, width: int, unicode: bool, colour: bool) -> Iterator[str]:
    yield from human.wrap(_head(flow), width)
    if not graph.boxes:
        return
    yield ""
    texts = [
        _texts(box, [_back(graph, arrow) for arrow in graph.backs if arrow.before == number])
        for number, box in enumerate(graph.boxes)
    ]
    wanted = [min(max(human.cells_wide(text) for text, _ in lines) + 4, WIDEST, width) for lines in texts]
    most = max(1, width // (ROOMY + GAP))
    layout = place(graph, wanted, gap=GAP, limit=width, least=min(NARROWEST, width), most=most)
    if layout is None:
        for arrow in (*graph.arrows, *graph.backs):
            yield from human.wrap(_told(graph, arrow), width)
        return
    sheet = _Sheet(canvas=Canvas(), width=width, texts=texts, graph=graph)
    sizes = {item.box: item.width for layer in layout.layers for item in layer}
    sheet.untold += [one for one in graph.backs if human.cells_wide(_back(graph, one)) > sizes[one.before] - 4]
    top = 0
    for layer, channel in zip(layout.layers, layout.channels, strict=True):
        top = _draw_layer(sheet, layer, channel, top)
    yield from sheet.canvas.lines(unicode=unicode, colour=colour)
    yield from _foot(sheet)


def _head(flow: Flow) -> str:
    open_, stuck = sum(node.open for node in flow.nodes), sum(node.stuck for node in flow.nodes)
    learned = f"learned from {flow.samples:,.0f} finished transactions" if flow.samples else "nothing learned yet"
    return f"{clean(flow.saga, _NAME)}: {learned}; {open_} open now, {stuck} stuck"


def _back(graph: Graph, arrow: Arrow) -> str:
    goal = "again" if arrow.after == arrow.before else f"to {clean(graph.boxes[arrow.after].title, _NAME)}"
    return f"↺ {goal} {' '.join(edge_words(arrow.edge))}"


def _told(graph: Graph, arrow: Arrow) -> str:
    """Tell an arrow in words, where there is no room to draw it."""
    before, after = (clean(graph.boxes[number].title, _NAME) for number in (arrow.before, arrow.after))
    return f"{before} to {after}: {' '.join(edge_words(arrow.edge))}"


def _texts(box: Box, backs: Sequence[str]) -> Sequence[Text]:
    here = here_line(box)
    stuck = box.node is not None and box.node.stuck > 0
    marked = [(f"▲ {here}" if stuck else here, "stuck" if stuck else "running")] if here else []
    lines = [(clean(line, _NAME), "") for line in node_lines(box)]
    return [(clean(box.title, _NAME), ""), *lines, *((line, "") for line in backs), *marked]


def _draw_layer(sheet: _Sheet, layer: Sequence[Item], channel: Sequence[Segment], top: int) -> int:
    """Draw the boxes of a layer and the arrows below it; the row where the next layer begins."""
    height = max(_height(sheet, item) for item in layer)
    ports = _ports(layer, channel)
    for item in layer:
        if item.box is None:
            sheet.canvas.down(item.x, top - 1, top + height - 1)
        else:
            _draw_box(sheet, item, top)
    if not channel:
        return top + height
    tracks = _tracks(channel, ports)
    first = top + height
    arrow_row = first + len(tracks)
    for number, segment in enumerate(tracks):
        start = top + _height(sheet, segment.above) - 1
        _draw_segment(sheet, segment, ports[segment], (start, first + number, arrow_row))
    for number, segment in enumerate(tracks):
        if segment.arrow is not None and not _draw_label(sheet, segment, ports[segment], first + number):
            sheet.untold.append(segment.arrow)
    for segment in tracks:
        if segment.below.box is not None:
            sheet.canvas.write(arrow_row, segment.below.middle, "▼")
    return arrow_row + 1


def _height(sheet: _Sheet, item: Item) -> int:
    return 1 if item.box is None else len(sheet.texts[item.box]) + 2


def _draw_box(sheet: _Sheet, item: Item, top: int) -> None:
    number = item.box or 0
    box, inside = sheet.graph.boxes[number], item.width - 2
    left, line, right, side, low_left, low_right = (
        _DASHED if box.is_unseen else _SOLID if box.kind == "step" and not box.is_undo else _ROUND
    )
    sheet.canvas.write(top, item.x, left + line * inside + right)
    for row, (text, style) in enumerate(sheet.texts[number], start=top + 1):
        fitted = human.cut(text, inside - 2)
        sheet.canvas.write(row, item.x, side + " " * inside + side)
        sheet.canvas.write(row, item.x + 2, fitted, style)
    sheet.canvas.write(top + len(sheet.texts[number]) + 1, item.x, low_left + line * inside + low_right)


def _ports(layer: Sequence[Item], channel: Sequence[Segment]) -> Mapping[Segment, int]:
    """Choose the column where each segment leaves its box: straight above its goal, if it can be."""
    ports: dict[Segment, int] = {}
    for item in layer:
        leaving = sorted((one for one in channel if one.above is item), key=lambda one: one.below.middle)
        if item.box is None:
            ports.update((segment, item.x) for segment in leaving)
            continue
        low, high = item.x + 1, item.x + item.width - 1
        gap = 1 if len(leaving) * 2 <= high - low else 0
        wishes = [min(max(segment.below.middle, low), high - 1) for segment in leaving]
        ports.update(zip(leaving, apart(wishes, [1] * len(leaving), gap=gap, low=low, high=high), strict=True))
    return ports


def _tracks(channel: Sequence[Segment], ports: Mapping[Segment, int]) -> list[Segment]:
    """Order the segments by rows: a line that comes down in a column is turned away before another goes on there."""

    def rank(segment: Segment) -> tuple[int, int]:
        port, goal = ports[segment], segment.below.middle
        return (1, 0) if port == goal else (0, -port if goal > port else port)

    waiting, placed = sorted(channel, key=rank), []
    while waiting:
        free = next((one for one in waiting if not _is_below_another(one, waiting, ports)), waiting[0])
        waiting.remove(free)
        placed.append(free)
    return placed


def _is_below_another(segment: Segment, waiting: Sequence[Segment], ports: Mapping[Segment, int]) -> bool:
    goal = segment.below
    return any(ports[other] == goal.middle and other.below is not goal for other in waiting if other is not segment)


def _draw_segment(sheet: _Sheet, segment: Segment, port: int, rows: tuple[int, int, int]) -> None:
    start, track, end = rows
    goal = segment.below.middle
    if segment.above.box is not None:
        sheet.canvas.write(start, port, "┬")
        sheet.canvas.touch(start + 1, port)
        start += 1
    sheet.canvas.down(port, start, track)
    sheet.canvas.across(track, port, goal)
    sheet.canvas.down(goal, track, end)


def _draw_label(sheet: _Sheet, segment: Segment, port: int, row: int) -> bool:
    """Write what stands at an arrow on or beside its line, as much of it as there is room for; whether that is all."""
    words = edge_words(segment.arrow.edge) if segment.arrow is not None else ()
    left, right = sorted((port, segment.below.middle))
    for kept in range(len(words), 0, -1):
        text = " ".join(words[:kept])
        size = len(text)
        if right - left >= size + 4 and sheet.canvas.is_line(row, left + 1, right):
            sheet.canvas.write(row, left + (right - left - size) // 2, f" {text} ")
            return kept == len(words)
        for column, before, after in (
            (right + 2, 1, 2),
            (left - 1 - size, 2, 1),
        ):  # nearer to its own line than to others
            fits = 0 <= column <= sheet.width - size
            if fits and sheet.canvas.is_free(row, column - before, column + size + after):
                sheet.canvas.write(row, column, text)
                return kept == len(words)
    return False


def _foot(sheet: _Sheet) -> Iterator[str]:
    told = "in a box: transactions and p50/p95 of the step; at an arrow: transactions, share, p50/p95 of the hand-off"
    yield ""
    yield from human.wrap(told, sheet.width)
    shapes = {"dotted: declared, not seen": any(box.is_unseen for box in sheet.graph.boxes)}
    shapes["round: undoes a step"] = any(box.is_undo for box in sheet.graph.boxes)
    shapes["↺ leads back"] = bool(sheet.graph.backs)
    if any(shapes.values()):
        yield from human.wrap("; ".join(text for text, there in shapes.items() if there), sheet.width)
    if sheet.untold:
        yield ""
        yield from human.wrap("for want of room beside their arrows:", sheet.width)
    for arrow in sheet.untold:
        yield from human.wrap(_told(sheet.graph, arrow), sheet.width)
