"""The notice: what a notifier is given to tell, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tracer.errors import SagascopeError
from tracer.views.alerts import NoticeKind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell, complete: no notifier has to ask for anything.

    `id` names this notice in every try (an idempotency key); `alert` is the alert's own id, the same for its firing,
    its repeats and its end (a deduplication key). `title` is one line, `text` several plain ones: what is stuck, where,
    since when, how many, what is different, what to do and the command that opens it. All texts are clean. `labels`
    tell alerts apart (with `alertname`), `annotations` are for people. `ends_at` only where it is resolved.
    """

    id: str
    kind: NoticeKind
    alert: str
    rule: str
    severity: Severity
    title: str
    text: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    transactions: int
    examples: tuple[str, ...]
    action: str | None
    command: str | None
    open_command: str | None
    link: str | None
    starts_at: datetime
    ends_at: datetime | None
    at: datetime
    acknowledged_by: str | None = None
    saga: str | None = None
    step: str | None = None
    owner: str | None = None
    stall: str | None = None
    trace_ids: tuple[str, ...] = field(default=())


class NotDelivered(SagascopeError):
    """The receiver did not take the notice now; another try may succeed.

    `retry_after_s` is what the receiver asked to wait; `maybe_taken` where it may have taken it and could not say so.
    """

    def __init__(
        self, message: str | None = None, *, retry_after_s: float | None = None, maybe_taken: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.maybe_taken = maybe_taken


class Undeliverable(SagascopeError):
    """The receiver will not take this notice however often it is tried (a wrong key, a refused body)."""


class Notifier(Protocol):
    """Tells notices to one receiver."""

    async def send(self, notice: Notice) -> str | None:
        """Return when the receiver has taken the notice; within the notifier's own time limit.

        Where it was taken for some people only, says for whom it was not and why.
        Raises NotDelivered, or Undeliverable. The message says what the receiver answered, and no secret.
        """
        ...

    async def stop(self) -> None:
        """Let go of connections."""
        ...
