"""Writes questions as query parameters, leaving out what is not set."""

from __future__ import annotations

from datetime import datetime

from tracer.client.ports import FileFormat
from tracer.model.exports import ExportQuery
from tracer.rejections import RejectedQuery
from tracer.views import StallQuery, TransactionQuery

Pairs = list[tuple[str, str]]


def export_parameters(query: ExportQuery, format_: FileFormat) -> Pairs:
    """Write what to export as query parameters."""
    bounds = [(name, at.isoformat()) for name, at in (("since", query.since), ("until", query.until)) if at]
    ids = [("txn", one) for one in query.transactions]
    return [("format", format_), *ids, *(("saga", one) for one in query.sagas), *bounds]


def query_parameters(query: TransactionQuery) -> Pairs:
    """Write the filters of the list as query parameters, leaving out those that are not set."""
    alternatives = [
        (name, value) for name in ("status", "saga", "owner", "step", "kind") for value in getattr(query, name)
    ]
    attributes = [("attribute", f"{name}={value}") for name, value in query.attribute]
    single = {
        "error": query.error,
        "older_than": _seconds(query.older_than_s),
        "longer_than": _seconds(query.longer_than_s),
        "shorter_than": _seconds(query.shorter_than_s),
        "since": query.since and query.since.isoformat(),
        "until": query.until and query.until.isoformat(),
        "began_since": query.began_since and query.began_since.isoformat(),
        "began_until": query.began_until and query.began_until.isoformat(),
        "q": query.q,
        "sort": query.sort,
        "limit": str(query.limit),
        "cursor": query.cursor,
        "offset": str(query.offset) if query.offset else None,
        "as_of": query.as_of and query.as_of.isoformat(),
    }
    return alternatives + attributes + [(name, value) for name, value in single.items() if value is not None]


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:f}s"


def rejected_parameters(query: RejectedQuery) -> Pairs:
    """Write which rejected messages are meant."""
    filters = [*(("source", one) for one in query.source), *(("topic", one) for one in query.topic)]
    reason = [("reason", query.reason)] if query.reason is not None else []
    return [*filters, *reason, ("limit", str(query.limit))]


def stall_parameters(query: StallQuery) -> Pairs:
    """Write the filters of stalls and incidents."""
    alternatives = [(name, value) for name in ("saga", "owner", "step", "kind") for value in getattr(query, name)]
    return [*alternatives, ("limit", str(query.limit))]


def stats_parameters(*, saga: str | None, since: datetime | None, until: datetime | None, every_s: float) -> Pairs:
    """Write which statistics are meant."""
    named = [("saga", saga)] if saga is not None else []
    bounds = [(name, at.isoformat()) for name, at in (("since", since), ("until", until)) if at]
    return [*named, *bounds, ("every", f"{every_s:f}s")]
