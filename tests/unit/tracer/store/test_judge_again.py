"""Other limits count for what was judged before."""

from __future__ import annotations

from functools import partial

from tests.worlds import NOON_NS, Lab
from tracer.analysis.judging import judge
from tracer.config.definitions import parse_definitions
from tracer.model.sagas import Limits
from tracer.store.keeper import Keeper

SAGA = """
[saga.order]
step = [{ name = "pay", owner = "payment" }, { name = "ship", owner = "shipping", after = ["pay"] }]
"""


def keeper(lab, **limits):
    """Make a keeper that judges by these limits."""
    return Keeper(store=lab.store, clock=lab.clock, judge=partial(judge, limits=Limits(**limits)))


def threshold_s(lab):
    """Read after how long the one transaction is stuck."""
    return lab.rows("SELECT threshold_s FROM transactions")[0][0]


def test_situations_are_judged_again():
    """A sidecar that starts with other limits goes by them, also where nothing new comes."""
    lab = Lab(now_ns=NOON_NS)
    first, second = keeper(lab, default_s=300.0), keeper(lab, default_s=20.0)
    first.declare(parse_definitions(SAGA, name="order.toml"))
    common = {"kind": "event", "source": "test", "received_ns": NOON_NS, "at_ns": NOON_NS, "phase": "completed"}
    lab.append([{**common, "uid": "1", "name": "Paid", "step": "pay", "step_by": "attribute", "transaction_id": "A",
                 "saga": "order"}])  # fmt: skip
    while first.fold():
        pass
    before = threshold_s(lab)
    second.judge_again()
    while second.fold():
        pass

    assert (300.0, 20.0) == (before, threshold_s(lab))
    lab.close()
