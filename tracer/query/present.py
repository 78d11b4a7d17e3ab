"""Who owns a transaction now, and whether that has lasted too long: in the shape of the contract."""

from __future__ import annotations

from typing import Any

from tracer.analysis.messages import Message, expected_owner, sentence
from tracer.analysis.stalls import Situation, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.sagas import Place
from tracer.model.words import StallKind
from tracer.query.gathering import Gathered, StepRow
from tracer.query.listing import seconds_between
from tracer.query.messages import Found
from tracer.query.standing import Standing, Stood
from tracer.views import Current, Stall


def due_ns(at: Gathered, standing: Standing) -> int | None:
    """When the transaction begins to count as stuck; None where it has ended, or never."""
    if at.head.ended_ns is not None or standing.verdict.ends is not None:
        return None
    if not standing.is_known or standing.first is None:
        whole = standing.whole_due_ns
        return at.head.deadline_ns if whole is None else min(whole, at.head.deadline_ns or whole)
    return standing.due_ns


def is_stuck(at: Gathered, standing: Standing, now_ns: int) -> bool:
    """Whether a transaction has stood in one place for longer than it may."""
    due = due_ns(at, standing)
    return due is not None and due < now_ns


def current(at: Gathered, standing: Standing, now_ns: int) -> tuple[Current, ...]:
    """Give the steps that own the transaction now, the one that is overdue first at the head."""
    if at.head.ended_ns is not None or standing.verdict.ends is not None:
        return ()
    if standing.first is not None:
        return tuple(_judged(one, now_ns) for one in standing.places)
    return _unjudged(at, now_ns)


def _judged(one: Stood, now_ns: int) -> Current:
    place, row = one.place, one.step
    return Current(
        step=place.step,
        owner=one.owner,
        state=place.state,
        since=to_datetime(one.since_ns),
        elapsed_s=seconds_between(one.since_ns, now_ns),
        expected_s=place.expected_s,
        threshold_s=None if one.due_ns is None else seconds_between(one.since_ns, one.due_ns),
        threshold_source=place.limit_basis,
        basis="exact" if row and row.is_open and row.exact else "inferred",
    )


def _unjudged(at: Gathered, now_ns: int) -> tuple[Current, ...]:
    """Where nothing is known of the saga: its open steps, else the last one that was seen."""
    head = at.head
    if head.step is None or head.since_ns is None:
        return ()
    running = sorted(
        (row for row in at.steps if row.is_open),
        key=lambda row: (row.state == "waiting", not row.compensates, row.since_ns, row.step, row.compensates),
    )
    limit_s = None if head.limit_ns is None else head.limit_ns / NS_PER_S
    if running:
        return tuple(_open(row, limit_s, now_ns) for row in running)
    return (
        _at(head.step, head.owner, head.state, since_ns=head.since_ns, is_exact=False, now_ns=now_ns, limit_s=limit_s),
    )


def _open(row: StepRow, limit_s: float | None, now_ns: int) -> Current:
    return _at(
        row.step, row.owner, row.state, since_ns=row.since_ns, is_exact=row.exact, now_ns=now_ns, limit_s=limit_s
    )


def _at(
    step: str,
    owner: str | None,
    state: Any,
    *,
    since_ns: int,
    is_exact: bool,
    now_ns: int,
    limit_s: float | None,
) -> Current:
    return Current(
        step=step,
        owner=owner,
        state=state,
        since=to_datetime(since_ns),
        elapsed_s=seconds_between(since_ns, now_ns),
        expected_s=None,
        threshold_s=None if state == "waiting" else limit_s,
        threshold_source="default",
        basis="exact" if is_exact else "inferred",
    )


def stall(at: Gathered, standing: Standing, message: Found | None, now_ns: int) -> Stall | None:
    """Say why the transaction counts as stuck; None where it does not."""
    if not is_stuck(at, standing, now_ns):
        return None
    told = _overdue(at, standing)
    expected = None
    if message and told.kind == "handoff-lost" and (told.place is None or not told.place.owner):
        expected = expected_owner(message.readers)
    stuck_s = seconds_between(told.since_ns, now_ns)
    return Stall(
        kind=told.kind,
        since=to_datetime(told.since_ns),
        stuck_s=stuck_s,
        step=told.step,
        owner=expected or told.owner,
        why=why(_situation(at, told, message, stuck_s)),
    )


class _Overdue:
    """What is overdue: a place that was judged, the whole transaction, or what the records alone say."""

    def __init__(self, at: Gathered, first: Stood | None, *, whole_s: float | None) -> None:
        head = at.head
        self.place: Place | None = first.place if first else None
        self.kind: StallKind = "never-ended" if whole_s is not None else first.place.kind if first else head.stall
        self.step = first.place.step if first else head.step
        self.owner = first.owner if first else head.owner
        self.state = first.place.state if first else head.state
        self.since_ns = first.since_ns if first else (head.since_ns or head.last_ns)
        self.whole_s = whole_s
        due_ns = first.due_ns if first else None
        limit_ns = due_ns - self.since_ns if due_ns is not None else head.limit_ns or 0
        self.limit_s = limit_ns / NS_PER_S
        self.row = first.step if first else _row(at)


def _row(at: Gathered) -> StepRow | None:
    head = at.head
    return next((row for row in at.steps if (row.step, row.state) == (head.step, head.state)), None)


def _overdue(at: Gathered, standing: Standing) -> _Overdue:
    """The deadline that passed first is the one to tell of, as the fold does."""
    first = standing.first
    due = first.due_ns if first else at.head.deadline_ns
    whole = standing.whole_due_ns
    is_whole = whole is not None and (due is None or whole < due)
    return _Overdue(at, first, whole_s=standing.verdict.deadline_s if is_whole else None)


def _situation(at: Gathered, told: _Overdue, message: Found | None, stuck_s: float) -> Situation:
    place, row = told.place, told.row
    last = said(message)
    return Situation(
        kind=told.kind,
        step=told.step,
        owner=told.owner,
        state=told.state,
        stuck_s=stuck_s,
        threshold_s=told.limit_s,
        attempts=row.attempts if row else 1,
        error=(row.error if row else None) or at.head.error,
        undoes=(place.compensates if place else row.compensates if row else "") or None,
        handoff=at.handoff,
        is_exact=any(one.exact for one in at.steps),
        message=last,
        # A message that went elsewhere than the last one is not the one whose readers are known.
        is_message_sent=bool(last) and message is not None and _is_handed_off(message.message, at.handoff),
        after=_ended(at, place),
        limit_basis=place.limit_basis if place else "default",
        limit_n=place.limit_n if place else 0.0,
        expected_s=place.expected_s if place else None,
        whole_s=told.whole_s,
    )


def _ended(at: Gathered, place: Place | None) -> tuple[tuple[str, str | None, bool], ...]:
    """Give the steps after which an expected one did not begin, the latest first: name, owner, whether it failed."""
    if place is None or not place.of or place.key in place.of:
        return ()
    rows = [row for row in at.steps if (row.step, row.compensates) in place.of and row.closed_ns is not None]
    latest = sorted(rows, key=lambda row: (-(row.closed_ns or 0), row.step))
    return tuple((row.step, row.owner, row.word == "failed") for row in latest)


def said(message: Found | None) -> str:
    """Say where the last message is; nothing where none is known."""
    return sentence(message.message, message.readers, message.more) if message else ""


def _is_handed_off(message: Message, handoff: str | None) -> bool:
    """Whether the last message may be the one that was handed off: it went there, or nothing came after it."""
    return not message.is_followed or message.topic == handoff
