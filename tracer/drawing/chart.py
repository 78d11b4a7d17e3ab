"""Draws the graph of a saga on a canvas of cells, and says where each of its parts stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracer.drawing.canvas import Canvas
from tracer.drawing.graph import Arrow, Graph, Part, edge_words
from tracer.drawing.layout import Item, Layout, Segment, apart, place
from tracer.model.cells import cells_wide, cut

GAP: Final = 2
NARROWEST: Final = 14
WIDEST: Final = 46
ROOMY: Final = 24
LABEL: Final = "label"
_FRAME: Final = 4
# top left, top, top right, side, bottom left, bottom right
_SOLID: Final = "┌─┐│└┘"
_ROUND: Final = "╭─╮│╰╯"
_DASHED: Final = "┌┄┐┆└┘"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A clean line of a box, the word that it is coloured by, and the arrow back that it tells, if it tells one."""

    text: str
    style: str = ""
    part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The cells that a part of the graph takes."""

    row: int
    column: int
    height: int
    width: int


@dataclass(slots=True, kw_only=True)
class Chart:
    """A graph, drawn; `untold` are the arrows that are told nowhere in full, for want of room."""

    canvas: Canvas
    graph: Graph
    texts: Sequence[Sequence[Text]]
    width: int
    parts: Mapping[Segment, frozenset[Part]]
    places: dict[Part, Place] = field(default_factory=dict)
    untold: list[Arrow] = field(default_factory=list)


def chart(graph: Graph, texts: Sequence[Sequence[Text]], *, width: int) -> Chart | None:
    """Draw a graph with these lines in its boxes, no wider than `width` cells; None where there is no room for it."""
    wanted = [min(max(cells_wide(line.text) for line in lines) + _FRAME, WIDEST, width) for lines in texts]
    most = max(1, width // (ROOMY + GAP))
    layout = place(graph, wanted, gap=GAP, limit=width, least=min(NARROWEST, width), most=most)
    if layout is None:
        return None
    drawn = Chart(canvas=Canvas(), graph=graph, texts=texts, width=width, parts=_parts(graph, layout))
    top = 0
    for layer, channel in zip(layout.layers, layout.channels, strict=True):
        top = _draw_layer(drawn, layer, channel, top)
    return drawn


def _parts(graph: Graph, layout: Layout) -> Mapping[Segment, frozenset[Part]]:
    """Say which arrows run through each segment: those to one box share the end of their way."""
    numbers = {id(arrow): number for number, arrow in enumerate(graph.arrows)}
    onward = {segment.above: segment for channel in layout.channels for segment in channel if segment.above.box is None}
    parts: dict[Segment, set[Part]] = {segment: set() for channel in layout.channels for segment in channel}
    for segment in [one for one in parts if one.arrow is not None]:
        part = Part("arrow", numbers[id(segment.arrow)])
        at: Segment | None = segment
        while at is not None:
            parts[at].add(part)
            at = onward.get(at.below)
    return {segment: frozenset(those) for segment, those in parts.items()}


def _draw_layer(drawn: Chart, layer: Sequence[Item], channel: Sequence[Segment], top: int) -> int:
    """Draw the boxes of a layer and the arrows below it; the row where the next layer begins."""
    height = max(_height(drawn, item) for item in layer)
    ports = _ports(layer, channel)
    for item in layer:
        if item.box is None:
            through = [drawn.parts[segment] for segment in channel if segment.above is item]
            drawn.canvas.down(item.x, top - 1, top + height - 1, frozenset().union(*through))
        else:
            _draw_box(drawn, item, item.box, top)
    if not channel:
        return top + height
    tracks = _tracks(channel, ports)
    first = top + height
    arrow_row = first + len(tracks)
    for number, segment in enumerate(tracks):
        start = top + _height(drawn, segment.above) - 1
        _draw_segment(drawn, segment, ports[segment], (start, first + number, arrow_row))
    for number, segment in enumerate(tracks):
        if segment.arrow is not None and not _draw_label(drawn, segment, ports[segment], first + number):
            drawn.untold.append(segment.arrow)
    for segment in tracks:
        if segment.below.box is not None:
            into = frozenset().union(*(drawn.parts[one] for one in tracks if one.below is segment.below))
            drawn.canvas.write(arrow_row, segment.below.middle, "▼", parts=into)
    return arrow_row + 1


def _height(drawn: Chart, item: Item) -> int:
    return 1 if item.box is None else len(drawn.texts[item.box]) + 2


def _draw_box(drawn: Chart, item: Item, number: int, top: int) -> None:
    box, texts, inside = drawn.graph.boxes[number], drawn.texts[number], item.width - 2
    part = Part("box", number)
    parts = frozenset({part})
    left, line, right, side, low_left, low_right = (
        _DASHED if box.is_unseen else _SOLID if box.kind == "step" and not box.is_undo else _ROUND
    )
    drawn.canvas.write(top, item.x, left + line * inside + right, parts=parts)
    for row, text in enumerate(texts, start=top + 1):
        drawn.canvas.write(row, item.x, side + " " * inside + side, parts=parts)
        told = parts if text.part is None else frozenset({text.part})
        drawn.canvas.write(row, item.x + 2, cut(text.text, inside - 2), text.style, told)
        if text.part is not None:
            drawn.places[text.part] = Place(row=row, column=item.x, height=1, width=item.width)
            if cells_wide(text.text) > inside - 2:
                drawn.untold.append(drawn.graph.backs[text.part.number])
    drawn.canvas.write(top + len(texts) + 1, item.x, low_left + line * inside + low_right, parts=parts)
    drawn.places[part] = Place(row=top, column=item.x, height=len(texts) + 2, width=item.width)


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


def _draw_segment(drawn: Chart, segment: Segment, port: int, rows: tuple[int, int, int]) -> None:
    start, track, end = rows
    goal, parts = segment.below.middle, drawn.parts[segment]
    for part in parts if segment.arrow is not None else ():
        left, right = sorted((port, goal))
        drawn.places[part] = Place(row=start + 1, column=left, height=end - start, width=right - left + 1)
    if segment.above.box is not None:
        drawn.canvas.write(start, port, "┬", parts=parts | {Part("box", segment.above.box)})
        drawn.canvas.touch(start + 1, port)
        start += 1
    drawn.canvas.down(port, start, track, parts)
    drawn.canvas.across(track, port, goal, parts)
    drawn.canvas.down(goal, track, end, parts)


def _draw_label(drawn: Chart, segment: Segment, port: int, row: int) -> bool:
    """Write what stands at an arrow on or beside its line, as much of it as there is room for; whether that is all."""
    words = edge_words(segment.arrow.edge) if segment.arrow is not None else ()
    parts = drawn.parts[segment]
    left, right = sorted((port, segment.below.middle))
    for kept in range(len(words), 0, -1):
        text = " ".join(words[:kept])
        size = len(text)
        if right - left >= size + 4 and drawn.canvas.is_line(row, left + 1, right):
            drawn.canvas.write(row, left + (right - left - size) // 2, f" {text} ", LABEL, parts)
            return kept == len(words)
        for column, before, after in (
            (right + 2, 1, 2),
            (left - 1 - size, 2, 1),
        ):  # nearer to its own line than to others
            fits = 0 <= column <= drawn.width - size
            if fits and drawn.canvas.is_free(row, column - before, column + size + after):
                drawn.canvas.write(row, column, text, LABEL, parts)
                return kept == len(words)
    return False
