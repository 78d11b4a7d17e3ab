"""Which transactions were counted: one bit for each number, since numbers are dense."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Seen:
    """A set of transaction numbers that only grows at its end, and is cut at its beginning."""

    def __init__(self) -> None:
        self._base = 0
        self._bits = np.zeros(0, np.uint8)

    def missing(self, numbers: Numbers) -> Numbers:
        """Give those that were not added, without those that were cut."""
        at = numbers - self._base
        held = (at >= 0) & (at >> 3 < len(self._bits))
        is_missing = at >= 0
        inside = at[held]
        is_missing[held] = (self._bits[inside >> 3] >> (inside & 7).astype(np.uint8)) & 1 == 0
        return numbers[is_missing]

    def add(self, numbers: Numbers) -> None:
        """Keep these, none of which is below what was cut."""
        if not len(numbers):
            return
        at = numbers - self._base
        need = int(at.max() >> 3) + 1
        if need > len(self._bits):
            self._bits = np.concatenate(
                [self._bits, np.zeros(max(need, len(self._bits) * 2) - len(self._bits), np.uint8)]
            )
        np.bitwise_or.at(self._bits, at >> 3, np.uint8(1) << (at & 7).astype(np.uint8))

    def cut(self, first: int) -> None:
        """Let go of the numbers below `first`, which do not come again."""
        whole = min(max(0, first - self._base) >> 3, len(self._bits))
        self._bits = self._bits[whole:].copy()
        self._base += whole << 3
