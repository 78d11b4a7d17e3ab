"""The time axis of a waterfall: linear where something happened, with long silences cut short. Pure.

A saga does its work in seconds and then waits for hours. On one linear axis the work would be a single
cell, so a silence that dwarfs the rest becomes a mark of fixed width that says how long it was.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tracer.clock import NS_PER_S
from tracer.model.duration import ticking

MAX_GAPS: Final = 5
_CELLS_PER_GAP: Final = 10
_KNEE: Final = 8.0
_WIDE: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A silence that was cut short: `width` cells from `left` on, standing for `seconds`."""

    left: int
    width: int
    seconds: float

    @property
    def label(self) -> str:
        """Say how long it was."""
        return ticking(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Times to cells, linear between `knots` (ns, cell)."""

    width: int
    knots: tuple[tuple[int, float], ...]
    gaps: tuple[Gap, ...]

    def cell(self, at_ns: int) -> float:
        """Give the place of a moment in cells from the left, between 0 and the width."""
        right = bisect_right(self.knots, (at_ns, float("inf")))
        if right == 0:
            return 0.0
        if right == len(self.knots):
            return self.knots[-1][1]
        (from_ns, from_cell), (to_ns, to_cell) = self.knots[right - 1], self.knots[right]
        return from_cell + (to_cell - from_cell) * (at_ns - from_ns) / (to_ns - from_ns)

    def at_ns(self, cell: float) -> int:
        """Give the moment at a place, which may lie between cells; places off the axis are its ends."""
        (low_ns, low), *_ = self.knots
        for to_ns, to_cell in self.knots[1:]:
            if cell <= to_cell:
                share = (cell - low) / (to_cell - low) if to_cell > low else 0.0
                return low_ns + round((to_ns - low_ns) * max(0.0, share))
            low_ns, low = to_ns, to_cell
        return low_ns

    def segments(self) -> tuple[tuple[int, float], ...]:
        """Give where each linear stretch begins: (ns, cell)."""
        return self.knots[::2]

    @property
    def start_ns(self) -> int:
        """Give the first moment."""
        return self.knots[0][0]

    @property
    def end_ns(self) -> int:
        """Give the last moment."""
        return self.knots[-1][0]


def build(points_ns: Iterable[int], width: int, *, tail: int = 1) -> Axis:
    """Lay an axis over these moments (at least one), `width` cells wide (at least one).

    The last stretch gets at least `tail` cells, for the word that stands over it.
    """
    points = sorted(set(points_ns))
    cuts = _cuts([later - earlier for earlier, later in pairwise(points)], _room(width))
    clusters = _clusters(points, cuts)
    gap_s = [(after[0] - before[1]) / NS_PER_S for before, after in pairwise(clusters)]
    marks = [len(ticking(seconds)) + (4 if width >= _WIDE else 2) for seconds in gap_s]
    least = [1] * (len(clusters) - 1) + [tail if width >= _WIDE else 1]
    return _placed(clusters, list(zip(gap_s, marks, strict=True)), least, width)


def _room(width: int) -> int:
    return min(MAX_GAPS, width // _CELLS_PER_GAP)


def _cuts(deltas: Sequence[int], most: int) -> frozenset[int]:
    """Choose the silences to cut: those before a steep drop in length, else those longer than all the rest."""
    order = sorted(range(len(deltas)), key=lambda at: -deltas[at])
    lengths = [deltas[at] for at in order]
    chosen = _knee(lengths, most)
    if not chosen:
        rest = sum(lengths)
        while chosen < min(most, len(lengths) - 1) and lengths[chosen] * 2 > rest:
            rest -= lengths[chosen]
            chosen += 1
    return frozenset(order[:chosen])


def _knee(lengths: Sequence[int], most: int) -> int:
    """Count the lengths before the steepest drop, where those are most of the time; 0 where there is none."""
    drops = [(lengths[at] / max(1, lengths[at + 1]), at + 1) for at in range(min(most, len(lengths) - 1))]
    steepest, chosen = max(drops, default=(0.0, 0))
    return chosen if steepest >= _KNEE and sum(lengths[:chosen]) * 2 > sum(lengths) else 0


def _clusters(points: Sequence[int], cuts: frozenset[int]) -> list[tuple[int, int]]:
    clusters, start = [], points[0]
    for at, (earlier, later) in enumerate(pairwise(points)):
        if at in cuts:
            clusters.append((start, earlier))
            start = later
    return [*clusters, (start, points[-1])]


def _placed(
    clusters: Sequence[tuple[int, int]], silences: Sequence[tuple[float, int]], least: Sequence[int], width: int
) -> Axis:
    busy_ns = sum(end - start for start, end in clusters)
    # A stretch without length still gets a cell, so that a lone event is seen.
    spare = max(0, width - sum(mark for _, mark in silences) - sum(least))
    knots: list[tuple[int, float]] = []
    gaps: list[Gap] = []
    left = 0.0
    for number, (start, end) in enumerate(clusters):
        wide = least[number] + (spare * (end - start) / busy_ns if busy_ns else 0.0)
        if number:
            seconds, mark = silences[number - 1]
            gaps.append(Gap(left=round(left), width=mark, seconds=seconds))
            left = float(round(left) + mark)
        # A silence begins on a whole cell: what rounding added is taken from the last stretch.
        right = max(left, min(left + wide, float(width))) if number == len(clusters) - 1 else left + wide
        knots.extend([(start, left), (max(end, start + 1), right)])
        left = right
    return Axis(width=width, knots=tuple(knots), gaps=tuple(gaps))
