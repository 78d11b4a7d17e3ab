"""The watch and its outbox, when what they watch flaps and the clock jumps: no storm, and nothing is kept back."""

import os
import sys
import threading

import pytest

from tests.unit.tracer.alerts.test_watch import release, stick
from tests.unit.tracer.query.test_stalls import change
from tracer.alerts.watch import NICENESS
from tracer.clock import NS_PER_S

RULE = '[[alerts]]\nname = "stuck"\nrepeat = "10m"\n'
YEAR_S = 365 * 86_400


def again(at):
    """Let all be stuck, since long ago."""
    change(at.lab, "UPDATE txn SET deadline_ns = 0, since_ns = 0")


def test_what_flaps_is_told_a_few_times(run):
    """A transaction that is stuck and goes on every 40 s, for an hour: told no more often than what stays stuck."""
    at, told = run(RULE), []
    stick(at)
    for turn in range(90):
        told += at.tick(20) + at.tick(20)
        if turn % 2:
            again(at)
        else:
            release(at)
    changes = at.service.history(limit=999).changes
    kinds = [one.kind for one in told]

    assert 6 <= kinds.count("firing") + kinds.count("repeat") <= 6 + 5
    assert kinds.count("resolved") <= kinds.count("firing") <= 5
    assert len(changes) <= 2 * 5


@pytest.mark.parametrize("jump_s", [-2 * YEAR_S, -3600, -7, 7, 3600, 2 * YEAR_S])
@pytest.mark.parametrize("moment", ["waiting", "told"])
def test_a_jump_of_the_clock_costs_one_notice_at_most(run, jump_s, moment):
    """Whether a notice waits or was told: it is delivered at once, repeats go on, and its end is told."""
    at = run(RULE)
    stick(at)
    at.watch.tick()
    told = at.delivered() if moment == "told" else []
    at.clock.ns += jump_s * NS_PER_S
    again(at)
    told += at.delivered()
    at_once = [one.kind for one in told]
    for _ in range(22):
        told += at.tick(60)
    kinds = [one.kind for one in told]
    release(at)
    ends = [one.kind for _ in range(4) for one in at.tick(20)]

    assert ["firing"] == at_once
    assert ["firing"] + ["repeat"] * (len(kinds) - 1) == kinds
    assert 1 + 2 <= len(kinds) <= 1 + 2 + 1
    assert ["resolved"] == ends


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows priorities of threads")
def test_the_watch_yields_to_what_comes_in(run):
    """Its thread waits for the others where the processor is short; theirs are as they were."""
    at = run()
    asked = at.watch._thread.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result()
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert min(19, own + NICENESS) == asked
