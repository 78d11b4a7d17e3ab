"""Learning across services whose clocks disagree, or that keep what they send for a while."""

from contextlib import closing

import pyarrow as pa
import pytest

from tests.accuracy.setup_store import keeper_of, learn_now
from tests.worlds import NOON_NS
from tracer.clock import NS_PER_S, FixedClock
from tracer.model.records import rows_to_batch
from tracer.store.knowledge import knowledge
from tracer.store.store import Store

MANY = 40
NS_PER_MS = NS_PER_S // 1000


def say(n, step, at_ms, *, kept_ms=20, scatter_ms=0, clock_ms=0, **more):
    """Make the event that ended a step of the n-th order: how long it was kept, and how far its clock is ahead."""
    kept_ms += n * scatter_ms
    true_ns = NOON_NS + n * NS_PER_S + at_ms * NS_PER_MS
    return {
        "kind": "event", "phase": "completed", "source": "test", "name": step, "uid": f"{step}{n}", "position": f"{n}",
        "transaction_id": f"o{n}", "saga": "order", "step": step, "owner": f"{step}-service",
        "at_ns": true_ns + clock_ms * NS_PER_MS, "received_ns": true_ns + kept_ms * NS_PER_MS, **more,
    }  # fmt: skip


def order_learned(folder, **reserve):
    """Give the order of the steps that was learned; reserve comes 30 ms before pay."""
    rows = [
        row
        for n in range(MANY)
        for row in (
            say(n, "reserve", 0, **reserve),
            say(n, "pay", 30),
            say(n, "ship", 60, outcome="completed"),
        )
    ]
    clock = FixedClock(NOON_NS + 3600 * NS_PER_S)
    with closing(Store.open(folder / "store.duckdb", clock=clock)) as store:
        keeper = keeper_of(store, clock)
        keeper.append(pa.Table.from_batches([rows_to_batch(rows)]))
        while keeper.fold():
            pass
        learn_now(keeper)
        learned = store.read(knowledge)["order"].learned
    return [mark.step for mark in learned.variants[0].marks]


@pytest.mark.parametrize(
    "reserve",
    [
        pytest.param({}, id="nothing odd"),
        pytest.param({"kept_ms": 60, "scatter_ms": 50}, id="keeps what it sends"),
        pytest.param({"clock_ms": 2000}, id="ahead"),
        pytest.param({"clock_ms": -2000}, id="behind"),
    ],
)
def test_the_order_is_that_of_one_clock(scratch, reserve):
    """A clock that is off by seconds is set right, and a service that keeps what it sends has no such clock."""
    assert ["reserve", "pay", "ship"] == order_learned(scratch, **reserve)
