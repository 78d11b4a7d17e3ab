"""The part of time that a waterfall shows: all of it, or a window that is zoomed and moved along the axis. Pure.

Windows are moved along the axis on which long silences are cut short, not along the clock: of a saga that worked for
seconds and waited for hours a window would else show nothing but the waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tracer.reports.axis import Axis, build

_FINE: Final = 4_096
_LEAST_NS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """The window in ns, UTC; None where all is shown."""

    window: tuple[int, int] | None = None

    def points(self, points_ns: Sequence[int]) -> Iterable[int]:
        """Give those of the moments that the axis of the window must show, and its ends."""
        if self.window is None:
            return points_ns
        low, high = self.window
        return [low, high, *(at for at in points_ns if low < at < high)]

    def zoomed(self, factor: float, around_ns: int | None, points_ns: Sequence[int]) -> Lens:
        """Show so many times as much, with this moment in the middle where it is known."""
        whole = build(points_ns, _FINE)
        low, high = self._cells(whole)
        middle = (low + high) / 2 if around_ns is None else whole.cell(around_ns)
        span = (high - low) * factor
        return self._placed(whole, middle - span / 2, span)

    def panned(self, share: float, points_ns: Sequence[int]) -> Lens:
        """Move by a share of what is shown, to later moments where it is positive."""
        whole = build(points_ns, _FINE)
        low, high = self._cells(whole)
        return self._placed(whole, low + (high - low) * share, high - low)

    def times(self, points_ns: Sequence[int]) -> float:
        """Say how many times larger than fitted it is drawn."""
        whole = build(points_ns, _FINE)
        low, high = self._cells(whole)
        return _width(whole) / (high - low) if high > low else 1.0

    def _cells(self, whole: Axis) -> tuple[float, float]:
        if self.window is None:
            return 0.0, _width(whole)
        return whole.cell(self.window[0]), whole.cell(self.window[1])

    def _placed(self, whole: Axis, low: float, span: float) -> Lens:
        most = _width(whole)
        if span >= most:
            return Lens()
        low = max(0.0, min(low, most - span))
        window = whole.at_ns(low), whole.at_ns(low + span)
        return Lens(window=window) if window[1] - window[0] >= _LEAST_NS else self


def _width(whole: Axis) -> float:
    return whole.knots[-1][1]
