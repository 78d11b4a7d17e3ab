"""Wraps the store's keeper so that each commit group and each fold that found work is a span of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import pyarrow as pa

from tracer.api.ports import Spans
from tracer.clock import Clock
from tracer.ingest.ports import Appender, Memory, Worker
from tracer.ports import Position, Refused

# Two folds a second find nothing on a quiet night, in well under this; they are not worth a span.
WORTH_TELLING_NS: Final = 3_000_000


class SpanKeeper(Protocol):
    """Makes spans."""

    @property
    def span(self) -> Spans:
        """Open a span around something."""
        ...

    def past_span(self, name: str, start_ns: int, end_ns: int) -> None:
        """Make a span of something that is over."""
        ...


class _Keeper(Appender, Worker, Memory, Protocol):
    """Appends, works and remembers."""


class TracedKeeper:
    """A keeper whose work shows in our own traces."""

    def __init__(self, keeper: _Keeper, spans: SpanKeeper, clock: Clock) -> None:
        self._keeper = keeper
        self._spans = spans
        self._clock = clock

    def append(self, table: pa.Table, positions: Sequence[Position], refused: Sequence[Refused]) -> tuple[int, int]:
        """Commit what is new, durably."""
        with self._spans.span("commit"):
            return self._keeper.append(table, positions, refused)

    def positions(self, source: str) -> Mapping[str, str]:
        """Give the positions that were committed for a source."""
        return self._keeper.positions(source)

    def note_progress(self, source: str, samples: pa.Table) -> None:
        """Keep how far consumer groups have come."""
        self._keeper.note_progress(source, samples)

    def fold(self) -> int:
        """Fold one slice of what arrived."""
        start_ns = self._clock.now_ns()
        waiting = self._keeper.fold()
        end_ns = self._clock.now_ns()
        if waiting or end_ns - start_ns >= WORTH_TELLING_NS:
            self._spans.past_span("fold", start_ns, end_ns)
        return waiting

    def learn(self) -> bool:
        """Learn one slice of what has ended."""
        start_ns = self._clock.now_ns()
        more = self._keeper.learn()
        end_ns = self._clock.now_ns()
        if more or end_ns - start_ns >= WORTH_TELLING_NS:
            self._spans.past_span("learn", start_ns, end_ns)
        return more

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file where it is due."""
        return self._keeper.checkpoint()

    def retain(self) -> tuple[int, int]:
        """Let go of one slice of what is too old or too much."""
        return self._keeper.retain()
