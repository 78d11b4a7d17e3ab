"""What should run next for one transaction: its case, put together from what was gathered and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tracer.analysis.advising import Case, TimedMark, advise
from tracer.clock import NS_PER_S
from tracer.model.sagas import Limits, Place, Verdict
from tracer.query.gathering import FOREVER_NS, Gathered, StepRow, gather_records
from tracer.query.listing import seconds_between
from tracer.query.standing import Standing
from tracer.store.knowledge import Known
from tracer.store.naming import json_paths
from tracer.store.session import Session
from tracer.views import Advice, Stall

_ALIAS: Final = "alias."
_MOST: Final = 5


def advice(
    session: Session,
    at: Gathered,
    standing: Standing,
    known: Known | None,
    *,
    limits: Limits,
    stall: Stall | None,
    now_ns: int,
    message: str,
) -> tuple[Advice, ...]:
    """Advise on a transaction as it stands."""
    place = _place(at, standing, stall)
    return advise(
        Case(
            transaction_id=at.transaction_id,
            marks=timed_marks(at.steps),
            verdict=standing.verdict if standing.is_known else Verdict(),
            declared=known.declared if known else None,
            learned=known.learned if known else None,
            limits=limits,
            status="stuck" if stall else standing.verdict.ends or at.head.status,
            stuck_place=place,
            stuck_s=seconds_between(_since_ns(at, standing), now_ns),
            values=_values(session, at.transaction_id, now_ns),
            message=message,
        )
    )


def timed_marks(steps: Iterable[StepRow]) -> tuple[TimedMark, ...]:
    """Give how each step of a transaction stands, with its times."""
    return tuple(_mark(row) for row in steps if row.word is not None)


def _mark(row: StepRow) -> TimedMark:
    return TimedMark(
        step=row.step,
        compensates=row.compensates,
        word=row.word or "pending",
        attempts=row.attempts,
        owner=row.owner,
        since_ns=row.since_ns,
        closed_ns=row.closed_ns,
        error=row.error,
    )


def _place(at: Gathered, standing: Standing, stall: Stall | None) -> Place | None:
    """Give the place where the transaction is stuck; where nothing better is known, the one that its records say."""
    if stall is None:
        return None
    if standing.first is not None:
        return standing.first.place
    head = at.head
    if head.step is None:
        return None
    row = next((one for one in at.steps if (one.step, one.state) == (head.step, head.state)), None)
    return Place(
        step=head.step,
        compensates=row.compensates if row else "",
        owner=stall.owner,
        state=head.state or "pending",
        kind=stall.kind,
        limit_s=None if head.limit_ns is None else head.limit_ns / NS_PER_S,
        limit_basis="default",
    )


def _since_ns(at: Gathered, standing: Standing) -> int:
    if standing.first is not None:
        return standing.first.since_ns
    return at.head.last_ns if at.head.since_ns is None else at.head.since_ns


def _values(session: Session, transaction_id: str, now_ns: int) -> Callable[[str], tuple[object, ...]]:
    """Look values up in the transaction's own records, which are read when the first one is asked for."""
    is_read: list[bool] = []

    def values(path: str) -> tuple[object, ...]:
        if not is_read:
            gather_records(session, transaction_id, as_of_ns=max(now_ns, 0) or FOREVER_NS)
            is_read.append(True)
        if path.startswith(_ALIAS):
            return tuple(
                row[0] for row in session.rows("advice_alias", {"kind": path.removeprefix(_ALIAS), "most": _MOST})
            )
        return tuple(row[0] for row in session.rows("advice_values", {"paths": list(json_paths(path)), "most": _MOST}))

    return values
