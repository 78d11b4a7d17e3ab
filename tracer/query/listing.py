"""The list of transactions."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from tracer.clock import NS_PER_S, to_datetime, to_ns
from tracer.errors import UsageError
from tracer.model.sagas import Limits
from tracer.query.holding import want_holding
from tracer.query.past import fold_past
from tracer.store.session import Row, Session
from tracer.views import Summary, TransactionPage, TransactionQuery

MAX_LIMIT: Final = 1000
MAX_OFFSET: Final = 1 << 40
_AGES: Final = ("older_than", "longer_than", "shorter_than")
_MAX_AGE_S: Final = 1 << 32
_CURSOR: Final = tuple[
    Annotated[int, msgspec.Meta(ge=0, le=MAX_OFFSET)],
    Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)],
]
_SEVERITY: Final = (
    "CASE status_now WHEN 'stuck' THEN 0 WHEN 'compensating' THEN 1 WHEN 'running' THEN 2 "
    "WHEN 'failed' THEN 3 WHEN 'compensated' THEN 4 ELSE 5 END"
)
# What a sort key means, ascending; the longest time in a step is the earliest since_ns, so there {o} turns round.
_ORDERS: Final = {
    "transaction_id": "transaction_id",
    "status": f"{_SEVERITY} {{d}}, since_ns ASC NULLS LAST, last_ns DESC",
    "saga": "saga",
    "step": "step",
    "owner": "owner",
    "in_step": "since_ns {o} NULLS LAST",
    "age": "coalesce(ended_ns, $now) - greatest(first_ns, 0)",
    "started": "first_ns",
    "last_activity": "last_ns",
}


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    now_ns: int


def order_by(sort: str) -> str:
    """The ORDER BY terms of a sort key, "-" in front of it for descending. Raises UsageError."""
    key = sort.removeprefix("-")
    if key not in _ORDERS:
        raise UsageError(f"cannot sort by {key!r}: choose one of {', '.join(sorted(_ORDERS))}")
    direction, opposite = ("DESC", "ASC") if sort.startswith("-") else ("ASC", "DESC")
    terms = _ORDERS[key]
    ordered = terms.format(d=direction, o=opposite) if "{" in terms else f"{terms} {direction} NULLS LAST"
    return f"{ordered}, txn"


def list_transactions(session: Session, query: TransactionQuery, limits: Limits, *, now_ns: int) -> TransactionPage:
    """One page of the list as of `now_ns`, or as it stood at the query's instant.

    Raises UsageError for a limit, an age, a sort or a cursor that is none, and for too much to look back at.
    """
    if not 1 <= query.limit <= MAX_LIMIT:
        raise UsageError(f"limit must be from 1 to {MAX_LIMIT}, not {query.limit}")
    if not 0 <= query.offset <= MAX_OFFSET:
        raise UsageError(f"offset must be from 0 to {MAX_OFFSET}, not {query.offset}")
    _check_ages(query)
    # A cursor knows its instant: what was asked for as 15 minutes ago goes on where it began.
    as_of_ns = _at_ns(query.as_of)
    place = (
        _read_cursor(query.cursor) if query.cursor else _Place(query.offset, now_ns if as_of_ns is None else as_of_ns)
    )
    order = order_by(query.sort)
    values = _values(query, place.now_ns)
    among = ""
    if query.as_of is not None:
        fold_past(session, values, limits, as_of_ns=place.now_ns)
        among = "_past"
    if query.attribute:
        want_holding(session, query.attribute, values, among=among)
        values, among = {"now": place.now_ns}, f"{among}_wanted"
    counts = {str(status): int(n) for status, n in session.rows(f"list_counts{among}", values)}
    total = sum(n for status, n in counts.items() if not query.status or status in query.status)
    page = {"statuses": list(query.status) or None, "limit": query.limit, "offset": place.offset}
    rows = session.rows_ordered(f"list_page{among}", order, {**values, **page})
    end = place.offset + len(rows)
    return TransactionPage(
        transactions=tuple(_summary(row, place.now_ns) for row in rows),
        next=_cursor(_Place(end, place.now_ns)) if end < total and rows else None,
        total=total,
        counts=counts,
        as_of=to_datetime(place.now_ns),
    )


def _check_ages(query: TransactionQuery) -> None:
    for name in _AGES:
        seconds = getattr(query, f"{name}_s")
        if seconds is not None and not 0 <= seconds <= _MAX_AGE_S:
            raise UsageError(f"{name} must be from 0 to {_MAX_AGE_S} seconds, not {seconds:g}")


def _values(query: TransactionQuery, now_ns: int) -> dict[str, Any]:
    return {
        "now": now_ns,
        "sagas": list(query.saga) or None,
        "owners": list(query.owner) or None,
        "steps": list(query.step) or None,
        "kinds": list(query.kind) or None,
        "error": query.error.lower() if query.error else None,
        "older_ns": _ns(query.older_than_s),
        "longer_ns": _ns(query.longer_than_s),
        "shorter_ns": _ns(query.shorter_than_s),
        "since": _at_ns(query.since),
        "until": _at_ns(query.until),
        "began_since": _at_ns(query.began_since),
        "began_until": _at_ns(query.began_until),
        "q": query.q.lower() if query.q else None,
    }


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * NS_PER_S)


def _at_ns(moment: datetime | None) -> int | None:
    return None if moment is None else to_ns(moment)


def _summary(row: Row, now_ns: int) -> Summary:
    (transaction_id, saga, style, status, step, owner, state, basis, stall, first, last, ended, since, error) = row[:-1]
    return Summary(
        transaction_id=transaction_id,
        saga=saga,
        style=style,
        status=status,
        step=step,
        owner=owner,
        state=state,
        basis=basis,
        stall=stall,
        started_at=to_datetime(first),
        last_activity_at=to_datetime(last),
        ended_at=None if ended is None else to_datetime(ended),
        elapsed_s=seconds_between(first, now_ns if ended is None else ended),
        in_step_s=None if since is None else seconds_between(since, now_ns),
        error=error,
        outcome=row[-1],
    )


def seconds_between(start_ns: int, end_ns: int) -> float:
    """Seconds from one instant to a later one; zero where clocks disagree and it would be negative."""
    return max(0, end_ns - start_ns) / NS_PER_S


def _cursor(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((place.offset, place.now_ns))).decode()


def _read_cursor(text: str) -> _Place:
    try:
        offset, now_ns = msgspec.json.decode(base64.urlsafe_b64decode(text), type=_CURSOR)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise UsageError("the cursor is not one that this list gave: start again without it") from error
    return _Place(offset, now_ns)
