"""The routes of alerts: what is asked, what is done, and who may not do it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.unit.tracer.api.test_routes import Asker, problem
from tracer.errors import Busy, SagascopeError
from tracer.views import AlertQuery, TrialQuery

ENDS = "2026-11-23T03:00:00Z"
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
SILENCE = {"matchers": ["saga=order"], "by": "kim", "reason": "a release", "ends": ENDS}
DONE = (
    ("POST", "/v1/alerts/a1/acknowledge", {"by": "kim", "note": "looking"}, ("a1", "kim", "looking")),
    ("POST", "/v1/alerts/a1/acknowledge", {"by": "kim"}, ("a1", "kim", "")),
    ("DELETE", "/v1/alerts/a1/acknowledge", {"by": "kim"}, ("a1", "kim")),
    ("POST", "/v1/silences", SILENCE, (("saga=order",), "kim", "a release", AT, None)),
    ("DELETE", "/v1/silences/s1", {"by": "kim"}, ("s1", "kim")),
    ("POST", "/v1/rules/a%20b/test", {"at": ENDS}, ("a b", TrialQuery(at=AT))),
    ("POST", "/v1/rules/x/test", {"since": ENDS, "every_s": 60}, ("x", TrialQuery(since=AT, every_s=60.0))),
    ("POST", "/v1/notifiers/pager/test", {}, "pager"),
)
IDS = [f"{method} {path}" for method, path, _, _ in DONE]


@pytest.fixture
def ask(serve_api):
    """Ask an API with default settings."""
    return Asker(serve_api())


def test_lists_are_asked_with_their_filters(ask, fake_alerts):
    """Every parameter becomes its filter, values of one are alternatives."""
    answers = [
        ask("GET", "/v1/alerts?rule=a&rule=b&state=firing&severity=critical&limit=7"),
        ask("GET", "/v1/alerts"),
        ask("GET", "/v1/deliveries?alert=a1&notifier=pager&state=failed&limit=3"),
        ask("GET", "/v1/alert-history?subject=a1&limit=2"),
        ask("GET", "/v1/silences"),
        ask("GET", "/v1/rules"),
    ]

    assert [200] * 6 == [status for status, _, _ in answers]
    assert fake_alerts.asked == [
        AlertQuery(rule=("a", "b"), state=("firing",), severity=("critical",), limit=7),
        AlertQuery(),
        {"alert": "a1", "notifier": ("pager",), "state": ("failed",), "limit": 3},
        {"subject": "a1", "limit": 2},
    ]


def test_one_alert_is_given_by_its_id(ask):
    """One that there is none of is not found."""
    status, _, body = ask("GET", "/v1/alerts/a1")

    assert (200, "a1b2c3d4e5f6") == (status, json.loads(body)["id"])
    assert 404 == problem(ask("GET", "/v1/alerts/none"))["status"]


@pytest.mark.parametrize(("method", "path", "body", "asked"), DONE, ids=IDS)
def test_what_people_do_is_passed_on(ask, fake_alerts, method, path, body, asked):
    """The body says it all."""
    status, _, _ = ask(method, path, body)

    assert (200, [asked]) == (status, fake_alerts.asked)


@pytest.mark.parametrize(("method", "path", "body", "_asked"), DONE, ids=IDS)
def test_no_page_of_another_site_can_do_it(ask, fake_alerts, method, path, body, _asked):
    """A form or a text is no JSON, another Origin is refused, and a key that nobody knows is an error."""
    text = json.dumps(body).encode()
    refused = [
        problem(ask(method, path, text, Content_Type="text/plain"))["status"],
        problem(ask(method, path, text))["status"],
        problem(ask(method, path, body, Origin="http://evil.example"))["status"],
        problem(ask(method, path, body, Origin="null"))["status"],
        problem(ask(method, path, body, Origin="http://[x"))["status"],
        problem(ask(method, path, {**body, "more": 1}))["status"],
        problem(ask(method, path, b"{", Content_Type="application/json"))["status"],
        problem(ask(method, path, {**body, "by": "x" * 70_000}))["status"],
    ]

    assert [415, 415, 403, 403, 403, 400, 400, 413] == refused
    assert [] == fake_alerts.asked


def test_a_page_of_its_own_may(ask, fake_alerts):
    """An Origin that is the host itself is let through."""
    status, _, _ = ask("POST", "/v1/notifiers/pager/test", {}, Origin=ask.url)

    assert (200, ["pager"]) == (status, fake_alerts.asked)


@pytest.mark.parametrize(
    "body",
    [
        SILENCE | {"matchers": []},
        SILENCE | {"matchers": ["a=b"] * 17},
        SILENCE | {"by": ""},
        SILENCE | {"reason": "x" * 1001},
        SILENCE | {"ends": "2026-11-23T03:00:00"},
        {key: value for key, value in SILENCE.items() if key != "ends"},
    ],
)
def test_a_silence_has_its_limits(ask, fake_alerts, body):
    """What is missing, empty, too long, or without a zone is an error."""
    assert 400 == problem(ask("POST", "/v1/silences", body))["status"]
    assert [] == fake_alerts.asked


def test_the_token_guards_them(serve_api, tmp_path):
    """Without it nobody does anything."""
    (tmp_path / "token").write_text("secret")
    ask = Asker(serve_api(token_file=str(tmp_path / "token")))

    assert 401 == problem(ask("POST", "/v1/alerts/a1/acknowledge", {"by": "kim"}))["status"]
    assert 200 == ask("POST", "/v1/alerts/a1/acknowledge", {"by": "kim"}, Authorization="Bearer secret")[0]


def test_where_no_alerts_run_it_says_so(serve_api):
    """An error that names what is missing."""
    serve_api.alerts = None
    ask = Asker(serve_api())
    details = [
        problem(ask(method, path, body))["detail"]
        for method, path, body in (
            ("GET", "/v1/alerts", None),
            ("POST", "/v1/rules/x/test", {}),
            ("POST", "/v1/notifiers/x/test", {}),
        )
    ]

    assert details == [
        "no alerts run beside this API",
        "no rule can be tried here: no alerts run beside this API",
        "no notifier runs beside this API: nothing can be sent",
    ]


def test_a_test_notice_that_fails_is_an_answer(ask, fake_alerts):
    """What the receiver said is told; a notifier that there is none of is not found, with the nearest."""
    fake_alerts.failure = SagascopeError("HTTP 403: wrong key")
    status, _, body = ask("POST", "/v1/notifiers/pager/test", {})
    told = json.loads(body)

    assert (200, False, "HTTP 403: wrong key") == (status, told["delivered"], told["error"])
    assert ["pager"] == problem(ask("POST", "/v1/notifiers/none/test", {}))["nearest"]


def test_one_test_of_a_notifier_runs_at_a_time(ask, fake_alerts):
    """While it does, another is to come later."""
    fake_alerts.failure = Busy("a test of pager runs already")

    assert 503 == problem(ask("POST", "/v1/notifiers/pager/test", {}))["status"]
