"""Incidents of one cause that begin at different times are alerts of their own, until each is over."""

from __future__ import annotations

from tests.unit.tracer.alerts.test_watch import release
from tests.unit.tracer.query.test_stalls import event, overdue
from tracer.views import AlertQuery

DAY_S = 86_400


def two(at):
    """Let a few be stuck since a day ago and be acknowledged, and then many of the same cause since a minute ago."""
    at.lab.take([event(f"A{n}", 100 - DAY_S + n) for n in range(2)])
    overdue(at.lab)
    (few,) = at.tick()
    at.service.acknowledge(few.alert, by="ann")
    at.delivered()
    at.lab.take([event(f"B{n}", 3000 + n) for n in range(50)])
    overdue(at.lab)
    (many,) = at.tick()
    return few, many


def test_the_end_of_an_older_incident_is_not_the_end_of_a_later_one(run):
    """Its alert alone is told resolved; the later one keeps its id, its labels and that nobody is on it."""
    at = run('[[alerts]]\nname = "stuck"\nrepeat = "1h"\n')
    few, many = two(at)
    release(at, "A%")
    told = at.tick() + at.tick(31) + at.tick(31)
    (left,) = at.service.alerts(AlertQuery(state=("firing",))).alerts
    again = at.tick(3600)

    assert few.alert != many.alert
    assert [("resolved", few.alert)] == [(one.kind, one.alert) for one in told]
    assert (many.alert, 50, None) == (left.id, left.transactions, left.acknowledged)
    assert [("repeat", many.alert, many.labels)] == [(one.kind, one.alert, one.labels) for one in again]
    assert "Next:" in again[0].text


def test_it_keeps_its_id_when_its_own_oldest_go_on(run):
    """A later incident is not another one because its first start moved on to another quarter of a day."""
    at = run()
    two(at)
    at.lab.take([event(f"C{n}", 3000 - 5 * 3600 + n) for n in range(3)])
    overdue(at.lab)
    joined = at.tick()
    release(at, "C%")
    left = at.tick() + at.tick(31)

    assert ([], []) == (joined, left)


def test_what_begins_while_an_older_one_is_about_to_end_is_told(run):
    """It does not take over an alert that somebody is on, though its incident has that one's name now."""
    at = run()
    at.lab.take([event("A", 100 - DAY_S)])
    overdue(at.lab)
    (old,) = at.tick()
    at.service.acknowledge(old.alert, by="ann")
    at.delivered()
    release(at, "A")
    at.lab.take([event("B", 3000)])
    overdue(at.lab, only="B")
    (new,) = at.tick()
    (ended,) = at.tick(31)

    assert ("firing", "resolved", old.alert) == (new.kind, ended.kind, ended.alert)
    assert old.alert != new.alert
    assert old.labels["incident"] != new.labels["incident"]
