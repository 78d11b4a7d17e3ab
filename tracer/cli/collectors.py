"""`sagascope collectors`: what takes data in, and how much of it joins transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.human import Column
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.clock import SystemClock, to_datetime
from tracer.model.text import clean
from tracer.views import CollectorList, CollectorView, CoverageRow

_COVERAGE: Final = (
    Column(heading="OWNER", gives=1),
    Column(heading="SOURCE", gives=1),
    Column(heading="RECORDS", right=True),
    Column(heading="BY ID", right=True),
    Column(heading="JOINED", right=True),
    Column(heading="AMBIGUOUS", right=True),
    Column(heading="NEVER JOINED", right=True),
)


@click.command(short_help="Show what takes data in, and what never joins.")
@reading_options
def collectors(as_json: bool, **where: Any) -> None:  # noqa: FBT001  click's
    """Show the collectors, and how many records of each service never joined a transaction."""
    with open_reader(Where(**where)) as reader:
        listed = reader.collectors()
    if as_json:
        output.write_json(listed)
    else:
        output.write_lines(_lines(listed))


def _lines(listed: CollectorList) -> Iterator[str]:
    for collector in listed.collectors:
        yield from _collector_lines(collector)
    yield ""
    if not listed.coverage:
        yield "no records yet"
        return
    rows = [_coverage_row(row) for row in listed.coverage]
    yield from human.table(_COVERAGE, rows, width=output.width(), colour=output.has_colour())


def _collector_lines(collector: CollectorView) -> Iterator[str]:
    state = human.paint(clean(collector.state), collector.state, colour=output.has_colour())
    detail = f": {clean(collector.detail)}" if collector.detail else ""
    yield f"{clean(collector.name)} ({clean(collector.type)}) {state}{detail}"
    for name, address in collector.listening.items():
        yield f"    {clean(name)} on {clean(address)}"
    if collector.last_record_at is not None:
        now = to_datetime(SystemClock().now_ns())
        age = human.duration(max(0.0, (now - collector.last_record_at).total_seconds()))
        yield f"    last record {age} ago, at {human.moment(collector.last_record_at, now=now)}"
    for name, value in {**collector.counters, **collector.gauges}.items():
        yield f"    {clean(name)} = {value:g}" if isinstance(value, float) else f"    {clean(name)} = {value}"


def _coverage_row(row: CoverageRow) -> tuple[str, ...]:
    counts = (row.records, row.by_id, row.joined, row.ambiguous, row.unplaced)
    return (row.owner or "-", row.source, *map(str, counts))
