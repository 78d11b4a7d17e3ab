"""The stuck transactions, the longest overdue first."""

from __future__ import annotations

from typing import Any, Final

from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.query.alerted import Marks, alert_marks
from tracer.query.listing import seconds_between
from tracer.store.session import Row, Session
from tracer.views import StallPage, StallQuery, StallRow

MAX_STALLS: Final = 1000


def list_stalls(session: Session, query: StallQuery, *, now_ns: int) -> StallPage:
    """The stuck transactions as of `now_ns`, the longest overdue first. Raises UsageError for a limit that is none."""
    values = stall_values(query, now_ns=now_ns)
    total = int(session.value("stall_count", values))
    rows = session.rows("stall_page", {**values, "limit": query.limit}) if total else []
    marks = alert_marks(session) if rows else Marks(())
    return StallPage(stalls=tuple(_stall(row, now_ns, marks) for row in rows), total=total, as_of=to_datetime(now_ns))


def stall_values(query: StallQuery, *, now_ns: int) -> dict[str, Any]:
    """What `stall_rows.sql` binds. Raises UsageError for a limit that is none."""
    if not 1 <= query.limit <= MAX_STALLS:
        raise UsageError(f"limit must be from 1 to {MAX_STALLS}, not {query.limit}")
    return {
        "now": now_ns,
        "sagas": list(query.saga) or None,
        "owners": list(query.owner) or None,
        "steps": list(query.step) or None,
        "kinds": list(query.kind) or None,
    }


def _stall(row: Row, now_ns: int, marks: Marks) -> StallRow:
    transaction_id, saga, kind, step, owner, state, since_ns, limit_ns, basis, error = row
    return StallRow(
        transaction_id=transaction_id,
        saga=saga,
        kind=kind,
        step=step,
        owner=owner,
        state=state,
        since=to_datetime(since_ns),
        stuck_s=seconds_between(since_ns, now_ns),
        threshold_s=limit_ns / NS_PER_S,
        threshold_source=basis,
        error=error,
        alert=marks.of(saga=saga, step=step, owner=owner, kind=kind),
    )
