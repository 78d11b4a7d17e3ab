"""Rates, durations and outcomes of each saga over time."""

from __future__ import annotations

import math
from typing import Final

from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import UsageError
from tracer.query.sagas import seconds_of
from tracer.store.session import Row, Session
from tracer.views import Stats, StatsRow

MAX_SPANS: Final = 1000
_MAX_EVERY_S: Final = 1 << 32
_MAX_NS: Final = (1 << 63) - 1


def list_stats(
    session: Session, *, saga: str | None, since_ns: int, until_ns: int, every_s: float, now_ns: int
) -> Stats:
    """What became of the transactions that began from `since_ns` until before `until_ns`, in spans of `every_s`.

    Spans begin at whole multiples of `every_s` since the epoch; one in which none began has no row. Without a `saga`
    all of them are told. `open` counts the stuck ones, too. Raises UsageError where that would be more than 1000 rows
    a saga.
    """
    if not math.isfinite(every_s) or not 1 <= every_s <= _MAX_EVERY_S:
        raise UsageError(f"every must be from 1 second to {_MAX_EVERY_S}, not {every_s:g}")
    since_ns, until_ns = max(0, since_ns), min(until_ns, _MAX_NS)
    if since_ns >= until_ns:
        raise UsageError("since must lie before until, and until after 1970")
    every_ns = int(every_s * NS_PER_S)
    base_ns = since_ns - since_ns % every_ns
    spans = -(-(until_ns - base_ns) // every_ns)
    if spans > MAX_SPANS:
        raise UsageError(_too_many(spans, until_ns - since_ns, every_s))
    values = {"saga": saga, "since": since_ns, "until": until_ns, "every": every_ns, "base": base_ns, "now": now_ns}
    rows = session.rows("stats_rows", values)
    return Stats(rows=tuple(_row(row) for row in rows), every_s=every_s, as_of=to_datetime(now_ns))


def _too_many(spans: int, length_ns: int, every_s: float) -> str:
    enough_s = math.ceil(length_ns / NS_PER_S / (MAX_SPANS - 1))
    return (
        f"that is {spans} spans of {every_s:g}s, at most {MAX_SPANS} are told: "
        f"ask with every of at least {enough_s}s, or for a shorter time"
    )


def _row(row: Row) -> StatsRow:
    saga, at_ns, started, completed, failed, compensated, still_open, stuck, quantiles = row
    p50_s, p95_s = seconds_of(quantiles)
    return StatsRow(
        saga=saga,
        at=to_datetime(at_ns),
        started=started,
        completed=completed,
        failed=failed,
        compensated=compensated,
        open=still_open,
        stuck=stuck,
        p50_s=p50_s,
        p95_s=p95_s,
    )
