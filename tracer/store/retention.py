"""Letting go of records: what is too old, then what is too much, oldest arrival first, in slices.

A file does not shrink; its blocks are used again. The state of a transaction goes when its last record
has gone; until then it stays whole, also where its first records are no longer there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracer.store.options import ROW_GROUP
from tracer.store.session import Session

_SLICE: Final = 16 * ROW_GROUP  # whole groups are dropped, not marked row by row


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`max_age_s` counts from arrival, `max_size` is what the file's used blocks may take in bytes; None: no limit."""

    max_age_s: float | None = None
    max_size: int | None = None


def let_go_of_old(session: Session, before_ns: int) -> int:
    """Drop one slice of the records that arrived before an instant; how many went."""
    return _drop(session, session.value("retain_old", {"before": before_ns, "slice": _SLICE}))


def let_go_of_first(session: Session) -> int:
    """Drop one slice of the records that arrived first; how many went."""
    return _drop(session, session.value("retain_first", {"slice": _SLICE}))


def used_bytes(session: Session) -> int:
    """What the file's used blocks take."""
    return int(session.value("retain_used") or 0)


def _drop(session: Session, upto: int | None) -> int:
    if upto is None:
        return 0
    session.run("retain_coverage", {"upto": upto})
    gone = session.count("retain_records", {"upto": upto})
    session.run("retain_placed", {"upto": upto})
    session.run("retain_edges", {"upto": upto})
    session.run("retain_gone", {"upto": upto})
    for name in ("txn", "step", "handoff", "trace_txn", "message_txn", "alias_txn", "inherited", "redirect", "name"):
        session.run(f"retain_{name}")
    return gone
