"""Writing the table of rejected messages anew, so that what went of it takes no room.

A row group's blocks are free only when all of its rows have gone, and a row group of messages as large as a broker lets
them be does not fit into the engine's memory, where a checkpoint has to have it.
"""

from __future__ import annotations

from typing import Final

from tracer.store.ledger import PART_BYTES, parts
from tracer.store.session import Session

LARGE_BYTES: Final = 16 << 10  # a row group of messages no larger than this fits into memory
MOST_LARGE_BYTES: Final = 40 << 20  # that messages larger than that on average may take together
KEPT_BYTES: Final = 20 << 20  # that are written anew


def held_bytes(session: Session) -> int:
    """What the blocks of rejected messages take in the file."""
    return int(session.value("rejected_held") or 0)


def squeeze_large(session: Session) -> int:
    """Keep only the latest messages where they are large, and too much together; how many went."""
    count, size = session.row("rejected_size") or (0, 0)
    if size <= MOST_LARGE_BYTES or size <= count * LARGE_BYTES:
        return 0
    return squeeze(session, KEPT_BYTES)


def squeeze(session: Session, most_bytes: int) -> int:
    """Write the latest messages anew, up to so many bytes and KEPT_BYTES, and let go of the others; how many went."""
    count, _ = session.row("rejected_size") or (0, 0)
    latest = session.rows("rejected_latest", {"most_bytes": min(most_bytes, KEPT_BYTES)})
    kept = [
        session.table("rejected_rows", {"first": latest[begin][0], "last": latest[end - 1][0]})
        for begin, end in parts([size for _, size in latest], PART_BYTES)
    ]
    session.run("rejected_clear")
    for part in kept:
        with session.lent("kept", part):
            session.run("rejected_back")
    return int(count) - len(latest)
