"""The graph of a saga as a table of its hand-offs, and where transactions are stuck now. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from tracer.model.words import OUTCOMES, STATUSES
from tracer.views import Flow, FlowEdge, FlowNode
from tui.chrome import cut
from tui.columns import MARKER, marker
from tui.format import count, exact, fit, plural, right, shown
from tui.look import Line, Look, Piece, role_of
from tui.now import term

BEGINS: Final = "begins"
ENDS: Final = "ends"
_COUNT: Final = (5, 9)
_SHARE: Final = 5
_TIMES: Final = (8, 15)
_NOW: Final = (4, 20)
_OWNER: Final = (5, 24)
_ARROW: Final = 3
_NAME: Final = (8, 34)
_ROOMY: Final = 100
_PERCENT: Final = 0.01
Step = tuple[str, str]  # its name, and what it undoes; an empty name is the beginning
_START: Final[Step] = ("", "")
STATUS_OF: Final = {"cancelled": "compensated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hand-off. `node` is where it leads, None at an end; only the busiest way to a step tells who is there."""

    edge: FlowEdge | None
    node: FlowNode | None
    is_busiest: bool = True
    is_same_before: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Tell the row again after a refresh."""
        edge, node = self.edge, self.node
        step = (node.step, node.compensates) if node else None
        return (edge.before, edge.before_compensates, edge.outcome, step) if edge else (None, None, None, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLayout:
    """The widths of the columns; whether there is room for owners and for the times of the steps."""

    width: int
    before: int
    after: int
    owner: int
    count: int
    times: int
    is_roomy: bool


def rows(flow: Flow) -> tuple[Row, ...]:
    """Give the hand-offs in the order of the way through the saga, of one step the busiest first."""
    nodes = {(node.step, node.compensates or ""): node for node in flow.nodes}
    ranks = _ranks(flow)
    ordered = sorted(flow.edges, key=lambda edge: (ranks[_before(edge)], edge.after is None, -edge.n))
    busiest = {step: max(_leading_to(flow, step), key=lambda edge: edge.n) for step in map(_after, flow.edges) if step}
    listed: list[Row] = []
    for number, edge in enumerate(ordered):
        after = _after(edge)
        same = number > 0 and _before(ordered[number - 1]) == _before(edge)
        node = nodes.get(after) if after else None
        listed.append(
            Row(edge=edge, node=node, is_same_before=same, is_busiest=after is None or busiest[after] is edge)
        )
    alone = (node for step, node in nodes.items() if step not in busiest)
    return (*listed, *(Row(edge=None, node=node) for node in alone))


def _leading_to(flow: Flow, step: Step) -> Iterator[FlowEdge]:
    return (edge for edge in flow.edges if _after(edge) == step)


def _before(edge: FlowEdge) -> Step:
    return _START if edge.before is None else (edge.before, edge.before_compensates or "")


def _after(edge: FlowEdge) -> Step | None:
    return None if edge.after is None else (edge.after, edge.after_compensates or "")


def _ranks(flow: Flow) -> Mapping[Step, int]:
    """Number the steps as they are come upon from the beginning, along the busiest ways first."""
    ways: dict[Step, list[FlowEdge]] = {}
    for edge in sorted(flow.edges, key=lambda edge: -edge.n):
        ways.setdefault(_before(edge), []).append(edge)
    ranks: dict[Step, int] = {}
    for start in (_START, *ways):
        waiting = deque([start])
        while waiting:
            step = waiting.popleft()
            if step not in ranks:
                ranks[step] = len(ranks)
                waiting.extend(after for edge in ways.get(step, ()) if (after := _after(edge)) is not None)
    return ranks


# --- painting -------------------------------------------------------------------------------------------------


def summary(flow: Flow, look: Look, width: int) -> Line:
    """Paint how much the graph was learned from, and how many transactions are in it now."""
    opened, stuck = sum(node.open for node in flow.nodes), sum(node.stuck for node in flow.nodes)
    learned = f" learned from {plural(round(flow.samples), 'finished transaction')}" if flow.samples else " declared"
    dot = look.pick(" · ", " - ")
    state: Piece = (f"{look.glyph('stuck')} {count(stuck)} stuck", "stuck" if stuck else "dim")
    return cut(((learned, "text"), (dot, "faint"), state, (f" of {count(opened)} open", "text")), width)


def lay_out(width: int, listed: Sequence[Row]) -> FlowLayout:
    """Share the width: figures get what they need, the two names of a hand-off the rest."""
    is_roomy = width >= _ROOMY
    numbers = _widest((_count(row.edge) for row in listed), _COUNT)
    times = _widest((text for row in listed for text in _both_times(row)), _TIMES)
    owner = _widest((shown(row.node.owner)[:64] for row in listed if row.node), _OWNER)
    now = _widest(("x".join(text for text, _ in _now(row, Look())) for row in listed), _NOW)
    taken = MARKER + _ARROW + numbers + _SHARE + times + now + 4 + (owner + times + 2 if is_roomy else 0)
    before, after = _widest(map(_name_before, listed), _NAME), _widest(map(_name_after, listed), _NAME)
    left = max(2 * _NAME[0], width - taken)
    if before + after > left:
        before = min(before, max(left // 2, left - after))
        after = min(after, left - before)
    return FlowLayout(
        width=width, before=before, after=after, owner=owner, count=numbers, times=times, is_roomy=is_roomy
    )


def _widest(texts: Iterable[str], bounds: tuple[int, int]) -> int:
    return max(bounds[0], min(max(map(cell_len, texts), default=0), bounds[1]))


def _both_times(row: Row) -> tuple[str, str]:
    edge, node = row.edge, row.node
    return (_times(edge.p50_s, edge.p95_s) if edge else "", _times(node.p50_s, node.p95_s) if node else "")


def header(layout: FlowLayout) -> Line:
    """Paint the titles."""
    owner = f" {fit('OWNER', layout.owner)}" if layout.is_roomy else ""
    took = f" {right('STEP', layout.times)}" if layout.is_roomy else ""
    names = f"{' ' * MARKER}{fit('FROM', layout.before)}   {fit('TO', layout.after)}"
    figures = f" {right('COUNT', layout.count)} {right('SHARE', _SHARE)} {right('HAND-OFF', layout.times)}"
    return cut(((f"{names}{owner}{figures}{took} NOW", "heading"),), layout.width)


def painted(row: Row, layout: FlowLayout, look: Look, *, selected: bool) -> Line:
    """Paint one hand-off; a step that one comes to by several ways tells who is there on the busiest."""
    edge, node = row.edge, row.node
    before_role = "faint" if row.is_same_before else "text"
    pieces: list[Piece] = [
        marker(look, selected=selected),
        (fit(_name_before(row), layout.before), before_role),
        (look.pick(" → ", "-> "), "faint"),
        (fit(_labelled_after(row, look), layout.after), _role_after(row)),
    ]
    took, stays = _both_times(row)
    if layout.is_roomy:
        pieces.append((f" {fit(node.owner, layout.owner) if node else ' ' * layout.owner}", "text"))
    share = "" if edge is None or edge.n <= 0 else _share(edge.share)
    for text, cells in ((_count(edge), layout.count), (share, _SHARE), (took, layout.times)):
        pieces.append((" " + _right(text, cells), "text"))
    if layout.is_roomy:
        pieces.append((" " + _right(stays, layout.times), "dim"))
    return cut((*pieces, *_now(row, look)), layout.width)


def _right(text: str, cells: int) -> str:
    return right(text, cells) if text else " " * cells


def _name_before(row: Row) -> str:
    if row.edge is None:
        return "-"
    return BEGINS if row.edge.before is None else _named(row.edge.before, row.edge.before_compensates)


def _name_after(row: Row) -> str:
    if row.node is not None:
        return _named(row.node.step, row.node.compensates)
    edge = row.edge
    if edge is not None and edge.after is not None:
        return _named(edge.after, edge.after_compensates)
    return f"  {(edge.outcome if edge else None) or ENDS}"


def _named(step: str, undoes: str | None) -> str:
    return f"undo: {shown(step)[:64]}" if undoes else shown(step)[:64]


def _labelled_after(row: Row, look: Look) -> str:
    is_end = row.edge is not None and row.edge.after is None
    return f"{look.glyph(_end_state(row))} {_name_after(row).strip()}" if is_end else _name_after(row)


def _end_state(row: Row) -> str:
    outcome = (row.edge.outcome if row.edge else None) or ""
    return STATUS_OF.get(outcome, outcome)


def _role_after(row: Row) -> str:
    if row.edge is not None and row.edge.after is None:
        return role_of(_end_state(row))
    return "stuck" if row.node is not None and row.node.stuck else "strong"


def _count(edge: FlowEdge | None) -> str:
    """Say how many: a weight, which is no whole number, as one."""
    if edge is None:
        return ""
    if edge.n <= 0 and edge.basis == "declared":
        return "declared"
    return "under 1" if 0 < edge.n < 1 else count(round(edge.n))


def _share(share: float | None) -> str:
    if share is None:
        return ""
    return f"{int(share * 100)}%" if share >= _PERCENT else "<1%"


def _times(p50_s: float | None, p95_s: float | None) -> str:
    return "" if p50_s is None and p95_s is None else "/".join(exact(each).replace(" ", "") for each in (p50_s, p95_s))


def _now(row: Row, look: Look) -> tuple[Piece, ...]:
    node = row.node
    if node is None or not row.is_busiest or not (node.open or node.stuck):
        return ()
    if node.stuck:
        return ((f" {look.glyph('stuck')} {count(node.stuck)} stuck", "stuck"), (f" of {count(node.open)}", "text"))
    return ((f" {look.glyph('running')} {count(node.open)} here", "running"),)


# --- what Enter asks for --------------------------------------------------------------------------------------


def filter_of(row: Row, saga: str) -> str:
    """Give the filter line that lists who is at the step that a hand-off leads to, or who ended so."""
    if row.node is not None:
        return filter_of_step(row.node, saga)
    is_end = row.edge is not None and row.edge.outcome in OUTCOMES
    return filter_of_end(_end_state(row) if is_end else "", saga)


def filter_of_step(node: FlowNode, saga: str) -> str:
    """Give the filter line of those that are at a step: of the stuck ones alone, where there are some."""
    status = "stuck" if node.stuck else "stuck,running,compensating"
    return f"status:{status} {term('saga', saga)} {term('step', node.step)}"


def filter_of_handoff(node: FlowNode, saga: str) -> str:
    """Give the filter line of those that wait in a hand-off to a step: the lost ones, where something is stuck."""
    lost = " kind:handoff-lost" if node.stuck else ""
    return f"{filter_of_step(node, saga)}{lost}"


def filter_of_end(state: str, saga: str) -> str:
    """Give the filter line of those that ended so; of the whole saga where it is not said how."""
    return f"status:{state} {term('saga', saga)}" if state in STATUSES else term("saga", saga)
