"""What is measured of the transactions: how many stand where as of now, and what ended since the sidecar started.

A transaction is counted once, by its saga, its outcome and how long it took when its end was first seen here. What was
over before the start is not counted, and what changes afterwards changes nothing: counters only grow. How much is told
is bounded: sagas, steps and places have their own names in the order in which they were first seen, and the rest are
told together, as "other".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from tracer.clock import Clock
from tracer.errors import SagascopeError
from tracer.measure import Measure
from tracer.query.durations import BUCKETS, Durations, Latest, Row
from tracer.query.gauges import OTHER, Names, label, standing
from tracer.store.seen import Numbers, Seen
from tracer.store.session import Session
from tracer.store.store import Store

MAX_SAGAS: Final = 50
MAX_STEPS: Final = 150
OUTCOMES: Final = ("completed", "failed", "compensated")
FRESH_S: Final = 1.0
RESTS: Final = 4  # it rests so many times as long as it took
WHOLE_EVERY_S: Final = 600.0
_EVER: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What ended since the last look."""

    numbers: Numbers
    after: int
    now_ns: int
    transactions: Sequence[Row] = ()
    steps: Sequence[Row] = ()
    traces: Mapping[int, str] = field(default_factory=dict)


class Measuring:
    """Measures the transactions of a store. Every method blocks, and may be called from any thread.

    After a look it gives the same for `fresh_s`, or for `rests` times as long as the look took.
    """

    def __init__(self, store: Store, clock: Clock, *, fresh_s: float = FRESH_S, rests: float = RESTS) -> None:
        self._store = store
        self._clock = clock
        self._fresh_s = fresh_s
        self._rests = rests
        self._lock = threading.Lock()
        self._names = Names()
        self._seen = Seen()
        self._after = _EVER
        self._whole_at = 0.0
        self._transactions = Durations(clock.now_ns())
        self._steps = Durations(clock.now_ns())
        self._held: Sequence[Measure] = ()
        self._rest_until = 0.0

    def begin(self) -> None:
        """Count from now on: what is over is not counted. Raises as the store does."""
        with self._lock:
            self._store.read(lambda session: self._name_sagas(session, _EVER))
            numbers, after = self._store.read(self._over)
            self._keep(_Ended(numbers=numbers, after=after, now_ns=self._clock.now_ns()))
            self._whole_at = time.monotonic()

    def measures(self) -> Sequence[Measure]:
        """Give everything as of now, or as of a moment ago where that was costly.

        Counters alone where the store does not answer.
        """
        with self._lock:
            began = time.monotonic()
            if began < self._rest_until:
                return self._held
            try:
                now = self._look(began)
            except SagascopeError:
                now = ()
            self._held = (*now, *self._counted())
            took_s = time.monotonic() - began
            self._rest_until = began + took_s + max(self._fresh_s, self._rests * took_s)
            return self._held

    def _look(self, at: float) -> Sequence[Measure]:
        is_whole = at - self._whole_at >= WHOLE_EVERY_S
        after, now_ns = (_EVER if is_whole else self._after), self._clock.now_ns()

        def ask(session: Session) -> tuple[_Ended, int, Sequence[Measure]]:
            self._name_sagas(session, after)
            ended = self._ended(session, after, now_ns)
            return ended, session.value("measured_first"), tuple(standing(session, self._names, now_ns))

        ended, first, now = self._store.read(ask)
        self._keep(ended)
        if is_whole:
            self._whole_at = at
            self._seen.cut(first)
        return now

    # --- what ended -------------------------------------------------------------------------------------------

    def _over(self, session: Session, after: int = _EVER) -> tuple[Numbers, int]:
        numbers = session.table("measured_ended", {"after": after}).column(0).to_numpy()
        return numbers, session.value("folded_seq")

    def _name_sagas(self, session: Session, after: int) -> None:
        room = MAX_SAGAS - len(self._names.sagas)
        if room > 0:
            values = {"after": after, "sagas": self._names.sagas, "room": room}
            self._names.sagas += [saga for (saga,) in session.rows("measured_names", values)]

    def _ended(self, session: Session, after: int, now_ns: int) -> _Ended:
        over, seq = self._over(session, after)
        numbers = self._seen.missing(over)
        if not len(numbers):
            return _Ended(numbers=numbers, after=seq, now_ns=now_ns)
        with session.lent("measured_number", pa.table({"txn": numbers})):
            session.run("measured_txns", BUCKETS)
        sagas = self._names.of_sagas()
        transactions = [_row(row) for row in session.rows("measured_durations", sagas)]
        steps = self._ended_steps(session)
        chosen = sorted({row.latest.txn for row in (*transactions, *steps)})
        traces = {txn: trace for txn, trace in session.rows("measured_traces", {"txns": chosen}) if trace}
        return _Ended(numbers=numbers, after=seq, now_ns=now_ns, transactions=transactions, steps=steps, traces=traces)

    def _ended_steps(self, session: Session) -> Sequence[Row]:
        session.run("measured_steps", {**self._names.of_sagas(), **BUCKETS})
        room = MAX_STEPS - len(self._names.steps)
        if room > 0:
            values = {"steps": self._names.of_steps(), "room": room}
            self._names.steps += [(saga, step) for saga, step in session.rows("measured_step_names", values)]
        values = {"steps": self._names.of_steps(), "other": OTHER}
        return [_row(row) for row in session.rows("measured_step_durations", values)]

    def _keep(self, ended: _Ended) -> None:
        self._seen.add(ended.numbers)
        self._after = ended.after
        for saga in self._names.sagas:
            for outcome in OUTCOMES:
                self._transactions.start((label(saga), outcome))
        for row in ended.transactions:
            self._transactions.add(row, ended.traces, ended.now_ns)
        for row in ended.steps:
            self._steps.add(row, ended.traces, ended.now_ns)

    def _counted(self) -> Iterator[Measure]:
        about = "Transactions that ended, by their outcome."
        took = "How long transactions took, from their first record to their end."
        for (saga, outcome), one in self._transactions:
            labels = {"saga": saga, "outcome": outcome}
            n = sum(one.counts)
            yield Measure(name="transactions_ended", kind="counter", about=about, value=n, labels=labels)
            yield Measure(
                name="transaction_duration",
                kind="histogram",
                about=took,
                value=n,
                labels=labels,
                unit="s",
                distribution=one,
            )
        about = "How long attempts at a step took, of transactions that ended."
        for (saga, step), one in self._steps:
            yield Measure(
                name="step_duration",
                kind="histogram",
                about=about,
                value=sum(one.counts),
                labels={"saga": saga, "step": step},
                unit="s",
                distribution=one,
            )


def _row(row: tuple[Any, ...]) -> Row:
    first, second, bucket, n, took_s, latest = row
    return Row((label(first), label(second)), bucket, n, took_s, Latest(**latest))
