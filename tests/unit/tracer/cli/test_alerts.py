"""`sagascope alerts` against the real API over fakes."""

from __future__ import annotations

import getpass
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.alert_views import make_alert, make_delivery, make_rule, make_silence, make_trial
from tests.api_fakes import make_summary, make_transaction
from tests.saga_fakes import NOW, make_stall
from tests.unit.tracer.cli.test_sagas import HOSTILE, words
from tracer.cli.exits import run
from tracer.cli.main import cli
from tracer.cli.moments import parse_ahead
from tracer.errors import SagascopeError
from tracer.views import Acknowledgement, AlertMark, AlertQuery, TrialQuery

LISTS = (("alerts",), *(("alerts", name) for name in ("deliveries", "history", "rules", "silences")))
OURS = re.compile(r"\x1b\[(0|1|31|33|1;31)m")  # our own colours
CONTROL = {"\x1b", "\x07", "\x9b", "\u202e"}


@pytest.fixture(autouse=True)
def login(monkeypatch):
    """Somebody is logged in."""
    monkeypatch.setattr(getpass, "getuser", lambda: "sam")


def test_alerts_that_go_on_are_listed(sagascope, fake_alerts):
    """State, who is on it, and the sentence; resolved ones only when asked for."""
    fake_alerts.listed = (
        make_alert(summary="12 stopped."),
        make_alert("b2", state="pending", silenced_by=("s1",), transactions=0, summary="12 stopped."),
        make_alert("c3", acknowledged=Acknowledgement(by="kim", at=NOW), summary="12 stopped."),
    )
    fake_alerts.troubles = ("bad: no such table",)
    code, out, err = sagascope("alerts")

    assert (0, "") == (code, err)
    assert [AlertQuery(state=("firing", "pending"))] == fake_alerts.asked
    assert [
        "STATE SEVERITY ALERT RULE TXNS SINCE WHO WHAT",
        "firing warning a1b2c3d4e5f6 transactions-stuck 12 38m 0s 12 stopped.",
        "pending warning b2 transactions-stuck - 38m 0s silenced 12 stopped.",
        "firing warning c3 transactions-stuck 12 38m 0s kim is on it 12 stopped.",
        "",
        "a rule fails: bad: no such table",
        "3 firing, 0 pending in all",
    ] == words(out)


def test_the_list_is_asked_with_its_filters(sagascope, fake_alerts):
    """--all takes every state; both at once are an error."""
    sagascope("alerts", "--rule", "a", "--state", "firing", "--severity", "info", "--limit", "3")
    sagascope("alerts", "--all")
    code, _, err = sagascope("alerts", "--all", "--state", "firing")

    assert fake_alerts.asked == [
        AlertQuery(rule=("a",), state=("firing",), severity=("info",), limit=3),
        AlertQuery(),
    ]
    assert (2, True) == (code, "--state" in err)


def test_a_check_fails_where_any_is_listed(sagascope, fake_alerts):
    """--fail-if-any."""
    any_code, _, _ = sagascope("alerts", "--fail-if-any")
    fake_alerts.listed = ()
    code, out, _ = sagascope("alerts", "--fail-if-any")

    assert (1, 0, "no alert\n0 firing, 0 pending in all\n") == (any_code, code, out)


def test_one_alert_is_told_with_all_that_belongs_to_it(sagascope, fake_alerts):
    """Why, what, who, what to do, to whom it was told, what became of it."""
    fake_alerts.listed = (
        make_alert(acknowledged=Acknowledgement(by="kim", at=NOW, note="looking"), silenced_by=("5ee",)),
    )
    code, out, _ = sagascope("alerts", "show", "a1")
    told = words(out)
    clock = f"{NOW.astimezone():%H:%M:%S}"

    assert 0 == code
    assert "transactions-stuck firing warning a1b2c3d4e5f6" == told[0]
    for line in (
        "the rule: transactions stuck, by incident",
        "12 transactions now, 15 at most",
        "labels: saga=order-fulfilment, step=ship-parcel",
        "examples: ORD-1, ORD-2",
        f"kim is on it since {clock}: looking",
        "silenced by 5ee; end that with `sagascope alerts unsilence 5ee`",
        "what to do: ask shipping",
        "command: shipctl retry ORD-1",
        "look at: sagascope show ORD-1",
        "runbook: https://wiki.example/ship",
        f"failed {clock} firing pager 3 HTTP 403",
        f"{clock} firing 12 stopped",
    ):
        assert line in told


def test_one_alert_as_json_is_one_document(sagascope):
    """The alert, its rule, its deliveries, its history."""
    _, out, _ = sagascope("alerts", "show", "a1", "--json")

    assert {"alert", "rule", "deliveries", "history"} == set(json.loads(out))


def test_somebody_takes_it_and_gives_it_back(sagascope, fake_alerts):
    """By the login name, unless another is given."""
    _, taken, _ = sagascope("alerts", "ack", "a1", "--note", "looking")
    sagascope("alerts", "unack", "a1", "--by", "kim")

    assert [("a1", "sam", "looking"), ("a1", "kim")] == fake_alerts.asked
    assert "sam is on a1: 12 transactions of order-fulfilment stopped before ship-parcel.\n" == taken


def test_without_a_login_name_it_asks_who(sagascope, fake_alerts, monkeypatch):
    """A container may have none."""

    def nobody():
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    code, _, err = sagascope("alerts", "ack", "a1")

    assert (2, True, []) == (code, "--by" in err, fake_alerts.asked)


def test_a_silence_ends_by_the_clock_of_the_sidecar(sagascope, fake_alerts):
    """So long after it begins, or after now."""
    code, out, _ = sagascope("alerts", "silence", "saga=order", "step!=pay", "--for", "2h", "--reason", "release")
    sagascope("alerts", "unsilence", "s1")
    ends = NOW + timedelta(hours=2)

    assert [(("saga=order", "step!=pay"), "sam", "release", ends, None), ("s1", "sam")] == fake_alerts.asked
    assert (0, True) == (code, "on saga=order, step!=pay until" in out)


@pytest.mark.parametrize(
    ("text", "after"),
    [("15m", timedelta(minutes=15)), ((NOW + timedelta(days=2)).isoformat(), timedelta(days=2)), ("no", None)],
)
def test_a_time_to_come_is_read(text, after):
    """A duration from now, or a moment."""
    assert parse_ahead(text, now=NOW) == (None if after is None else NOW + after)


def test_a_time_of_day_to_come_is_the_next_one():
    """Before now it is tomorrow's, where the same text as a time that has passed is today's."""
    for shift in (timedelta(hours=1), -timedelta(hours=1)):
        local = (NOW + shift).astimezone()
        at = parse_ahead(f"{local:%H:%M:%S}", now=NOW)

        assert at is not None
        assert timedelta() < at - NOW <= timedelta(days=1)
        assert f"{local:%H:%M:%S}" == f"{at.astimezone():%H:%M:%S}"


def test_lists_have_their_filters(sagascope, fake_alerts):
    """What was given up, to one notifier; the trail of one."""
    sagascope("alerts", "deliveries", "--failed", "--notifier", "pager", "--alert", "a1", "--limit", "5")
    sagascope("alerts", "history", "a1")

    assert fake_alerts.asked == [
        {"alert": "a1", "notifier": ("pager",), "state": ("failed",), "limit": 5},
        {"subject": "a1", "limit": 100},
    ]


def test_a_test_notice_says_what_came_of_it(sagascope, fake_alerts):
    """Exit 1 where it was not delivered, with what the receiver said; 3 where there is no such notifier."""
    fine, out, _ = sagascope("alerts", "notify-test", "pager")
    fake_alerts.failure = SagascopeError("HTTP 403")
    code, said, _ = sagascope("alerts", "notify-test", "pager")
    missing, _, err = sagascope("alerts", "notify-test", "none")

    assert (0, True) == (fine, out.startswith("pager: delivered in"))
    assert (1, "pager: not delivered: HTTP 403\n") == (code, said)
    assert (3, True) == (missing, "did you mean pager?" in err)


def test_a_trial_says_when_it_would_have_fired(sagascope, fake_alerts):
    """Each span with how long, and what history cannot tell; what goes on has no end."""
    (span,) = fake_alerts.trial.fired
    fake_alerts.trial = make_trial(fired=(span, replace(span, resolved_at=None)))
    code, out, err = sagascope("alerts", "test", "transactions-stuck", "--since", NOW.isoformat(), "--every", "2m")
    clock = f"{span.fired_at.astimezone():%H:%M:%S}"

    assert (0, "") == (code, err)
    assert [("transactions-stuck", TrialQuery(since=NOW, every_s=120.0))] == fake_alerts.asked
    assert [
        "FIRED FOR AT MOST WHERE WHAT",
        f"{clock} 1h 0m 12 order 12 stopped.",
        f"{clock} 2h 0m+ 12 order 12 stopped.",
    ] == words(out)[:3]
    assert "would have fired 2 times from" in out
    assert "note: limits are those of today" in out


def test_a_trial_of_one_moment_says_what_it_found(sagascope, fake_alerts):
    """How long it held is not known then."""
    (span,) = fake_alerts.trial.fired
    fake_alerts.trial = make_trial(fired=(replace(span, fired_at=NOW, resolved_at=None),), since=NOW)
    _, out, _ = sagascope("alerts", "test", "x", "--at", NOW.isoformat())
    fake_alerts.trial = make_trial(fired=(), since=NOW, notes=())
    _, nothing, _ = sagascope("alerts", "test", "x", "--at", NOW.isoformat())
    clock = f"{NOW.astimezone():%H:%M:%S}"

    assert [f"{clock} - 12 order 12 stopped.", "", f"transactions-stuck would have found 1 at {clock}"] == words(out)[
        1:4
    ]
    assert f"transactions-stuck would have found nothing at {clock}\n" == nothing


def test_options_of_the_list_do_nothing_in_front_of_another_command(sagascope):
    """They are refused there, with the place where they belong."""
    code, _, err = sagascope("alerts", "--all", "rules")

    assert (2, True) == (code, "--all belongs behind `sagascope alerts rules`" in err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("ack", "a1"),
        ("unack", "a1"),
        ("unsilence", "s1"),
        ("silence", "a=b", "--for", "1h", "--reason", "x"),
        ("notify-test", "x"),
    ],
)
def test_nothing_is_done_to_a_file(arguments, capfdbinary, tmp_path):
    """A store file tells; only the sidecar that watches takes anything down."""
    call = ["alerts", *arguments, "--data", str(tmp_path / "s.duckdb")]
    code = run(lambda: cli.main(call, prog_name="sagascope", standalone_mode=False))

    assert (2, True) == (code, b"needs the sidecar" in capfdbinary.readouterr().err)


@pytest.mark.usefixtures("on_a_terminal")
@pytest.mark.parametrize("arguments", [*LISTS, ("alerts", "show", "a1"), ("alerts", "test", "x")])
def test_no_hostile_text_reaches_a_terminal(sagascope, fake_alerts, arguments):
    """Whatever a person or telemetry wrote is shown, not obeyed."""
    by = Acknowledgement(by=HOSTILE, at=NOW, note=HOSTILE)
    fake_alerts.listed = (
        make_alert(rule=HOSTILE, summary=HOSTILE, labels={"a": HOSTILE}, annotations={HOSTILE: HOSTILE},
                   examples=(HOSTILE,), action=HOSTILE, command=HOSTILE, acknowledged=by, silenced_by=(HOSTILE,)),
    )  # fmt: skip
    fake_alerts.troubles = (HOSTILE,)
    fake_alerts.quiet = (make_silence(by=HOSTILE, reason=HOSTILE, matchers=(HOSTILE,), ended_by=HOSTILE),)
    fake_alerts.told = (make_delivery(error=HOSTILE, notifier=HOSTILE, rule=HOSTILE),)
    fake_alerts.known = (make_rule(HOSTILE, about=HOSTILE, trouble=HOSTILE, notify=(HOSTILE,)),)
    fake_alerts.changes = (replace(fake_alerts.changes[0], by=HOSTILE, detail=HOSTILE, subject=HOSTILE),)
    span = replace(fake_alerts.trial.fired[0], summary=HOSTILE, labels={"a": HOSTILE})
    fake_alerts.trial = make_trial(rule=HOSTILE, fired=(span,), notes=(HOSTILE,))
    _, out, _ = sagascope(*arguments)

    assert "52;c;" in out
    assert not CONTROL & set(OURS.sub("", out))


def test_ls_show_and_stalls_say_who_is_on_it(sagascope, fake_answers):
    """The person, else the state of the alert; nothing where there is no alert."""
    taken = AlertMark(id="a1", state="firing", acknowledged_by=HOSTILE)
    free = AlertMark(id="a1", state="firing", acknowledged_by=None)
    fake_answers.rows = (make_summary(alert=taken), make_summary("ORD-2", alert=free), make_summary("ORD-3"))
    fake_answers.stalled = (make_stall(alert=free), make_stall("ORD-2"))
    fake_answers.told = {"ORD-1": make_transaction(alert=free), "ORD-2": make_transaction("ORD-2", alert=taken)}
    listed, stuck = sagascope("ls")[1].splitlines(), sagascope("stalls")[1].splitlines()
    nobody, somebody = sagascope("show", "ORD-1")[1], sagascope("show", "ORD-2")[1]

    assert listed[0].endswith("ALERT")
    assert listed[1].endswith("is on it")
    assert listed[2].endswith("firing")
    assert listed[3].endswith("handoff-lost")
    assert stuck[1].split()[-1] == "firing"
    assert "alert a1 (firing): nobody is on it yet; take it with `sagascope alerts ack a1`" in nobody
    assert "is on it" in somebody
    assert not CONTROL & set("".join((*listed, somebody)))
