"""`sagascope ls`: the list of transactions, stuck ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, get_args

import click

from tracer.cli import human, output
from tracer.cli.exits import FoundSomething
from tracer.cli.human import Column
from tracer.cli.moments import Duration, Moment
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.client import Reader
from tracer.model.text import clean
from tracer.model.words import STATUSES
from tracer.views import SortKey, Summary, TransactionPage, TransactionQuery

PAGE_ROWS: Final = 50
MAX_PAGE_ROWS: Final = 1000
SORT_KEYS: Final = (*get_args(SortKey), *(f"-{key}" for key in get_args(SortKey)))
_SORT_HELP: Final = f"Sort by {', '.join(get_args(SortKey))}; descending with a - in front.  [default: status]"
_COLUMNS: Final = (
    Column(heading="STATUS"),
    Column(heading="TRANSACTION", gives=1),
    Column(heading="SAGA", gives=3),
    Column(heading="STEP", gives=2),
    Column(heading="OWNER", gives=2),
    Column(heading="IN STEP", right=True),
    Column(heading="AGE", right=True),
    Column(heading="WHY", gives=2),
)


@click.command()
@click.option("--status", multiple=True, type=click.Choice(STATUSES), help="Only this status; may be repeated.")
@click.option("--saga", multiple=True, help="Only this workflow type; may be repeated.")
@click.option("--owner", multiple=True, help="Only where this participant owns the step; may be repeated.")
@click.option("--step", multiple=True, help="Only in this step; may be repeated.")
@click.option("--older-than", type=Duration(), help="Only longer than this in the current step, like 5m.")
@click.option("--since", type=Moment(), help="Only active since this time: 02:00, an RFC 3339 time, or 15m (ago).")
@click.option("--until", type=Moment(), help="Only active until this time.")
@click.option("-q", "--query", help="Only with this text in the id, an alias, saga, step, owner or error.")
@click.option("--sort", type=click.Choice(SORT_KEYS), default="status", metavar="KEY", help=_SORT_HELP)
@click.option(
    "--limit", type=click.IntRange(1, MAX_PAGE_ROWS), default=PAGE_ROWS, show_default=True, help="Rows of a page."
)
@click.option("--cursor", help="Go on where a page ended.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
@click.option("--fail-if-any", is_flag=True, help="Exit 1 when there is any such transaction.")
@reading_options
def ls(as_json: bool, everything: bool, fail_if_any: bool, **options: Any) -> None:  # noqa: FBT001  click's
    """List transactions: stuck ones first, the longest in their step at the top."""
    query, where = _query(options), _where(options)
    with open_reader(where) as reader:
        page = _all_pages(reader, query) if everything else reader.transactions(query)
    if as_json:
        output.write_json(page)
    else:
        output.write_lines(_lines(page, filtered=query != TransactionQuery(sort=query.sort, limit=query.limit)))
    if fail_if_any and page.total:
        raise FoundSomething


def _query(options: dict[str, Any]) -> TransactionQuery:
    since: datetime | None = options["since"]
    return TransactionQuery(
        status=options["status"],
        saga=options["saga"],
        owner=options["owner"],
        step=options["step"],
        older_than_s=options["older_than"],
        since=since,
        until=options["until"],
        q=options["query"],
        sort=options["sort"],
        limit=options["limit"],
        cursor=options["cursor"],
    )


def _where(options: dict[str, Any]) -> Where:
    return Where(**{name: options[name] for name in ("url", "data", "token_file")})


def _all_pages(reader: Reader, query: TransactionQuery) -> TransactionPage:
    page = reader.transactions(replace(query, limit=MAX_PAGE_ROWS))
    rows, cursor = list(page.transactions), page.next
    while cursor is not None:
        following = reader.transactions(replace(query, limit=MAX_PAGE_ROWS, cursor=cursor))
        rows.extend(following.transactions)
        cursor = following.next
    return replace(page, transactions=tuple(rows), next=None)


def _lines(page: TransactionPage, *, filtered: bool) -> Iterator[str]:
    if not page.transactions:
        nothing = "no transaction matches" if filtered else "no transactions yet: point an OTLP exporter at the sidecar"
        yield nothing
        return
    rows = [_row(summary) for summary in page.transactions]
    yield from human.table(_COLUMNS, rows, width=output.width(), colour=output.has_colour())
    yield from _footer(page)


def _row(summary: Summary) -> Sequence[str]:
    guess = " ~" if summary.basis == "inferred" else ""
    return (
        summary.status,
        summary.transaction_id,
        summary.saga or "-",
        f"{summary.step}{guess}" if summary.step else "-",
        summary.owner or "-",
        human.duration(summary.in_step_s),
        human.duration(summary.elapsed_s),
        summary.stall or summary.error or "",
    )


def _footer(page: TransactionPage) -> Iterator[str]:
    counts = ", ".join(f"{page.counts[status]} {status}" for status in STATUSES if page.counts.get(status))
    shown = len(page.transactions)
    yield ""
    if shown < page.total:
        cursor = f", or --cursor {clean(page.next)}" if page.next else ""
        yield f"{shown} of {page.total} shown ({counts}): more with --limit or --all{cursor}"
    else:
        yield f"{shown} shown ({counts})"
    if any(summary.basis == "inferred" for summary in page.transactions):
        yield "~ inferred from what was seen last"
