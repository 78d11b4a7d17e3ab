"""Which events end a transaction, by where they stand: the words of their names only say whether it went well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracer.exchange.suggest.vocabulary import BAD_ENDS, BEGINNINGS, PHASE_OF, words_of

MOSTLY: Final = 0.8  # of the transactions that have it, nothing comes after it
OFTEN: Final = 0.5  # of the transactions that nothing else ends, so many end with it
LEAST: Final = 3  # transactions; fewer say nothing of a position
_GOING_ON: Final = frozenset(
    ["command", "started", "progressed", "waiting", "retried", "failed", "timed_out", "compensating", "compensated"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """How many transactions there are, have an event, begin with it and end with it."""

    total: int
    having: Mapping[str, int]
    first: Mapping[str, int]
    last: Mapping[str, int]


def positions(histories: Sequence[Sequence[str]]) -> Positions:
    """Count where events stand; a transaction of one event has neither beginning nor end."""
    whole = [history for history in histories if len(history) > 1]
    return Positions(
        total=len(whole),
        having=Counter(name for history in whole for name in set(history)),
        first=Counter(history[0] for history in whole),
        last=Counter(history[-1] for history in whole),
    )


def good_end(stands: Positions, ended: int) -> str | None:
    """Find the event that ends most of the transactions that `ended` others do not, and after which nothing comes.

    None where there is none: also where what stands last is bad news or only begins something, as in stuck ones.
    """
    ends = [
        name
        for name, count in stands.last.items()
        if count >= max(LEAST, MOSTLY * stands.having[name]) and not _is_going_on(name)
    ]
    name = max(ends, key=lambda one: (stands.last[one], one), default=None)
    return name if name is not None and stands.last[name] > OFTEN * (_complete(stands) - ended) else None


def _complete(stands: Positions) -> int:
    """Count the transactions whose last event is mostly a last one; the others still run, or are cut off."""
    return sum(count for name, count in stands.last.items() if count > OFTEN * stands.having[name])


def failing_ends(stands: Positions) -> list[str]:
    """Name the events of failure after which mostly nothing comes."""
    return sorted(
        name
        for name, count in stands.last.items()
        if count >= max(LEAST, MOSTLY * stands.having[name]) and _phase(name) == "failed"
    )


def _is_going_on(name: str) -> bool:
    words = words_of(name)
    return _phase(name) in _GOING_ON or (bool(words) and words[-1] in BAD_ENDS | (BEGINNINGS - PHASE_OF.keys()))


def _phase(name: str) -> str | None:
    words = words_of(name)
    return PHASE_OF.get(words[-1]) if words else None
