"""Counts of what came in and what was refused, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

Transport = Literal["grpc", "http"]
Refusal = Literal[
    "rejected_malformed",  # will be refused again
    "rejected_too_large",  # over max_body, max_inflated or max_items
    "rejected_protocol",  # no such path, method, content type, or a signal that is not taken
    "rejected_unauthorized",
    "refused_busy",  # the store or the queue was full: the client sends it again
    "refused_concurrency",  # over max_concurrent_requests: likewise
    "refused_incomplete",  # did not arrive in time, or not whole: likewise
    "failed",  # ours is the fault
]
_REFUSALS: Final[tuple[Refusal, ...]] = (
    "rejected_malformed", "rejected_too_large", "rejected_protocol", "rejected_unauthorized",
    "refused_busy", "refused_concurrency", "refused_incomplete", "failed",
)  # fmt: skip
_TOTALS: Final = ("requests", "records", "bytes", "groups")


class Tally:
    """Counters that only grow; every total is there from the start, at 0."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys((*_TOTALS, *_REFUSALS), 0))

    def accepted(self, what: str, *, body_bytes: int) -> None:
        """Count a request that was stored; `what` is its signal and transport, as "traces_grpc"."""
        self._counts["requests"] += 1
        self._counts[f"requests_{what}"] += 1
        self._counts["bytes"] += body_bytes

    def stored(self, *, records: int) -> None:
        """Count a group of requests that was committed together."""
        self._counts["groups"] += 1
        self._counts["records"] += records

    def refused(self, refusal: Refusal) -> None:
        """Count a request that was not taken."""
        self._counts[refusal] += 1

    def counts(self) -> Mapping[str, int]:
        """Give all counters as of now."""
        return dict(self._counts)
