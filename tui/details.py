"""Everything that is known of one row of the timeline, as lines to scroll through. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from rich.cells import cell_len

from tracer.clock import to_datetime, to_ns
from tracer.views import Compensation, Current, RecordPage, RecordRow, Remaining, Step, TimelineEntry
from tui.chrome import wrapped
from tui.format import clock, count, exact, fit, moment_whole, shown
from tui.look import Line, Look
from tui.timeline import Row
from tui.tree import Node, Path, nodes

MAX_LINES: Final = 5_000
MAX_VALUE_LINES: Final = 500
CUT_LINES: Final = 8
MAX_INDENT: Final = 8
_LABEL_CELLS: Final = 28
_NS_PER_US: Final = 1_000
Facts = Iterable[tuple[str, str]]


def indexed(page: RecordPage) -> Mapping[tuple[str, str, str | None, int], RecordRow]:
    """Give the stored records by what tells them apart, for those who look for many."""
    return {(each.kind, each.name, each.span_id, each.at_ns // _NS_PER_US): each for each in page.records}


def key_of(entry: TimelineEntry) -> tuple[str, str, str | None, int]:
    """Give what tells the record behind an entry apart."""
    return entry.kind, entry.name, entry.span_id, to_ns(entry.at) // _NS_PER_US


def match(page: RecordPage, entry: TimelineEntry) -> RecordRow | None:
    """Find the stored record behind an entry of the timeline, whose time is cut to microseconds."""
    at_us = to_ns(entry.at) // _NS_PER_US
    for record in page.records:
        same = record.kind == entry.kind and record.name == entry.name and record.span_id == entry.span_id
        if same and record.at_ns // _NS_PER_US == at_us:
            return record
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the panel: as it is painted, and the whole text that a search looks in; its further lines have none.

    `path` says what it belongs to; `is_open` is None where there is nothing to open or fold.
    """

    line: Line
    text: str = ""
    path: Path | None = None
    is_open: bool | None = None


def told(
    row: Row, record: RecordRow | None, width: int, look: Look, *, note: str = "",
    entries: Sequence[TimelineEntry] = (), toggled: frozenset[Path] = frozenset(),
) -> tuple[Told, ...]:  # fmt: skip
    """Paint what is known of a row, the record's attributes below it once they were read, or a step's `entries`.

    `toggled` are the paths that a person opened or folded.
    """
    painter = _Painter(width=width, look=look, toggled=toggled)
    listed = list(painter.facts("", _facts(row)))
    if entries:
        listed += [_plain(" "), _plain(" Enter on one of its records in the timeline shows the attributes")]
        listed += painter.facts("its records", (_told(entry) for entry in entries))
    if note:
        listed += [_plain(" "), _plain(f" {note}")]
    if record is not None:
        listed += painter.tree("attributes", record.attributes)
        listed += painter.tree("resource", record.resource or {})
        listed += painter.facts("record", _record_facts(record))
    return _bounded(listed)


def raw(lines_: Iterable[str], width: int) -> tuple[Told, ...]:
    """Paint lines of JSON, those that are too long broken."""
    room = max(10, width - 2)
    whole = (
        Told(line=((f" {part}", "text"),), text="" if number else line)
        for line in lines_
        for number, part in enumerate(_kept(line, room))
    )
    return _bounded(list(islice(whole, MAX_LINES + 1)))


def _kept(line: str, room: int) -> list[str]:
    """Break a line of JSON, keeping how far it is set in."""
    inner = line.lstrip(" ")
    indent = line[: min(len(line) - len(inner), room // 2)]
    return [indent + part for part in _wrapped(inner, max(1, room - len(indent)))]


def _bounded(listed: list[Told]) -> tuple[Told, ...]:
    if len(listed) > MAX_LINES:
        cut_ = _plain(f" cut after {MAX_LINES} lines; `sagascope records` has all")
        listed = [*listed[: MAX_LINES - 1], cut_]
    return tuple(listed)


def _plain(text: str) -> Told:
    return Told(line=((text, "dim"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Painter:
    """Paints labels and values into lines of a width."""

    width: int
    look: Look
    toggled: frozenset[Path]

    def facts(self, title: str, facts: Facts) -> list[Told]:
        """Paint a section of facts, with its title; nothing where it has none."""
        listed = (Node(path=(title, label), label=label, text=value) for label, value in islice(facts, MAX_LINES))
        return self._section(title, listed)

    def tree(self, title: str, values: Mapping[str, Any]) -> list[Told]:
        """Paint a section of values that fold."""
        return self._section(title, islice(nodes(title, values, self.toggled), MAX_LINES))

    def _section(self, title: str, listed: Iterable[Node]) -> list[Told]:
        painted = [line for node in listed for line in self._node(node)]
        heading = [_plain(" "), Told(line=((f" {title.upper()}", "heading"),))] if title else []
        return [*heading, *painted] if painted else []

    def _node(self, node: Node) -> Iterable[Told]:
        sign = (
            ""
            if node.is_open is None
            else self.look.pick("▾ " if node.is_open else "▸ ", "v " if node.is_open else "> ")
        )
        label = f"{'  ' * min(node.depth, MAX_INDENT)}{sign}{shown(node.label) if node.label else ''}"
        cells = min(_LABEL_CELLS, self.width // 3)
        room = max(10, self.width - cells - 3)
        name = fit(label, cells) if cell_len(label) <= cells else ""
        whole, is_open = self._parts(node, room)
        text = f"{node.label} {node.text}"
        if not name:
            head = fit(label, min(self.width - 1, cell_len(label)))
            yield Told(line=((f" {head}", "dim"),), text=text, path=node.path, is_open=is_open)
            text = ""
        for number, part in enumerate(whole):
            first = name if name and not number else " " * cells
            yield Told(
                line=((f" {first} ", "dim"), (part, "text" if node.is_open is None else "dim")),
                text="" if number else text, path=node.path, is_open=is_open,
            )  # fmt: skip

    def _parts(self, node: Node, room: int) -> tuple[list[str], bool | None]:
        """Break a value into lines: stack traces keep theirs, and a long one is cut until it is asked for."""
        lines_ = node.text.split("\n")[:MAX_VALUE_LINES]
        whole = [part for line in lines_ for part in _wrapped(line, room)][:MAX_VALUE_LINES]
        if node.is_open is not None or len(whole) <= CUT_LINES:
            return whole, node.is_open
        if node.path in self.toggled:
            return whole, True
        # Every line passes the door on its own.
        more = f"{self.look.pick('…', '~')} {count(len(node.text))} characters; Enter shows them, y copies all"
        return [*whole[: CUT_LINES - 1], fit(more, min(room, cell_len(more)))], False


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


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if value or not isinstance(value, (dict, list)) else None
