"""Hand-offs as ties between the lines of a waterfall, found for the lines that are seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tracer.reports.handoffs import handoffs
from tracer.views import TimelineEntry
from tui.timeline import Row

# A tie that is longer than any screen is of no use, and would be looked for on every line.
REACH: Final = 40
Part = Literal["from-above", "from-below", "through", "to-below", "to-above"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """The part of a tie on one line: it comes in at `at_ns`, where the effect begins."""

    part: Part
    at_ns: int


class Ties:
    """The ties between rows, by their numbers."""

    def __init__(self, rows: Sequence[Row]) -> None:
        placed = [(at, row) for at, row in enumerate(rows) if isinstance(row.payload, TimelineEntry)]
        entries = [row.payload for _, row in placed if isinstance(row.payload, TimelineEntry)]
        found = ((placed[one.cause][0], placed[one.effect]) for one in handoffs(entries))
        self._into = {
            at: (cause, row.start_ns or 0) for cause, (at, row) in found if abs(cause - at) <= REACH
        }  # fmt: skip

    def at(self, index: int) -> tuple[Tie, ...]:
        """Give what crosses, leaves or reaches this line; what reaches it comes last."""
        near = range(index - REACH, index + REACH + 1) if self._into else ()
        ties = [(effect, *self._into[effect]) for effect in near if effect in self._into]
        parts = [(_part(index, cause, effect), at_ns) for effect, cause, at_ns in ties]
        found = [Tie(part=part, at_ns=at_ns) for part, at_ns in parts if part is not None]
        return tuple(sorted(found, key=lambda tie: tie.part.startswith("from")))


def _part(index: int, cause: int, effect: int) -> Part | None:
    if index == effect:
        return "from-above" if cause < effect else "from-below"
    if index == cause:
        return "to-below" if cause < effect else "to-above"
    return "through" if min(cause, effect) < index < max(cause, effect) else None
