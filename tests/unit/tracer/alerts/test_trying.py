"""Rules tried over history: what the trial says is what the watch said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.tracer.query.test_stalls import NOW_NS, NOW_S, event
from tests.worlds import NOON_NS
from tracer.alerts.trying import MAX_MOMENTS, MAX_S, RuleTrials
from tracer.clock import NS_PER_S, FixedClock, to_datetime
from tracer.errors import Busy, NotFound, UsageError
from tracer.model.sagas import Limits
from tracer.views import TrialQuery

NOON, NOW = to_datetime(NOON_NS), to_datetime(NOW_NS)
EVERY_S = 180
ALL_OF_IT = TrialQuery(since=NOON, until=NOW, every_s=EVERY_S)
STUCK = '[[alerts]]\nname = "r"\nwhen = "stuck"\n'
RULES = (
    STUCK + 'for = "5m"\n',
    STUCK + 'older = "4m"\nsaga = "order"\ngroup_by = ["step"]\nat_least = 2\n',
    '[[alerts]]\nname = "r"\nwhen = "failing"\nshare = 0.4\nover = "10m"\nat_least = 2\n',
    '[[alerts]]\nname = "r"\nwhen = "compensation-failed"\nover = "15m"\n',
)
STORY = (
    *(event(f"A{n}", EVERY_S + n) for n in range(3)),
    *(event(f"A{n}", 1500 + n, "completed") for n in range(3)),
    *(event(f"A{n}", 1501 + n, "txn_completed", step=None, outcome="completed") for n in range(3)),
    event("B", 190, step="ship", owner="shipping"),
    event("C", 200),
    event("C", 400, "failed", error="no answer"),
    event("C", 401, "txn_failed", step=None, outcome="failed"),
    event("D", 300),
    event("D", 500, "txn_failed", step=None, outcome="failed"),
    event("E", 600),
    event("E", 700, "completed"),
    event("E", 800, "failed", step="refund", compensates="pay", error="refused"),
    event("E", 1400, "completed", step="refund", compensates="pay"),
    event("late", 2900, saga="transfer"),
)


def trials(at, **parts):
    """Try the rules of this watch, at its last moment."""
    return RuleTrials(
        store=at.lab.store, clock=FixedClock(NOW_NS), limits=Limits(default_s=300.0), rules=at.book.rules, **parts
    )


def live(at):
    """Take the story in as it happened, ticking; (what, when) of what became of each alert."""
    waiting = sorted(STORY, key=lambda one: one["at_ns"])
    for second in range(0, NOW_S + 1, EVERY_S):
        at.clock.ns = NOON_NS + second * NS_PER_S
        while waiting and waiting[0]["at_ns"] <= at.clock.ns:
            at.lab.take([waiting.pop(0)])
        at.watch.tick()
    changes = at.service.history(limit=1000).changes
    fired = sorted((one.subject, one.at) for one in changes if one.what == "firing")
    ended = sorted((one.subject, one.at - timedelta(seconds=EVERY_S)) for one in changes if one.what == "resolved")
    return [at for _, at in fired], {at for _, at in ended}


@pytest.mark.parametrize("rule", RULES)
def test_the_trial_says_when_the_watch_fired(run, rule):
    """At the same moments, by the same lifecycle; it ends where it was gone first."""
    at = run(rule)
    fired, ended = live(at)
    tried = trials(at).try_rule("r", ALL_OF_IT)

    assert fired
    assert sorted(fired) == [one.fired_at for one in tried.fired]
    assert ended == {one.resolved_at for one in tried.fired if one.resolved_at is not None and one.resolved_at < NOW}
    assert NOW_S // EVERY_S == tried.samples


def test_nothing_is_written(run):
    """No alert, no line, no notice comes of it."""
    at = run(STUCK)
    at.lab.take(STORY)
    tried = trials(at).try_rule("r", ALL_OF_IT)

    assert tried.fired
    assert ([], ()) == (at.kept(), at.service.history().changes)


def test_one_moment_says_what_was_found_then(run):
    """Whatever `for` says, with a note."""
    at = run(STUCK + 'for = "1h"\n')
    at.lab.take(STORY)
    tried = trials(at).try_rule("r", TrialQuery(at=NOON + timedelta(seconds=600)))

    assert {("pay", 3.0), ("ship", 1.0)} == {(one.labels["step"], one.peak) for one in tried.fired}
    assert (1, True) == (tried.samples, any("after 1h" in note for note in tried.notes))


def test_time_is_bounded(run):
    """What it came to in its time is told, with a note."""
    at = run(STUCK)
    at.lab.take(STORY)
    passing = iter(range(0, 100_000, int(MAX_S / 4)))
    tried = trials(at, monotonic_s=lambda: next(passing)).try_rule("r", ALL_OF_IT)

    assert 0 < tried.samples < 10
    assert any("look at fewer moments" in note for note in tried.notes)


def test_one_rule_is_tried_at_a_time(run):
    """Another is told to come again; afterwards there is a turn for it."""
    at = run(STUCK)
    tried = trials(at)

    def meanwhile():
        with pytest.raises(Busy, match="another rule"):
            tried.try_rule("r", ALL_OF_IT)
        return 0.0

    tried._monotonic_s = meanwhile
    first = tried.try_rule("r", TrialQuery(at=NOW))

    assert 1 == first.samples == tried.try_rule("r", TrialQuery(at=NOW)).samples


def test_nothing_is_looked_at_before_the_first_record(run):
    """A week is asked for, and what there is of it is looked at, 200 times at most and each minute at least."""
    at = run(STUCK)
    at.lab.take(STORY)
    tried = trials(at).try_rule("r", TrialQuery(since=NOW - timedelta(days=7), until=NOON + timedelta(seconds=400)))

    assert (NOON + timedelta(seconds=EVERY_S), 60.0) == (tried.since, tried.every_s)
    assert any("nothing is known before" in note for note in tried.notes)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (TrialQuery(at=NOW + timedelta(seconds=1)), "ahead"),
        (TrialQuery(until=NOW + timedelta(seconds=1)), "ahead"),
        (TrialQuery(since=NOW), "before until"),
        (TrialQuery(at=NOW, since=NOON), "one moment"),
        (TrialQuery(since=NOON, every_s=3600 / (MAX_MOMENTS + 1)), "moments"),
    ],
)
def test_times_that_are_none_are_errors(run, query, said):
    """With what to give instead."""
    with pytest.raises(UsageError, match=said):
        trials(run(STUCK)).try_rule("r", query)


@pytest.mark.parametrize(
    "rule",
    [
        'when = "sql"\nsql = "SELECT 1 AS value"\n',
        'when = "rejected"\n',
        'when = "collector"\n',
        'when = "coverage"\nshare = 0.1\n',
    ],
)
def test_what_history_does_not_keep_is_said(run, rule):
    """A rule that reads what is not kept cannot be tried; one that there is none of has a nearest."""
    tried = trials(run(f'[[alerts]]\nname = "rule"\n{rule}'))
    with pytest.raises(UsageError, match="cannot be told from history"):
        tried.try_rule("rule", ALL_OF_IT)
    with pytest.raises(NotFound) as missing:
        tried.try_rule("rules", ALL_OF_IT)

    assert ("rule",) == missing.value.nearest
