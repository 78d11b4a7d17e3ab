"""The flow of a saga as a drawing: its boxes and arrows in cells, which of them is chosen, and what it tells. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from rich.cells import cell_len, set_cell_size

from tracer.drawing.canvas import Run, plain
from tracer.drawing.chart import LABEL, Place, Text, chart
from tracer.drawing.graph import Arrow, Box, Graph, Part, count, edge_words, graph_of
from tracer.drawing.terminal import back_texts, shapes
from tracer.views import Flow, FlowNode
from tui.chrome import cut
from tui.flow import STATUS_OF, Row, filter_of_end, filter_of_handoff, filter_of_step
from tui.format import exact, shown
from tui.look import Line, Look, Piece, role_of

NARROWEST: Final = 60
_WIDER: Final = (160, 240, 400, 800)
_NAME: Final = 200
_ONE_LINE: Final = 26
_LIGHT: Final = "─│┌┐└┘├┤┬┴┼╭╮╰╯┄┆"
_HEAVY: Final = str.maketrans(_LIGHT, "━┃┏┓┗┛┣┫┳┻╋┏┓┗┛━┃")
_HEAVY_PLAIN: Final = str.maketrans("━┃┏┓┗┛┣┫┳┻╋", "=##########")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A flow, drawn: its rows of cells, the place of each part, and the parts as they are read, from above."""

    flow: Flow
    graph: Graph
    rows: tuple[tuple[Run, ...], ...]
    places: Mapping[Part, Place]
    parts: tuple[Part, ...]
    width: int

    def box(self, part: Part) -> Box:
        """Give the box of a part that is one."""
        return self.graph.boxes[part.number]

    def arrow(self, part: Part) -> Arrow:
        """Give the arrow of a part that is one, forward or back."""
        return (self.graph.arrows if part.kind == "arrow" else self.graph.backs)[part.number]

    def key(self, part: Part) -> Key:
        """Tell a part again after a refresh."""
        if part.kind == "box":
            return self._box_key(part.number)
        arrow = self.arrow(part)
        return ("arrow", self._box_key(arrow.before), self._box_key(arrow.after))

    def _box_key(self, number: int) -> Key:
        box = self.graph.boxes[number]
        return (box.kind, box.title, box.node.compensates if box.node else None)

    def find(self, key: Key | None) -> Part | None:
        """Find a part by its key."""
        return next((part for part in self.parts if self.key(part) == key), None)

    @property
    def troubles(self) -> tuple[Part, ...]:
        """The steps where something is stuck, as they are read."""
        boxes = (part for part in self.parts if part.kind == "box")
        return tuple(part for part in boxes if (node := self.box(part).node) is not None and node.stuck)


def picture(flow: Flow, look: Look, width: int) -> Picture | None:
    """Draw a flow in `width` cells, in more where it has no room; None where there is nothing, or too much, to draw."""
    graph = graph_of(flow)
    if not graph.boxes:
        return None
    texts = [tuple(_texts(box, back_texts(graph, number), look)) for number, box in enumerate(graph.boxes)]
    for limit in (width, *(wider for wider in _WIDER if wider > width)):
        if (drawn := chart(graph, texts, width=limit)) is not None:
            parts = sorted(drawn.places, key=lambda part: _reading(drawn.places[part], part))
            rows = (*drawn.canvas.rows(), *_legend(graph))
            return Picture(
                flow=flow, graph=graph, rows=rows, places=drawn.places, parts=tuple(parts), width=_width(rows)
            )
    return None


def _reading(place: Place, part: Part) -> tuple[int, int, int]:
    return (place.row, place.column, part.number)


def _width(rows: tuple[tuple[Run, ...], ...]) -> int:
    return max((sum(cell_len(run.text) for run in row) for row in rows), default=0)


def _legend(graph: Graph) -> Iterator[tuple[Run, ...]]:
    if told := shapes(graph):
        nothing: frozenset[Part] = frozenset()
        yield ()
        yield (Run(text=f" {told}", style="faint", parts=nothing),)


# --- what stands in a box -------------------------------------------------------------------------------------


def _texts(box: Box, backs: tuple[Text, ...], look: Look) -> Iterator[Text]:
    node = box.node
    if node is None:
        state = _end_state(box)
        glyph = f"{look.glyph(state)} " if box.kind == "end" else ""
        yield Text(text=f"{glyph}{_name(box.title)}", style=role_of(state) if box.kind == "end" else "dim")
    else:
        yield Text(text=_name(node.step), style="stuck" if node.stuck else "strong")
        yield from _facts(node, box)
    yield from (replace(text, style="compensating") for text in backs)
    if node is not None and (node.open or node.stuck):
        text, role = here(node, look)
        yield Text(text=text, style=role)


def _facts(node: FlowNode, box: Box) -> Iterator[Text]:
    if node.compensates:
        yield Text(text=f"undoes {_name(node.compensates)}", style="compensating")
    owner, figures = _name(node.owner) if node.owner else "", _figures(node, box)
    one = " · ".join(filter(None, (owner, figures)))
    for text in (one,) if cell_len(one) <= _ONE_LINE else filter(None, (owner, figures)):
        yield Text(text=text, style="text")
    if troubles := _troubles(node):
        yield Text(text=troubles, style="failed" if node.failed else "dim")


def _name(text: str) -> str:
    return shown(text)[:_NAME]


def _figures(node: FlowNode, box: Box) -> str:
    if box.is_unseen:
        return "declared, never seen"
    if node.n <= 0:
        return "none has finished yet"
    return f"{count(node.n)} · p95 {exact(node.p95_s)}" if node.p95_s is not None else count(node.n)


def _troubles(node: FlowNode) -> str:
    told = ((node.retried, "retried"), (node.failed, "failed"))
    return ", ".join(f"{word} {count(number)}" for number, word in told if number > 0)


def here(node: FlowNode, look: Look) -> Piece:
    """Say how many stand at a step now, and how many of them are stuck."""
    if node.stuck:
        return (f"{look.glyph('stuck')} {node.stuck:,} stuck of {node.open:,} here", "stuck")
    return (f"{look.glyph('running')} {node.open:,} here", "running")


def _end_state(box: Box) -> str:
    return STATUS_OF.get(box.title, box.title)


# --- painting -------------------------------------------------------------------------------------------------


def painted(drawn: Picture, row: int, left: int, width: int, look: Look, chosen: Part | None) -> Line:
    """Paint the cells from column `left` on of a row; the chosen part has heavy lines."""
    pieces: list[Piece] = []
    at = -left
    for run in drawn.rows[row]:
        is_chosen = chosen in run.parts
        text = run.text.translate(_HEAVY) if is_chosen else run.text
        text = text if look.unicode else plain(text.translate(_HEAVY_PLAIN))
        cells = cell_len(text)
        if at + cells > 0 and at < width:
            shown_text = text if at >= 0 else _from(text, -at)
            pieces.append((shown_text, _role(drawn, run, is_chosen=is_chosen)))
        at += cells
    return cut(tuple(pieces), width)


def _from(text: str, cells: int) -> str:
    """Leave out the first cells; half of a wide sign becomes a blank."""
    kept = text
    while kept and cell_len(text) - cell_len(kept) < cells:
        kept = kept[1:]
    return set_cell_size(" " * (cell_len(text) - cells - cell_len(kept)) + kept, cell_len(text) - cells)


def _role(drawn: Picture, run: Run, *, is_chosen: bool) -> str:
    if run.style and run.style != LABEL:
        return run.style
    if is_chosen:
        return "strong" if run.style == LABEL else "key"
    if run.style == LABEL:
        return "dim"
    for part in run.parts:
        if part.kind == "box":
            return _border(drawn.box(part))
    to_undo = any(drawn.graph.boxes[drawn.arrow(part).after].is_undo for part in run.parts)
    return "compensating" if to_undo else "faint"


def _border(box: Box) -> str:
    if box.kind == "end":
        return role_of(_end_state(box))
    if box.node is not None and box.node.stuck:
        return "stuck"
    return "compensating" if box.is_undo else "faint" if box.is_unseen else "dim"


# --- what is told of the chosen part --------------------------------------------------------------------------


def told(drawn: Picture, part: Part, look: Look) -> Line:
    """Tell all that is known of a part, on one line."""
    dot: Piece = (look.pick(" · ", " - "), "faint")
    head, facts = _told_box(drawn.box(part), look) if part.kind == "box" else _told_arrow(drawn, part, look)
    pieces: list[Piece] = [(" ", "text"), head]
    for fact in facts:
        pieces += [dot, fact]
    return tuple(pieces)


def _told_box(box: Box, look: Look) -> tuple[Piece, list[Piece]]:
    node = box.node
    if node is None:
        what = "where transactions begin" if box.kind == "begin" else "where transactions end"
        return (_name(box.title), "strong"), [(what, "text")]
    facts: list[Piece] = [(f"undoes {_name(node.compensates)}", "compensating")] if node.compensates else []
    facts += [(_name(node.owner), "text")] if node.owner else []
    if node.n <= 0 or box.is_unseen:
        facts.append((_figures(node, box), "text"))
    else:
        facts.append((f"{count(node.n)} took p50 {exact(node.p50_s)}, p95 {exact(node.p95_s)}", "text"))
    facts += [(troubles, "failed")] if (troubles := _troubles(node)) else []
    facts.append(here(node, look) if node.open or node.stuck else ("nobody is here", "dim"))
    return (_name(node.step), "stuck" if node.stuck else "strong"), facts


def _told_arrow(drawn: Picture, part: Part, look: Look) -> tuple[Piece, list[Piece]]:
    arrow = drawn.arrow(part)
    before, after = drawn.graph.boxes[arrow.before], drawn.graph.boxes[arrow.after]
    head = f"{_name(before.title)}{look.pick(' → ', ' -> ')}{_name(after.title)}"
    edge = arrow.edge
    facts: list[Piece] = [("leads back", "compensating")] if part.kind == "back" else []
    if edge.n <= 0 and edge.basis == "declared":
        return (head, "strong"), [*facts, ("declared, never seen", "dim")]
    facts.append((" ".join(edge_words(replace(edge, p50_s=None, p95_s=None))), "text"))
    if edge.p50_s is not None or edge.p95_s is not None:
        facts.append((f"hand-off p50 {exact(edge.p50_s)}, p95 {exact(edge.p95_s)}", "text"))
    return (head, "strong"), facts


# --- the table beside it --------------------------------------------------------------------------------------


def part_of(drawn: Picture, row: Row) -> Part:
    """Give the part that a row of the table is about: the step that it leads to, else the hand-off."""
    steps = (part for part in drawn.parts if part.kind == "box" and row.node and drawn.box(part).node == row.node)
    arrows = (part for part in drawn.parts if part.kind != "box" and drawn.arrow(part).edge == row.edge)
    return next(chain(steps, arrows), drawn.parts[0])


def row_of(drawn: Picture, part: Part, rows: Sequence[Row]) -> int | None:
    """Give the row of the table that tells a part; of a step the one that tells who is there."""
    if part.kind == "box":
        node = drawn.box(part).node
        return next((at for at, row in enumerate(rows) if node and row.node == node and row.is_busiest), None)
    return next((at for at, row in enumerate(rows) if row.edge == drawn.arrow(part).edge), None)


# --- what Enter asks for --------------------------------------------------------------------------------------


def filter_of(drawn: Picture, part: Part) -> str:
    """Give the filter line of a part: who is at the step, who waits in the hand-off into it, who ended so."""
    saga = drawn.flow.saga
    box = drawn.box(part) if part.kind == "box" else drawn.graph.boxes[drawn.arrow(part).after]
    if box.node is not None:
        return (filter_of_step if part.kind == "box" else filter_of_handoff)(box.node, saga)
    return filter_of_end(_end_state(box) if box.kind == "end" else "", saga)
