"""`sagascope show TXN`: one transaction, the stall sentence first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import click

from tracer.cli import advise, alerted, human, outlook, output, timeline
from tracer.cli.human import Column
from tracer.cli.moments import Moment
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.client import Reader
from tracer.errors import NotFound
from tracer.model.text import clean
from tracer.reports.handoffs import clock_hints
from tracer.views import Compensation, Current, MessagePlace, Stall, Step, Transaction

_STEP_COLUMNS: Final = (
    Column(heading="STATE"),
    Column(heading="STEP", gives=2),
    Column(heading="OWNER", gives=2),
    Column(heading="STARTED"),
    Column(heading="TOOK", right=True),
    Column(heading="TRIES", right=True),
    Column(heading="ERROR", gives=4),
)


@click.command(short_help="Show one transaction, end to end.")
@click.argument("transaction_id", metavar="TXN")
@click.option("--as-of", type=Moment(), help="As it was at this time: 02:00, an RFC 3339 time, or 15m (ago).")
@click.option("--limit", type=click.IntRange(1), help="Lines of the timeline at most.  [default: all]")
@reading_options
def show(transaction_id: str, *, as_of: datetime | None, limit: int | None, as_json: bool, **where: Any) -> None:
    """Show one business transaction, end to end, by its id or an alias."""
    with open_reader(Where(**where)) as reader:
        transaction = _as_of(reader, transaction_id, as_of) if as_of else reader.transaction(transaction_id)
    transaction = replace(transaction, timeline=transaction.timeline[:limit])
    if as_json:
        output.write_json(transaction)
    else:
        output.write_lines(lines(transaction, width=output.width(), colour=output.has_colour()))


def _as_of(reader: Reader, transaction_id: str, as_of: datetime) -> Transaction:
    """Ask as of a time; where it had not begun then, say when it did."""
    try:
        return reader.transaction(transaction_id, as_of=as_of)
    except NotFound as missing:
        begun = reader.transaction(transaction_id)
        then = human.moment(as_of, now=begun.as_of)
        first = human.moment(begun.started_at, now=begun.as_of)
        raise NotFound(f"{transaction_id} had no record yet at {then}: its first one is of {first}") from missing


def lines(transaction: Transaction, *, width: int | None, colour: bool) -> Iterator[str]:
    """Write the transaction for a person: why it is stuck, where it stands, its steps, its timeline."""
    if transaction.stall:
        yield from _stall_lines(transaction.stall, width=width, colour=colour)
    yield from _head(transaction, width=width, colour=colour)
    yield ""
    steps = [row for step in transaction.steps for row in _step_rows(step, transaction.as_of)]
    if steps:
        yield from human.table(_STEP_COLUMNS, steps, width=width, colour=colour)
        yield ""
    entries = list(timeline.rows(transaction.timeline, transaction.started_at))
    yield from human.table(timeline.COLUMNS, entries, width=width, colour=colour)
    if transaction.timeline_total > len(entries):
        yield f"... {len(entries)} of {transaction.timeline_total} records shown; `sagascope records` reads on"


def _stall_lines(stall: Stall, *, width: int | None, colour: bool) -> Iterator[str]:
    head = f"STUCK for {human.duration(stall.stuck_s)} ({stall.kind}):"
    text = f"{head} {clean(stall.why)}"
    first, *rest = human.wrap(text, width)
    yield human.paint(head, "stuck", colour=colour) + first[len(head) :] if first.startswith(head) else first
    yield from rest


def _head(transaction: Transaction, *, width: int | None, colour: bool) -> Iterator[str]:
    shown = human.bold(clean(transaction.transaction_id), colour=colour)
    saga = clean(transaction.saga or "unnamed saga") + (f" ({transaction.style})" if transaction.style else "")
    status = human.paint(transaction.status, transaction.status, colour=colour)
    yield f"{shown}  {saga}  {status}  {_age(transaction)}"
    if transaction.alert:
        yield from human.wrap(alerted.line(transaction.alert), width)
    if transaction.aliases:
        yield f"also known as {', '.join(map(clean, transaction.aliases))}"
    for current in transaction.current:
        yield from human.wrap(_current_line(current, transaction), width)
    if transaction.message:
        yield from _message_lines(transaction.message, transaction.as_of)
    for line in outlook.lines(transaction):
        yield from human.wrap(line, width)
    yield from advise.short(transaction, width=width)
    for name, link in transaction.links.items():
        yield f"{clean(name)}: {clean(link)}"
    for note in (*transaction.notes, *clock_hints(transaction.timeline)):
        yield f"note: {clean(note)}"


def _current_line(current: Current, transaction: Transaction) -> str:
    owner = clean(current.owner or "an unknown owner")
    since = human.moment(current.since, now=transaction.as_of)
    for_so_long = human.duration(current.elapsed_s)
    limit = outlook.limit(current, transaction.forecast)
    if current.basis == "exact":
        return f"now {clean(current.step)} at {owner}: {current.state} for {for_so_long} since {since}{limit}"
    return f"last seen {clean(current.step)} at {owner}: {current.state} {for_so_long} ago at {since}{limit} (inferred)"


def _message_lines(message: MessagePlace, now: datetime) -> Iterator[str]:
    place = f"{clean(message.topic)}[{message.partition}]@{message.offset}"
    yield f"last message {place} at {human.moment(message.at, now=now)}"
    for group in message.groups:
        yield f"  {clean(group.group)} {clean(group.why)}"
    if message.more_groups:
        yield f"  and {message.more_groups} more groups"


def _age(transaction: Transaction) -> str:
    started = human.moment(transaction.started_at, now=transaction.as_of)
    word = "took" if transaction.ended_at else "for"
    return f"started {started}, {word} {human.duration(transaction.elapsed_s)}"


def _step_rows(step: Step, now: datetime) -> Iterator[tuple[str, ...]]:
    yield (
        step.state,
        step.step,
        step.owner or "-",
        human.moment(step.started_at, now=now),
        human.duration(step.duration_s),
        str(step.attempts),
        step.error or "",
    )
    if step.compensation:
        yield _compensation_row(step.compensation, now)


def _compensation_row(undo: Compensation, now: datetime) -> tuple[str, ...]:
    known = undo.started_at and undo.ended_at
    took = (undo.ended_at - undo.started_at).total_seconds() if known and undo.started_at and undo.ended_at else None
    return (
        undo.state,
        f"  undone by {undo.step}",
        undo.owner or "-",
        human.moment(undo.started_at, now=now),
        human.duration(took),
        "",
        undo.error or "",
    )
