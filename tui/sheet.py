"""A column of lines of which some belong to items: the cursor stands on the first line of an item alone. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tui.look import Line
from tui.view import Viewport


class Keyed(Protocol):
    """Something that a line tells of."""

    @property
    def key(self) -> Hashable:
        """Tell it again after a refresh."""
        ...


ItemT = TypeVar("ItemT", bound=Keyed)


class Placed(Protocol):
    """A line that may belong to an item."""

    @property
    def item(self) -> object | None:
        """The item, or what tells it from others."""
        ...

    @property
    def first(self) -> bool:
        """Whether it is the line of the item on which the cursor stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[ItemT]):
    """A line, and the item that it belongs to; `first` is the one where the cursor stands."""

    line: Line
    item: ItemT | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[ItemT]):
    """All lines of a screen, in a width."""

    lines: tuple[Told[ItemT], ...] = field(default=())

    def at(self, index: int) -> Told[ItemT] | None:
        """Give the line of that number."""
        return self.lines[index] if 0 <= index < len(self.lines) else None

    def firsts(self) -> tuple[int, ...]:
        """Give the numbers of the lines on which the cursor can stand."""
        return firsts(self.lines)

    def of(self, item: ItemT | None) -> int | None:
        """Give the line on which the cursor stands for an item that may have changed; None where it is gone."""
        if item is None:
            return None
        return next((at for at in self.firsts() if _is_same(self.lines[at].item, item)), None)

    def next_part(self, index: int) -> int:
        """Give the first item below the next heading, and after the last one that of the beginning."""
        heads = [at for at, line in enumerate(self.lines) if line.line and line.line[0][1] == "heading"]
        ahead = next((at for at in heads if at > index), 0)
        stands = self.firsts()
        return next((at for at in stands if at >= ahead), stands[0] if stands else 0)


def firsts(lines: Sequence[Placed]) -> tuple[int, ...]:
    """Give the numbers of the lines on which the cursor can stand."""
    return tuple(at for at, line in enumerate(lines) if line.first)


def settled(view: Viewport, lines: Sequence[Placed], *, back: bool) -> Viewport:
    """Put the cursor on the first line of an item, with all of its lines in sight.

    With the first item what stands above it comes back into sight.
    """
    stands = firsts(lines)
    if not stands:
        return view
    ahead = next((at for at in stands if at >= view.cursor), stands[-1])
    behind = next((at for at in reversed(stands) if at <= view.cursor), stands[0])
    at = behind if back else ahead
    last = max(number for number, line in enumerate(lines) if line.item == lines[at].item)
    return (view.to(0) if at == stands[0] else view).to(last).to(at)


def _is_same(one: Keyed | None, other: Keyed) -> bool:
    return one is not None and one.key == other.key
