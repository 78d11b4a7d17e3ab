"""What the demo says of the sidecar's answers: how many are where, which are stuck, and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from tracer.client import Reader
from tracer.errors import NotFound
from tracer.model.text import clean
from tracer.model.words import STATUSES
from tracer.views import Advice, Stall, Summary, Transaction, TransactionPage, TransactionQuery

MAX_LISTED: Final = 40
_INDENT: Final = "    "
_LEAST_CELLS: Final = 40
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def counts_line(page: TransactionPage) -> str:
    """Say how many transactions there are of each status, those that are stuck first."""
    order = sorted(STATUSES, key=lambda status: status != "stuck")
    told = [f"{page.counts[status]} {status}" for status in order if page.counts.get(status)]
    return f"{sum(page.counts.values())} transactions: {', '.join(told) or 'none yet'}"


def stuck_report(reader: Reader, width: int) -> Iterator[str]:
    """Say which transactions are stuck, the longest first: id, saga, step, owner, for how long.

    Below each, indented: since when and why, and what to do, folded to `width` between words; then the command, which
    is whole, so that it can be copied.
    """
    page = reader.transactions(TransactionQuery(status=("stuck",), sort="-in_step", limit=MAX_LISTED))
    yield f"{page.total} stuck, the longest first:" if page.total else "nothing is stuck"
    for summary in page.transactions:
        transaction = _transaction(reader, summary.transaction_id)
        if transaction is not None and (stall := transaction.stall) is not None:
            yield _stuck_line(summary, stall)
            yield from _folded(f"since {stall.since.astimezone():%H:%M:%S}: {clean(stall.why)}", width)
            yield from _to_do(transaction.advice, width)
    if page.total > len(page.transactions):
        yield f"... and {page.total - len(page.transactions)} more"


def unjoined_lines(reader: Reader) -> Iterator[str]:
    """Say which services send records that join no transaction."""
    for row in reader.collectors().coverage:
        if row.unplaced:
            owner = clean(row.owner or "(no service name)")
            yield f"{owner}: {row.unplaced} of {row.records} records join no transaction"


def span_text(seconds: float) -> str:
    """Write a time span for a person: 48s, 12m, 3h07m."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f}s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f}m"
    return f"{seconds // _HOUR_S:.0f}h{seconds % _HOUR_S // _MINUTE_S:02.0f}m"


def _transaction(reader: Reader, transaction_id: str) -> Transaction | None:
    try:
        return reader.transaction(transaction_id)
    except NotFound:
        return None  # retention took it between the two questions


def _stuck_line(summary: Summary, stall: Stall) -> str:
    columns = (
        f"{clean(summary.transaction_id):<16}",
        f"{clean(summary.saga or '-'):<16}",
        f"{clean(stall.step or '-'):<15}",
        f"{_owner(stall.owner):<18}",
        span_text(stall.stuck_s),
    )
    return "  ".join(columns)


def _owner(name: str | None) -> str:
    return f"owner {clean(name)}" if name else "no owner known"


def _to_do(advice: Sequence[Advice], width: int) -> Iterator[str]:
    """Say what to do first; where that is nothing to run, also the next thing that is."""
    told = list(advice[:1])
    if told and told[0].command is None:
        told += [one for one in advice[1:] if one.command is not None][:1]
    for word, one in zip(("do", "then"), told, strict=False):
        yield from _folded(
            f"{word}: {one.action} {clean(one.step)} ({one.confidence:.0%} sure): {clean(one.why)}", width
        )
        if one.command is not None:
            yield f"{_INDENT}run: {clean(one.command)}"


def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(_LEAST_CELLS, width), initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
