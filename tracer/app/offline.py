"""Works on a store file that no sidecar holds, and judges and learns as a sidecar of this configuration would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tracer.app.limits import judge_of, lessons_of
from tracer.app.opening import open_store
from tracer.app.plan import Plan
from tracer.clock import Clock, FixedClock
from tracer.config.settings import StallSettings
from tracer.errors import StoreError
from tracer.model.sagas import DeclaredSaga
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """From how many records how many transactions were built anew, and what had to be mended in the file."""

    records: int
    transactions: int
    notices: tuple[str, ...]


def rebuild(plan: Plan, clock: Clock) -> Rebuilt:
    """Build all state of the plan's store anew from its records. What was learned stays, and more is learned.

    Raises StoreError where there is no such file, StoreLocked when a sidecar holds it. A rebuild that is cut short
    loses nothing: a sidecar, or the next rebuild, goes on from the records.
    """
    if not plan.store.exists():
        raise StoreError(f"there is no store at {plan.store}: name the file of a sidecar (--data)")
    store = _open(plan.store, plan, clock)
    try:
        keeper = _keeper(store, plan.settings.stalls, clock)
        keeper.declare(plan.sagas)
        records = keeper.rebuild()
        _work_off(keeper)
        store.checkpoint(force=True)
        return Rebuilt(records=records, transactions=int(store.stats()["transactions"]), notices=store.notices)
    finally:
        store.close()


def settle(store: Store, stalls: StallSettings, sagas: Sequence[DeclaredSaga] | None, clock: Clock) -> None:
    """Fold what waits, and learn from it; `sagas` are the definitions that hold from now on, None those of the file."""
    keeper = _keeper(store, stalls, clock)
    if sagas is not None:
        keeper.declare(sagas)
    _work_off(keeper)
    store.checkpoint(force=True)


def _open(path: Path, plan: Plan, clock: Clock) -> Store:
    store = plan.settings.store
    options = StoreOptions(
        memory_limit=store.memory_limit_bytes,
        threads=store.threads,
        stuck_after_s=plan.settings.stalls.default_threshold_s,
    )
    return open_store(path, clock=clock, options=options)


def _keeper(store: Store, stalls: StallSettings, clock: Clock) -> Keeper:
    """Give a keeper whose clock stands: what was learned a while ago would be learned again and again."""
    stands = FixedClock(clock.now_ns())
    return Keeper(store=store, clock=stands, judge=judge_of(stalls), lessons=lessons_of(stalls))


def _work_off(keeper: Keeper) -> None:
    while keeper.fold() or keeper.learn():
        keeper.checkpoint()
