"""One transaction, folded from its records at the moment of asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

import msgspec

from tracer.analysis.stalls import Situation, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.words import CorrelatedBy
from tracer.query.listing import seconds_between
from tracer.store.session import Row, Session
from tracer.views import Compensation, Current, RecordPage, RecordRow, Stall, Step, TimelineEntry, Transaction

TIMELINE_LIMIT: Final = 20_000
FOREVER_NS: Final = (1 << 63) - 1
_RULES: Final[tuple[CorrelatedBy, ...]] = get_args(CorrelatedBy)


@dataclass(frozen=True, slots=True)
class _Head:
    """A row of `show_state`."""

    first_ns: int
    last_ns: int
    saga: str | None
    style: Any
    status: Any
    ended_ns: int | None
    step: str | None
    owner: str | None
    state: Any
    since_ns: int | None
    basis: Any
    stall: Any
    lost_span: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _StepRow:
    """A row of `show_steps`."""

    step: str
    compensates: str
    owner: str | None
    state: Any
    started_ns: int | None
    commanded_ns: int | None
    first_ns: int
    closed_ns: int | None
    is_open: bool | None
    since_ns: int
    attempts: int
    error: str | None
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What `gather` left in the session: the id that was asked for and the bounds of its records."""

    transaction_id: str
    first_ns: int
    last_ns: int


def gather(session: Session, asked: str, *, as_of_ns: int) -> Found | None:
    """Put the records of a transaction into the session's table `shown`; None where there is no such id.

    `asked` may be the transaction's id or any alias of it. Records that the fold has not taken in count too.
    """
    folded = session.value("folded_seq")
    txn = session.value("find_name", {"id": asked})
    if txn is None:
        if not session.value("unfolded_has", {"id": asked, "folded": folded}):
            return None
        session.run("show_unfolded", {"id": asked})
        found = Found(transaction_id=asked, first_ns=0, last_ns=0)
    else:
        found = _known(session, txn, asked)
    bounds = {"first": found.first_ns, "last": found.last_ns, "folded": folded, "as_of": as_of_ns}
    session.run("show_records", bounds)
    return found


def _known(session: Session, txn: int, asked: str) -> Found:
    session.run("show_wanted", {"txn": txn})
    session.run("show_members")
    name, first, last = session.row("show_names", {"txn": txn}) or (asked, 0, FOREVER_NS)
    return Found(transaction_id=name, first_ns=first, last_ns=last)


def show(session: Session, found: Found, *, now_ns: int, threshold_s: float) -> Transaction | None:
    """Tell the transaction whose records `gather` put into the session; None where there were none yet then."""
    session.run("show_fresh")
    for name in ("steps_fresh", "handoffs_fresh", "txns_fresh", "states", "derive"):
        session.run(name)
    row = session.row("show_state")
    if row is None:
        return None
    head = _Head(*row)
    states = [_StepRow(*one) for one in session.rows("show_steps")]
    handoff = None if head.lost_span is None else session.value("show_destination", {"span": head.lost_span})
    stall = _stall(head, states, handoff, now_ns=now_ns, threshold_s=threshold_s)
    total = int(session.value("show_count"))
    return Transaction(
        transaction_id=found.transaction_id,
        aliases=tuple(row[0] for row in session.rows("show_aliases", {"id": found.transaction_id})),
        saga=head.saga,
        style=head.style,
        status="stuck" if stall else head.status,
        started_at=to_datetime(head.first_ns),
        last_activity_at=to_datetime(head.last_ns),
        ended_at=None if head.ended_ns is None else to_datetime(head.ended_ns),
        elapsed_s=seconds_between(head.first_ns, now_ns if head.ended_ns is None else head.ended_ns),
        current=_current(head, states, now_ns, threshold_s),
        stall=stall,
        remaining=(),
        steps=_steps(states),
        timeline=tuple(_entry(row) for row in session.rows("show_timeline", {"limit": TIMELINE_LIMIT})),
        timeline_total=total,
        advice=(),
        notes=_notes(session, found, total),
        as_of=to_datetime(now_ns),
    )


def _current(head: _Head, states: list[_StepRow], now_ns: int, threshold_s: float) -> tuple[Current, ...]:
    if head.ended_ns is not None or head.step is None or head.since_ns is None:
        return ()
    running = sorted((row for row in states if row.is_open), key=lambda row: (row.since_ns, row.step))
    if running:
        return tuple(
            _at(
                row.step,
                row.owner,
                row.state,
                since_ns=row.since_ns,
                is_exact=row.exact,
                now_ns=now_ns,
                threshold_s=threshold_s,
            )
            for row in running
        )
    since_ns = head.since_ns
    return (
        _at(
            head.step, head.owner, head.state, since_ns=since_ns, is_exact=False, now_ns=now_ns, threshold_s=threshold_s
        ),
    )


def _at(
    step: str, owner: str | None, state: Any, *, since_ns: int, is_exact: bool, now_ns: int, threshold_s: float
) -> Current:
    return Current(
        step=step,
        owner=owner,
        state=state,
        since=to_datetime(since_ns),
        elapsed_s=seconds_between(since_ns, now_ns),
        expected_s=None,
        threshold_s=None if state == "waiting" else threshold_s,
        threshold_source="default",
        basis="exact" if is_exact else "inferred",
    )


def _stall(
    head: _Head, states: list[_StepRow], handoff: str | None, *, now_ns: int, threshold_s: float
) -> Stall | None:
    if head.stall is None or head.since_ns is None or now_ns - head.since_ns <= threshold_s * NS_PER_S:
        return None
    stuck_s = seconds_between(head.since_ns, now_ns)
    place = next((row for row in states if (row.step, row.state) == (head.step, head.state)), None)
    situation = Situation(
        kind=head.stall,
        step=head.step,
        owner=head.owner,
        state=head.state,
        stuck_s=stuck_s,
        threshold_s=threshold_s,
        attempts=place.attempts if place else 1,
        error=(place.error if place else None) or head.error,
        undoes=place.compensates or None if place else None,
        handoff=handoff,
        is_exact=any(row.exact for row in states),
    )
    return Stall(
        kind=head.stall,
        since=to_datetime(head.since_ns),
        stuck_s=stuck_s,
        step=head.step,
        owner=head.owner,
        why=why(situation),
    )


def _steps(states: list[_StepRow]) -> tuple[Step, ...]:
    """Steps in the order in which they began, with what undoes each; an undone step that no record told of too."""
    undone = {row.compensates: row for row in states if row.compensates}
    steps = [_step(row, undone.pop(row.step, None)) for row in states if not row.compensates]
    return (*steps, *(_only_undone(name, row) for name, row in undone.items()))


def _step(row: _StepRow, undone_by: _StepRow | None) -> Step:
    start = row.started_ns if row.started_ns is not None else row.commanded_ns
    begun = row.first_ns if start is None else start
    end = None if row.is_open else row.closed_ns
    return Step(
        step=row.step,
        owner=row.owner,
        state=undone_by.state if undone_by and undone_by.state else row.state or "pending",
        started_at=to_datetime(begun),
        ended_at=None if end is None else to_datetime(end),
        duration_s=None if end is None else seconds_between(begun, end),
        attempts=row.attempts,
        error=row.error,
        compensation=_compensation(undone_by) if undone_by else None,
    )


def _only_undone(name: str, row: _StepRow) -> Step:
    return Step(
        step=name,
        owner=row.owner,
        state=row.state or "compensating",
        started_at=None,
        ended_at=None,
        duration_s=None,
        attempts=0,
        error=None,
        compensation=_compensation(row),
    )


def _compensation(row: _StepRow) -> Compensation:
    start = row.first_ns if row.started_ns is None else row.started_ns
    end = None if row.is_open else row.closed_ns
    return Compensation(
        step=row.step,
        owner=row.owner,
        state=row.state or "compensating",
        started_at=to_datetime(start),
        ended_at=None if end is None else to_datetime(end),
        error=row.error,
    )


def _entry(row: Row) -> TimelineEntry:
    (at, until, kind, name, step, owner, phase, attempt, status, error, source) = row[:11]
    trace_id, span_id, parent_span_id, span_kind, message_id, causation_id, rule = row[11:]
    return TimelineEntry(
        at=to_datetime(at),
        until=None if until is None else to_datetime(until),
        kind=kind,
        name=name,
        step=step,
        owner=owner,
        phase=phase,
        attempt=attempt,
        status=status,
        error=error,
        source=source,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_span_id,
        span_kind=span_kind,
        message_id=message_id,
        causation_id=causation_id,
        correlated_by=_RULES[rule - 1],
    )


def _notes(session: Session, found: Found, total: int) -> tuple[str, ...]:
    notes = []
    if total > TIMELINE_LIMIT:
        notes.append(f"The timeline shows the first {TIMELINE_LIMIT} of {total} records; `records` pages through all.")
    if mixed := session.value("show_ambiguous", {"first": found.first_ns, "last": found.last_ns}):
        notes.append(
            f"{mixed} records lie in a trace that serves several transactions, and none of their ancestors carries "
            "an id: they are not counted here."
        )
    return tuple(notes)


def record_page(session: Session, found: Found, *, limit: int, offset: int) -> RecordPage:
    """The records that `gather` put into the session, whole, in the order of time."""
    rows = session.rows("show_rows", {"limit": limit, "offset": offset})
    return RecordPage(
        transaction_id=found.transaction_id,
        records=tuple(_record(row) for row in rows),
        total=int(session.value("show_count")),
    )


_JSON: Final = frozenset({"links", "aliases", "attributes", "resource"})
_FIELDS: Final = tuple(RecordRow.__dataclass_fields__)


def _record(row: Row) -> RecordRow:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _JSON:
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return RecordRow(**{**values, "correlated_by": _RULES[values["correlated_by"] - 1]})
