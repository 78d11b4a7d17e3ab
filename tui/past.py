"""The instants of a transaction at which something happened, to play it forward and back. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracer.views import Transaction

# Times in an answer are cut to microseconds: a microsecond later the record was there.
_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The instant that is looked at, None for now, and those at which a record began or ended, in order."""

    at: datetime | None = None
    instants: tuple[datetime, ...] = ()

    def knowing(self, transaction: Transaction) -> Past:
        """Take in the instants of a reading; those of the past know nothing of what came later."""
        moments = {entry.at for entry in transaction.timeline}
        moments |= {entry.until for entry in transaction.timeline if entry.until is not None}
        found = {moment + _AFTER for moment in moments}
        return replace(self, instants=tuple(sorted(found if self.at is None else found | set(self.instants))))

    def stepped(self, direction: int) -> Past:
        """Go to the previous (-1) or next (1) instant: after the last one comes now, before the first one nothing."""
        if direction < 0:
            # Now is what the last instant left: the one before it is the first that differs.
            at = (len(self.instants) - 1 if self.at is None else bisect_left(self.instants, self.at)) - 1
            return replace(self, at=self.instants[at]) if at >= 0 else self
        if self.at is None:
            return self
        at = bisect_right(self.instants, self.at)
        return replace(self, at=self.instants[at] if at < len(self.instants) - 1 else None)

    def place(self) -> str:
        """Say which of the instants this is: "3 of 14"."""
        if self.at is None or not self.instants:
            return ""
        return f"{bisect_right(self.instants, self.at)} of {len(self.instants)}"
