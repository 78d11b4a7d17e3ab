"""What the deliverer needs of others: the outbox it empties, and the alerts that fire now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tracer.alerts.notice import Notice
from tracer.views.alerts import NoticeKind

# What the error of a notice begins with that was not sent because a later one of its alert makes it pointless.
SUPERSEDED: Final = "superseded"

# The alerts that fire now, each as its last notice; it may block and is called from a worker thread.
Firing = Callable[[], Sequence[Notice]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A notice that waits behind another one of its alert."""

    id: str
    kind: NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that waits to be sent; `tries` counts how often a send of it began.

    `behind` are the other notices of the same alert that wait for the same notifier, in order, due or not.
    """

    notice: Notice
    tries: int
    created_ns: int
    behind: tuple[Behind, ...] = ()


class Outbox(Protocol):
    """The notices that wait, kept by the store; a notice's id is its own at each notifier.

    Each method blocks, and is called from a worker thread. What it has written is durable when it returns. An id
    that is not waiting (any more) is passed over.
    """

    def due(self, notifier: str, now_ns: int, most: int) -> Sequence[Waiting]:
        """Give what is to be sent now: of each alert the oldest that waits, if it is due; the oldest first.

        What was put in, or tried, at a later time than `now_ns` is due: the clock was set back.
        """
        ...

    def next_due_ns(self, notifier: str) -> int | None:
        """Say when the next one is due, of those that `due` could give; None where none waits."""
        ...

    def begun(self, ids: Sequence[str], now_ns: int) -> None:
        """Count a try of each; written before the send, so that a crash in between is seen afterwards."""
        ...

    def delivered(self, id: str, now_ns: int) -> None:  # noqa: A002  the field's name
        """Note that the receiver took it; it waits no more."""
        ...

    def abandon(self, known: Sequence[str], error: str) -> None:
        """Give up what waits for others than these notifiers, with this error."""
        ...

    def failed(self, id: str, now_ns: int, error: str, due_ns: int | None) -> None:  # noqa: A002  likewise
        """Note why it was not taken, and when it is due again; None: it is given up, or superseded."""
        ...
