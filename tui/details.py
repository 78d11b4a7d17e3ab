"""Everything that is known of one row of the timeline, as lines to scroll through. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from rich.cells import cell_len

from tracer.clock import to_datetime, to_ns
from tracer.views import Compensation, Current, RecordPage, RecordRow, Remaining, Step, TimelineEntry
from tui.chrome import wrapped
from tui.format import clock, exact, fit, moment_whole, shown
from tui.look import Line
from tui.timeline import Row

MAX_LINES: Final = 5_000
MAX_VALUE_LINES: Final = 500
_LABEL_CELLS: Final = 28
_NS_PER_US: Final = 1_000
Facts = Iterable[tuple[str, str]]


def match(page: RecordPage, entry: TimelineEntry) -> RecordRow | None:
    """Find the stored record behind an entry of the timeline, whose time is cut to microseconds."""
    at_us = to_ns(entry.at) // _NS_PER_US
    for record in page.records:
        same = record.kind == entry.kind and record.name == entry.name and record.span_id == entry.span_id
        if same and record.at_ns // _NS_PER_US == at_us:
            return record
    return None


def lines(
    row: Row, record: RecordRow | None, width: int, note: str = "", entries: Sequence[TimelineEntry] = ()
) -> tuple[Line, ...]:
    """Paint what is known of a row, the record's attributes below it once they were read, or a step's `entries`."""
    painted = list(_section("", _facts(row), width))
    if entries:
        painted += [((" ", "text"),), ((" Enter on one of its records in the timeline shows the attributes", "dim"),)]
        painted += _section("its records", (_told(entry) for entry in entries), width)
    if note:
        painted += [((" ", "text"),), ((f" {note}", "dim"),)]
    if record is not None:
        painted += _section("attributes", _flat(record.attributes), width)
        painted += _section("resource", _flat(record.resource or {}), width)
        painted += _section("record", _record_facts(record), width)
    if len(painted) > MAX_LINES:
        painted = [*painted[: MAX_LINES - 1], ((f" cut after {MAX_LINES} lines; `sagascope records` has all", "dim"),)]
    return tuple(painted)


def _section(title: str, facts: Facts, width: int) -> list[Line]:
    listed = [line for label, value in islice(facts, MAX_LINES) for line in _fact(label, value, width)]
    heading: list[Line] = [((" ", "text"),), ((f" {title.upper()}", "heading"),)] if title else []
    return [*heading, *listed] if listed else []


def _fact(label: str, value: str, width: int) -> Iterable[Line]:
    cells = min(_LABEL_CELLS, width // 3)
    room = max(10, width - cells - 3)
    name = fit(label, cells) if cell_len(shown(label)) <= cells else ""
    if not name:
        yield ((f" {fit(label, min(width - 1, cell_len(shown(label))))}", "dim"),)
    # Stack traces keep their lines; every line passes the door on its own.
    whole = [part for line in value.split("\n")[:MAX_VALUE_LINES] for part in _wrapped(line, room)]
    for number, part in enumerate(whole[:MAX_VALUE_LINES]):
        yield ((f" {name if name and not number else ' ' * cells} ", "dim"), (part, "text"))


def _wrapped(line: str, room: int) -> list[str]:
    return wrapped(shown(line), room, MAX_VALUE_LINES) or [""]


def _facts(row: Row) -> Facts:
    payload = row.payload
    if isinstance(payload, TimelineEntry):
        return _entry_facts(payload)
    if isinstance(payload, Step):
        return _step_facts(payload)
    if isinstance(payload, Compensation):
        return _known(step=payload.step, owner=payload.owner, state=payload.state, started=payload.started_at,
                      ended=payload.ended_at, error=payload.error)  # fmt: skip
    if isinstance(payload, Current):
        return _current_facts(payload)
    if isinstance(payload, Remaining):
        return _known(step=payload.step, owner=payload.owner, expected=_s(payload.expected_s), basis=payload.basis)
    return ()


def _entry_facts(entry: TimelineEntry) -> Facts:
    lasted = exact((entry.until - entry.at).total_seconds()) if entry.until else None
    return _known(
        name=entry.name, step=entry.step, owner=entry.owner, phase=entry.phase, attempt=entry.attempt,
        status=entry.status, error=entry.error, kind=entry.kind, span_kind=entry.span_kind, at=entry.at,
        until=entry.until, lasted=lasted, joined_by=entry.correlated_by, source=entry.source,
        trace_id=entry.trace_id, span_id=entry.span_id, parent_span_id=entry.parent_span_id,
        message_id=entry.message_id, causation_id=entry.causation_id,
    )  # fmt: skip


def _told(entry: TimelineEntry) -> tuple[str, str]:
    """Say what a record is, and its error in full."""
    attempt = f", attempt {entry.attempt}" if (entry.attempt or 1) > 1 else ""
    error = f": {entry.error}" if entry.error else ""
    return clock(entry.at), f"{entry.name} ({entry.phase}{attempt}){error}"


def _step_facts(step: Step) -> Facts:
    undo = step.compensation
    return _known(
        step=step.step, owner=step.owner, state=step.state, attempts=step.attempts, started=step.started_at,
        ended=step.ended_at, lasted=_s(step.duration_s), error=step.error,
        compensation=f"{undo.step} ({undo.state})" if undo else None,
    )  # fmt: skip


def _current_facts(current: Current) -> Facts:
    how = {"exact": "a record said that the step began",
           "inferred": "inferred: it is the last step that was seen, no record said that it began"}  # fmt: skip
    return _known(
        step=current.step, owner=current.owner, state=current.state, since=current.since, basis=how[current.basis],
        threshold=_s(current.threshold_s), threshold_from=current.threshold_source, expected=_s(current.expected_s),
    )  # fmt: skip


def _record_facts(record: RecordRow) -> Facts:
    return _known(
        uid=record.uid, received=to_datetime(record.received_ns), saga=record.saga, step_by=record.step_by,
        compensates=record.compensates, outcome=record.outcome, schema_ref=record.schema_ref, style=record.style,
        position=record.position, aliases=_text(record.aliases), links=_text(record.links),
    )  # fmt: skip


def _s(seconds: float | None) -> str | None:
    return None if seconds is None else exact(seconds)


def _known(**facts: object) -> Facts:
    for label, value in facts.items():
        if value is not None and value != "":
            text = moment_whole(value) if isinstance(value, datetime) else str(value)
            yield label.replace("_", " "), text


def _flat(attributes: Mapping[str, Any]) -> Facts:
    for label, value in sorted(attributes.items()):
        yield label, _text(value) or ""


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if value or not isinstance(value, (dict, list)) else None
