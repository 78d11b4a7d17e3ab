"""What can be set on a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20
# Rows a group; DuckDB's own choice is 122,880. A commit that fills one goes straight into the file, past the log, and
# what a checkpoint rewrites of a table's end is small.
ROW_GROUP: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """The limits of one store.

    `memory_limit` is what DuckDB may hold, in bytes; `threads` how many it has, 0 for half of the machine's
    cores (decoding and the wire need the rest); `checkpoint_wal` the size of the write-ahead log, in
    bytes, from which the writer folds it into the file; `max_readers` how many reads run at once, and
    `read_wait_s` how long one waits for its turn before it is told that the store is busy. `stuck_after_s` is kept
    in the file, for people who ask its tables which transactions are stuck.
    """

    memory_limit: int = 192 * MIB
    threads: int = 0
    checkpoint_wal: int = 96 * MIB
    stuck_after_s: float = 300.0
    max_readers: int = 4
    read_wait_s: float = 10.0
