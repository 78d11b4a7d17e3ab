"""The ways of the cursor in a drawn flow: down and up along arrows, sideways among neighbours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from tracer.drawing.graph import Part
from tui.graph import Picture


def begin(drawn: Picture) -> Part:
    """Choose where to begin: at the step with the most that is stuck, else above."""
    stuck = sorted(drawn.troubles, key=lambda part: -_stuck(drawn, part))
    return next(iter(stuck), drawn.parts[0])


def _stuck(drawn: Picture, part: Part) -> int:
    node = drawn.box(part).node
    return node.stuck if node is not None else 0


def onward(drawn: Picture, at: Part, came: Part | None) -> Part:
    """Go from a box to the arrow that most take from it (or to the one it was come by), from an arrow to its goal."""
    if at.kind != "box":
        return Part("box", drawn.arrow(at).after)
    leaving = [part for part in _arrows(drawn) if drawn.arrow(part).before == at.number]
    return _chosen(drawn, leaving, came) or _below(drawn, at, 1)


def back(drawn: Picture, at: Part, came: Part | None) -> Part:
    """Go from a box to the arrow that most came to it by, from an arrow to where it begins."""
    if at.kind != "box":
        return Part("box", drawn.arrow(at).before)
    coming = [part for part in _arrows(drawn) if drawn.arrow(part).after == at.number]
    return _chosen(drawn, coming, came) or _below(drawn, at, -1)


def beside(drawn: Picture, at: Part, direction: int) -> Part:
    """Go to the next box of the same layer, or the next arrow that leaves it; at its edge stay."""
    row = _level(drawn, at)
    boxes = [part for part in drawn.parts if part.kind == "box" and drawn.places[part].row == row]
    boxes.sort(key=lambda part: drawn.places[part].column)
    those: Sequence[Part] = boxes
    if at.kind != "box":
        those = [part for box in boxes for part in _leaving(drawn, box)]
    index = those.index(at) + direction
    return those[index] if 0 <= index < len(those) else at


def paged(drawn: Picture, at: Part, rows: int) -> Part:
    """Go to the box that stands so many rows further down (up), as near to the same column as there is one."""
    place = drawn.places[at]
    ahead = [part for part in _boxes(drawn) if (drawn.places[part].row - place.row) * rows > 0]
    return min(ahead, key=lambda part: _distance(drawn, part, place.row + rows, _middle(drawn, at)), default=at)


def under(drawn: Picture, row: int, column: int) -> Part | None:
    """Give the part whose cells are under the mouse, a box before an arrow."""
    for run in drawn.rows[row] if row < len(drawn.rows) else ():
        column -= cell_len(run.text)
        if column < 0:
            order = {part: number for number, part in enumerate(drawn.parts)}
            return min(run.parts, key=lambda part: (part.kind != "box", order.get(part, 0)), default=None)
    return None


def trouble(drawn: Picture, at: Part, direction: int) -> Part | None:
    """Give the next (previous) step where something is stuck, in the order of reading."""
    here = drawn.parts.index(at)
    ahead = [part for part in drawn.troubles if (drawn.parts.index(part) - here) * direction > 0]
    return (ahead[0] if direction > 0 else ahead[-1]) if ahead else None


def _boxes(drawn: Picture) -> Iterable[Part]:
    return (part for part in drawn.parts if part.kind == "box")


def _arrows(drawn: Picture) -> Iterable[Part]:
    return (part for part in drawn.parts if part.kind != "box")


def _chosen(drawn: Picture, those: Sequence[Part], came: Part | None) -> Part | None:
    if came in those:
        return came
    return max(those, key=lambda part: (part.kind == "arrow", drawn.arrow(part).edge.n), default=None)


def _leaving(drawn: Picture, box: Part) -> list[Part]:
    those = [part for part in _arrows(drawn) if drawn.arrow(part).before == box.number]
    return sorted(those, key=lambda part: (part.kind == "back", _middle(drawn, Part("box", drawn.arrow(part).after))))


def _level(drawn: Picture, at: Part) -> int:
    return drawn.places[at if at.kind == "box" else Part("box", drawn.arrow(at).before)].row


def _below(drawn: Picture, at: Part, direction: int) -> Part:
    """Give the nearest box of the layers that follow (come before): no arrow leads on from here."""
    place = drawn.places[at]
    ahead = [part for part in _boxes(drawn) if (drawn.places[part].row - place.row) * direction > 0]
    return min(ahead, key=lambda part: _distance(drawn, part, place.row, _middle(drawn, at)), default=at)


def _distance(drawn: Picture, part: Part, row: int, column: int) -> tuple[int, int]:
    return (abs(drawn.places[part].row - row), abs(_middle(drawn, part) - column))


def _middle(drawn: Picture, part: Part) -> int:
    place = drawn.places[part]
    return place.column + place.width // 2
