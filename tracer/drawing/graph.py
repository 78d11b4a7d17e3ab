"""A flow as boxes and arrows without a cycle; the arrows that close one are kept apart, as ways back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tracer.model.duration import duration
from tracer.views import Flow, FlowEdge, FlowNode

BEGINNING: Final = "begins"
ENDING: Final = "ends"
Key = tuple[str, str, str]  # what it is, the step or the outcome, what it undoes
_START: Final[Key] = ("begin", "", "")


@dataclass(frozen=True, slots=True)
class Part:
    """A box, an arrow, or an arrow that leads back, by its number in the graph."""

    kind: Literal["box", "arrow", "back"]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step, the beginning, or an end; `title` is as it came."""

    kind: Literal["begin", "step", "end"]
    title: str
    node: FlowNode | None = None

    @property
    def is_unseen(self) -> bool:
        """Whether it is declared only."""
        return self.node is not None and self.node.basis == "declared" and self.node.n <= 0

    @property
    def is_undo(self) -> bool:
        """Whether the step undoes another one."""
        return self.node is not None and self.node.compensates is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From one box to another, by their numbers."""

    before: int
    after: int
    edge: FlowEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Boxes, the arrows between them (no cycle), and the arrows that lead back."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    backs: tuple[Arrow, ...]


def graph_of(flow: Flow) -> Graph:
    """Make the graph of a flow; of a cycle the rarest arrow is the one that leads back."""
    boxes: dict[Key, Box] = {
        ("step", node.step, node.compensates or ""): Box(kind="step", title=node.step, node=node) for node in flow.nodes
    }
    ends = [(edge, *_ends_of(edge)) for edge in flow.edges]
    for edge, before, after in ends:
        boxes.setdefault(before, _box(before, edge))
        boxes.setdefault(after, _box(after, edge))
    numbers = {key: number for number, key in enumerate(sorted(boxes, key=lambda key: key != _START))}
    arrows = [Arrow(before=numbers[before], after=numbers[after], edge=edge) for edge, before, after in ends]
    forward = _without_cycle(arrows)
    return Graph(
        boxes=tuple(boxes[key] for key in numbers),
        arrows=tuple(arrow for arrow in arrows if id(arrow) in forward),
        backs=tuple(arrow for arrow in arrows if id(arrow) not in forward),
    )


def count(number: float) -> str:
    """Write how many; a weight is no whole number, but is told as one."""
    return "under 1" if 0 < number < 1 else f"{number:,.0f}"


def times(p50_s: float | None, p95_s: float | None) -> str:
    """Write a median and a 95th percentile: 120ms/1.4s; nothing where neither is known."""
    return "" if p50_s is None and p95_s is None else f"{_short(p50_s)}/{_short(p95_s)}"


def edge_words(edge: FlowEdge) -> tuple[str, ...]:
    """What stands at an arrow: how many, which share of those before it, how long it takes."""
    if edge.n <= 0 and edge.basis == "declared":
        return ("declared",)
    share = "" if edge.share is None else f"{edge.share:.0%}" if edge.share >= _PERCENT else "<1%"
    return tuple(word for word in (count(edge.n), share, times(edge.p50_s, edge.p95_s)) if word)


def edge_lines(edge: FlowEdge) -> tuple[str, ...]:
    """The same on two lines, for a label that should be narrow."""
    words = edge_words(edge)
    return (" ".join(words[:2]), *words[2:])


def node_lines(box: Box) -> tuple[str, ...]:
    """What stands in a box below its title, but for those that are there now."""
    node = box.node
    if node is None:
        return ()
    troubles = ((node.retried, "retried"), (node.failed, "failed"))
    done = f"{count(node.n)} {times(node.p50_s, node.p95_s)}".rstrip() if node.n > 0 else "none has finished yet"
    seen = "declared, never seen" if box.is_unseen else done
    lines = (
        f"undoes {node.compensates}" if node.compensates else "",
        node.owner or "",
        seen,
        ", ".join(f"{word} {count(number)}" for number, word in troubles if number > 0),
    )
    return tuple(line for line in lines if line)


def here_line(box: Box) -> str:
    """How many stand at a step now, and how many of them too long; nothing where there are none."""
    node = box.node
    if node is None or not (node.open or node.stuck):
        return ""
    return f"{node.open} here, {node.stuck} stuck" if node.stuck else f"{node.open} here"


_PERCENT: Final = 0.01


def _short(seconds: float | None) -> str:
    return duration(seconds).replace(" ", "")


def _ends_of(edge: FlowEdge) -> tuple[Key, Key]:
    before = _START if edge.before is None else ("step", edge.before, edge.before_compensates or "")
    after = ("end", edge.outcome or ENDING, "")
    return before, after if edge.after is None else ("step", edge.after, edge.after_compensates or "")


def _box(key: Key, edge: FlowEdge) -> Box:
    """Give the box of an end of an arrow that is no known step."""
    kind, title, undoes = key
    if kind == "begin":
        return Box(kind="begin", title=BEGINNING)
    if kind == "end":
        return Box(kind="end", title=title)
    nothing = {"n": 0.0, "p50_s": None, "p95_s": None, "retried": 0.0, "failed": 0.0, "open": 0, "stuck": 0}
    node = FlowNode(step=title, compensates=undoes or None, owner=None, basis=edge.basis, **nothing)  # type: ignore[arg-type]  # zeros of both kinds
    return Box(kind="step", title=title, node=node)


def _without_cycle(arrows: Iterable[Arrow]) -> set[int]:
    """Take the most frequent arrows first, and leave out those that would lead back; as their identities."""
    after: dict[int, set[int]] = defaultdict(set)
    kept: set[int] = set()
    for arrow in sorted(arrows, key=lambda arrow: -arrow.edge.n):
        if not _leads(after, arrow.after, arrow.before):
            after[arrow.before].add(arrow.after)
            kept.add(id(arrow))
    return kept


def _leads(after: dict[int, set[int]], start: int, goal: int) -> bool:
    waiting, passed = [start], {start}
    while waiting:
        at = waiting.pop()
        if at == goal:
            return True
        waiting.extend(after[at] - passed)
        passed |= after[at]
    return False
