"""Places boxes in layers, every arrow leading down; long arrows get a way through the layers between.

The layers are those of the longest way from the beginning; boxes within one are ordered by the middle of their
neighbours, and stand as near below them as there is room. Widths are cells or pixels, as whoever draws counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tracer.drawing.graph import Arrow, Graph

MOST_BOXES: Final = 300
MOST_ARROWS: Final = 1000
_SWEEPS: Final = 6


@dataclass(slots=True, eq=False)
class Item:
    """Something in a layer: a box, or (`box` None) the place where arrows to one box pass through."""

    box: int | None
    layer: int
    width: int
    x: int = 0
    above: list[Item] = field(default_factory=list)
    below: list[Item] = field(default_factory=list)

    @property
    def middle(self) -> int:
        """The column in its middle, where arrows come in."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A part of an arrow, from one layer to the next; the first part has the arrow."""

    above: Item
    below: Item
    arrow: Arrow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The layers from above, each from left to right, and the parts of arrows below each layer."""

    layers: tuple[tuple[Item, ...], ...]
    channels: tuple[tuple[Segment, ...], ...]


def place(graph: Graph, widths: Sequence[int], *, gap: int, limit: int, least: int, most: int) -> Layout | None:
    """Give everything its place within `limit`, at most `most` boxes in a layer; None where there is no room.

    Boxes give up width where a layer is too wide, but not below `least`. Beyond MOST_BOXES or MOST_ARROWS nobody could
    read the drawing, and there is none either.
    """
    if len(graph.boxes) > MOST_BOXES or len(graph.arrows) > MOST_ARROWS:
        return None
    depths = _depths(graph, most)
    boxes = [Item(number, depth, widths[number]) for number, depth in enumerate(depths)]
    layers: list[list[Item]] = [[] for _ in range(max(depths, default=-1) + 1)]
    for item in boxes:
        layers[item.layer].append(item)
    channels = _channels(graph, boxes, layers)
    _order(layers)
    if not all(_fit(layer, gap, limit, least) for layer in layers):
        return None
    _spread(layers, gap, limit)
    return Layout(layers=tuple(map(tuple, layers)), channels=tuple(map(tuple, channels)))


def apart(wishes: Sequence[float], sizes: Sequence[int], *, gap: int, low: int, high: int) -> list[int]:
    """Place sizes in a row, each as near to its wish as the others and the bounds allow; their left ends.

    The least sum of squared distances, by pooling neighbours that would overlap.
    """
    offsets, total = [], 0
    for size in sizes:
        offsets.append(total)
        total += size + gap
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, weight = wish - offset, 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean, weight = (mean * weight + before * more) / (weight + more), weight + more
        pools.append((mean, weight))
    room = max(low, high - (total - gap))
    starts = [min(max(round(mean), low), room) for mean, weight in pools for _ in range(weight)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _depths(graph: Graph, most: int) -> list[int]:
    """Give each box its layer: below all that lead to it, and where that is full, one further down."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for arrow in graph.arrows:
        before[arrow.after].append(arrow.before)
        after[arrow.before].append(arrow.after)
    depths = [0] * len(graph.boxes)
    missing = [len(before[number]) for number in range(len(graph.boxes))]
    ready = [number for number, count in enumerate(missing) if not count]
    taken: dict[int, int] = defaultdict(int)
    for number in ready:  # grows while it is read
        depth = max((depths[one] + 1 for one in before[number]), default=0)
        while taken[depth] >= most:
            depth += 1
        depths[number] = depth
        taken[depth] += 1
        for one in after[number]:
            missing[one] -= 1
            if not missing[one]:
                ready.append(one)
    return depths


def _channels(graph: Graph, boxes: list[Item], layers: list[list[Item]]) -> list[list[Segment]]:
    """Cut arrows into parts; those to the same box share the way through the layers between."""
    channels: list[list[Segment]] = [[] for _ in layers]
    ways: dict[tuple[int, int], Item] = {}
    for arrow in graph.arrows:
        at, target = boxes[arrow.before], boxes[arrow.after]
        rest: Arrow | None = arrow
        while at.layer + 1 < target.layer:
            key = (arrow.after, at.layer + 1)
            is_known = key in ways
            if not is_known:
                ways[key] = Item(None, at.layer + 1, 1)
                layers[at.layer + 1].append(ways[key])
            _join(at, ways[key], rest, channels)
            at, rest = ways[key], None
            if is_known:
                break
        else:
            _join(at, target, rest, channels)
    return channels


def _join(above: Item, below: Item, arrow: Arrow | None, channels: list[list[Segment]]) -> None:
    above.below.append(below)
    below.above.append(above)
    channels[above.layer].append(Segment(above, below, arrow))


def _order(layers: list[list[Item]]) -> None:
    """Order each layer by the mean place of its neighbours, down and up again, until few arrows cross."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            places = {item: index for one in layers for index, item in enumerate(one)}
            means = {item: _mean_place(item.above if down else item.below, places, places[item]) for item in layer}
            layer.sort(key=means.__getitem__)


def _mean_place(neighbours: Sequence[Item], places: dict[Item, int], own: int) -> float:
    return sum(places[one] for one in neighbours) / len(neighbours) if neighbours else own


def _fit(layer: list[Item], gap: int, limit: int, least: int) -> bool:
    """Take width from the widest boxes until the layer fits."""
    excess = sum(item.width for item in layer) + gap * (len(layer) - 1) - limit
    boxes = [item for item in layer if item.box is not None]
    while excess > 0:
        widest = max(boxes, key=lambda item: item.width, default=None)
        if widest is None or widest.width <= least:
            return False
        widest.width -= 1
        excess -= 1
    return True


def _spread(layers: list[list[Item]], gap: int, limit: int) -> None:
    for layer in layers:
        _settle(layer, [limit / 2] * len(layer), gap, limit)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            near = [(item.above if sweep % 2 == 0 else item.below) or item.above or item.below for item in layer]
            wishes = [
                sum(one.middle for one in those) / len(those) if those else item.middle
                for item, those in zip(layer, near, strict=True)
            ]
            _settle(layer, wishes, gap, limit)


def _settle(layer: list[Item], middles: Sequence[float], gap: int, limit: int) -> None:
    wishes = [middle - item.width // 2 for middle, item in zip(middles, layer, strict=True)]
    places = apart(wishes, [item.width for item in layer], gap=gap, low=0, high=limit)
    for item, x in zip(layer, places, strict=True):
        item.x = x
