"""`sagascope records TXN`: the stored records of one transaction, with everything they came with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from tracer.cli import human, output
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.clock import SystemClock, to_datetime
from tracer.model.text import clean
from tracer.views import RecordPage, RecordRow


@click.command(short_help="Show the stored records of one transaction.")
@click.argument("transaction_id", metavar="TXN")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Records at most.")
@click.option("--offset", type=click.IntRange(0), default=0, show_default=True, help="Skip so many records.")
@reading_options
def records(transaction_id: str, *, limit: int, offset: int, as_json: bool, **where: Any) -> None:
    """Show the stored records of one transaction in the order of time."""
    with open_reader(Where(**where)) as reader:
        page = reader.records(transaction_id, limit=limit, offset=offset)
    if as_json:
        output.write_json(page)
    else:
        output.write_lines(_lines(page, offset))


def _lines(page: RecordPage, offset: int) -> Iterator[str]:
    for record in page.records:
        yield from _record_lines(record)
    end = offset + len(page.records)
    skipped = f", after the first {offset}" if offset else ""
    more = f": go on with --offset {end}" if end < page.total else ""
    yield f"{len(page.records)} of {page.total} records{skipped}{more}"


def _record_lines(record: RecordRow) -> Iterator[str]:
    now = to_datetime(SystemClock().now_ns())
    at = human.moment(to_datetime(record.at_ns), now=now)
    took = "" if record.until_ns is None else f" took {human.duration((record.until_ns - record.at_ns) / 1e9)}"
    facts = f"{record.kind} {record.name} ({record.phase}{took}) by {record.owner or 'unknown'}, found by"
    yield human.bold(clean(f"{at} {facts} {record.correlated_by}"), colour=output.has_colour())
    for name, value in _facts(record):
        yield f"    {clean(name)} = {clean(_text(value))}"


def _facts(record: RecordRow) -> Iterator[tuple[str, Any]]:
    plain = (
        "step",
        "attempt",
        "error",
        "message_id",
        "causation_id",
        "trace_id",
        "span_id",
        "parent_span_id",
        "source",
    )
    yield from ((name, getattr(record, name)) for name in plain if getattr(record, name) is not None)
    yield from (record.aliases or {}).items()
    yield from record.attributes.items()
    yield from (record.resource or {}).items()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
