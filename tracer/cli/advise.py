"""`sagascope advise TXN`: what to do next, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from tracer.cli import human, output
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.cli.words import argument
from tracer.model.text import clean
from tracer.reports.words import headline
from tracer.views import Advice, Transaction


@click.command(short_help="Say what to do next about one transaction.")
@click.argument("transaction_id", metavar="TXN")
@reading_options
def advise(transaction_id: str, *, as_json: bool, **where: Any) -> None:
    """Say what to do next about one transaction, the best first, with the reasons. Nothing is carried out."""
    with open_reader(Where(**where)) as reader:
        transaction = reader.transaction(transaction_id)
    if as_json:
        output.write_json(transaction.advice)
    else:
        output.write_lines(lines(transaction, width=output.width(), colour=output.has_colour()))


def lines(transaction: Transaction, *, width: int | None, colour: bool) -> Iterator[str]:
    """Write all advice for a person, or say that there is none, and why."""
    name = human.bold(clean(transaction.transaction_id), colour=colour)
    yield f"{name} is {human.paint(transaction.status, transaction.status, colour=colour)}"
    if not transaction.advice:
        over = "it has ended" if transaction.ended_at else "nothing is known that would help it on"
        yield f"no advice: {over}"
    for advice in transaction.advice:
        yield ""
        yield from _block(advice, width=width, colour=colour)


def _block(advice: Advice, *, width: int | None, colour: bool) -> Iterator[str]:
    inner = None if width is None else max(20, width - 3)
    first, *rest = human.wrap(f"{advice.rank}. {headline(advice)}", width)
    yield human.bold(first, colour=colour)
    yield from rest
    yield from (f"   {line}" for line in human.wrap(clean(advice.why), inner))
    yield from (f"   {line}" for text in advice.evidence for line in human.wrap(f"- {clean(text)}", inner))
    if advice.command:
        yield f"   run: {clean(advice.command)}"


def short(transaction: Transaction, *, width: int | None) -> Iterator[str]:
    """Write the best advice on a line or two, and how to read the rest."""
    if not transaction.advice:
        return
    best, *others = transaction.advice
    yield from human.wrap(f"advice: {headline(best)}: {clean(best.why)}", width)
    if best.command:
        yield f"  run: {clean(best.command)}"
    more = f"{len(others)} more, and the reasons" if others else "the reasons"
    yield f"  {more}: sagascope advise {clean(argument(transaction.transaction_id))}"
