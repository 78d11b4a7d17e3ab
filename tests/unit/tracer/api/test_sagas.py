"""Stalls, incidents, sagas and statistics over a socket, with the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest

from tracer.errors import Busy
from tracer.views import StallQuery


@pytest.fixture
def ask(serve_api):
    """Ask an API with default settings; (status, content type, body)."""
    url = serve_api()

    def get(path: str) -> tuple[int, str, bytes]:
        try:
            with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:  # noqa: S310  our own URL
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers["Content-Type"], refused.read()

    return get


@pytest.mark.parametrize(("path", "key"), [("/v1/stalls", "stalls"), ("/v1/incidents", "incidents")])
def test_stalls_and_incidents_take_the_same_filters(ask, fake_answers, path, key):
    """Each query parameter becomes its filter; without any the defaults of the query hold."""
    status, _, body = ask(f"{path}?saga=a&saga=b&owner=c&step=d&kind=retry-loop&kind=never-ended&limit=7")
    ask(path)
    filtered = StallQuery(saga=("a", "b"), owner=("c",), step=("d",), kind=("retry-loop", "never-ended"), limit=7)

    assert (200, 1) == (status, len(json.loads(body)[key]))
    assert [(filtered,), (StallQuery(),)] == fake_answers.asked


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/stalls?kind=odd", "kind must be one of step-overdue, handoff-lost"),
        ("/v1/stalls?limit=1001", "limit must be a whole number from 1 to 1000"),
        ("/v1/incidents?status=stuck", "unknown query parameter status; known here: kind, limit, owner, saga, step"),
        ("/v1/sagas?limit=1", "unknown query parameter limit; known here: none"),
        ("/v1/stats?every=5", "every must be a duration"),
        ("/v1/stats?since=yesterday", "since must be an RFC 3339 time"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_fix(ask, fake_answers, path, expected):
    """Nothing is guessed and nothing ignored."""
    status, kind, body = ask(path)

    assert (400, "application/problem+json", []) == (status, kind, fake_answers.asked)
    assert expected in json.loads(body)["detail"]


@pytest.mark.parametrize("name", ["order-fulfilment", "a/b", "a/flow", "..", "ü\n", "x" * 500])
def test_a_saga_of_any_name_has_a_flow_and_a_definition(ask, fake_answers, name):
    """A percent-encoded name arrives as it was, slashes and line ends too."""
    fake_answers.flows[name] = fake_answers.flows["order-fulfilment"]
    encoded = urllib.request.quote(name, safe="")
    status, _, body = ask(f"/v1/sagas/{encoded}/flow")
    definition = ask(f"/v1/sagas/{encoded}/definition")

    assert [("flow", name), ("definition", name)] == fake_answers.asked
    assert (200, 7) == (status, len(json.loads(body)["nodes"]))
    assert (200, "application/toml; charset=utf-8", f'[saga."{name}"]\n'.encode()) == definition


@pytest.mark.parametrize("path", ["/v1/sagas/ordr/flow", "/v1/sagas/ordr/definition"])
def test_an_unknown_saga_names_the_nearest(ask, path):
    """404 carries suggestions as data."""
    status, kind, body = ask(path)

    assert (404, "application/problem+json") == (status, kind)
    assert ["order-fulfilment"] == json.loads(body)["nearest"]


def test_the_sagas_are_listed(ask):
    """With what is declared, what was learned, and how many stand how."""
    (saga,) = json.loads(ask("/v1/sagas")[2])["sagas"]

    assert ("order-fulfilment", "sagas/order.toml:3", 412.0) == (saga["saga"], saga["declared"], saga["learned_from"])


def test_statistics_are_asked_for_a_saga_and_a_range_of_time(ask, fake_answers):
    """Without a range it is for the answer to choose, and a span of time is an hour."""
    status, _, body = ask("/v1/stats?saga=a&since=2026-03-01T00:00:00Z&until=2026-03-01T02:00:00Z&every=15m")
    ask("/v1/stats")
    bounds = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 2, tzinfo=UTC))

    assert (200, 120) == (status, json.loads(body)["rows"][0]["started"])
    assert [("stats", "a", *bounds, 900.0), ("stats", None, None, None, 3600.0)] == fake_answers.asked


def test_a_busy_store_says_when_to_come_again(ask, fake_answers):
    """As everywhere, 503 with retry_after_s."""
    fake_answers.failure = Busy("too many questions", retry_after_s=2.0)
    status, _, body = ask("/v1/incidents")

    assert (503, 2.0) == (status, json.loads(body)["retry_after_s"])


def test_names_in_a_path_are_described(ask):
    """/openapi.json tells the parameters of the path and the media type of a definition."""
    paths = json.loads(ask("/openapi.json")[2])["paths"]
    flow, definition = (paths[f"/v1/sagas/{{name}}/{what}"]["get"] for what in ("flow", "definition"))

    assert ["name"] == [parameter["name"] for parameter in flow["parameters"]]
    assert ["application/toml"] == list(definition["responses"]["200"]["content"])
    assert {"saga", "since", "until", "every"} == {one["name"] for one in paths["/v1/stats"]["get"]["parameters"]}
