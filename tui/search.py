"""A search in lines: which of them hold a text, and which is the next one. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

MAX_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched for, whatever its case, and the numbers of the lines that hold it, in order."""

    text: str = ""
    found: tuple[int, ...] = ()

    def next(self, at: int, direction: int) -> int | None:
        """Give the next (1) or previous (-1) line after this one, from the other end where there is none."""
        if not self.found:
            return None
        if direction > 0:
            return self.found[bisect_right(self.found, at) % len(self.found)]
        return self.found[bisect_left(self.found, at) - 1]

    def first(self, at: int) -> int | None:
        """Give the first line from this one on."""
        return self.found[bisect_left(self.found, at) % len(self.found)] if self.found else None

    def place(self, at: int) -> str:
        """Say which match this line is: "match 2 of 14"."""
        if not self.found:
            return "no match"
        number = bisect_left(self.found, at)
        here = number < len(self.found) and self.found[number] == at
        return f"match {number + 1} of {len(self.found)}" if here else f"{len(self.found)} matching"


def search(text: str, lines: Iterable[str]) -> Search:
    """Look for a text in lines."""
    needle = text.strip()[:MAX_TEXT].casefold()
    if not needle:
        return Search()
    found = tuple(at for at, line in enumerate(lines) if needle in line.casefold())
    return Search(text=text.strip()[:MAX_TEXT], found=found)
