"""How many became stuck lately, as a small picture and as a word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.look import Look

_RAMP: Final = "▁▂▃▄▅▆▇█"
_ASCII_RAMP: Final = "_.-=+*%#"
_TEN: Final = 10
_MUCH: Final = 1.5
_MANY: Final = 3


def spark(counts: Sequence[int], cells: int, look: Look) -> str:
    """Draw counts, the latest at the right, in at most `cells` cells; nothing where there are none to draw."""
    folded = _folded(counts, cells)
    most = max(folded, default=0)
    if not most:
        return ""
    ramp = look.pick(_RAMP, _ASCII_RAMP)
    # What is there at all stands above the line.
    return "".join(ramp[0] if not one else ramp[max(1, (one * (len(ramp) - 1)) // most)] for one in folded)


def _folded(counts: Sequence[int], cells: int) -> list[int]:
    """Add neighbours up until they fit; what does not divide is left out at the far end."""
    if cells <= 0:
        return []
    each = -(-len(counts) // cells)
    first = len(counts) % each if each else 0
    return [sum(counts[at : at + each]) for at in range(first, len(counts), each)] if each else []


def course(counts: Sequence[int]) -> str:
    """Say what the last ten counts do against the ten before: growing, slowing, steady or over; of few nothing."""
    late, before = sum(counts[-_TEN:]), sum(counts[-2 * _TEN : -_TEN])
    if not late:
        return "over" if before else ""
    if late < _MANY and before < _MANY:
        return ""
    if late >= before * _MUCH and late - before >= _MANY:
        return "growing"
    return "slowing" if before >= late * _MUCH and before - late >= _MANY else "steady"
