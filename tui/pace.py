"""How often to read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to read: `least_s` apart, `share` times as long as a reading takes, at most `most_s`.

    After a failure the waits of `backoff_s` are taken one after the other.
    """

    least_s: float = 1.0
    share: float = 10.0
    most_s: float = 15.0
    backoff_s: tuple[float, ...] = (1.0, 2.0, 3.0)

    def next_s(self, spent_s: float, failures: int) -> float:
        """Say how long to wait after a reading."""
        if failures:
            return self.backoff_s[min(failures, len(self.backoff_s)) - 1]
        return min(self.most_s, max(self.least_s, spent_s * self.share))


# A store file that no sidecar writes to does not change: it is read when a person asks.
WHEN_ASKED: Final = Pace(least_s=float("inf"), most_s=float("inf"), backoff_s=(float("inf"),))
