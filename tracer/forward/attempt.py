"""What an answer to an OTLP request means: delivered, refused for good, or to be sent again and when.

Source: OpenTelemetry Protocol Specification, "Failures" and "OTLP/gRPC Throttling", "OTLP/HTTP Response".
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal, Protocol

from tracer.forward.queue import Waiting

FIRST_BACKOFF_S: Final = 1.0
MAX_BACKOFF_S: Final = 30.0
MAX_RETRY_AFTER_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended; `after_s` is what the server asked to wait, `rejected_items` a partial success's."""

    kind: Literal["delivered", "refused", "again"]
    detail: str = ""
    after_s: float | None = None
    rejected_items: int = 0


class Transport(Protocol):
    """Sends one request once."""

    async def start(self) -> None:
        """Get ready to send; no request yet."""
        ...

    async def send(self, item: Waiting) -> Outcome:
        """Send and say how it ended; never raises for what the other side does."""
        ...

    async def stop(self) -> None:
        """Let go of the connection."""
        ...


def backoff_s(failures: int, asked_s: float | None, *, jitter: random.Random) -> float:
    """Say how long to wait after so many failures: what the server asked, else doubling with jitter."""
    if asked_s is not None:
        return min(asked_s, MAX_RETRY_AFTER_S)
    ceiling = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(failures - 1, 10))
    return ceiling * jitter.uniform(0.5, 1.0)


def retry_after_s(header: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header, in seconds or as a date; None where it is neither."""
    if header is None:
        return None
    if header.isascii() and header.strip().isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
