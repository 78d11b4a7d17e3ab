"""Twins of what alerts need of others, in memory, and notices to send."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tracer.alerts.notice import Notice
from tracer.alerts.ports import Behind, Waiting
from tracer.views.alerts import DeliveryState, NoticeKind

AT = datetime(2026, 3, 1, 2, 0, 0, tzinfo=UTC)


def notice(id: str = "n1", *, kind: NoticeKind = "firing", alert: str = "a1", **changes: object) -> Notice:  # noqa: A002
    """Make a notice of one incident of stuck orders."""
    made = Notice(
        id=id,
        kind=kind,
        alert=alert,
        rule="transactions-stuck",
        severity="warning",
        title="412 order transactions are stuck at charge-card (payments)",
        text="412 transactions of order wait for payments since 02:00.\nDifferent: region=eu in 98 %.",
        labels={"alertname": "transactions-stuck", "saga": "order", "step": "charge-card"},
        annotations={"runbook": "https://wiki.example/charge-card"},
        transactions=412,
        examples=("o-1", "o-2"),
        action="retry",
        command="curl -X POST http://payments/charges/o-1",
        open_command="sagascope tui --open o-1",
        link="https://sagascope.example/#o-1",
        starts_at=AT,
        ends_at=AT if kind == "resolved" else None,
        at=AT,
        acknowledged_by="ann" if kind == "acknowledged" else None,
        saga="order",
        step="charge-card",
        owner="payments",
        stall="handoff-lost",
        trace_ids=("0af7651916cd43dd8448eb211c80319c",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(slots=True, kw_only=True)
class Row:
    """A notice in the outbox of one notifier, and what has become of it."""

    notifier: str
    notice: Notice
    created_ns: int
    due_ns: int
    state: DeliveryState = "waiting"
    tries: int = 0
    begun_ns: int | None = None
    error: str | None = None

    def is_due(self, now_ns: int) -> bool:
        """Whether it is; so is what lies ahead."""
        return self.due_ns <= now_ns or (self.created_ns if self.begun_ns is None else self.begun_ns) > now_ns


@dataclass(slots=True)
class MemoryOutbox:
    """The outbox in memory; `rows` shows everything that was ever put in."""

    rows: dict[str, Row] = field(default_factory=dict)

    def put(self, notifier: str, notice: Notice, now_ns: int) -> None:
        """Let a notice wait from now on."""
        self.rows[notice.id] = Row(notifier=notifier, notice=notice, created_ns=now_ns, due_ns=now_ns)

    def due(self, notifier: str, now_ns: int, most: int) -> Sequence[Waiting]:
        """See Outbox."""
        first = [queue for queue in self._queues(notifier) if queue[0].is_due(now_ns)]
        return [_waiting(queue) for queue in first][:most]

    def next_due_ns(self, notifier: str) -> int | None:
        """See Outbox."""
        return min((queue[0].due_ns for queue in self._queues(notifier)), default=None)

    def begun(self, ids: Sequence[str], now_ns: int) -> None:
        """See Outbox."""
        for row in self._waiting_rows(ids):
            row.tries, row.begun_ns = row.tries + 1, now_ns

    def delivered(self, id: str, now_ns: int) -> None:  # noqa: A002
        """See Outbox."""
        del now_ns
        for row in self._waiting_rows([id]):
            row.state, row.error = "delivered", None

    def failed(self, id: str, now_ns: int, error: str, due_ns: int | None) -> None:  # noqa: A002
        """See Outbox."""
        del now_ns
        for row in self._waiting_rows([id]):
            row.error = error
            if due_ns is None:
                row.state = "failed"
            else:
                row.due_ns = due_ns

    def abandon(self, known: Sequence[str], error: str) -> None:
        """See Outbox."""
        for row in self.rows.values():
            if row.state == "waiting" and row.notifier not in known:
                row.state, row.error = "failed", error

    def _waiting_rows(self, ids: Sequence[str]) -> list[Row]:
        return [self.rows[id] for id in ids if id in self.rows and self.rows[id].state == "waiting"]  # noqa: A001

    def _queues(self, notifier: str) -> list[list[Row]]:
        """Give the waiting rows of each alert, the alert whose oldest is the oldest first."""
        queues: dict[str, list[Row]] = {}
        for row in self.rows.values():
            if row.notifier == notifier and row.state == "waiting":
                queues.setdefault(row.notice.alert, []).append(row)
        return sorted(queues.values(), key=lambda queue: queue[0].created_ns)


def _waiting(queue: list[Row]) -> Waiting:
    first, *rest = queue
    behind = tuple(Behind(id=row.notice.id, kind=row.notice.kind) for row in rest)
    return Waiting(notice=first.notice, tries=first.tries, created_ns=first.created_ns, behind=behind)
