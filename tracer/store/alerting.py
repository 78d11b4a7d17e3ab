"""What the store keeps of alerts: their rows, what became of them, silences, and the outbox.

Written in the lane of `Store.note` alone. Alerts and notices are JSON text here; what they hold only `tracer.alerts`
knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyarrow as pa

from tracer.clock import NS_PER_S
from tracer.store.session import Row, Session

MAX_AGE_S: Final = 14 * 86_400.0
MAX_RESOLVED: Final = 10_000
MAX_CHANGES: Final = 50_000
MAX_DELIVERIES: Final = 50_000
MAX_SILENCES: Final = 1_000
_ALERT: Final = pa.schema(
    {
        "id": pa.string(),
        "rule": pa.string(),
        "what": pa.string(),
        "state": pa.string(),
        "severity": pa.string(),
        "since_ns": pa.int64(),
        "resolved_ns": pa.int64(),
        "body": pa.string(),
    }
)
_DELIVERY: Final = pa.schema(
    {
        "row": pa.int64(),
        "id": pa.string(),
        "alert": pa.string(),
        "rule": pa.string(),
        "notifier": pa.string(),
        "kind": pa.string(),
        "state": pa.string(),
        "error": pa.string(),
        "created_ns": pa.int64(),
        "due_ns": pa.int64(),
        "notice": pa.string(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert as it is kept; `what` is what its rule watches."""

    id: str
    rule: str
    what: str
    state: str
    severity: str
    since_ns: int
    resolved_ns: int | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One notice for one notifier; with an `error` it is given up at once and does not wait."""

    id: str
    alert: str
    rule: str
    notifier: str
    kind: str
    created_ns: int
    notice: str
    error: str | None = None


class Due(NamedTuple):
    """A notice that is due: its JSON, how often it was tried, and (id, kind) of those that wait behind it."""

    notice: str
    tries: int
    created_ns: int
    behind: tuple[tuple[str, str], ...]


def open_alerts(session: Session, ids: Sequence[str] = ()) -> list[str]:
    """Give the bodies of the alerts that are not over, and of those with these ids."""
    return [body for (body,) in session.rows("alert_open", {"ids": list(ids)})]


def alert_body(session: Session, alert_id: str) -> str | None:
    """Give the body of one alert; None where there is none."""
    body: str | None = session.value("alert_one", {"id": alert_id})
    return body


def keep_alerts(session: Session, rows: Sequence[AlertRow], dropped: Sequence[str] = ()) -> None:
    """Put alerts in the place of what was known of them, and take others away."""
    gone = [*dropped, *(row.id for row in rows)]
    if gone:
        session.run("alert_drop", {"ids": gone})
    if rows:
        with session.lent("kept", pa.Table.from_pylist([_columns(row) for row in rows], schema=_ALERT)):
            session.run("alert_keep")


def note_change(session: Session, *, at_ns: int, subject: str, what: str, by: str | None, detail: str) -> None:
    """Add a line to the audit trail."""
    session.run("alert_change_add", {"at": at_ns, "subject": subject, "what": what, "by": by, "detail": detail})


def keep_deliveries(session: Session, new: Sequence[NewDelivery]) -> None:
    """Put notices into the outbox, in this order."""
    if not new:
        return
    rows = [
        {
            "row": number,
            "id": one.id,
            "alert": one.alert,
            "rule": one.rule,
            "notifier": one.notifier,
            "kind": one.kind,
            "state": "waiting" if one.error is None else "failed",
            "error": one.error,
            "created_ns": one.created_ns,
            "due_ns": one.created_ns if one.error is None else None,
            "notice": one.notice,
        }
        for number, one in enumerate(new)
    ]
    with session.lent("kept", pa.Table.from_pylist(rows, schema=_DELIVERY)):
        session.run("delivery_keep")


def due_notices(session: Session, notifier: str, *, now_ns: int, most: int) -> list[Due]:
    """Give of each alert the oldest notice that waits for a notifier, if it is due."""
    rows = session.rows("delivery_due", {"notifier": notifier, "now": now_ns, "most": most})
    return [
        Due(notice, tries, created_ns, tuple((one["id"], one["kind"]) for one in behind or ()))
        for notice, tries, created_ns, behind in rows
    ]


def waiting_counts(session: Session) -> Mapping[str, int]:
    """Count what waits, by notifier."""
    return dict(session.rows("delivery_waiting"))


def told_at(session: Session, alert_ids: Sequence[str], now_ns: int) -> Mapping[str, int]:
    """Say when a notice that these alerts fire was taken last, by whomever; those are left out of which none was."""
    return dict(session.rows("delivery_told", {"ids": list(alert_ids), "now": now_ns})) if alert_ids else {}


def still_told(session: Session, alert_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Say which notifiers (alert, notifier) are still to be told that these alerts fire."""
    rows = session.rows("delivery_pending", {"ids": list(alert_ids)}) if alert_ids else []
    return {(alert, notifier) for alert, notifier in rows}


def silences_now(session: Session, now_ns: int) -> list[Row]:
    """Give id and matchers of the silences that hold."""
    return session.rows("silence_now", {"now": now_ns})


def retain_alerts(session: Session, *, now_ns: int, max_age_s: float | None) -> int:
    """Let go of what is over and too old or too much; how many rows went."""
    before = now_ns - int(min(max_age_s or MAX_AGE_S, MAX_AGE_S) * NS_PER_S)
    bounds = (
        ("retain_delivery", MAX_DELIVERIES),
        ("retain_alert", MAX_RESOLVED),
        ("retain_alert_change", MAX_CHANGES),
        ("retain_silence", MAX_SILENCES),
    )
    return sum(session.count(name, {"before": before, "most": most}) for name, most in bounds)


def _columns(row: AlertRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in _ALERT.names}
