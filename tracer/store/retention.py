"""Letting go of records: what is too old, then what is too much, oldest arrival first, in slices.

Messages that were rejected have a share of the size, and go first, so that nobody's poison drives records out.
A file does not shrink; its blocks are used again. The state of a transaction goes when its last record
has gone; until then it stays whole, also where its first records are no longer there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from tracer.clock import NS_PER_S
from tracer.store.options import ROW_GROUP
from tracer.store.session import Session

_SLICE: Final = 16 * ROW_GROUP  # whole groups are dropped, not marked row by row
_NEVER: Final = -(1 << 63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`max_age_s` counts from arrival, `max_size` is what the file's used blocks may take in bytes; None: no limit.

    Messages that were refused have the age, and bounds of their own: how many, and how many bytes, at most a quarter of
    `max_size`. So has what consumer groups had committed: how many samples, and of what age.
    """

    max_age_s: float | None = None
    max_size: int | None = None
    max_rejected: int = 100_000
    max_rejected_bytes: int = 1 << 30
    max_progress: int = 500_000
    max_progress_age_s: float = 2 * 86_400.0

    def rejected_bytes(self) -> int:
        """How many bytes refused messages may have together."""
        return min(self.max_rejected_bytes, self.max_rejected_bytes if self.max_size is None else self.max_size // 4)


class LetGo(NamedTuple):
    """How many records went, and how many rejected messages."""

    records: int
    rejected: int


def let_go_of_old(session: Session, before_ns: int) -> int:
    """Drop one slice of the records that arrived before an instant; how many went."""
    return _drop(session, session.value("retain_old", {"before": before_ns, "slice": _SLICE}))


def let_go_of_first(session: Session) -> int:
    """Drop one slice of the records that arrived first; how many went."""
    return _drop(session, session.value("retain_first", {"slice": _SLICE}))


def let_go_of_messages(session: Session, retention: Retention, now_ns: int) -> int:
    """Drop refused messages, and what groups had committed, that are too old or too many; how many messages went."""
    age_s = retention.max_age_s
    before = _NEVER if age_s is None else now_ns - int(age_s * NS_PER_S)
    bounds = {"most": retention.max_rejected, "most_bytes": retention.rejected_bytes()}
    gone = session.count("retain_rejected", {"before": before, **bounds})
    recent = now_ns - int(min(retention.max_progress_age_s, age_s or retention.max_progress_age_s) * NS_PER_S)
    for name in ("consumer_past", "consumer"):
        session.run(f"retain_{name}", {"before": recent, "most": retention.max_progress})
    return gone


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
