"""`sagascope ls`: the list of transactions, stuck ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, get_args

import click

from tracer.cli import alerted, human, output, stats
from tracer.cli.exits import FoundSomething
from tracer.cli.human import Column
from tracer.cli.moments import Duration, Moment
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.cli.words import KeyValue, Statuses
from tracer.client import DEFAULT_SQL_TIMEOUT_S, Console, Reader
from tracer.clock import SystemClock, to_datetime
from tracer.errors import UsageError
from tracer.model.text import clean
from tracer.model.words import STATUSES, StallKind
from tracer.views import SortKey, Summary, TransactionPage, TransactionQuery

PAGE_ROWS: Final = 50
MAX_PAGE_ROWS: Final = 1000
SORT_KEYS: Final = (*get_args(SortKey), *(f"-{key}" for key in get_args(SortKey)))
_SORT_HELP: Final = f"Sort by {', '.join(get_args(SortKey))}; descending with a - in front.  [default: status]"
_STATUS_HELP: Final = f"Only {', '.join(STATUSES)}; may be repeated, or several with commas."
_KINDS: Final = get_args(StallKind)
_KIND_HELP: Final = f"Only stuck as {', '.join(_KINDS)}; may be repeated."
_ATTRIBUTE_HELP: Final = "Only where a record has this attribute; may be repeated, and all must hold."
_WAITING: Final = "SELECT count(*), count(transaction_id) FROM records"
_OWNERS: Final = "SELECT DISTINCT owner FROM transactions WHERE owner IS NOT NULL"
_COLUMNS: Final = (
    Column(heading="STATUS"),
    Column(heading="TRANSACTION", gives=1),
    Column(heading="SAGA", gives=3),
    Column(heading="STEP", gives=2),
    Column(heading="OWNER", gives=2),
    Column(heading="IN STEP", right=True),
    Column(heading="AGE", right=True),
    Column(heading="STALL / ERROR", gives=2),
)
_ALERT: Final = Column(heading="ALERT", gives=2)  # where there is any


@click.command(short_help="List transactions, stuck ones first.")
@click.option("--status", multiple=True, type=Statuses(), help=_STATUS_HELP)
@click.option("--saga", multiple=True, help="Only this workflow type; may be repeated.")
@click.option("--owner", multiple=True, help="Only where this participant owns the step; may be repeated.")
@click.option("--step", multiple=True, help="Only in this step; may be repeated.")
@click.option("--kind", multiple=True, type=click.Choice(_KINDS), metavar="KIND", help=_KIND_HELP)
@click.option("--error", help="Only with this text in the error.")
@click.option("--attribute", multiple=True, type=KeyValue(), metavar="KEY=VALUE", help=_ATTRIBUTE_HELP)
@click.option("--older-than", type=Duration(), help="Only longer than this in the current step, like 5m.")
@click.option("--longer-than", type=Duration(), help="Only where the whole transaction took longer, until now if open.")
@click.option("--shorter-than", type=Duration(), help="Only where the whole transaction took less, until now if open.")
@click.option("--since", type=Moment(), help="Only active since this time: 02:00, an RFC 3339 time, or 15m (ago).")
@click.option("--until", type=Moment(), help="Only active until this time.")
@click.option("--began-since", type=Moment(), help="Only begun since this time.")
@click.option("--began-until", type=Moment(), help="Only begun until this time.")
@click.option("--as-of", type=Moment(), help="As it stood at this time: 02:00, an RFC 3339 time, or 15m (ago).")
@click.option("-q", "--query", help="Only with this text in the id, an alias, saga, step, owner or error.")
@click.option("--sort", type=click.Choice(SORT_KEYS), default="status", metavar="KEY", help=_SORT_HELP)
@click.option(
    "--limit", type=click.IntRange(1, MAX_PAGE_ROWS), default=PAGE_ROWS, show_default=True, help="Rows of a page."
)
@click.option("--cursor", help="Go on where a page ended, with the same filters and --sort.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
@click.option("--stats", "wants_stats", is_flag=True, help="Rates, durations and outcomes by saga and time instead.")
@click.option("--every", type=Duration(), help="The time that a row of --stats tells of, like 15m.  [default: 1h]")
@click.option("--fail-if-any", is_flag=True, help="Exit 1 when there is any such transaction.")
@reading_options
def ls(as_json: bool, everything: bool, fail_if_any: bool, **options: Any) -> None:  # noqa: FBT001  click's
    """List transactions: stuck ones first, the longest in their step at the top."""
    query, where = _query(options), _where(options)
    if options["wants_stats"]:
        _stats(options, where, as_json=as_json, clashing=everything or fail_if_any)
        return
    if options["every"] is not None:
        raise UsageError("--every is the time that a row of --stats tells of: give --stats too")
    with open_reader(where) as reader:
        page = _all_pages(reader, query) if everything else reader.transactions(query)
        nothing = None if as_json or page.transactions else _nothing(reader, query, where)
    if as_json:
        output.write_json(page)
    else:
        output.write_lines([nothing] if nothing else _lines(page, query.as_of))
    if fail_if_any and page.total:
        raise FoundSomething


def _stats(options: dict[str, Any], where: Where, *, as_json: bool, clashing: bool) -> None:
    if clashing:
        raise UsageError("--stats counts, and lists nothing: leave out --all and --fail-if-any")
    if options["as_of"] is not None:
        raise UsageError("--stats tells of spans of time: give it --until instead of --as-of")
    with open_reader(where) as reader:
        counted = stats.read(reader, options)
    if as_json:
        output.write_json(counted)
    else:
        output.write_lines(stats.lines(counted, width=output.width(), colour=output.has_colour()))


def _query(options: dict[str, Any]) -> TransactionQuery:
    since: datetime | None = options["since"]
    return TransactionQuery(
        status=tuple(status for statuses in options["status"] for status in statuses),
        saga=options["saga"],
        owner=options["owner"],
        step=options["step"],
        kind=options["kind"],
        error=options["error"],
        attribute=options["attribute"],
        older_than_s=options["older_than"],
        longer_than_s=options["longer_than"],
        shorter_than_s=options["shorter_than"],
        since=since,
        until=options["until"],
        began_since=options["began_since"],
        began_until=options["began_until"],
        q=options["query"],
        sort=options["sort"],
        limit=options["limit"],
        cursor=options["cursor"],
        as_of=options["as_of"],
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


def _nothing(reader: Console, query: TransactionQuery, where: Where) -> str:
    """Say why the list is empty."""
    if query == TransactionQuery(sort=query.sort, limit=query.limit, as_of=query.as_of) and query.as_of is not None:
        return f"no transaction had a record yet at {_then(query.as_of)}"
    if query != TransactionQuery(sort=query.sort, limit=query.limit):
        return _no_owner(reader, query.owner) or "no transaction matches"
    ((records, with_id),) = reader.sql(_WAITING, limit=1, timeout_s=DEFAULT_SQL_TIMEOUT_S).rows
    if with_id and where.data:
        return f"{records} records are in, not yet filed: a sidecar does that: `sagascope serve --data {where.data}`"
    if with_id:
        return f"{records} records are in and being filed: ask again in a second"
    if records:
        return f"{records} records are in, and none has a transaction's id: `sagascope collectors` says whose they are"
    return "no transactions yet: point an OTLP exporter at the sidecar"


def _no_owner(reader: Console, asked: Sequence[str]) -> str | None:
    """Name the owners that no transaction has, each with the nearest that one has; None where all are known."""
    if not asked:
        return None
    from tracer.config.shape import nearest  # noqa: PLC0415  only where nothing was found

    rows = reader.sql(_OWNERS, limit=MAX_PAGE_ROWS, timeout_s=DEFAULT_SQL_TIMEOUT_S).rows
    known = [str(owner) for (owner,) in rows]
    unknown = [owner for owner in asked if owner not in known]
    if not unknown:
        return None
    near = next((found for owner in unknown if (found := nearest(owner, known))), None)
    return clean(f"no transaction has owner {' or '.join(unknown)}" + (f'; did you mean "{near}"?' if near else ""))


def _lines(page: TransactionPage, as_of: datetime | None) -> Iterator[str]:
    has_alerts = any(summary.alert for summary in page.transactions)
    rows = [(*_row(summary), *((alerted.word(summary.alert),) * has_alerts)) for summary in page.transactions]
    yield from human.table(
        (*_COLUMNS, *((_ALERT,) * has_alerts)), rows, width=output.width(), colour=output.has_colour()
    )
    yield from _footer(page)
    if as_of is not None:
        yield f"as of {_then(page.as_of)}: later records are left out, limits are those of today"


def _then(at: datetime) -> str:
    return human.moment(at, now=to_datetime(SystemClock().now_ns()))


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
    """Tell what `~` means, and at the end how many there are and how to go on."""
    counts = ", ".join(f"{page.counts[status]} {status}" for status in STATUSES if page.counts.get(status))
    shown = len(page.transactions)
    yield ""
    if any(summary.basis == "inferred" for summary in page.transactions):
        yield "~ inferred from what was seen last"
    if shown < page.total:
        cursor = f", or --cursor {clean(page.next)}" if page.next else ""
        yield f"{shown} of {page.total} shown (of all: {counts}): more with --limit or --all{cursor}"
    else:
        yield f"{shown} shown (of all: {counts})"
