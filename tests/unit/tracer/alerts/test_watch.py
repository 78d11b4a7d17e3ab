"""The watch over a real store: what is told, and what stays through a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.alert_worlds import settings_of
from tests.unit.tracer.query.test_stalls import NOW_NS, change, event, overdue
from tracer.alerts.rules import Route
from tracer.clock import NS_PER_S, to_datetime
from tracer.errors import NotFound, UsageError
from tracer.query.alerted import alert_marks
from tracer.query.incidents import list_incidents
from tracer.views import AlertMark, AlertQuery, StallQuery, TransactionQuery

STUCK = '[[alerts]]\nname = "stuck"\n'
PAGER = '[notifiers.pager]\ntype = "slack"\n'


def stick(at, count=3, *, first=0, **columns):
    """Let transactions be stuck."""
    at.lab.take([event(f"T{first + n}", 100 + n, **columns) for n in range(count)])
    overdue(at.lab)


def release(at, names="%"):
    """Let those of that name go on."""
    change(at.lab, "UPDATE txn SET deadline_ns = NULL WHERE transaction_id LIKE $n", {"n": names})


def test_nothing_wrong_is_nothing_told(run):
    """An empty store has no alert, no line and no row."""
    at = run()

    assert (at.tick(), at.kept()) == ([], [])


def test_many_stuck_for_one_reason_are_one_notice_with_the_answer_inside(run):
    """One alert for an incident, under its id; the notice says what, where, since when, and what opens it."""
    at = run()
    stick(at, 412, error="no answer")
    stick(at, 2, first=500, step="ship", owner="shipping")
    told = at.tick()
    incidents = at.lab.store.read(lambda s: list_incidents(s, StallQuery(), now_ns=at.clock.ns)).incidents
    first = max(told, key=lambda one: one.transactions)

    assert ["firing", "firing"] == [one.kind for one in told]
    assert {one.labels["incident"] for one in told} == {one.id for one in incidents}
    assert ("412 transactions of order stuck in pay (payment)", 412) == (first.title, first.transactions)
    assert "since 22:15 UTC" in first.text
    assert "Last error: no answer." in first.text
    assert ("T0", "T1", "T2", "T3", "T4") == first.examples
    assert "sagascope tui --open T0" == first.open_command
    assert first.open_command in first.text
    assert "https://s.example/v1/transactions/T0" == first.link
    assert first.action is not None
    assert f"Next: {first.action}" in first.text
    assert to_datetime(NOW_NS + NS_PER_S) == first.starts_at
    assert ("order", "pay", "payment", "step-overdue") == (first.saga, first.step, first.owner, first.stall)
    assert {"alertname": "stuck", "severity": "warning"}.items() <= first.labels.items()


def test_it_is_resolved_when_they_go_on(run):
    """After resolve_after, once; the notice says how many there were and for how long."""
    at = run()
    stick(at, 9)
    (fired,) = at.tick()
    release(at)
    told = [at.tick(10) for _ in range(6)]
    (ended,) = told[3]

    assert [0, 0, 0, 1, 0, 0] == [len(one) for one in told]
    assert ("resolved", fired.alert, fired.starts_at) == (ended.kind, ended.alert, ended.starts_at)
    assert ended.ends_at == to_datetime(at.clock.ns - 20 * NS_PER_S)
    assert "There were 9 transactions at the most." in ended.text
    assert [("resolved", 0, 9)] == [(one.state, one.transactions, one.peak) for one in at.kept()]


def test_lists_and_the_transaction_say_who_is_on_it(run):
    """The alert of each stuck one and who took it; of none that is fine, and of none as it was before."""
    at = run()
    stick(at, 2)
    at.lab.take([event("fine", 3599)])
    (fired,) = at.tick()
    at.service.acknowledge(fired.alert, by="kim\x1b[2J")
    now = at.clock.ns
    at.lab.clock.ns = now
    mark = AlertMark(id=fired.alert, state="firing", acknowledged_by="kim\N{SYMBOL FOR ESCAPE}[2J")
    listed = {one.transaction_id: one.alert for one in at.lab.queries.transactions(TransactionQuery()).transactions}
    then = at.lab.queries.transactions(TransactionQuery(as_of=to_datetime(now))).transactions

    assert {"T0": mark, "T1": mark, "fine": None} == listed
    assert [mark, mark] == [one.alert for one in at.lab.queries.stalls(StallQuery()).stalls]
    assert (mark, None) == tuple(at.lab.queries.transaction(one).alert for one in ("T0", "fine"))
    assert {None} == {one.alert for one in then}
    assert None is at.lab.queries.transaction("T0", as_of=to_datetime(now)).alert


def test_where_nobody_is_told_it_is_explained_all_the_same(run):
    """Whoever looks at an alert that has no notifier finds the same answer in it: what to do next."""
    at = run(routes=[Route(name="pager", min_severity="critical")])
    stick(at)

    assert [] == at.tick()
    (alert,) = at.service.alerts(AlertQuery()).alerts
    assert alert.action


def test_a_restart_tells_nothing_twice_and_forgets_nothing(run):
    """Pending time goes on, what was told is not told again, and what waits is still there."""
    at = run('[[alerts]]\nname = "stuck"\nfor = "20s"\n')
    stick(at)
    before = at.tick(), at.tick(10)
    at.start()
    at.clock.ns += 10 * NS_PER_S
    at.watch.tick()
    at.start()
    at.watch.tick()
    (fired,) = at.delivered()
    at.start()
    after = [at.tick() for _ in range(3)]

    assert ([], []) == before
    assert "firing" == fired.kind
    assert [[], [], []] == after


def test_an_alert_of_a_rule_that_is_gone_ends(run):
    """At the next start, and those who were told are told."""
    at = run()
    stick(at)
    (fired,) = at.tick()
    at.settings = settings_of(PAGER + '[[alerts]]\nname = "other"\nwhen = "rejected"\n')
    at.start()
    (ended,) = at.tick()
    changes = at.service.history(subject=fired.alert).changes

    assert ("resolved", fired.alert) == (ended.kind, ended.alert)
    assert ["resolved", "rule is gone", "firing"] == [one.what for one in changes]
    assert [] == at.tick()


def test_an_acknowledged_alert_is_not_repeated(run):
    """Until it is taken back; the notifiers that know of it are told, and so is the audit trail."""
    at = run('[[alerts]]\nname = "stuck"\nrepeat = "1m"\n')
    stick(at)
    (fired,) = at.tick()
    seen = at.service.acknowledge(fired.alert, by=" ann\x1b ", note="on it")
    (told,) = at.delivered()
    quiet = at.tick(90)
    at.start()
    quiet += at.tick(90)
    listed = at.service.alerts(AlertQuery()).alerts[0]
    at.service.unacknowledge(fired.alert, by="ann")
    (again,) = at.tick()

    assert ("ann\u241b", "on it", 1) == (seen.acknowledged.by, seen.acknowledged.note, at.woken)
    assert ("acknowledged", "ann\u241b") == (told.kind, told.acknowledged_by)
    assert told.text.startswith("Acknowledged by ann\u241b: on it\n")
    assert [] == quiet
    assert (listed.state, listed.repeat_at, listed.since) == ("firing", None, seen.since)
    assert "repeat" == again.kind
    words = ["acknowledgement taken back", "acknowledged", "firing"]
    assert words == [one.what for one in at.service.history().changes]


def test_a_repeat_counts_from_when_the_last_notice_was_taken(run):
    """A receiver that was away has not two notices at once; while one waits for it no repeat is put behind it."""
    at = run('[[alerts]]\nname = "stuck"\nrepeat = "1m"\n')
    stick(at)
    at.watch.tick()
    at.clock.ns += 90 * NS_PER_S
    at.watch.tick()
    waiting = at.outbox.due("pager", at.clock.ns, 9)
    late = at.delivered()
    told = [[one.kind for one in at.tick(20)] for _ in range(7)]

    assert [("firing", ())] == [(one.notice.kind, one.behind) for one in waiting]
    assert ["firing"] == [one.kind for one in late]
    assert [[], [], ["repeat"], [], [], ["repeat"], []] == told


def test_a_silence_made_while_it_fires_ends_the_repeats(run):
    """And when it is over, what still fires is told again; one made before holds the firing back."""
    at = run('[[alerts]]\nname = "stuck"\nrepeat = "1m"\ngroup_by = "step"\n')
    stick(at)
    at.tick()
    ends = to_datetime(at.clock.ns) + timedelta(minutes=10)
    made = at.service.silence(["alertname=stuck", "step=~pay|ship"], by="ann", reason="deploy", ends=ends)
    stick(at, 2, first=50, step="ship")
    quiet = [at.tick(61) for _ in range(3)]
    listed = at.service.alerts(AlertQuery()).alerts
    over = at.service.end_silence(made.id, by="bob")
    told = at.tick(61)

    assert [[], [], []] == quiet
    assert [("firing", (made.id,))] * 2 == [(one.state, one.silenced_by) for one in listed]
    assert ("bob", over) == (over.ended_by, at.service.silences().silences[0])
    assert {("pay", "repeat"), ("ship", "firing")} == {(one.step, one.kind) for one in told}
    assert ["silence ended", "silence"] == [one.what for one in at.service.history(subject=made.id).changes]


def test_outside_of_hours_nothing_is_told_and_all_is_listed(run):
    """It is told when they begin (NOW is a Tuesday, 23:13 UTC)."""
    at = run('[[alerts]]\nname = "stuck"\nhours = { from = "23:14" }\n')
    stick(at)
    quiet = at.tick()
    listed = at.service.alerts(AlertQuery()).firing
    (told,) = at.tick(60)

    assert ([], 1, "firing") == (quiet, listed, told.kind)


def test_one_notifier_that_takes_nothing_has_a_bounded_queue(run):
    """What does not fit is given up at once and says so; others go on."""
    sql = "SELECT range::VARCHAR AS n FROM range(9)"
    routes = [Route(name="pager", max_waiting=4), Route(name="chat")]
    text = f'[notifiers.chat]\ntype = "slack"\n[[alerts]]\nname = "all"\nwhen = "sql"\nsql = "{sql}"\n'
    at = run(text, routes=routes)
    at.watch.tick()
    listed = at.service.deliveries(notifier=["pager"])

    assert 9 == len(at.delivered("chat"))
    assert {"waiting": 4, "failed": 5} == {
        s: sum(d.state == s for d in listed.deliveries) for s in ("waiting", "failed")
    }
    assert {None, "4 notices wait already"} == {one.error for one in listed.deliveries}
    assert (4, 5) == (at.service.deliveries().waiting, listed.failed)


def test_the_outbox_keeps_the_order_of_an_alert(run):
    """Its end never overtakes its beginning, and what waits behind is told; tries and errors are kept."""
    at = run()
    stick(at)
    at.watch.tick()
    release(at)
    at.clock.ns += 1
    at.watch.tick()
    at.clock.ns += 31 * NS_PER_S
    at.watch.tick()
    (one,) = at.outbox.due("pager", at.clock.ns, 10)
    at.outbox.begun([one.notice.id], at.clock.ns)
    at.outbox.failed(one.notice.id, at.clock.ns, "503", at.clock.ns + 5)
    later = at.outbox.due("pager", at.clock.ns, 10), at.outbox.next_due_ns("pager")
    (again,) = at.outbox.due("pager", at.clock.ns + 5, 10)
    listed = at.service.deliveries(state=["waiting"]).deliveries
    at.outbox.failed(one.notice.id, at.clock.ns, "gone", None)
    (end,) = at.outbox.due("pager", at.clock.ns, 10)
    at.outbox.delivered(end.notice.id, at.clock.ns)

    assert ("firing", 0, ["resolved"]) == (one.notice.kind, one.tries, [each.kind for each in one.behind])
    assert ([], at.clock.ns + 5) == later
    assert (1, one.notice) == (again.tries, again.notice)
    assert [("resolved", 0, None), ("firing", 1, "503")] == [(d.kind, d.tries, d.error) for d in listed]
    assert ("resolved", ()) == (end.notice.kind, end.behind)
    assert None is at.outbox.next_due_ns("pager")
    assert "delivered 0s ago" == at.service.rules().notifiers["pager"]


def test_what_fires_can_be_asked_for(run):
    """The last notice of each alert that fires, for notifiers that have to send it again and again."""
    at = run('[[alerts]]\nname = "stuck"\nrepeat = "1m"\n')
    stick(at)
    at.tick()
    at.tick(61)
    firing = [one.kind for one in at.outbox.firing("pager")]
    release(at)
    at.tick()
    at.tick(31)

    assert (["repeat"], []) == (firing, at.outbox.firing("pager"))
    assert [] == at.outbox.firing("chat")


def test_what_nobody_can_do_is_refused(run):
    """Unknown ids, alerts that are over, silences without a reason or an end."""
    at = run()
    stick(at)
    (fired,) = at.tick()
    release(at)
    at.tick()
    at.tick(31)
    now = to_datetime(at.clock.ns)
    hour = timedelta(hours=1)

    for name in ("acknowledge", "unacknowledge"):
        with pytest.raises(NotFound):
            getattr(at.service, name)("nothing", by="ann")
        with pytest.raises(UsageError, match="is over"):
            getattr(at.service, name)(fired.alert, by="ann")
    with pytest.raises(UsageError, match="say who"):
        at.service.acknowledge(fired.alert, by=" ")
    with pytest.raises(UsageError, match="say why"):
        at.service.silence(["a=b"], by="ann", reason=" ", ends=now + hour)
    for ends in (now, now - hour, now + 9999 * hour):
        with pytest.raises(UsageError, match="ends after now"):
            at.service.silence(["a=b"], by="ann", reason="x", ends=ends)
    with pytest.raises(NotFound, match="no silence x"):
        at.service.end_silence("x", by="ann")
    with pytest.raises(UsageError, match="limit must be"):
        at.service.alerts(AlertQuery(limit=0))


def test_what_is_over_goes_after_its_time(run):
    """Rows, lines and deliveries of what is resolved; what fires keeps its row and its last notice."""
    at = run(STUCK + '[[alerts]]\nname = "one"\nwhen = "sql"\nsql = "SELECT \'x\' AS a"\n')
    stick(at)
    at.tick()
    release(at)
    at.tick()
    at.tick(31)
    at.clock.ns += 15 * 86_400 * NS_PER_S
    at.watch._retained_s = -1e9
    at.watch._retain()

    assert ["one"] == [one.rule for one in at.kept()]
    assert [("one", "firing")] == [(one.rule, one.kind) for one in at.service.deliveries().deliveries]
    assert () == at.service.history().changes


def test_a_stuck_transaction_knows_its_alert(run):
    """The one that says most: its incident's before its saga's; and who is on it."""
    at = run(STUCK + '[[alerts]]\nname = "sagas"\ngroup_by = "saga"\n')
    stick(at)
    fired = {one.rule: one.alert for one in at.tick()}
    at.service.acknowledge(fired["stuck"], by="ann")
    marks = at.lab.store.read(alert_marks)
    place = {"saga": "order", "step": "pay", "owner": "payment", "kind": "step-overdue"}

    assert AlertMark(id=fired["stuck"], state="firing", acknowledged_by="ann") == marks.of(**place)
    assert AlertMark(id=fired["sagas"], state="firing", acknowledged_by=None) == marks.of(**place | {"step": "ship"})
    assert None is marks.of(**place | {"saga": None})


def test_a_tick_at_which_nothing_changes_writes_nothing(run, monkeypatch):
    """And what is told of a long one is brought up to date all the same, from time to time."""
    at = run()
    stick(at)
    at.tick()
    written = []
    monkeypatch.setattr(at.book, "settle", lambda seen, _: (written.append(seen.at_ns), 0))
    for _ in range(29):
        at.tick()
    quiet = list(written)
    at.tick()

    assert ([], 1) == (quiet, len(written))
