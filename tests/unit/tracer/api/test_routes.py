"""What each route answers, asked as a stranger would: over a socket, with the standard library."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import quote, urlsplit

import pytest

from tracer.api.parameters import LIST
from tracer.api.routes import ROUTES
from tracer.rejections import RejectedQuery
from tracer.views import TransactionQuery


class Asker:
    """Asks one API, with a connection for each question."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict, bytes]:
        """Ask; (status, headers, body)."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        if isinstance(body, dict):
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=content, headers=sent)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()
        finally:
            connection.close()


@pytest.fixture
def ask(serve_api):
    """Ask an API with default settings."""
    return Asker(serve_api())


def problem(answer: tuple[int, dict, bytes]) -> dict:
    """Read a problem document, and check that it is one."""
    status, headers, body = answer
    document = json.loads(body)
    assert headers["Content-Type"] == "application/problem+json"
    assert document["status"] == status
    assert {"type", "title", "detail"} <= set(document)
    return document


def test_the_list_is_asked_with_every_filter(ask, fake_answers):
    """Each query parameter becomes its filter, and several values of one are alternatives."""
    path = (
        "/v1/transactions?status=stuck&status=failed&saga=a&owner=b&step=c&older_than=5m&since=2026-03-01T02:00:00Z"
        "&until=2026-03-01T03:00:00%2B01:00&q=x%20y&sort=-age&limit=7&offset=3"
    )
    status, _, body = ask("GET", path)
    ((query,),) = fake_answers.asked

    assert status == 200
    assert json.loads(body)["transactions"][0]["transaction_id"] == "ORD-1"
    assert (query.status, query.saga, query.owner, query.step) == (("stuck", "failed"), ("a",), ("b",), ("c",))
    assert (query.older_than_s, query.q, query.sort, query.limit, query.offset) == (300.0, "x y", "-age", 7, 3)
    assert (query.since.isoformat(), query.until.isoformat()) == (
        "2026-03-01T02:00:00+00:00",
        "2026-03-01T03:00:00+01:00",
    )


def test_without_parameters_the_defaults_of_the_query_hold(ask, fake_answers):
    """The API adds nothing of its own."""
    ask("GET", "/v1/transactions")

    assert fake_answers.asked == [(TransactionQuery(),)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("colour=red", f"unknown query parameter colour; known here: {', '.join(sorted(p.name for p in LIST))}"),
        ("status=odd", "status must be one of running, stuck,"),
        ("sort=colour", "sort must be one of transaction_id"),
        ("limit=0", "limit must be a whole number from 1 to 1000"),
        ("limit=1001", "limit must be a whole number from 1 to 1000"),
        ("limit=%D9%A1", "limit must be a whole number"),
        ("limit=1&limit=2", "limit is given 2 times"),
        ("offset=-1", "offset must be a whole number"),
        ("offset=" + "9" * 50, "offset must be a whole number"),
        ("cursor=a&offset=1", "cursor and offset both say where to begin"),
        ("older_than=5", "older_than must be a duration"),
        ("since=yesterday", "since must be an RFC 3339 time"),
        ("since=2026-03-01T02:00:00", "since must be an RFC 3339 time"),
        ("since=2026-03-01T02:00:00+01:00", "a + in a URL must be written %2B"),
        ("kind=late", "kind must be one of step-overdue, "),
        ("attribute=customer.id", "attribute must be KEY=VALUE, not 'customer.id'"),
        ("attribute==x", "attribute must be KEY=VALUE, not '=x'"),
        ("longer_than=soon", "longer_than must be a duration, not 'soon'"),
        ("began_since=noon", "began_since must be an RFC 3339 time"),
        ("q=" + "x" * 4001, "q is longer than 4000 characters"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_refused_with_the_fix(ask, fake_answers, query, expected):
    """Nothing is guessed and nothing ignored."""
    document = problem(ask("GET", f"/v1/transactions?{query}"))

    assert (document["status"], fake_answers.asked) == (400, [])
    assert expected in document["detail"]


@pytest.mark.parametrize("name", ["ORD-1", "a/b", "a/records", "%2F", "..", "a b?c#d", "ü\n\x00", "a+b", "x" * 2000])
def test_any_id_can_be_asked_for(ask, fake_answers, name):
    """A percent-encoded id arrives as it was, slashes and line ends too."""
    one = json.loads(ask("GET", f"/v1/transactions/{quote(name, safe='')}")[2])
    ask("GET", f"/v1/transactions/{quote(name, safe='')}/records?limit=5&offset=2")

    assert one["transaction_id"] == name
    assert fake_answers.asked == [(name, None), (name, 5, 2)]


def test_an_unknown_transaction_names_the_nearest(ask):
    """404 carries suggestions as data."""
    document = problem(ask("GET", "/v1/transactions/none"))

    assert (document["status"], document["nearest"]) == (404, ["nine", "nome"])


def test_the_collectors_come_with_their_coverage(ask):
    """One answer says what runs and what never joins."""
    document = json.loads(ask("GET", "/v1/collectors")[2])

    assert document["collectors"][0]["listening"] == {"otlp_grpc": "127.0.0.1:4317"}
    assert document["collectors"][0]["last_record_at"] == "2026-03-01T02:14:07Z"
    assert document["coverage"][0]["unplaced"] == 1


def test_rejected_messages_are_listed_shown_and_replayed(ask, fake_answers, serve_api):
    """Filters go to the question; an id is a number; a replay goes on after an id; a body that is none is refused."""
    status, _, body = ask("GET", "/v1/rejected?source=a&topic=b&topic=c&reason=no%20x&limit=3")
    (query,) = fake_answers.asked.pop()

    assert (200, 7) == (status, json.loads(body)["messages"][0]["id"])
    assert RejectedQuery(source=("a",), topic=("b", "c"), reason="no x", limit=3) == query
    assert "not JSON" == json.loads(ask("GET", "/v1/rejected/7")[2])["reason"]
    assert 404 == problem(ask("GET", "/v1/rejected/8"))["status"]
    assert "is a number" in problem(ask("GET", "/v1/rejected/x"))["detail"]
    assert "limit" in problem(ask("GET", "/v1/rejected?limit=0"))["detail"]
    status, _, body = ask("POST", "/v1/rejected/replay", {"topic": ["b"], "after": 4})
    assert (200, 2) == (status, json.loads(body)["tried"])
    assert [(RejectedQuery(topic=("b",)), 4)] == serve_api.replays.asked
    assert "what to replay" in problem(ask("POST", "/v1/rejected/replay", {"topics": []}))["detail"]
    assert 415 == ask("POST", "/v1/rejected/replay", b"{}", Content_Type="text/plain")[0]


def test_sql_is_written_as_asked(ask):
    """A table, objects with every column kept, CSV, Parquet."""
    table = json.loads(ask("POST", "/v1/sql", {"query": "q"})[2])
    rows = ask("POST", "/v1/sql", {"query": "q", "format": "json"})
    text = ask("POST", "/v1/sql", {"query": "q", "format": "csv"})
    parquet = ask("POST", "/v1/sql", {"query": "q", "format": "parquet"})

    assert table["rows"] == [[1, "x"]]
    assert json.loads(rows[2]) == [{"a": 1, "a_2": "x"}]
    assert rows[1]["Sagascope-Truncated"] == "true"
    assert (text[1]["Content-Type"], text[2]) == ("text/csv", b"a,a\r\n1,x\r\n")
    assert (parquet[1]["Content-Type"], parquet[2][:4]) == ("application/vnd.apache.parquet", b"PAR1")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "bad"}, (400, "syntax error at bad")),
        ({"query": "slow"}, (504, "the query took longer")),
        ({"query": ""}, (400, "the body is not a query")),
        ({"query": "q", "colour": 1}, (400, "unknown field `colour`")),
        ({"query": "q", "format": "xml"}, (400, "the body is not a query")),
        ({"query": "q", "limit": 100_001}, (400, "[api] max_rows allows 100000")),
        ({"query": "q", "timeout_s": 61}, (400, "[api] max_query_time allows 60")),
        (b"{", (415, "Content-Type: application/json")),
    ],
)
def test_a_query_that_cannot_run_is_refused_with_the_reason(ask, body, expected):
    """Every refusal is a problem document with its status."""
    document = problem(ask("POST", "/v1/sql", body))

    assert document["status"] == expected[0]
    assert expected[1] in document["detail"]


def test_bytes_that_are_not_json_are_refused(ask):
    """Random bytes under a JSON content type are a 400."""
    document = problem(ask("POST", "/v1/sql", b"\xff\x00{", Content_Type="application/json"))

    assert document["status"] == 400


def test_a_body_over_the_limit_is_refused(serve_api):
    """[api] max_body bounds what is read."""
    ask = Asker(serve_api(max_body_bytes=1000))
    document = problem(ask("POST", "/v1/sql", {"query": "x" * 2000}))

    assert (document["status"], "[api] max_body" in document["detail"]) == (413, True)


@pytest.mark.parametrize("path", ["/v1/alerts/", "/v1/sagas/", "/v1/sagas/x", "/", "/v1/transactions/"])
def test_what_is_not_built_does_not_exist(ask, path):
    """No stub answers for a later version."""
    document = problem(ask("GET", path))

    assert document["status"] == 404


def test_a_wrong_method_names_the_right_one(ask):
    """405 says what is allowed."""
    answer = ask("DELETE", "/v1/collectors")

    assert problem(answer)["status"] == 405
    assert "GET" in answer[1]["Allow"]


def test_health_and_readiness(ask, fake_sidecar):
    """Alive is one thing, taking data in another; details are told in both cases."""
    healthy, ready = ask("GET", "/healthz"), ask("GET", "/readyz")
    fake_sidecar.is_ready = False
    not_ready = problem(ask("GET", "/readyz"))

    assert (healthy[0], json.loads(ready[2])) == (200, {"ready": True, "details": ["a log was set aside"]})
    assert (not_ready["status"], not_ready["details"]) == (503, ["a log was set aside"])


def test_metrics_are_what_prometheus_reads(ask):
    """Counters end in _total, a family has one HELP line, the process's own are there."""
    status, headers, body = ask("GET", "/metrics")
    lines = body.decode().splitlines()

    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
    assert 'sagascope_collector_requests_total{collector="b"} 4.0' in lines
    assert "sagascope_store_records 12.0" in lines
    assert sum(line.startswith("# HELP sagascope_collector_requests") for line in lines) == 1
    assert any(line.startswith("sagascope_process_resident_memory_bytes ") for line in lines)


def test_every_route_is_described(ask):
    """/openapi.json has each path, method and parameter, and its references lead somewhere."""
    document = json.loads(ask("GET", "/openapi.json")[2])
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    references = {part.split('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]}
    of_list = {parameter["name"] for parameter in document["paths"]["/v1/transactions"]["get"]["parameters"]}

    assert described == {(route.method, route.path) for route in ROUTES}
    assert references <= set(document["components"]["schemas"])
    assert of_list == {parameter.name for parameter in LIST}


def test_a_token_is_asked_for_everywhere_but_for_health(serve_api):
    """Only /healthz answers a stranger; the answer does not say what was wrong with the token."""
    ask = Asker(serve_api(token="s3cret"))  # noqa: S106  a test's own
    refused = [ask("GET", route.path)[0] for route in ROUTES if route.method == "GET" and route.path != "/healthz"]

    assert set(refused) == {401}
    assert ask("GET", "/healthz")[0] == 200
    assert problem(ask("GET", "/v1/collectors", Authorization="Bearer wrong"))["status"] == 401
    assert ask("GET", "/v1/collectors", Authorization="Bearer s3cret")[0] == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost:4319", 200), ("127.0.0.1", 200), ("[::1]:9", 200), ("sidecar.internal:4319", 200),
     ("evil.example", 421), ("evil.example:4319", 421), ("localhost.evil.example", 421), ("", 421)],
)  # fmt: skip
def test_a_page_that_points_its_name_at_us_reads_nothing(serve_api, host, expected):
    """On loopback the Host header must name this machine, or an allowed host."""
    ask = Asker(serve_api(allowed_hosts=("sidecar.internal",)))

    assert ask("GET", "/v1/collectors", Host=host)[0] == expected


def test_too_many_questions_at_once_are_told_to_come_again(serve_api, fake_answers):
    """Beyond max_queries and max_waiting the answer is 503 with Retry-After, and nothing is queued."""
    ask = Asker(serve_api(max_queries=1, max_waiting=1))
    fake_answers.hold = threading.Event()
    threads = [threading.Thread(target=ask, args=("GET", "/v1/transactions")) for _ in range(2)]
    for thread in threads:
        thread.start()
    refused = _until_refused(ask)
    fake_answers.hold.set()
    for thread in threads:
        thread.join()

    assert problem(refused)["retry_after_s"] == 1.0
    assert refused[1]["Retry-After"] == "1"
    assert ask("GET", "/v1/transactions")[0] == 200


def _until_refused(ask):
    """Ask until both places are taken: the two threads may not have arrived yet."""
    answers = []

    def once():
        answers.append(ask("GET", "/v1/transactions"))

    while not any(answer[0] == 503 for answer in answers):
        thread = threading.Thread(target=once)
        thread.start()
        thread.join(0.2)
    return next(answer for answer in answers if answer[0] == 503)


def test_a_defect_is_answered_and_not_shown(ask, fake_answers):
    """An unexpected error is a 500 that tells a stranger nothing of our insides."""
    fake_answers.failure = RuntimeError("secret detail")
    document = problem(ask("GET", "/v1/transactions"))

    assert document["status"] == 500
    assert "secret" not in document["detail"]


def test_changes_are_streamed(serve_api, fake_answers, fake_sidecar):
    """The first event comes at once, the next when something changed."""
    connection = http.client.HTTPConnection(urlsplit(serve_api()).netloc, timeout=10)
    connection.request("GET", "/v1/stream")
    response = connection.getresponse()
    first = [response.readline() for _ in range(4)]
    fake_sidecar.moved += 1
    second = [response.readline() for _ in range(4)]
    connection.close()

    assert response.headers["Content-Type"] == "text/event-stream"
    assert first[:2] == [b"event: change\n", b"id: 1\n"]
    assert json.loads(first[2].removeprefix(b"data: "))["counts"] == {"stuck": 7}
    assert second[:2] == [b"event: change\n", b"id: 2\n"]
    assert fake_answers.asked[0] == (TransactionQuery(limit=1),)


def test_streams_are_bounded(serve_api):
    """Beyond max_streams a listener is told to come again."""
    url = serve_api(max_streams=1)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", "/v1/stream")
    connection.getresponse().readline()
    refused = problem(Asker(url)("GET", "/v1/stream"))
    connection.close()

    assert refused["status"] == 503
