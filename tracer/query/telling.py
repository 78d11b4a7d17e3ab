"""One transaction in the shape of the contract: pure, from what was gathered to what is told."""

from __future__ import annotations

from typing import Final, get_args

from tracer.analysis.clocks import Dated, clock_notes
from tracer.analysis.contradictions import contradictions
from tracer.clock import to_datetime
from tracer.model.sagas import Coming
from tracer.model.words import CorrelatedBy
from tracer.query.advising import timed_marks
from tracer.query.gathering import Gathered, StepRow
from tracer.query.listing import seconds_between
from tracer.query.messages import Found
from tracer.query.outlook import forecast, links
from tracer.query.present import current, stall
from tracer.query.standing import Standing
from tracer.store.knowledge import Known
from tracer.store.session import Row
from tracer.views import Compensation, Remaining, Step, TimelineEntry, Transaction

_OWNER: Final = 5  # places in a row of timeline_columns.sql
_RECEIVED: Final = -4
RULES: Final[tuple[CorrelatedBy, ...]] = get_args(CorrelatedBy)


def tell(
    at: Gathered, standing: Standing, known: Known | None, *, now_ns: int, message: Found | None = None
) -> Transaction:
    """Put a transaction and the place of its last message into the shape of the contract, as of `now_ns`."""
    head = at.head
    ended_ns = _ended_ns(at, standing)
    stalled = stall(at, standing, message, now_ns)
    return Transaction(
        transaction_id=at.transaction_id,
        aliases=at.aliases,
        saga=head.saga,
        style=head.style,
        status="stuck" if stalled else standing.verdict.ends or head.status,
        started_at=to_datetime(head.first_ns),
        last_activity_at=to_datetime(head.last_ns),
        ended_at=None if ended_ns is None else to_datetime(ended_ns),
        outcome=head.outcome,
        elapsed_s=seconds_between(head.first_ns, now_ns if ended_ns is None else ended_ns),
        current=current(at, standing, now_ns),
        stall=stalled,
        remaining=tuple(_remaining(coming) for coming in standing.verdict.remaining),
        steps=_steps(at.steps),
        timeline=tuple(_entry(row) for row in at.timeline),
        timeline_total=head.records,
        advice=(),
        notes=(*_notes(at), *_contradictions(at, standing, known), *clock_notes(map(_dated, at.timeline))),
        as_of=to_datetime(now_ns),
        message=message.view() if message else None,
        forecast=None if stalled else forecast(standing, known, now_ns),
        links=links(at, known),
    )


def _ended_ns(at: Gathered, standing: Standing) -> int | None:
    """When it ended: as a record says, else with its last step where it follows that it is over."""
    if at.head.ended_ns is not None or standing.verdict.ends is None:
        return at.head.ended_ns
    return max((row.closed_ns for row in at.steps if row.closed_ns is not None), default=at.head.last_ns)


def _remaining(coming: Coming) -> Remaining:
    return Remaining(
        step=coming.step,
        owner=coming.owner,
        expected_s=coming.expected_s,
        basis="declared" if coming.basis == "declared" else "learned",
        p=coming.p,
        compensates=coming.compensates or None,
    )


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
    trace_id, span_id, parent_span_id, span_kind, message_id, causation_id, _, _, rule = row[11:-1]
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


def _contradictions(at: Gathered, standing: Standing, known: Known | None) -> tuple[str, ...]:
    declared = known.declared if known else None
    return contradictions(timed_marks(at.steps), declared, at.head.outcome or standing.verdict.ends)


def _dated(row: Row) -> Dated:
    return Dated(owner=row[_OWNER], at_ns=row[0], until_ns=row[1], received_ns=row[_RECEIVED])


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
