"""Draws the flow of a saga as one SVG: no script, no style from elsewhere, every text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from tracer.drawing.graph import Arrow, Box, Graph, edge_lines, graph_of, here_line, node_lines
from tracer.drawing.layout import Item, Layout, Segment, place
from tracer.errors import UsageError
from tracer.model.cells import cells_wide, cut
from tracer.model.text import clean
from tracer.views import Flow

CELL: Final = 7.3  # the width of a sign of the 12 pixel font
LINE: Final = 16
GAP_X: Final = 56
GAP_Y: Final = 84
MARGIN: Final = 28
MOST: Final = 6
_NAME: Final = 60
_NO_LIMIT: Final = 1_000_000
_SMALL: Final = 6.7  # the width of a sign of the 11 pixel font
_PLACES: Final = (0.5, 0.34, 0.66, 0.25, 0.75)
_STYLE: Final = (
    "text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2933}"
    ".t{font-weight:bold}.d{fill:#52606d}.s{fill:#b42318;font-weight:bold}"
    ".l{font-size:11px;fill:#334e68}"
    ".a{fill:none;stroke:#7b8794;stroke-width:1.5}.k{stroke-dasharray:5 4}"
    ".b{fill:#f5f7fa;stroke:#52606d}.u{fill:#f3ebff;stroke:#7a52b3}.e{fill:#e6f4ea;stroke:#3f7d58}"
    ".w{fill:#fdecea;stroke:#b42318;stroke-width:2}.n{stroke-dasharray:4 3}"
)

Point = tuple[float, float]


@dataclass(slots=True, kw_only=True)
class _Sheet:
    graph: Graph
    tops: Sequence[int]
    heights: Mapping[Item, int]
    left: int
    labels: list[tuple[float, float, float, float]] = field(default_factory=list)

    def x(self, item: Item) -> float:
        return item.x - self.left + MARGIN

    def middle(self, item: Item) -> float:
        return self.x(item) + item.width / 2

    def top(self, item: Item) -> float:
        return self.tops[item.layer]

    def bottom(self, item: Item) -> float:
        return self.tops[item.layer] + self.heights[item]


def svg(flow: Flow) -> Iterator[str]:
    """Draw the graph from above, with its own size, as the lines of an SVG document. Raises UsageError for too many."""
    graph = graph_of(flow)
    widths = [_width(box) for box in graph.boxes]
    layout = place(graph, widths, gap=GAP_X, limit=_NO_LIMIT, least=1, most=MOST)
    if layout is None:
        raise UsageError(f"{len(graph.boxes)} boxes are too many to draw: --format dot writes them for Graphviz")
    sheet, height = _sheet(graph, layout)
    items = [item for layer in layout.layers for item in layer]
    right = max((sheet.x(item) + item.width for item in items), default=0.0)
    width = right + MARGIN + (40 + 22 * len(graph.backs) if graph.backs else 0) + 60
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
    )
    yield f"<title>{_text(flow.saga)}</title><style>{_STYLE}</style>"
    yield (
        '<defs><marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#7b8794"/></marker></defs>'
    )
    yield f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>'
    learned = f"learned from {flow.samples:,.0f} finished transactions" if flow.samples else "nothing learned yet"
    yield f'<text x="{MARGIN}" y="{MARGIN}"><tspan class="t">{_text(flow.saga)}</tspan>: {learned}</text>'
    boxes = {item.box: item for item in items if item.box is not None}
    for number, arrow in enumerate(graph.backs):
        yield from _back(sheet, arrow, boxes, right + 34 + 22 * number)
    for channel in layout.channels:
        for segment in channel:
            yield _line(sheet, segment)
    for item in items:
        if item.box is not None:
            yield from _box(sheet, item)
    for channel in layout.channels:
        for segment in channel:
            if segment.arrow is not None:
                yield from _label(sheet, segment, segment.arrow)
    yield "</svg>"


def _sheet(graph: Graph, layout: Layout) -> tuple[_Sheet, float]:
    heights = {
        item: 0 if item.box is None else LINE * len(_lines(graph.boxes[item.box])) + 14
        for layer in layout.layers
        for item in layer
    }
    tops, top = [], MARGIN + 24
    for layer in layout.layers:
        tops.append(top)
        top += max(heights[item] for item in layer) + GAP_Y
    left = min((item.x for layer in layout.layers for item in layer), default=0)
    for layer in layout.layers:
        deepest = max(heights[item] for item in layer)
        heights.update((item, deepest) for item in layer if item.box is None)
    return _Sheet(graph=graph, tops=tops, heights=heights, left=left), top - GAP_Y + MARGIN


def _lines(box: Box) -> list[tuple[str, str]]:
    """Give the lines of a box with their classes."""
    here = here_line(box)
    stuck = box.node is not None and box.node.stuck > 0
    lines = [(box.title, "t"), *((line, "d") for line in node_lines(box))]
    return [*lines, (here, "s" if stuck else "t")] if here else lines


def _width(box: Box) -> int:
    return round(max(cells_wide(cut(clean(line), _NAME)) for line, _ in _lines(box)) * CELL) + 24


def _box(sheet: _Sheet, item: Item) -> Iterator[str]:
    box = sheet.graph.boxes[item.box or 0]
    kind = "w" if box.node and box.node.stuck else "u" if box.is_undo else "b" if box.kind == "step" else "e"
    kind += " n" if box.is_unseen else ""
    x, y = sheet.x(item), sheet.top(item)
    corner = 4 if box.kind == "step" and not box.is_undo else 14
    yield (
        f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{item.width}" height="{sheet.heights[item]}" '
        f'rx="{corner}"/>'
    )
    for row, (line, style) in enumerate(_lines(box)):
        yield f'<text class="{style}" x="{x + 12:.0f}" y="{y + 19 + LINE * row:.0f}">{_text(line)}</text>'


def _ends(sheet: _Sheet, segment: Segment) -> tuple[Point, Point]:
    """Where a part of an arrow begins and ends: spread along the lower side of its box."""
    above, below = segment.above, segment.below
    start = sheet.middle(above)
    if above.box is not None and len(above.below) > 1:
        order = sorted(above.below, key=lambda one: one.middle)
        share = (order.index(below) + 1) / (len(order) + 1)
        start = sheet.x(above) + above.width * share
    return (start, sheet.bottom(above)), (sheet.middle(below), sheet.top(below))


def _line(sheet: _Sheet, segment: Segment) -> str:
    (x0, y0), (x1, y1) = _ends(sheet, segment)
    bend = (y1 - y0) / 2
    head = ' marker-end="url(#h)"' if segment.below.box is not None else ""
    through = "" if segment.below.box is not None else f"V{sheet.bottom(segment.below):.0f}"
    curve = f"M{x0:.0f} {y0:.0f}C{x0:.0f} {y0 + bend:.0f} {x1:.0f} {y1 - bend:.0f} {x1:.0f} {y1:.0f}{through}"
    unseen = " k" if segment.arrow is not None and segment.arrow.edge.n <= 0 else ""
    return f'<path class="a{unseen}" d="{curve}"{head}/>'


def _back(sheet: _Sheet, arrow: Arrow, boxes: Mapping[int, Item], lane: float) -> Iterator[str]:
    """Lead an arrow back around the right side."""
    one, other = boxes[arrow.before], boxes[arrow.after]
    x0, y0 = sheet.x(one) + one.width, (sheet.top(one) + sheet.bottom(one)) / 2
    lane = x0 + 22 if one is other else lane
    x1, y1 = sheet.x(other) + other.width, (sheet.top(other) + sheet.bottom(other)) / 2 - 6
    path = f"M{x0:.0f} {y0:.0f}H{lane:.0f}V{y1:.0f}H{x1 + 1:.0f}"
    yield f'<path class="a k" d="{path}" marker-end="url(#h)"/>'
    for row, line in enumerate(edge_lines(arrow.edge)):
        yield f'<text class="l" x="{lane + 5:.0f}" y="{(y0 + y1) / 2 + 13 * row:.0f}">{_text(line)}</text>'


def _label(sheet: _Sheet, segment: Segment, arrow: Arrow) -> Iterator[str]:
    """Write what stands at an arrow where nothing stands yet, near the end that it does not share."""
    lines = edge_lines(arrow.edge)
    (x0, y0), (x1, y1) = _ends(sheet, segment)
    size, tall = max(map(len, lines)) * _SMALL, 13 * len(lines)
    shared = (len(segment.above.below) > 1) - (len(segment.below.above) > 1)
    tries = (0.66, 0.75, *_PLACES) if shared > 0 else (0.3, 0.25, *_PLACES) if shared < 0 else _PLACES
    spots = [_on_curve(x0, y0, x1, y1, t) for t in tries]
    x, y = next((spot for spot in spots if not _hits(sheet, *spot, size, tall)), spots[0])
    yield f'<rect x="{x - size / 2:.0f}" y="{y - tall / 2:.0f}" width="{size:.0f}" height="{tall}" fill="#fff"/>'
    sheet.labels.append((x - size / 2, y - tall / 2, x + size / 2, y + tall / 2))
    for row, line in enumerate(lines):
        at = y - tall / 2 + 10 + 13 * row
        yield f'<text class="l" text-anchor="middle" x="{x:.0f}" y="{at:.0f}">{_text(line)}</text>'


def _hits(sheet: _Sheet, x: float, y: float, size: float, tall: float) -> bool:
    low_x, low_y, high_x, high_y = x - size / 2 - 3, y - tall / 2, x + size / 2 + 3, y + tall / 2
    return any(low_x < c and a < high_x and low_y < d and b < high_y for a, b, c, d in sheet.labels)


def _on_curve(x0: float, y0: float, x1: float, y1: float, t: float) -> Point:
    """A point of the curve whose tangents are upright at both ends."""
    ease = 3 * t**2 - 2 * t**3
    rise = 1.5 * t - 1.5 * t**2 + t**3
    return x0 + (x1 - x0) * ease, y0 + (y1 - y0) * rise


def _text(text: str) -> str:
    return escape(cut(clean(text), _NAME))
