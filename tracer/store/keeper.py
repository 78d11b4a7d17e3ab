"""The keeper: what ingest asks of a store, on top of its write door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from tracer.clock import NS_PER_S, Clock
from tracer.model.sagas import DeclaredSaga
from tracer.ports import Position, Refused
from tracer.rejections import RejectedQuery
from tracer.store.append import append
from tracer.store.declaring import declare
from tracer.store.fold import Folded, FoldLimits, catch_up, fold, forget
from tracer.store.judging import Judge, Mind, judge_all, unjudged
from tracer.store.learning import Lessons, learn
from tracer.store.ledger import keep_refused, note_progress, positions_of, rejected_after, settle_rejected
from tracer.store.retention import LetGo, Retention, let_go_of_first, let_go_of_messages, let_go_of_old, used_bytes
from tracer.store.session import Session
from tracer.store.squeeze import held_bytes, squeeze, squeeze_large
from tracer.store.store import Store

_REBUILD: Final = FoldLimits(max_records=500_000, lookback=1 << 60)


class Keeper:
    """Appends, folds, checkpoints and lets go, each call one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        retention: Retention | None = None,
        fold_limits: FoldLimits | None = None,
        judge: Judge = unjudged,
        lessons: Lessons | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention or Retention()
        self._fold_limits = fold_limits or FoldLimits()
        self._mind = Mind(judge, store.default_threshold_ns)
        self._lessons = lessons
        self._squeezed_out = 0  # rejected messages that went since `retain` told of them
        self._useless_bytes: int | None = None  # what was used before and after a slice whose going freed nothing

    def append(
        self, table: pa.Table, positions: Sequence[Position] = (), refused: Sequence[Refused] = ()
    ) -> tuple[int, int]:
        """Commit what is new of a table of records, with positions and refused messages, durably.

        How many records were stored, and how many were duplicates.
        """
        received_ns = self._clock.now_ns()

        def commit(session: Session) -> tuple[int, int, int]:
            done = append(session, table, positions)
            gone = squeeze_large(session) if keep_refused(session, refused, received_ns) else 0
            return done.stored, done.duplicates, gone

        stored, duplicates, gone = self._store.write(commit)
        self._squeezed_out += gone
        return stored, duplicates

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
        """Fold one slice of what arrived, or look again at some of what is known better now; how many still wait."""
        waiting = self._fold(self._fold_limits).waiting
        return waiting or self._store.fold(self._catch_up)

    def _fold(self, limits: FoldLimits) -> Folded:
        now_ns = self._clock.now_ns()
        return self._store.fold(lambda session: fold(session, limits, self._mind, now_ns=now_ns))

    def _catch_up(self, session: Session) -> int:
        return catch_up(session, self._fold_limits, self._mind, now_ns=self._clock.now_ns())

    def declare(self, sagas: Sequence[DeclaredSaga]) -> tuple[str, ...]:
        """Keep these definitions and no others; the sagas that this changes. The next folds see to the rest."""
        changed = self._store.fold(lambda session: declare(session, sagas))
        self._mind.forget()
        return changed

    def judge_again(self) -> None:
        """Judge all situations anew, as after a change of the limits; the next folds see to what that changes."""
        self._mind.forget()
        self._store.fold(lambda session: judge_all(session, self._mind))

    def learn(self) -> bool:
        """Learn one slice of what has ended, or draw one saga's conclusions; whether more is to be done at once."""
        lessons = self._lessons
        if lessons is None:
            return False
        now_ns = self._clock.now_ns()
        return self._store.fold(lambda session: learn(session, lessons, self._mind, now_ns=now_ns))

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file where it is due; whether it was."""
        return self._store.checkpoint()

    def retain(self) -> LetGo:
        """Let go of one slice of what is too old or too much, rejected messages first."""
        now_ns = self._clock.now_ns()
        rejected = self._store.write(lambda session: let_go_of_messages(session, self._retention, now_ns))
        records = self._old(now_ns) or self._too_much()
        told = self._squeezed_out
        self._squeezed_out -= told
        return LetGo(records=records, rejected=rejected + told)

    def _old(self, now_ns: int) -> int:
        if self._retention.max_age_s is None:
            return 0
        before = now_ns - int(self._retention.max_age_s * NS_PER_S)
        return self._store.write_alone(lambda session: let_go_of_old(session, before))

    def _too_much(self) -> int:
        """Drop a slice of records while the store is too large, and while that makes it smaller.

        After a slice that freed nothing (a reader holds the blocks, or what takes them is no record) none goes until
        the store has another size than it had then.
        """
        size = self._retention.max_size
        if size is None or self._store.read(used_bytes) <= size:
            return 0
        before = self._settled_bytes()
        share = self._retention.rejected_bytes()
        if before > size and self._store.read(held_bytes) > share:
            self._squeezed_out += self._store.write_alone(lambda session: squeeze(session, share // 2))
            before = self._settled_bytes()
        if before <= size or before == self._useless_bytes:
            return 0
        gone = self._store.write_alone(let_go_of_first)
        after = self._settled_bytes() if gone else before
        self._useless_bytes = after if after >= before else None
        return gone

    def _settled_bytes(self) -> int:
        """Count what is used once what went is no longer counted: its blocks are free only after a checkpoint."""
        self._store.checkpoint(force=True)
        return self._store.read(used_bytes)

    def rebuild(self) -> int:
        """Forget all state and fold every record anew; how many records that were."""
        self._store.fold(forget)
        total = 0
        while True:
            done = self._fold(_REBUILD)
            total += done.records
            self._store.checkpoint()
            if not done.waiting:
                return total
