"""One notifier as the deliverer sees it: its limits, what its worker keeps in mind, and how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from tracer.alerts.notice import Notifier

ABOUT: Final = {
    "notices_delivered": "Notices that a receiver took.",
    "notices_retried": "Tries that failed and are repeated.",
    "notices_given_up": "Notices that were given up.",
    "notices_superseded": "Notices not sent because a later one of their alert made them pointless.",
}


@runtime_checkable
class Refreshing(Protocol):
    """A notifier whose receiver forgets what it is not told again."""

    refresh_s: float

    async def refresh(self) -> None:
        """Tell what fires now. Raises NotDelivered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """How it goes with one notifier.

    `trouble` is the last error until something is delivered to all again, or what a refresh did not reach.
    """

    name: str
    is_sending: bool
    failures: int
    trouble: str | None
    counters: Mapping[str, int]
    delivered_ns: int | None


@dataclass(slots=True, kw_only=True)
class Channel:
    """One notifier with its limits, and what its worker keeps in mind."""

    name: str
    notifier: Notifier
    timeout_s: float = 10.0
    give_up_after_s: float = 3600.0
    failures: int = 0
    refresh_trouble: str | None = None
    trouble: str | None = None
    is_sending: bool = False
    is_testing: bool = False
    delivered_ns: int | None = None
    rests_until: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    owed: dict[str, Callable[[], None]] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ABOUT, 0))
