"""One transaction as rows: its steps, then its records in the order of time or by owner. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tracer.clock import NS_PER_S, to_ns
from tracer.model.words import OPEN_STATUSES
from tracer.views import Compensation, Current, Remaining, Step, TimelineEntry, Transaction
from tui.format import count, plural, shown
from tui.look import OWNER_COLOURS, role_of
from tui.norms import Late, Norms, lates

Mark = Literal["span", "error", "event", "open", "event-error"]
MAX_DEPTH: Final = 5
Payload = Step | Compensation | Remaining | Current | TimelineEntry | None
_FAILED_PHASES: Final = frozenset({"failed", "timed_out", "compensation_failed", "txn_failed"})
_UNDOING: Final = frozenset({"compensating", "compensated", "compensation_failed"})
_PHASE_STATES: Final[Mapping[str, str]] = {
    "completed": "completed", "txn_completed": "completed", "failed": "failed", "txn_failed": "failed",
    "timed_out": "failed", "compensation_failed": "failed", "retried": "retrying", "waiting": "waiting",
    "compensating": "compensating", "compensated": "compensated", "started": "running",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the timeline.

    `state` chooses the glyph, `word` says it; `key` tells the row again after a refresh. A row with neither
    `start_ns` nor payload is a heading. `end_ns` None with mark `open` means that it lasts until now. `undo` takes
    back, `tries` are when later attempts began, with their numbers; past `limit_ns` it takes too long, and `late` is
    the hand-off before it where that did.
    """

    key: tuple[str, ...]
    kind: Literal["heading", "axis", "step", "entry", "now"]
    state: str = ""
    word: str = ""
    name: str = ""
    owner: str | None = None
    role: str = "text"
    depth: int = 0
    attempt: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    mark: Mark = "span"
    loud: bool = False
    undo: bool = False
    tries: tuple[tuple[int, int], ...] = ()
    limit_ns: int | None = None
    late: Late | None = None
    payload: Payload = None

    @property
    def selectable(self) -> bool:
        """Say whether the cursor may stand here."""
        return self.kind not in {"heading", "axis"}

    @property
    def troubled(self) -> bool:
        """Say whether `e` stops here."""
        return self.selectable and (self.loud or self.state in {"failed", "compensation_failed"})


def is_open(transaction: Transaction) -> bool:
    """Say whether the transaction is still under way."""
    return transaction.status in OPEN_STATUSES


def owner_roles(transaction: Transaction) -> Mapping[str | None, str]:
    """Give each owner a colour, in the order in which they appear."""
    owners = [entry.owner for entry in transaction.timeline] + [step.owner for step in transaction.steps]
    distinct = list(dict.fromkeys(owner for owner in owners if owner))
    return {owner: f"owner{number % OWNER_COLOURS}" for number, owner in enumerate(distinct)}


def rows(transaction: Transaction, *, by_owner: bool = False, normal: Norms | None = None) -> tuple[Row, ...]:
    """Build every row of the timeline; `normal` says which hand-offs took too long."""
    roles = owner_roles(transaction)
    entries = _by_owner(transaction, roles) if by_owner else _by_time(transaction, roles)
    return (*_steps(transaction, roles, lates(transaction, normal or {})), *entries)


def same_rows(one: Transaction, other: Transaction) -> bool:
    """Say whether two readings of a transaction give the same rows, whatever their durations."""
    return _shape(one) == _shape(other)


def _shape(transaction: Transaction) -> tuple[object, ...]:
    current = tuple((each.step, each.owner, each.state, each.since, each.basis) for each in transaction.current)
    stuck = transaction.stall.step if transaction.stall else None
    whole = (transaction.timeline, transaction.steps, transaction.remaining)
    return (transaction.status, transaction.timeline_total, stuck, current, *whole)


def points_ns(transaction: Transaction, now_ns: int) -> list[int]:
    """Give every moment that the time axis must show."""
    moments: list[datetime | None] = [transaction.started_at, transaction.ended_at]
    for step in transaction.steps:
        moments += [step.started_at, step.ended_at]
        if step.compensation:
            moments += [step.compensation.started_at, step.compensation.ended_at]
    for entry in transaction.timeline:
        moments += [entry.at, entry.until]
    moments += [current.since for current in transaction.current]
    known = [to_ns(moment) for moment in moments if moment is not None]
    return [*known, now_ns] if is_open(transaction) else known


def _steps(transaction: Transaction, roles: Mapping[str | None, str], late: Mapping[str, Late]) -> list[Row]:
    listed: list[Row] = []
    tries = _tries(transaction)
    for number, step in enumerate(transaction.steps):
        row = _step(transaction, step, number, roles)
        listed.append(replace(row, tries=tries.get(step.step, ()), late=late.get(step.step)))
        if step.compensation:
            listed.append(_compensation(transaction, step.compensation, number, roles))
    listed += [_remaining(remaining, number) for number, remaining in enumerate(transaction.remaining)]
    heading = Row(key=("heading", "steps"), kind="axis", name=f"STEPS {len(transaction.steps)}")
    return [heading, *listed] if listed else []


def _tries(transaction: Transaction) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Give when the second and later attempts of each step began, as far as records tell."""
    found: dict[str, dict[int, int]] = {}
    for entry in transaction.timeline:
        if entry.step is not None and entry.phase not in _UNDOING and (entry.attempt or 1) > 1:
            begun = found.setdefault(entry.step, {})
            number = entry.attempt or 1
            begun[number] = min(begun.get(number, to_ns(entry.at)), to_ns(entry.at))
    return {step: tuple((at_ns, number) for number, at_ns in begun.items()) for step, begun in found.items()}


def _limit_ns(transaction: Transaction, name: str) -> int | None:
    """Say when a step that runs is over its limit."""
    known = (one for one in transaction.current if one.step == name and one.threshold_s is not None)
    return next((to_ns(one.since) + int((one.threshold_s or 0.0) * NS_PER_S) for one in known), None)


def _is_stuck(transaction: Transaction, name: str) -> bool:
    return transaction.stall is not None and transaction.stall.step == name


def _step(transaction: Transaction, step: Step, number: int, roles: Mapping[str | None, str]) -> Row:
    under_way = step.state in {"running", "waiting", "retrying", "compensating"} and step.ended_at is None
    stuck = _is_stuck(transaction, step.step)
    mark: Mark = "open" if under_way and is_open(transaction) else "error" if "failed" in step.state else "span"
    return Row(
        key=("step", str(number), step.step), kind="step", state="stuck" if stuck and under_way else step.state,
        word=_word(step.state), name=step.step, owner=step.owner, attempt=step.attempts, payload=step, loud=stuck,
        role="stuck" if stuck else roles.get(step.owner, "text"), mark=mark,
        start_ns=_ns(step.started_at), end_ns=_ns(step.ended_at),
        limit_ns=_limit_ns(transaction, step.step) if under_way else None,
    )  # fmt: skip


def _compensation(transaction: Transaction, undo: Compensation, number: int, roles: Mapping[str | None, str]) -> Row:
    stuck = _is_stuck(transaction, undo.step)
    under_way = undo.state == "compensating" and undo.ended_at is None
    mark: Mark = "open" if under_way and is_open(transaction) else "error" if "failed" in undo.state else "span"
    return Row(
        key=("undo", str(number), undo.step), kind="step", state="stuck" if stuck and under_way else undo.state,
        word=_word(undo.state), name=f"undo: {undo.step}", owner=undo.owner, depth=1, mark=mark, undo=True,
        limit_ns=_limit_ns(transaction, undo.step) if under_way else None,
        role="stuck" if stuck else roles.get(undo.owner, "text"), payload=undo, loud=stuck,
        start_ns=_ns(undo.started_at), end_ns=_ns(undo.ended_at),
    )  # fmt: skip


def _remaining(remaining: Remaining, number: int) -> Row:
    return Row(
        key=("remaining", str(number), remaining.step), kind="step", state="pending", word=f"next {remaining.basis}",
        name=remaining.step, owner=remaining.owner, role="dim", payload=remaining,
    )  # fmt: skip


def _ns(moment: datetime | None) -> int | None:
    return None if moment is None else to_ns(moment)


def _word(state: str) -> str:
    return {"compensation_failed": "undo failed", "txn_started": "saga began", "txn_completed": "saga ended",
            "txn_failed": "saga failed", "timed_out": "timed out"}.get(state, state)  # fmt: skip


def _entries_heading(transaction: Transaction) -> Row:
    here, total = len(transaction.timeline), transaction.timeline_total
    name = f"RECORDS {count(total)}" if here >= total else f"RECORDS first {count(here)} of {count(total)}"
    return Row(key=("heading", "records"), kind="axis", name=name)


def _by_time(transaction: Transaction, roles: Mapping[str | None, str]) -> list[Row]:
    entries = [_entry(entry, depth, roles) for entry, depth in _ordered(transaction)]
    return [_entries_heading(transaction), *_unique(entries), *_now(transaction)]


def _ordered(transaction: Transaction) -> list[tuple[TimelineEntry, int]]:
    """Give the records with their depths; of two that began in the same microsecond the parent comes first."""
    deep = zip(transaction.timeline, _depths(transaction.timeline), strict=True)
    return sorted(deep, key=lambda pair: (pair[0].at, pair[1]))


def _by_owner(transaction: Transaction, roles: Mapping[str | None, str]) -> list[Row]:
    grouped: dict[str | None, list[TimelineEntry]] = {}
    for entry, _ in _ordered(transaction):
        grouped.setdefault(entry.owner, []).append(entry)
    listed = [_entries_heading(transaction)]
    for owner, entries in grouped.items():
        title = f"{shown(owner or 'no owner')}  {plural(len(entries), 'record')}"
        listed.append(Row(key=("owner", str(owner)), kind="heading", name=title, role=roles.get(owner, "dim")))
        listed += _unique([_entry(entry, 0, roles) for entry in entries])
    return [*listed, *_now(transaction)]


def _entry(entry: TimelineEntry, depth: int, roles: Mapping[str | None, str]) -> Row:
    failed = entry.status == "error" or entry.phase in _FAILED_PHASES
    point = entry.kind == "event"
    undoing = entry.phase in _UNDOING
    mark: Mark = ("event-error" if failed else "event") if point else ("error" if failed else "span")
    return Row(
        key=("entry", entry.span_id or "", entry.kind, entry.name, entry.at.isoformat()), kind="entry",
        state="failed" if failed else _PHASE_STATES.get(entry.phase, "observed"),
        word="error" if failed and entry.phase not in _FAILED_PHASES else _word(entry.phase),
        name=f"undo: {entry.name}" if undoing else entry.name, undo=undoing,
        owner=entry.owner,
        tries=_try_of(entry), role=roles.get(entry.owner, "text"), depth=depth, attempt=entry.attempt, mark=mark,
        start_ns=to_ns(entry.at), end_ns=_ns(entry.until), payload=entry,
    )  # fmt: skip


def _try_of(entry: TimelineEntry) -> tuple[tuple[int, int], ...]:
    return ((to_ns(entry.at), entry.attempt),) if entry.attempt and entry.attempt > 1 else ()


def _now(transaction: Transaction) -> Iterable[Row]:
    """Give the open-ended row of each step that owns the transaction now, below the records."""
    for number, current in enumerate(transaction.current if is_open(transaction) else ()):
        stuck = transaction.status == "stuck" and (
            transaction.stall is None or _is_stuck(transaction, current.step) or len(transaction.current) == 1
        )
        yield Row(
            key=("now", str(number), current.step), kind="now", state="stuck" if stuck else current.state,
            word=_where(current) if stuck else _word(current.state), name=current.step, owner=current.owner,
            role="stuck" if stuck else role_of(current.state), mark="open", loud=stuck,
            start_ns=to_ns(current.since), payload=current, limit_ns=_limit_ns(transaction, current.step),
        )  # fmt: skip


def _where(current: Current) -> str:
    """Say where it is stuck: in the step, or after it where the step itself is done."""
    return "stuck after" if current.state in {"completed", "compensated"} else "stuck here"


def _unique(entries: Sequence[Row]) -> list[Row]:
    """Tell apart rows that look the same, so that a refresh finds the right one again."""
    times: dict[tuple[str, ...], int] = {}
    listed = []
    for row in entries:
        number = times[row.key] = times.get(row.key, -1) + 1
        listed.append(replace(row, key=(*row.key, str(number))) if number else row)
    return listed


def _depths(timeline: Sequence[TimelineEntry]) -> list[int]:
    """Say how deep each record lies below its ancestors that are here; an event lies below its span."""
    parents = {entry.span_id: entry.parent_span_id for entry in timeline if entry.kind == "span" and entry.span_id}
    return [_depth(entry, parents) for entry in timeline]


def _depth(entry: TimelineEntry, parents: Mapping[str, str | None]) -> int:
    above = entry.parent_span_id if entry.kind == "span" else entry.span_id
    depth = 0
    # The bound also ends a circle of parents, which hostile data can hold.
    while above is not None and above in parents and depth < MAX_DEPTH:
        depth += 1
        above = parents[above]
    return depth
