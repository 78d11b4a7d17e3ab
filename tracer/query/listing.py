"""The list of transactions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from tracer.clock import NS_PER_S, to_datetime, to_ns
from tracer.errors import UsageError
from tracer.model.sagas import Limits
from tracer.query.alerted import Marks, alert_marks
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
_STATUS: Final = 3  # place in a row of list_shown.sql
_SEVERITY: Final = (
    "CASE status_now WHEN 'stuck' THEN 0 WHEN 'compensating' THEN 1 WHEN 'running' THEN 2 "
    "WHEN 'failed' THEN 3 WHEN 'compensated' THEN 4 ELSE 5 END"
)
_Way = Literal["along", "against", "up", "down"]
# What a sort key means: what is compared, and whether that goes along with the direction asked for or against it, or
# always one way. The longest time in a step is the earliest since_ns.
_ORDERS: Final[Mapping[str, tuple[tuple[str, _Way], ...]]] = {
    "transaction_id": (("transaction_id", "along"),),
    "status": ((_SEVERITY, "along"), ("since_ns", "up"), ("last_ns", "down")),
    "saga": (("saga", "along"),),
    "step": (("step", "along"),),
    "owner": (("owner", "along"),),
    "in_step": (("since_ns", "against"),),
    "age": (("coalesce(ended_ns, $now) - greatest(first_ns, 0)", "along"),),
    "started": (("first_ns", "along"),),
    "last_activity": (("last_ns", "along"),),
}


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    now_ns: int


def order_by(sort: str, *, backwards: bool = False) -> str:
    """The ORDER BY terms of a sort key, "-" in front of it for descending; `backwards` the same rows, the last first.

    Raises UsageError.
    """
    key = sort.removeprefix("-")
    if key not in _ORDERS:
        raise UsageError(f"cannot sort by {key!r}: choose one of {', '.join(sorted(_ORDERS))}")
    terms = (*_ORDERS[key], ("txn", "up"))
    falls = {"along": sort.startswith("-"), "against": not sort.startswith("-"), "up": False, "down": True}
    nulls = "FIRST" if backwards else "LAST"
    return ", ".join(f"{term} {'DESC' if falls[way] != backwards else 'ASC'} NULLS {nulls}" for term, way in terms)


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
    order_by(query.sort)
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
    rows = _page(session, f"list_page{among}", query.sort, {**values, **page}, total)
    is_marked = query.as_of is None and any(row[_STATUS] == "stuck" for row in rows)
    marks = alert_marks(session) if is_marked else Marks(())
    end = place.offset + len(rows)
    return TransactionPage(
        transactions=tuple(_summary(row, place.now_ns, marks) for row in rows),
        next=_cursor(_Place(end, place.now_ns)) if end < total and rows else None,
        total=total,
        counts=counts,
        as_of=to_datetime(place.now_ns),
    )


def _page(session: Session, name: str, sort: str, values: Mapping[str, Any], total: int) -> list[Row]:
    """Read a page from the end that it is nearer to: to skip rows costs as much as to sort them."""
    offset, limit = values["offset"], min(values["limit"], total - values["offset"])
    if limit <= 0:
        return []
    if offset <= total // 2:
        return session.rows_ordered(name, order_by(sort), values)
    behind = {"offset": total - offset - limit, "limit": limit}
    return session.rows_ordered(name, order_by(sort, backwards=True), {**values, **behind})[::-1]


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


def _summary(row: Row, now_ns: int, marks: Marks) -> Summary:
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
        alert=marks.of(saga=saga, step=step, owner=owner, kind=stall) if status == "stuck" else None,
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
