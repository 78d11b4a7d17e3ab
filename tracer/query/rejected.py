"""The messages that no decoder understood: the list, and one of them whole."""

from __future__ import annotations

import base64
from typing import Final

from tracer.clock import to_datetime
from tracer.errors import NotFound, UsageError
from tracer.rejections import RejectedHeader, RejectedMessage, RejectedPage, RejectedQuery
from tracer.store.ledger import rejected_filters, rejected_latest
from tracer.store.session import Row, Session

MAX_REJECTED_ROWS: Final = 1000
SHOWN_BYTES: Final = 200  # of key and value each, in the list


def rejected_page(session: Session, query: RejectedQuery, *, now_ns: int) -> RejectedPage:
    """List what the filters let through, the latest first. Raises UsageError for a limit that is none."""
    if not 1 <= query.limit <= MAX_REJECTED_ROWS:
        raise UsageError(f"limit must be from 1 to {MAX_REJECTED_ROWS}, not {query.limit}")
    filters = rejected_filters(query)
    rows = rejected_latest(session, query, limit=query.limit, first_bytes=SHOWN_BYTES)
    return RejectedPage(
        messages=tuple(_message(row) for row in rows),
        total=int(session.value("rejected_count", filters)),
        as_of=to_datetime(now_ns),
    )


def rejected_message(session: Session, number: int) -> RejectedMessage:
    """Give one whole. Raises NotFound."""
    row = session.row("rejected_one", {"id": number})
    if row is None:
        raise NotFound(f"no rejected message {number}: it was replayed or is too old, or never was")
    *common, headers = row
    value = row[10]
    return _message(
        tuple(common),
        headers=tuple(RejectedHeader(key=one["key"], value=_text(one["value"])) for one in headers),
        value_base64=None if value is None else base64.b64encode(value).decode(),
    )


def _message(row: Row, *, headers: tuple[RejectedHeader, ...] = (), value_base64: str | None = None) -> RejectedMessage:
    number, source, topic, partition, offset, at_ns, received_ns, size, reason, key, value, is_cut = row
    return RejectedMessage(
        id=number,
        source=source,
        topic=topic,
        partition=partition,
        offset=offset,
        at=to_datetime(at_ns),
        received_at=to_datetime(received_ns),
        size=size,
        reason=reason,
        key=_text(key),
        value=_text(value),
        is_cut=is_cut,
        headers=headers,
        value_base64=value_base64,
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "backslashreplace")
