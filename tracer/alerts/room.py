"""How many alerts may go on at once, so that one rule that matches everything leaves room for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

_KEPT_PART: Final = 4


class Room:
    """Places for `most` alerts: a fourth is kept for the rules, alike for each, the rest is for those that come first.

    `going` are the rules of the alerts that go on, one for each of them.
    """

    def __init__(self, most: int, rules: int, going: Iterable[str]) -> None:
        self._kept = max(1, most // (_KEPT_PART * max(1, rules)))
        self._shared = max(0, most - self._kept * rules)
        self._going = Counter(going)

    def take(self, rule: str) -> bool:
        """Take a place for one more alert of a rule; False where there is none."""
        has_room = self._going[rule] < self._kept or self._beyond() < self._shared
        self._going[rule] += has_room
        return has_room

    def _beyond(self) -> int:
        """How many have a place that is not kept for their rule."""
        return sum(max(0, count - self._kept) for count in self._going.values())
