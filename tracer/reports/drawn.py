"""Writes the waterfall of a transaction as one SVG: steps, records, silences; nothing in it loads or runs anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Final, Literal

from tracer.clock import NS_PER_S, to_datetime, to_ns
from tracer.model.cells import cut
from tracer.model.duration import duration
from tracer.model.text import clean
from tracer.reports import story
from tracer.reports.axis import Axis, build
from tracer.reports.entries import offset
from tracer.views import Step, TimelineEntry, Transaction

Kind = Literal["ok", "error", "undo", "open", "event"]
_CELL: Final = 8
_BARS: Final = 76  # cells
_LABELS: Final = 420
_TOOK: Final = 90
_WIDTH: Final = _LABELS + _BARS * _CELL + _TOOK
_ROW: Final = 20
_HEAD: Final = 84
_OWNER: Final = 18
_NAME: Final = 34
_ROOM: Final = _BARS - 4
_MIN_PX: Final = 3.0
_UNDOING: Final = frozenset({"compensating", "compensated", "compensation_failed"})
_NO_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")
_STYLE: Final = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2933}.t{font-size:15px;font-weight:bold}"
    ".d{fill:#52606d}.r{fill:#f5f7fa}.ok{fill:#3e7cb1}.error{fill:#b42318}.event{fill:#3e7cb1}"
    ".undo{fill:#b79ad6;stroke:#6b3fa0;stroke-dasharray:3 2}.open{fill:#e8894a}.g{stroke:#9aa5b1;stroke-dasharray:2 4}"
    ".bad{fill:#b42318}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of the drawing; without `start_ns` a heading. `note` stands beside its bar."""

    label: str
    owner: str = ""
    kind: Kind = "ok"
    start_ns: int | None = None
    end_ns: int | None = None
    note: str = ""


def drawn(transaction: Transaction) -> Iterator[str]:
    """Write the drawing, line by line."""
    marks = tuple(_marks(transaction))
    axis = build(_moments(transaction, marks), _BARS)
    height = _HEAD + _ROW * (len(marks) + 2)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img"><title>{text(story.title(transaction))}</title>'
    )
    yield f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    yield from _head(transaction, axis)
    yield from _silences(axis, height)
    for row, mark in enumerate(marks):
        yield from _line(mark, axis, row)
    yield f'<text class="d" x="4" y="{height - 12}">{text(_foot(transaction))}</text>'
    yield "</svg>"


def text(raw: str, cells: int | None = None) -> str:
    """Make a text safe to stand in the drawing, cut to so many cells."""
    safe = clean(raw).translate(_NO_XML)
    return escape(safe if cells is None else cut(safe, cells), quote=True)


def _marks(transaction: Transaction) -> Iterator[Mark]:
    if transaction.steps:
        yield Mark(label=f"STEPS {len(transaction.steps)}")
    for step in transaction.steps:
        yield from _step(step, transaction)
    yield Mark(label=f"RECORDS {transaction.timeline_total}")
    ordered = sorted(transaction.timeline, key=lambda entry: entry.at)
    yield from (_entry(entry) for entry in islice(ordered, story.MOST_RECORDS))


def _step(step: Step, transaction: Transaction) -> Iterator[Mark]:
    is_stuck = transaction.stall is not None and transaction.stall.step == step.step
    under_way = step.ended_at is None and transaction.ended_at is None and step.started_at is not None
    tries = f" x{step.attempts}" if step.attempts > 1 else ""
    kind: Kind = "open" if under_way else "error" if "failed" in step.state else "ok"
    end = transaction.as_of if under_way else step.ended_at
    took = _took(step.started_at, end)
    note = f"stuck {took}" if is_stuck and under_way else took
    yield Mark(
        label=f"{step.step}{tries}: {step.state}", owner=step.owner or "-", kind=kind, note=note,
        start_ns=_ns(step.started_at), end_ns=_ns(end),
    )  # fmt: skip
    if (undo := step.compensation) is not None:
        word = "undo to come" if undo.started_at is None else f"undo {undo.state}"
        end = undo.ended_at or (transaction.as_of if undo.state == "compensating" else None)
        yield Mark(
            label=f"  {undo.step}: {word}", owner=undo.owner or "-", kind="error" if undo.error else "undo",
            start_ns=_ns(undo.started_at), end_ns=_ns(end), note=_took(undo.started_at, end),
        )  # fmt: skip


def _entry(entry: TimelineEntry) -> Mark:
    failed = entry.status == "error" or bool(entry.error)
    undoing = entry.phase in _UNDOING
    attempt = f" x{entry.attempt}" if (entry.attempt or 1) > 1 else ""
    kind: Kind = "error" if failed else "undo" if undoing else "event" if entry.until is None else "ok"
    undo = "undo: " if undoing else ""
    return Mark(
        label=f"{undo}{entry.name}{attempt}", owner=entry.owner or "-", kind=kind, start_ns=to_ns(entry.at),
        end_ns=_ns(entry.until), note=_took(entry.at, entry.until),
    )  # fmt: skip


def _moments(transaction: Transaction, marks: Sequence[Mark]) -> Iterable[int]:
    known = [ns for mark in marks for ns in (mark.start_ns, mark.end_ns) if ns is not None]
    return [*known, to_ns(transaction.started_at)]


def _ns(moment: datetime | None) -> int | None:
    return None if moment is None else to_ns(moment)


def _took(start: datetime | None, end: datetime | None) -> str:
    return "" if start is None or end is None else duration((end - start).total_seconds())


def _head(transaction: Transaction, axis: Axis) -> Iterator[str]:
    yield f'<text class="t" x="4" y="20">{text(story.title(transaction))}</text>'
    why = f": {transaction.stall.why}" if transaction.stall else ""
    told = text(f"as of {story.utc(transaction.as_of)}{why}", _WIDTH // _CELL)
    yield f'<text class="d" x="4" y="42">{told}</text>'
    room = 0.0
    for start_ns, cell in axis.segments():
        at = to_datetime(start_ns).astimezone(UTC)
        since = offset((start_ns - to_ns(transaction.started_at)) / NS_PER_S)
        if cell >= room:
            yield f'<text class="d" x="{_x(cell):.1f}" y="66">{at:%H:%M:%S} {since}</text>'
            room = cell + len(since) + 11


def _silences(axis: Axis, height: int) -> Iterator[str]:
    for gap in axis.gaps:
        x = _x(gap.left + gap.width / 2)
        yield f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD}" y2="{height - 28}"/>'
        yield f'<text class="d" x="{x:.1f}" y="{_HEAD - 4}" text-anchor="middle">{gap.label}</text>'


def _x(cell: float) -> float:
    return _LABELS + cell * _CELL


def _line(mark: Mark, axis: Axis, row: int) -> Iterator[str]:
    top = _HEAD + _ROW * row
    base = top + 14
    if not mark.owner:
        yield f'<text class="d" x="4" y="{base}" font-weight="bold">{text(mark.label)}</text>'
        return
    if row % 2 == 0:
        yield f'<rect class="r" x="0" y="{top}" width="{_WIDTH}" height="{_ROW}"/>'
    yield f"<g><title>{text(f'{mark.owner}: {mark.label} {mark.note}'.strip())}</title>"
    yield f'<text class="d" x="4" y="{base}">{text(mark.owner, _OWNER)}</text>'
    yield f'<text x="146" y="{base}">{text(mark.label, _NAME)}</text>'
    if mark.start_ns is not None:
        yield from _bar(mark, axis, mark.start_ns, top)
    yield "</g>"


def _bar(mark: Mark, axis: Axis, start_ns: int, top: int) -> Iterator[str]:
    left = axis.cell(start_ns)
    right = max(left, axis.cell(start_ns if mark.end_ns is None else mark.end_ns))
    x, size = _x(left), max(_MIN_PX, (right - left) * _CELL)
    if mark.end_ns is None:
        yield f'<circle class="{mark.kind}" cx="{x:.1f}" cy="{top + 10}" r="4"/>'
    else:
        yield f'<rect class="{mark.kind}" x="{x:.1f}" y="{top + 5}" width="{size:.1f}" height="10" rx="2"/>'
    word = f"failed {mark.note}".strip() if mark.kind == "error" else mark.note
    beside = f'x="{x + size + 6:.1f}"' if right < _ROOM or left < _OWNER else f'x="{x - 6:.1f}" text-anchor="end"'
    yield f'<text class="{"bad" if mark.kind == "error" else "d"}" {beside} y="{top + 14}">{text(word)}</text>'


def _foot(transaction: Transaction) -> str:
    left_out = story.left_out(transaction)
    return f"Times are UTC. A dashed bar undoes, an orange one has not ended. {left_out}".strip()
