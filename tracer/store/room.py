"""When to fold the write-ahead log into the file, by the room on the disk.

In the file the same records take a fraction of what they take in the log, so on a disk that gets full a
checkpoint makes room. But one that finds none ends in a fatal error, after which DuckDB wants the file opened
again and the log replayed: it is tried once, and then only where there is more room.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracer.store.options import MIB

_WORTH_IT: Final = 4 * MIB  # a smaller log is no burden on any disk
_MORE: Final = 16 * MIB


@dataclass(slots=True)
class Room:
    """The room on the disk that holds a store, and what the last checkpoint found of it."""

    folder: Path
    _too_little: int | None = None

    def free(self) -> int:
        """How many bytes the disk can still take."""
        return shutil.disk_usage(self.folder).free

    def is_due(self, wal: int, limit: int) -> bool:
        """Whether a log of `wal` bytes should be folded in now: it has reached `limit`, or what the disk has left."""
        return wal >= limit or (wal >= _WORTH_IT and wal > self.free())

    def is_hopeless(self) -> bool:
        """Whether a checkpoint has failed with as much room as there is now."""
        return self._too_little is not None and self.free() < self._too_little + _MORE

    def found(self, before: int | None) -> None:
        """Remember that a checkpoint failed with `before` bytes free, or, with None, that one succeeded."""
        self._too_little = before
