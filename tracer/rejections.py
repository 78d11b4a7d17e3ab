"""What the API answers about messages that were rejected: the shapes of `rejected --json`, beside `tracer.views`.

Every field is part of the contract with other people's scripts. Text comes as it was: whoever prints it cleans it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedQuery:
    """Which rejected messages: those that every filter lets through. Of `source` and `topic` several are alternatives.

    `reason` is a text in the reason, in any case.
    """

    source: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    reason: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedHeader:
    """A header of a rejected message."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedMessage:
    r"""A message that no decoder understood, and why.

    `key`, `value` and headers are text where they are UTF-8, other bytes read as \xff. In the list they are cut
    (`is_cut`) and there are no headers; `value_base64` has every byte, where one message is asked for.
    """

    id: int
    source: str
    topic: str
    partition: int
    offset: int
    at: datetime
    received_at: datetime
    size: int
    reason: str
    key: str | None
    value: str | None
    is_cut: bool
    headers: tuple[RejectedHeader, ...] = ()
    value_base64: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPage:
    """Rejected messages, the latest first; `total` counts what the filters let through."""

    messages: tuple[RejectedMessage, ...]
    total: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of rejected messages that were decoded again.

    `accepted` of those that were `tried` are no longer rejected, and `stored` records were new; `skipped` are of
    sources that cannot decode them now, with the `reasons`. `next` goes on where this part ended; null at
    the end.
    """

    tried: int
    accepted: int
    stored: int
    skipped: int
    reasons: tuple[str, ...]
    next: int | None
