"""`sagascope stalls`: the stuck transactions, the longest overdue first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from tracer.cli import alerted, human, output
from tracer.cli.exits import FoundSomething
from tracer.cli.filters import stall_filters, stall_query
from tracer.cli.human import Column
from tracer.cli.reading import open_reader, reading_options
from tracer.views import StallPage, StallQuery, StallRow

_COLUMNS: Final = (
    Column(heading="STUCK", right=True),
    Column(heading="TRANSACTION", gives=1),
    Column(heading="KIND", gives=1),
    Column(heading="STEP", gives=2),
    Column(heading="OWNER", gives=2),
    Column(heading="SAGA", gives=3),
    Column(heading="LIMIT"),
    Column(heading="ALERT", gives=2),
    Column(heading="ERROR", gives=4),
)
_WHERE_IT_TELLS: Final = frozenset({"SAGA"})


@click.command(short_help="List stuck transactions, the longest overdue first.")
@stall_filters
@click.option("--fail-if-any", is_flag=True, help="Exit 1 when there is any.")
@reading_options
def stalls(as_json: bool, fail_if_any: bool, **options: Any) -> None:  # noqa: FBT001  click's
    """List the stuck transactions: where each stands, for how long, and over which limit."""
    query, where = stall_query(options)
    with open_reader(where) as reader:
        page = reader.stalls(query)
    if as_json:
        output.write_json(page)
    else:
        output.write_lines(_lines(page, is_all=query == StallQuery(limit=query.limit)))
    if fail_if_any and page.total:
        raise FoundSomething


def _lines(page: StallPage, *, is_all: bool) -> Iterator[str]:
    if not page.total:
        yield "nothing is stuck" if is_all else "no stuck transaction matches"
        return
    rows = [_row(stall) for stall in page.stalls]
    told = [number for number, column in enumerate(_COLUMNS) if _is_told(column.heading, [row[number] for row in rows])]
    columns, cells = [_COLUMNS[number] for number in told], [[row[number] for number in told] for row in rows]
    yield from human.table(columns, cells, width=output.width(), colour=output.has_colour())
    yield ""
    shown = len(page.stalls)
    yield f"{shown} of {page.total} shown: more with --limit" if shown < page.total else f"{shown} shown"


def _is_told(heading: str, cells: Sequence[str]) -> bool:
    """Whether a column is worth its width: not where it says the same everywhere, or nothing at all."""
    if heading == "ALERT":
        return any(cells)
    return heading not in _WHERE_IT_TELLS or len(set(cells)) > 1


def _row(stall: StallRow) -> tuple[str, ...]:
    return (
        human.duration(stall.stuck_s),
        stall.transaction_id,
        stall.kind,
        stall.step or "-",
        stall.owner or "-",
        stall.saga or "-",
        f"{human.duration(stall.threshold_s)} ({stall.threshold_source})",
        alerted.word(stall.alert),
        stall.error or "",
    )
