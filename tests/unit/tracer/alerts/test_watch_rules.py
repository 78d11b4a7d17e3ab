"""The watch over a real store: what each kind of rule finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import msgspec

from tests.alert_worlds import view
from tests.unit.tracer.alerts.test_watch import STUCK, stick
from tests.unit.tracer.query.test_stalls import NOW_S, event
from tracer.clock import NS_PER_S
from tracer.errors import StoreError
from tracer.views import AlertQuery


def test_filters_and_groups_are_the_rules_own(run):
    """Only what it names, past its limit for so long, at least so many."""
    text = """
        [[alerts]]
        name = "pay"
        step = "pay"
        at_least = 3
        [[alerts]]
        name = "old"
        older = "57m20s500ms"
        group_by = []
        [[alerts]]
        name = "owners"
        group_by = ["owner", "kind"]
    """
    at = run(text)
    stick(at, 3)
    stick(at, 2, first=10, step="ship", owner="shipping")
    told = {(one.rule, one.transactions, one.labels.get("owner"), one.saga) for one in at.tick()}

    assert told == {
        ("pay", 3, "payment", "order"),
        ("old", 2, None, None),
        ("owners", 3, "payment", None),
        ("owners", 2, "shipping", None),
    }


def test_a_rule_that_fails_is_told_and_the_others_go_on(run, caplog):
    """Its own alerts stay as they are; it is logged once."""
    at = run(STUCK + '[[alerts]]\nname = "bad"\nwhen = "sql"\nevery = "1s"\nsql = "SELECT 1 AS value, \'x\' AS a"\n')
    first = at.tick()
    at.book.rules["bad"] = broken(at.book.rules["bad"])
    stick(at)
    told = [one.rule for one in at.tick(2)] + [one.rule for one in at.tick(60)]
    (troubled,) = [one for one in at.service.rules().rules if one.trouble]

    assert (["bad"], ["stuck"]) == ([one.rule for one in first], told)
    assert ("bad", 1) == (troubled.name, troubled.firing)
    assert "nowhere" in troubled.trouble
    assert ("bad: " + troubled.trouble,) == at.service.alerts(AlertQuery()).troubles
    assert 1 == [one.getMessage() for one in caplog.records].count("alert rule fails")


def broken(rule):
    """Give the rule another query."""
    return replace(rule, set=msgspec.structs.replace(rule.set, sql="SELECT * FROM nowhere"))


def test_a_template_that_names_what_is_not_there_is_told_and_the_alert_goes_out(run):
    """The placeholder stays as it stands."""
    at = run(STUCK + 'labels = { team = "x" }\nannotations = { a = "{step}: {error} for {team}" }\n')
    stick(at)
    (told,) = at.tick()

    assert "pay: {error} for x" == told.annotations["a"]
    assert "x" == told.labels["team"]
    assert {"stuck": "its annotations name what was not found: error"} == at.watch.troubles()


def test_each_row_of_a_query_is_an_alert(run):
    """Texts are labels, and `value`, `count`, `summary`, `transaction_id` and `since` what they say."""
    sql = (
        "SELECT saga, 'é x' AS \\\"a b\\\", count(*) AS count, 0.5 AS value, min(transaction_id) AS transaction_id, "
        "'too many ' || saga AS summary, TIMESTAMP '2023-11-14 22:00:00' AS since FROM transactions GROUP BY saga"
    )
    at = run(f'[[alerts]]\nname = "q"\nwhen = "sql"\nsql = "{sql}"\nannotations = {{ a = "{{a b}}/{{value}}" }}\n')
    at.lab.take([event("A", 1), event("B", 2), event("C", 3, saga="transfer")])
    told = {one.saga: one for one in at.tick()}
    one = told["order"]

    assert {"order", "transfer"} == told.keys()
    assert ("too many order", 2, "A") == (one.title, one.transactions, one.examples[0])
    assert ("é x", "é x/0.5") == (one.labels["a_b"], one.annotations["a"])
    assert "2023-11-14T22:00:00+00:00" == at.service.alert(one.alert).since.isoformat()


def test_a_collector_that_does_not_run_or_falls_silent_or_behind(run):
    """By its state, by its last record, by its lag; one that never sent anything is not silent."""
    text = """
        [[alerts]]
        name = "down"
        when = "collector"
        [[alerts]]
        name = "silent"
        when = "collector"
        silent = "10m"
        [[alerts]]
        name = "behind"
        when = "collector"
        lag = 100
    """
    collectors = [view("test"), view("new"), view("kafka", "degraded", detail="no broker\x1b", gauges={"lag": 101.0})]
    at = run(text, collectors=collectors)
    at.lab.take([event("A", NOW_S - 300)])
    early = {(one.rule, one.labels["collector"]) for one in at.tick()}
    late = {(one.rule, one.labels["collector"]): one for one in at.tick(301)}

    assert {("down", "kafka"), ("behind", "kafka")} == early
    assert {("silent", "test")} == late.keys()
    assert "has taken in no record since 2023-11-14 23:08 UTC" in late["silent", "test"].title


def test_the_share_that_fails_and_the_share_that_belongs_nowhere(run):
    """Above a share of those that ended; below a share of the records that came."""
    text = """
        [[alerts]]
        name = "failing"
        when = "failing"
        share = 0.3
        [[alerts]]
        name = "coverage"
        when = "coverage"
        share = 0.5
        at_least = 2
        over = "2h"
    """
    at = run(text)
    ended = [event(f"F{n}", NOW_S - 60, "txn_failed", outcome="failed") for n in range(3)]
    ended += [event(f"C{n}", NOW_S - 60, "txn_completed", outcome="completed") for n in range(4)]
    at.lab.take(ended)
    told = at.tick()
    at.lab.take([event(f"x{n}", NOW_S, "observed") | {"transaction_id": None} for n in range(8)])
    (coverage,) = at.tick(60)
    (failing,) = told

    assert ("43% of the transactions of order fail", 3) == (failing.title, failing.transactions)
    assert "3 of 7 transactions of order that ended in the last 15m 0s did not complete." in failing.text
    assert ("coverage", "test") == (coverage.rule, coverage.labels["source"])
    assert "7 of the latest 15 records of test belong to a transaction" in coverage.text


def test_a_compensation_that_failed_is_told_until_one_completes(run):
    """In its last try; what was completed afterwards is over."""
    at = run('[[alerts]]\nname = "undo"\nwhen = "compensation-failed"\n')
    refund = {"step": "refund", "compensates": "pay", "saga": "order"}
    at.lab.take([event("A", NOW_S - 60), event("A", NOW_S - 50, "compensation_failed", error="no account", **refund)])
    (told,) = at.tick()
    at.lab.take([event("A", NOW_S - 40, "compensated", **refund)])
    (over,) = at.tick(1) + at.tick(31)

    assert "compensation refund of order failed in 1 transaction" == told.title
    assert "Last error: no account." in told.text
    assert ("firing", "resolved") == (told.kind, over.kind)


def test_a_heartbeat_is_told_again_and_again_and_listed_nowhere(run):
    """To those it names, at each repeat."""
    at = run('[[alerts]]\nname = "beat"\nwhen = "heartbeat"\nnotify = "pager"\nrepeat = "30s"\n')
    told = [len(at.tick(10)) for _ in range(7)]
    listed = at.service.alerts(AlertQuery())

    assert [1, 0, 0, 1, 0, 0, 1] == told
    assert (0, ()) == (listed.firing, listed.alerts)
    assert 1 == len(at.service.alerts(AlertQuery(rule=("beat",))).alerts)


def test_a_heartbeat_is_among_what_fires_while_the_watch_ticks(run):
    """However long its repeat is, for notifiers that send what fires again and again; and not when it stopped."""
    at = run('[[alerts]]\nname = "beat"\nwhen = "heartbeat"\nnotify = "pager"\n')
    at.tick()
    while_it_ticks = []
    for _ in range(60):
        at.tick(30)
        while_it_ticks += [one.rule for one in at.outbox.firing("pager")]
    at.clock.ns += 121 * NS_PER_S
    stopped = at.outbox.firing("pager")
    at.tick()

    assert (["beat"] * 60, []) == (while_it_ticks, stopped)
    assert ["beat"] == [one.rule for one in at.outbox.firing("pager")]


def test_a_rule_that_matches_everything_is_bounded(run):
    """Beyond max_alerts one alert says so; when there is room again, it ends."""
    sql = "SELECT range::VARCHAR AS n, range AS count FROM range(50)"
    at = run(f'[[alerts]]\nname = "all"\nwhen = "sql"\nevery = "1s"\nsql = "{sql}"\n')
    at.book._max_alerts = 5
    told = at.tick()
    more = [one for one in told if one.rule == "alerts-too-many"]

    assert 6 == len(told)
    assert ["too many alerts: 45 are left out"] == [one.title for one in more]
    assert {"45", "46", "47", "48", "49"} == {one.labels["n"] for one in told if one.rule == "all"}
    assert "45 of them of all; max_alerts is 5." in more[0].text
    assert 45 == next(one.value for one in at.watch.measures() if one.name == "alerts_left_out")


def test_a_rule_that_matches_everything_leaves_room_for_the_others(run):
    """A fourth of the places is kept for the rules, so that what comes later is told all the same."""
    sql = "SELECT range::VARCHAR AS n, 99 AS count FROM range(50)"
    stuck = '[[alerts]]\nname = "stuck"\ngroup_by = "step"\n'
    at = run(f'{stuck}[[alerts]]\nname = "all"\nwhen = "sql"\nevery = "1s"\nsql = "{sql}"\n')
    at.book._max_alerts = 16
    first = [one.rule for one in at.tick()]
    stick(at)
    then = [one.rule for one in at.tick()]

    assert {"all": 14, "alerts-too-many": 1} == Counter(first)
    assert ["stuck"] == then


def test_a_question_that_fails_is_asked_no_more_often_than_one_that_answers(run, monkeypatch):
    """It fails until it is due again: a slow failure delays the other rules once in each `every`."""
    at, asked = run('[[alerts]]\nname = "bad"\nwhen = "sql"\nevery = "30s"\nsql = "SELECT 1 AS value"\n'), []

    def fail(_rule, now_ns):
        asked.append(now_ns)
        raise StoreError("timed out")

    monkeypatch.setattr(at.observer, "_ask", fail)
    for _ in range(31):
        at.tick()
    troubles = at.watch.troubles()
    monkeypatch.undo()
    told = [len(at.tick()) for _ in range(30)]

    assert (2, {"bad": "timed out"}) == (len(asked), troubles)
    assert (1, 1, {}) == (sum(told), told[-1], at.watch.troubles())
