"""Decodes again what was rejected, by the collector that runs now, and commits what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from tracer.errors import Busy, Rejected
from tracer.model.messages import MESSAGE_SCHEMA
from tracer.ports import Collector, DecodesAgain
from tracer.rejections import RejectedQuery, Replayed

SLICE_MESSAGES: Final = 500
SLICE_BYTES: Final = 4 << 20  # decoding takes several times as much
MAX_MESSAGES: Final = 10_000  # that one answer tells of
MAX_TIME_S: Final = 20.0  # after which no more slice is begun


class Keeps(Protocol):
    """Keeps what was rejected; every method blocks."""

    def rejected_after(self, query: RejectedQuery, after: int, *, most: int, most_bytes: int) -> pa.Table:
        """Give the next rejected messages after an id: MESSAGE_SCHEMA, and the columns id and source."""
        ...

    def replay(self, records: pa.Table, ids: Sequence[int], again: pa.Table) -> tuple[int, int]:
        """Commit records and take messages away, but those refused again; (records stored, messages gone)."""
        ...


@dataclass(slots=True)
class _Tally:
    tried: int = 0
    accepted: int = 0
    stored: int = 0
    skipped: int = 0


class Replayer:
    """Implements `tracer.api.ports.Replays`; one replay runs at a time."""

    def __init__(
        self,
        *,
        keeps: Keeps,
        running: Callable[[], Sequence[Collector]],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeps = keeps
        self._running = running
        self._monotonic_s = monotonic_s
        self._is_busy = False

    async def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Try the next messages after an id, a slice at a time, up to MAX_MESSAGES or MAX_TIME_S.

        What a slice gave is committed before the next one is begun: records, the rows that go and new reasons at once.
        A message whose record the store rejects stays, with the others of its slice done. Raises Busy when nothing can
        be tried now; when that is so later, the part ends with a reason, and `next` is where it stopped.
        """
        if self._is_busy:
            raise Busy("a replay runs already; ask again when it is done")
        self._is_busy = True
        try:
            return await self._part(query, after)
        finally:
            self._is_busy = False

    async def _part(self, query: RejectedQuery, after: int) -> Replayed:
        done, reasons, until_s = _Tally(), dict[str, None](), self._monotonic_s() + MAX_TIME_S
        place: int | None = after
        while place is not None and done.tried + done.skipped < MAX_MESSAGES and self._monotonic_s() < until_s:
            limits = {"most": SLICE_MESSAGES, "most_bytes": SLICE_BYTES}
            found = await asyncio.to_thread(self._keeps.rejected_after, query, place, **limits)
            try:
                for source in pc.unique(found.column("source")).to_pylist():
                    await self._try(source, found.filter(pc.equal(found.column("source"), source)), done, reasons)
            except Busy as busy:
                if not done.tried:
                    raise
                reasons[f"the replay stopped, go on later: {busy}"] = None
                break
            place = found.column("id")[-1].as_py() if found.num_rows else None
        return Replayed(
            tried=done.tried,
            accepted=done.accepted,
            stored=done.stored,
            skipped=done.skipped,
            reasons=tuple(reasons),
            next=place,
        )

    async def _try(self, source: str, found: pa.Table, done: _Tally, reasons: dict[str, None]) -> None:
        collector = next((one for one in self._running() if one.status().name == source), None)
        if not isinstance(collector, DecodesAgain):
            why = "no collector of this name runs" if collector is None else "its collector cannot decode again"
            reasons[f"{source}: {why}"] = None
            done.skipped += found.num_rows
            return
        (messages,) = found.select(MESSAGE_SCHEMA.names).combine_chunks().to_batches()
        decoded = await collector.decode_again(messages)
        records, again = (pa.Table.from_batches([batch]) for batch in (decoded.records, decoded.refused))
        ids = found.column("id").to_pylist()
        try:
            stored, gone = await asyncio.to_thread(self._keeps.replay, records, ids, again)
        except Rejected as rejected:
            if found.num_rows > 1:
                half = found.num_rows // 2
                await self._try(source, found.slice(0, half), done, reasons)
                await self._try(source, found.slice(half), done, reasons)
                return
            reasons[f"{source}: the store refuses {_place(found)}: {rejected}"] = None
            stored, gone = 0, 0
        done.tried += found.num_rows
        done.stored += stored
        done.accepted += gone


def _place(found: pa.Table) -> str:
    return "/".join(str(found.column(name)[0].as_py()) for name in ("topic", "partition", "offset"))
