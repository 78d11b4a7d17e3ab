"""What an alert rule would have found at an instant that has passed: as `watching`, of what stood then."""

from __future__ import annotations

from typing import Any

from tracer.model.sagas import Limits
from tracer.query.past import fold_past
from tracer.query.watching import Chosen, Group, failed_compensations, failing, stuck_groups, stuck_incidents
from tracer.store.session import Session


def stuck_then(session: Session, chosen: Chosen, limits: Limits, *, at_ns: int, older_ns: int) -> list[Group]:
    """The stuck transactions as they stood, by incident where `by` says so. Raises UsageError for too much to fold."""
    fold_past(session, _narrowed(chosen), limits, as_of_ns=at_ns)
    ask = stuck_incidents if tuple(chosen.by) == ("incident",) else stuck_groups
    return ask(session, chosen, now_ns=at_ns, older_ns=older_ns, among="_past")


def failing_then(
    session: Session, chosen: Chosen, limits: Limits, *, at_ns: int, since_ns: int, share: float
) -> list[Group]:
    """The sagas that failed in the span up to an instant. Raises UsageError for too much to fold."""
    fold_past(session, _narrowed(chosen), limits, as_of_ns=at_ns)
    return failing(session, chosen, now_ns=at_ns, since_ns=since_ns, share=share, among="_past")


def undone_then(session: Session, chosen: Chosen, *, at_ns: int, since_ns: int) -> list[Group]:
    """The compensations that had failed in the span up to an instant, and that nothing had completed by it."""
    return failed_compensations(session, chosen, since_ns=since_ns, now_ns=at_ns)


def first_record_ns(session: Session) -> int | None:
    """When the first record of any transaction happened; None where there is none."""
    earliest: int | None = session.value("first_known")
    return earliest


def _narrowed(chosen: Chosen) -> dict[str, Any]:
    return {"sagas": list(chosen.sagas) or None, "began_since": None, "began_until": None}
