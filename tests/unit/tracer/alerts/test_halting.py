"""A watch that does not go on says so; what is only slow, or kept up badly, halts nothing."""

from __future__ import annotations

import asyncio

from tests.unit.tracer.alerts.test_watch import stick
from tracer.errors import StoreFull


def test_a_watch_that_cannot_tick_says_so(run, monkeypatch, caplog):
    """After ten seconds, with the reason, which is logged once; and it goes on when it can."""
    caplog.set_level("INFO", "sagascope.alerts")
    at, now = run(), [0.0]
    at.watch._monotonic_s = lambda: now[0]
    at.watch._begun_s = at.watch._asked_s = 0.0
    monkeypatch.setattr(at.book, "plan", refuse)
    fine = at.watch.halted()
    for _ in range(3):
        assert 0 == at.watch._try()
    now[0] = 11.0
    halted = at.watch.halted()
    monkeypatch.undo()
    at.watch._monotonic_s = lambda: now[0]
    at.watch._try()

    assert (None, None) == (fine, at.watch.halted())
    assert "no alert can fire: the watch has not ticked for 11 s: the disk is full" == halted
    assert ["watch fails", "watch succeeds again"] == [one.getMessage() for one in caplog.records if "watch" in one.msg]
    assert 3 == next(one.value for one in at.watch.measures() if one.name == "watch_tick_failures")


def refuse(_seen):
    """Fail as a store on a full disk does."""
    raise StoreFull("the disk is full")


def test_a_long_tick_is_not_halted_and_one_that_hangs_is(run, monkeypatch):
    """What was long may be so again, and rest; a question that does not come to its end is told."""
    at, now = run('[[alerts]]\nname = "a"\n[[alerts]]\nname = "b"\n'), [0.0]
    at.watch._monotonic_s = lambda: now[0]
    at.watch._begun_s = at.watch._asked_s = 0.0
    during = []

    def slowly(_rule, _now_ns):
        now[0] += 9.0
        during.append(at.watch.halted())
        return []

    monkeypatch.setattr(at.observer, "observe", slowly)
    at.watch._try()
    now[0] += 54.0
    rested = at.watch.halted()
    now[0] += 1.0

    assert ([None, None], None) == (during, rested)
    assert "no alert can fire: the watch has not ticked for 55 s" == at.watch.halted()


def test_notices_go_out_though_nothing_old_can_be_let_go_of(run, monkeypatch, caplog):
    """The tick counts, its notices are woken first, and the failure is told once, until it succeeds."""
    at, seen = run(), []
    stick(at)
    at.watch._wake = lambda: seen.append(at.watch.not_retained())
    monkeypatch.setattr("tracer.alerts.watch.retain_alerts", lambda *_, **__: refuse(None))
    monkeypatch.setattr("tracer.alerts.watch.RETAIN_S", 0.0)
    asyncio.run(until_woken(at, seen))
    at.watch._retain()
    failed = at.watch.not_retained(), at.watch.halted()
    monkeypatch.undo()
    at.watch._retained_s = -1e9
    at.watch._retain()

    assert ([None], ("the disk is full", None), None) == (seen, failed, at.watch.not_retained())
    assert ["old alerts are not let go of"] == [one.getMessage() for one in caplog.records]
    assert (1.0, 0.0) == tuple(
        one.value for one in at.watch.measures() if one.name in {"watch_ticks", "watch_tick_failures"}
    )


async def until_woken(at, seen):
    """Watch until notices were woken and what is old was looked at."""
    at.watch._tick_s = 60.0
    task = asyncio.create_task(at.watch._repeat())
    while not (seen and at.watch.not_retained()):  # noqa: ASYNC110  what is waited for is in another thread
        await asyncio.sleep(0.002)
    task.cancel()
