"""One transaction in the shape of the contract: pure, from what was gathered to what is told."""

from __future__ import annotations

from typing import Any, Final, get_args

from tracer.analysis.messages import Message, expected_owner, sentence
from tracer.analysis.stalls import Situation, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.words import CorrelatedBy
from tracer.query.gathering import Gathered, Head, StepRow
from tracer.query.listing import seconds_between
from tracer.query.messages import Found
from tracer.store.session import Row
from tracer.views import Compensation, Current, Stall, Step, TimelineEntry, Transaction

RULES: Final[tuple[CorrelatedBy, ...]] = get_args(CorrelatedBy)


def tell(at: Gathered, *, now_ns: int, threshold_s: float, message: Found | None = None) -> Transaction:
    """Put a transaction and the place of its last message into the shape of the contract, as of `now_ns`."""
    head = at.head
    stall = _stall(at, message, now_ns=now_ns, threshold_s=threshold_s)
    return Transaction(
        transaction_id=at.transaction_id,
        aliases=at.aliases,
        saga=head.saga,
        style=head.style,
        status="stuck" if stall else head.status,
        started_at=to_datetime(head.first_ns),
        last_activity_at=to_datetime(head.last_ns),
        ended_at=None if head.ended_ns is None else to_datetime(head.ended_ns),
        outcome=head.outcome,
        elapsed_s=seconds_between(head.first_ns, now_ns if head.ended_ns is None else head.ended_ns),
        current=_current(head, at.steps, now_ns, threshold_s),
        stall=stall,
        remaining=(),
        steps=_steps(at.steps),
        timeline=tuple(_entry(row) for row in at.timeline),
        timeline_total=head.records,
        advice=(),
        notes=_notes(at),
        as_of=to_datetime(now_ns),
        message=message.view() if message else None,
    )


def is_stuck(head: Head, *, now_ns: int, threshold_s: float) -> bool:
    """Whether a transaction has stood in one place for longer than the threshold."""
    return head.stall is not None and head.since_ns is not None and now_ns - head.since_ns > threshold_s * NS_PER_S


def _current(head: Head, states: tuple[StepRow, ...], now_ns: int, threshold_s: float) -> tuple[Current, ...]:
    if head.ended_ns is not None or head.step is None or head.since_ns is None:
        return ()
    running = sorted(
        (row for row in states if row.is_open),
        key=lambda row: (row.state == "waiting", not row.compensates, row.since_ns, row.step, row.compensates),
    )
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


def _stall(at: Gathered, message: Found | None, *, now_ns: int, threshold_s: float) -> Stall | None:
    head = at.head
    if head.since_ns is None or not is_stuck(head, now_ns=now_ns, threshold_s=threshold_s):
        return None
    expected = expected_owner(message.readers) if message and head.stall == "handoff-lost" else None
    stuck_s = seconds_between(head.since_ns, now_ns)
    place = next((row for row in at.steps if (row.step, row.state) == (head.step, head.state)), None)
    last = sentence(message.message, message.readers, message.more) if message else ""
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
        handoff=at.handoff,
        is_exact=any(row.exact for row in at.steps),
        message=last,
        # A message that went elsewhere than the last one is not the one whose readers are known.
        is_message_sent=bool(last) and message is not None and _is_handed_off(message.message, at.handoff),
    )
    return Stall(
        kind=head.stall,
        since=to_datetime(head.since_ns),
        stuck_s=stuck_s,
        step=head.step,
        owner=expected or head.owner,
        why=why(situation),
    )


def _is_handed_off(message: Message, handoff: str | None) -> bool:
    """Whether the last message may be the one that was handed off: it went there, or nothing came after it."""
    return not message.is_followed or message.topic == handoff


def _steps(states: tuple[StepRow, ...]) -> tuple[Step, ...]:
    """Steps in the order in which they began, with what undoes each; an undone step that no record told of too."""
    undone = {row.compensates: row for row in states if row.compensates}
    steps = [_step(row, undone.pop(row.step, None)) for row in states if not row.compensates]
    return (*steps, *(_only_undone(name, row) for name, row in undone.items()))


def _step(row: StepRow, undone_by: StepRow | None) -> Step:
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


def _only_undone(name: str, row: StepRow) -> Step:
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


def _compensation(row: StepRow) -> Compensation:
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
    trace_id, span_id, parent_span_id, span_kind, message_id, causation_id, _, rule = row[11:-1]
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
        correlated_by=RULES[rule - 1],
    )


def _notes(at: Gathered) -> tuple[str, ...]:
    notes = []
    if at.head.records > len(at.timeline):
        notes.append(
            f"The timeline shows the first {len(at.timeline)} of {at.head.records} records; "
            "`records` pages through all of them."
        )
    if at.mixed:
        notes.append(
            f"{at.mixed} records lie in a trace that serves several transactions, and none of their ancestors carries "
            "an id: they are not counted here."
        )
    return tuple(notes)
