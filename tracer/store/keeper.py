"""The keeper: what ingest asks of a store, on top of its write door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from tracer.clock import NS_PER_S, Clock
from tracer.ports import Position, Refused
from tracer.rejections import RejectedQuery
from tracer.store.append import append
from tracer.store.fold import FoldLimits, fold, forget
from tracer.store.ledger import keep_refused, note_progress, positions_of, rejected_after, settle_rejected
from tracer.store.retention import Retention, let_go_of_first, let_go_of_messages, let_go_of_old, used_bytes
from tracer.store.session import Session
from tracer.store.store import Store

_REBUILD: Final = FoldLimits(max_records=500_000, lookback=1 << 60)


class Keeper:
    """Appends, folds, checkpoints and lets go, each call one transaction."""

    def __init__(
        self, *, store: Store, clock: Clock, retention: Retention | None = None, fold_limits: FoldLimits | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention or Retention()
        self._fold_limits = fold_limits or FoldLimits()

    def append(
        self, table: pa.Table, positions: Sequence[Position] = (), refused: Sequence[Refused] = ()
    ) -> tuple[int, int]:
        """Commit what is new of a table of records, with positions and refused messages, durably.

        How many records were stored, and how many were duplicates.
        """
        received_ns = self._clock.now_ns()

        def commit(session: Session) -> tuple[int, int]:
            done = append(session, table, positions)
            keep_refused(session, refused, received_ns)
            return done.stored, done.duplicates

        return self._store.write(commit)

    def positions(self, source: str) -> Mapping[str, str]:
        """Give the positions that were committed for a source, by their key."""
        return self._store.read(lambda session: positions_of(session, source))

    def note_progress(self, source: str, samples: pa.Table) -> None:
        """Keep how far consumer groups have come."""
        self._store.write(lambda session: note_progress(session, source, samples))

    def rejected_after(self, query: RejectedQuery, after: int, *, most: int, most_bytes: int) -> pa.Table:
        """Give the next rejected messages after an id: MESSAGE_SCHEMA, and the columns id and source."""
        return self._store.read(lambda session: rejected_after(session, query, after, most=most, most_bytes=most_bytes))

    def replay(self, records: pa.Table, ids: Sequence[int], again: pa.Table) -> tuple[int, int]:
        """Commit the records of rejected messages and take those away, but what was refused again (REJECTED_SCHEMA).

        How many records were stored, and how many messages went.
        """
        return self._store.write(
            lambda session: (append(session, records).stored, settle_rejected(session, ids, again))
        )

    def fold(self) -> int:
        """Fold one slice of what arrived; how many records still wait."""
        return self._store.fold(lambda session: fold(session, self._fold_limits)).waiting

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file where it is due; whether it was."""
        return self._store.checkpoint()

    def retain(self) -> int:
        """Let go of one slice of what is too old or too much; how many records went."""
        age_s, size = self._retention.max_age_s, self._retention.max_size
        now_ns = self._clock.now_ns()
        self._store.write(lambda session: let_go_of_messages(session, self._retention, now_ns))
        if age_s is not None:
            before = now_ns - int(age_s * NS_PER_S)
            if gone := self._store.write_alone(lambda session: let_go_of_old(session, before)):
                return gone
        if size is not None and self._store.read(used_bytes) > size:
            gone = self._store.write_alone(let_go_of_first)
            self._store.checkpoint(force=True)  # only then the blocks count as free
            return gone
        return 0

    def rebuild(self) -> int:
        """Forget all state and fold every record anew; how many records that were."""
        self._store.fold(forget)
        total = 0
        while True:
            done = self._store.fold(lambda session: fold(session, _REBUILD))
            total += done.records
            if not done.waiting:
                return total
