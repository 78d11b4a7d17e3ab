"""What ingest needs of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from tracer.ports import Position, Refused


class Appender(Protocol):
    """Commits records."""

    def append(self, table: pa.Table, positions: Sequence[Position], refused: Sequence[Refused]) -> tuple[int, int]:
        """Commit what is new, durably, with positions and refused messages; (records stored, duplicates of records).

        Raises Busy, StoreError or Rejected.
        """
        ...


class Memory(Protocol):
    """Remembers for sources what is no record; every method blocks."""

    def positions(self, source: str) -> Mapping[str, str]:
        """Give the positions that were committed for a source, by their key."""
        ...

    def note_progress(self, source: str, samples: pa.Table) -> None:
        """Keep how far consumer groups have come (PROGRESS_SCHEMA). Raises Busy, StoreError or Rejected."""
        ...


class Worker(Protocol):
    """Does the store's work between commits, each call in a bounded slice."""

    def fold(self) -> int:
        """Fold one slice of what arrived; how many records still wait."""
        ...

    def learn(self) -> bool:
        """Learn one slice of what has ended; whether more is to be done at once."""
        ...

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file where it is due; whether it was."""
        ...

    def retain(self) -> tuple[int, int]:
        """Let go of one slice of what is too old or too much; how many records went, and how many rejected messages."""
        ...
