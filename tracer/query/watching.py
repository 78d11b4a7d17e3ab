"""What alert rules ask at each tick: set-wise, bounded in groups, cheap while nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from tracer.analysis.incidents import GAP_S, Cause, incident_id
from tracer.clock import NS_PER_S
from tracer.store.session import Row, Session

MAX_EXAMPLES: Final = 5
MAX_GROUPS: Final = 2_000
MAX_COVERED: Final = 200_000  # records whose coverage is counted, the latest
MAX_LAST: Final = 50_000  # records among which the last of each source is looked for

Among = Literal["", "_past"]  # the transactions as they are, or as they stood after `past.fold_past`


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which transactions a rule means, and by what they are counted; `by` of saga, step, owner, kind."""

    sagas: Sequence[str] = ()
    steps: Sequence[str] = ()
    owners: Sequence[str] = ()
    kinds: Sequence[str] = ()
    by: Sequence[str] = ()
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was counted in one group, the longest stuck ones as examples; a column that is not counted by is None."""

    transactions: int
    since_ns: int
    latest_ns: int | None = None
    saga: str | None = None
    step: str | None = None
    owner: str | None = None
    kind: str | None = None
    error: str | None = None
    examples: tuple[str, ...] = ()
    incident: str | None = None
    cause: Cause | None = None
    of: int | None = None


def stuck_mark(session: Session, chosen: Chosen, *, now_ns: int, older_ns: int) -> tuple[int, ...]:
    """How many are stuck, how many for so long, and a number that changes when others are, or they stand otherwise."""
    row = session.row("alert_stuck_mark", {**_filters(chosen, now_ns), "older": now_ns - older_ns})
    return tuple(row or (0, 0))


def stuck_incidents(session: Session, chosen: Chosen, *, now_ns: int, older_ns: int, among: Among = "") -> list[Group]:
    """The incidents, as `list_incidents` tells them apart, of the transactions that are overdue for so long."""
    values = {"older": now_ns - older_ns, "gap": GAP_S * NS_PER_S, **_bounds(chosen)}
    return [_incident(row) for row in session.rows(f"alert_stuck{among}", {**_filters(chosen, now_ns), **values})]


def stuck_groups(session: Session, chosen: Chosen, *, now_ns: int, older_ns: int, among: Among = "") -> list[Group]:
    """The stuck transactions that are overdue for so long, counted by `by`."""
    values = {"older": now_ns - older_ns, **_bounds(chosen), **_by(chosen, "saga", "step", "owner", "kind")}
    rows = session.rows(f"alert_stuck_by{among}", {**_filters(chosen, now_ns), **values})
    return [
        Group(saga=saga, step=step, owner=owner, kind=kind, transactions=count, since_ns=since_ns, error=error,
              examples=tuple(examples or ()))
        for saga, step, owner, kind, count, since_ns, error, examples in rows
    ]  # fmt: skip


def failing(
    session: Session, chosen: Chosen, *, now_ns: int, since_ns: int, share: float, among: Among = ""
) -> list[Group]:
    """The sagas of whose transactions that ended since then more than a share did not complete; `of` ended in all."""
    values = {"now": now_ns, "since": since_ns, "share": share, "sagas": list(chosen.sagas) or None}
    rows = session.rows(f"alert_failing{among}", {**values, **_bounds(chosen), **_by(chosen, "saga")})
    return [
        Group(saga=saga, transactions=failed, of=ended, since_ns=first_ns, examples=tuple(examples or ()))
        for saga, ended, failed, first_ns, examples in rows
    ]


def failed_compensations(session: Session, chosen: Chosen, *, since_ns: int, now_ns: int | None = None) -> list[Group]:
    """Compensations that failed since then, and that nothing completed afterwards; with `now_ns` until that time."""
    values: dict[str, Any] = {"since": since_ns, **_bounds(chosen), **_by(chosen, "saga", "step", "owner")}
    if not session.value("alert_undone_any", {"since": since_ns}):
        return []
    names = {"sagas": chosen.sagas, "steps": chosen.steps, "owners": chosen.owners}
    name, values = ("alert_undone", values) if now_ns is None else ("alert_undone_past", values | {"now": now_ns})
    rows = session.rows(name, values | {name: list(one) or None for name, one in names.items()})
    return [
        Group(saga=saga, step=step, owner=owner, transactions=count, since_ns=first_ns, error=error,
              examples=tuple(examples or ()))
        for saga, step, owner, count, first_ns, error, examples in rows
    ]  # fmt: skip


def low_coverage(session: Session, *, since_ns: int, share: float, at_least: int) -> list[tuple[str, int, int, int]]:
    """(source, records, joined, first arrival) of sources of whose latest records less than a share joined."""
    values = {"since": since_ns, "share": share, "at_least": at_least, "most": MAX_COVERED, "limit": MAX_GROUPS}
    return [
        (source, records, joined, at_ns) for source, records, joined, at_ns in session.rows("alert_coverage", values)
    ]


def last_arrivals(session: Session) -> dict[str, int | None]:
    """When a record of each source arrived last; where that is long ago, no later than then. None: not known."""
    return {source: at_ns for source, at_ns, _ in session.rows("alert_last", {"most": MAX_LAST})}


def rejected_counts(session: Session, *, since_ns: int, at_least: int) -> list[tuple[str, int, int, str]]:
    """(source, messages, first arrival, reason of the latest) of messages that were rejected since then."""
    values = {"since": since_ns, "at_least": at_least, "limit": MAX_GROUPS}
    return [(source, count, at_ns, reason) for source, count, at_ns, reason in session.rows("alert_rejected", values)]


def ns_of(value: datetime | None) -> int | None:
    """Give a time of a query's row as nanoseconds; one without a zone is UTC."""
    return None if value is None else int(value.timestamp() * NS_PER_S)


def _incident(row: Row) -> Group:
    saga, step, owner, kind, shape, run, error, count, since_ns, examples, latest_ns = row
    cause = Cause(saga, step, owner, kind, shape)
    return Group(
        saga=saga,
        step=step,
        owner=owner,
        kind=kind,
        error=error,
        transactions=count,
        since_ns=since_ns,
        latest_ns=latest_ns,
        examples=tuple(examples or ()),
        incident=incident_id(cause, run=run, since_ns=since_ns),
        cause=cause,
    )


def _filters(chosen: Chosen, now_ns: int) -> dict[str, Any]:
    return {
        "now": now_ns,
        "sagas": list(chosen.sagas) or None,
        "steps": list(chosen.steps) or None,
        "owners": list(chosen.owners) or None,
        "kinds": list(chosen.kinds) or None,
    }


def _bounds(chosen: Chosen) -> dict[str, Any]:
    return {"at_least": chosen.at_least, "limit": MAX_GROUPS, "examples": MAX_EXAMPLES}


def _by(chosen: Chosen, *columns: str) -> dict[str, Any]:
    return {f"by_{column}": column in chosen.by for column in columns}
