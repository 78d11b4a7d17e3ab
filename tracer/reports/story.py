"""What a report tells of a transaction: the paragraph, the steps, the errors, and the bars of its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from tracer.model.duration import duration
from tracer.reports.entries import offset, rows
from tracer.reports.handoffs import clock_hints
from tracer.views import Step, TimelineEntry, Transaction

STEP_HEADINGS: Final = ("Step", "Owner", "State", "Began", "Took", "Tries", "Error")
RECORD_HEADINGS: Final = ("At", "Owner", "What", "Step", "Phase", "Took", "Error")
ERROR_HEADINGS: Final = ("At", "Owner", "Step", "Error", "Times")
MOST_RECORDS: Final = 200
_MOST_NAMED: Final = 6
_SAFE_LINKS: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One record in the drawing: where its bar begins and ends, as parts of the whole time; events have no length."""

    label: str
    owner: str
    at: str
    took: str
    low: float
    high: float
    is_error: bool


def utc(at: datetime | None) -> str:
    """Write a time in UTC, to the second."""
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def title(transaction: Transaction) -> str:
    """Name the report."""
    return f"{transaction.transaction_id}: {transaction.saga or 'unnamed saga'}, {transaction.status}"


def facts(transaction: Transaction) -> Iterator[tuple[str, str]]:
    """What stands above the paragraph: names and values."""
    yield "Transaction", transaction.transaction_id
    if transaction.aliases:
        yield "Also known as", ", ".join(transaction.aliases)
    yield "Saga", (transaction.saga or "-") + (f" ({transaction.style})" if transaction.style else "")
    yield "Status", transaction.status + (f" (recorded as {transaction.outcome})" if transaction.outcome else "")
    yield "Began", utc(transaction.started_at)
    yield "Last record", utc(transaction.last_activity_at)
    yield "Ended", utc(transaction.ended_at)
    yield "As of", utc(transaction.as_of)


def notes(transaction: Transaction) -> Iterator[str]:
    """What is to be known beside: the sidecar's notes, and clocks that disagree."""
    yield from transaction.notes
    yield from clock_hints(transaction.timeline)


def paragraph(transaction: Transaction) -> str:
    """Say in one paragraph what happened."""
    return " ".join(_sentences(transaction))


def _sentences(transaction: Transaction) -> Iterator[str]:
    lasted = duration(transaction.elapsed_s)
    end = f"ended as {transaction.outcome or transaction.status} after {lasted}"
    still = f"was still {transaction.status} {lasted} later"
    began = f"{transaction.transaction_id} began at {utc(transaction.started_at)}"
    yield f"{began} and {end if transaction.ended_at else still}."
    done = [step.step for step in transaction.steps if step.state == "completed"]
    if done:
        more = f" and {len(done) - _MOST_NAMED} more" if len(done) > _MOST_NAMED else ""
        yield f"It completed {', '.join(done[:_MOST_NAMED])}{more}."
    for step in transaction.steps:
        yield from _trouble(step)
    if transaction.stall:
        yield _sentence(transaction.stall.why)
    if transaction.remaining and not transaction.ended_at:
        yield f"Still to come: {', '.join(one.step for one in transaction.remaining[:_MOST_NAMED])}."


def _trouble(step: Step) -> Iterator[str]:
    owner = f" at {step.owner}" if step.owner else ""
    tries = f" after {step.attempts} tries" if step.attempts > 1 else ""
    if step.state in {"failed", "compensation_failed", "retrying"}:
        error = f": {step.error}" if step.error else ""
        yield _sentence(f"{step.step} {'still tries' if step.state == 'retrying' else 'failed'}{owner}{tries}{error}")
    undo = step.compensation
    if undo is not None:
        error = f": {undo.error}" if undo.error else ""
        yield _sentence(f"{undo.step}, which undoes {step.step}, is {undo.state.replace('_', ' ')}{error}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def step_rows(transaction: Transaction) -> Iterator[tuple[str, ...]]:
    """Write the steps as rows, what undoes a step below it."""
    for step in transaction.steps:
        facts_of = (step.step, step.owner or "-", step.state, _since(transaction, step.started_at))
        yield (*facts_of, duration(step.duration_s), str(step.attempts), step.error or "")
        if undo := step.compensation:
            took = (undo.ended_at - undo.started_at).total_seconds() if undo.started_at and undo.ended_at else None
            began = _since(transaction, undo.started_at)
            name = f"{undo.step} (undoes {step.step})"
            yield (name, undo.owner or "-", undo.state, began, duration(took), "", undo.error or "")


def error_rows(transaction: Transaction) -> Iterator[tuple[str, ...]]:
    """Write each error once, with where it came first and how often."""
    found: dict[tuple[str, str, str], list[datetime]] = {}
    for entry in transaction.timeline:
        if entry.error or entry.status == "error":
            key = (entry.owner or "-", entry.step or entry.name, entry.error or "error, without a word")
            found.setdefault(key, []).append(entry.at)
    for (owner, step, error), times in sorted(found.items(), key=lambda item: min(item[1])):
        yield _since(transaction, min(times)), owner, step, error, str(len(times))


def record_rows(transaction: Transaction) -> Iterator[tuple[str, ...]]:
    """Write the records in the order of time, at most MOST_RECORDS."""
    yield from islice(rows(transaction.timeline, transaction.started_at), MOST_RECORDS)


def left_out(transaction: Transaction) -> str:
    """Say how many records are told of all; nothing where all are."""
    told = min(len(transaction.timeline), MOST_RECORDS)
    return f"{told} of {transaction.timeline_total} records are told." if transaction.timeline_total > told else ""


def bars(transaction: Transaction) -> Sequence[Bar]:
    """Give the records as bars in the order of time, at most MOST_RECORDS."""
    entries = sorted(transaction.timeline, key=lambda entry: entry.at)[:MOST_RECORDS]
    if not entries:
        return ()
    first = min(entry.at for entry in entries)
    whole_s = max((_end(entry) - first).total_seconds() for entry in entries) or 1.0
    return [_bar(entry, transaction, first, whole_s) for entry in entries]


def links(transaction: Transaction) -> Iterator[tuple[str, str | None]]:
    """Give names and addresses; None where what was given is no address that a browser should open."""
    for name, link in transaction.links.items():
        safe = link.lower().startswith(_SAFE_LINKS) and not any(sign.isspace() or sign in '<>"\\' for sign in link)
        yield (name, link) if safe else (f"{name}: {link}", None)
    traces = dict.fromkeys(entry.trace_id for entry in transaction.timeline if entry.trace_id)
    for trace in traces:
        yield f"trace {trace}", None


def _since(transaction: Transaction, at: datetime | None) -> str:
    return "-" if at is None else offset((at - transaction.started_at).total_seconds())


def _end(entry: TimelineEntry) -> datetime:
    return entry.at if entry.until is None else max(entry.at, entry.until)


def _bar(entry: TimelineEntry, transaction: Transaction, first: datetime, whole_s: float) -> Bar:
    took = None if entry.until is None else (_end(entry) - entry.at).total_seconds()
    attempt = f" (try {entry.attempt})" if entry.attempt and entry.attempt > 1 else ""
    return Bar(
        label=f"{entry.name}{attempt}",
        owner=entry.owner or "-",
        at=_since(transaction, entry.at),
        took="" if took is None else duration(took),
        low=(entry.at - first).total_seconds() / whole_s,
        high=(_end(entry) - first).total_seconds() / whole_s,
        is_error=bool(entry.error) or entry.status == "error",
    )
