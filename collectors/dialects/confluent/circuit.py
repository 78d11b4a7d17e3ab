"""Decides whether to ask a registry that gave no answer: not every batch shall wait for its timeout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0


class Circuit:
    """Open (do not ask) for a pause that doubles with each failure in a row, from 1 s to 30 s.

    After the pause one try may be made: its failure opens the circuit again, its success closes it.
    `monotonic` gives seconds that never go back. `trouble` may be asked from any thread.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._until_s = 0.0
        self._why = ""

    @property
    def closed(self) -> bool:
        """True while nothing is known to be wrong."""
        return self._failures == 0

    @property
    def open(self) -> bool:
        """True while the registry should not be asked."""
        return not self.closed and self._monotonic() < self._until_s

    @property
    def why(self) -> str:
        """What is wrong; empty while nothing is."""
        return self._why

    def failed(self, why: str) -> None:
        """Note a failure and begin the next pause."""
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_S)
        self._why = why
        self._until_s = self._monotonic() + pause_s
        self._failures += 1

    def succeeded(self) -> None:
        """Note that an answer came."""
        self._failures = 0
        self._why = ""

    def trouble(self) -> str:
        """Say what is wrong and when the next try may be; empty while nothing is."""
        why = self._why
        if not why:
            return ""
        left_s = max(self._until_s - self._monotonic(), 0.0)
        when = f"in {left_s:.0f} s" if left_s >= 1.0 else "with the next message that needs it"
        return f"{why}; it is asked again {when}"
