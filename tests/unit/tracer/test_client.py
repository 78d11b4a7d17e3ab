from __future__ import annotations

import contextlib
import socket
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from tests.api_fakes import serving
from tracer.api.parameters import LIST, STALL_KINDS, check_known, transaction_query
from tracer.client import Client, query_parameters
from tracer.errors import Busy, NotAdmitted, NotFound, QueryTimeout, Unreachable, UsageError
from tracer.model.words import STATUSES
from tracer.views import TransactionQuery


@pytest.fixture
def serve_api():
    """Serve the fakes with the settings it is called with, on a free port; gives the URL."""
    with serving() as served:
        yield served


@pytest.fixture
def fake_answers(serve_api):
    """What the API answers from."""
    return serve_api.answers


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis wants them naive
AGES = st.none() | st.integers(0, 10**9).map(lambda whole: whole / 8)
KEYS = st.text(min_size=1, max_size=20).filter(lambda key: "=" not in key)
QUERIES = st.builds(
    TransactionQuery,
    status=st.lists(st.sampled_from(STATUSES), max_size=3).map(tuple),
    saga=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    owner=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    kind=st.lists(st.sampled_from(STALL_KINDS), max_size=2).map(tuple),
    error=st.none() | st.text(max_size=20),
    attribute=st.lists(st.tuples(KEYS, st.text(max_size=20)), max_size=2).map(tuple),
    older_than_s=AGES,
    longer_than_s=AGES,
    shorter_than_s=AGES,
    began_since=st.none() | MOMENTS,
    began_until=st.none() | MOMENTS,
    as_of=st.none() | MOMENTS,
    since=st.none() | MOMENTS,
    until=st.none() | MOMENTS,
    q=st.none() | st.text(max_size=20),
    sort=st.sampled_from(["-age", "status", "in_step"]),
    limit=st.integers(1, 1000),
    offset=st.integers(0, 10**6),
)


@given(QUERIES)
def test_a_query_survives_the_way_to_the_api(query):
    """What the client writes is what the API reads."""
    written = MultiDict(query_parameters(query))
    check_known(written, LIST)

    assert query == transaction_query(written)


def test_the_answers_come_back_as_views(serve_api, fake_answers):
    """Every question is answered in the shapes of tracer.views."""
    client = Client(serve_api())
    page = client.transactions(TransactionQuery(limit=3))
    one = client.transaction("a/b %", as_of=datetime(2026, 3, 1, tzinfo=UTC))
    records = client.records("a/b", limit=5)
    collectors = client.collectors()
    table = client.sql("select 1", limit=9, timeout_s=2.0)

    assert (page.total, page.transactions[0].transaction_id, page.as_of.tzinfo) == (7, "ORD-1", UTC)
    assert (one.transaction_id, records.total, collectors.coverage[0].owner) == ("a/b %", 0, "fraud-check")
    assert (table.rows, table.truncated) == (((1, "x"),), True)
    assert client.sql_bytes("select 1", "csv") == b"a,a\r\n1,x\r\n"
    assert client.health()["status"] == "ok"
    assert fake_answers.asked[1] == ("a/b %", datetime(2026, 3, 1, tzinfo=UTC))


def test_an_unknown_transaction_is_not_found_and_names_the_nearest(serve_api):
    """The suggestions reach whoever asked."""
    with pytest.raises(NotFound) as raised:
        Client(serve_api()).transaction("none")

    assert raised.value.nearest == ("nine", "nome")


@pytest.mark.parametrize(("query", "expected"), [("bad", UsageError), ("slow", QueryTimeout)])
def test_a_refused_query_is_its_error(serve_api, query, expected):
    """The API's errors come back as the errors they were."""
    with pytest.raises(expected):
        Client(serve_api()).sql(query)


def test_a_busy_sidecar_is_busy(serve_api, fake_answers):
    """503 says when to come again."""
    fake_answers.failure = Busy("the queue is full", retry_after_s=3.0)
    with pytest.raises(Busy, match="the queue is full") as raised:
        Client(serve_api()).collectors()

    assert raised.value.retry_after_s == 3.0


def test_the_token_is_sent(serve_api):
    """With the token the API answers, without it the error says how to give one."""
    url = serve_api(token="s3cret")  # noqa: S106  a test's own

    assert Client(url, token="s3cret").collectors().collectors[0].name == "otlp"  # noqa: S106  likewise
    with pytest.raises(NotAdmitted, match="--token-file"):
        Client(url).collectors()


def test_no_sidecar_is_told_with_what_to_do():
    """One line: what is not there, and the two ways on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as raised:
        Client(f"http://127.0.0.1:{port}").collectors()

    assert str(raised.value) == (
        f"no sidecar at http://127.0.0.1:{port} (Connection refused): start one with `sagascope serve`, "
        "or read a store file with --data FILE"
    )


@pytest.mark.parametrize("url", ["", "127.0.0.1:4319", "ftp://x", "http://", "http://x:port", "http://x:99999"])
def test_what_is_no_address_is_a_usage_error(url):
    """A wrong --url is told before anything is asked."""
    with pytest.raises(UsageError, match="write it like"):
        Client(url)


@pytest.fixture
def stranger():
    """Something else that listens: it answers every connection with the bytes of the test, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(answers.pop(0) if answers else b"")

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", answers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"",
    ],
)
def test_whatever_else_listens_there_is_unreachable(stranger, answer):
    """Another program on that port is told as such, never as a crash."""
    url, answers = stranger
    answers.append(answer)

    with pytest.raises(Unreachable, match=url):
        Client(url).collectors()


GRPC = b"\x00\x00\x18\x04\x00\x00\x00\x00\x00\x00\x04\x00@\x00\x00"
OTLP_HTTP = b'HTTP/1.1 404 Not Found\r\nContent-Length: 33\r\n\r\n{"code": 5, "message": "no such"}'


@pytest.mark.parametrize(("answer", "expected"), [(GRPC, "no HTTP"), (OTLP_HTTP, "HTTP 404")])
def test_an_otlp_port_is_told_from_the_api(stranger, answer, expected):
    """The ports stand side by side, and are mixed up; what they answer is no problem document and is not shown."""
    url, answers = stranger
    answers.append(answer)

    with pytest.raises(Unreachable) as raised:
        Client(url).collectors()

    fix = "is it an OTLP port? The API is on 4319 by default: give the right --url"
    assert str(raised.value) == f"what answers at {url} is not the API of a sagascope sidecar ({expected}): {fix}"


def test_a_connection_that_was_closed_in_the_meantime_is_made_anew(stranger):
    """A sidecar that restarted between two questions is not an error."""
    body = b'{"status":"ok"}'
    url, answers = stranger
    keep = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    answers.extend([keep, keep])
    client = Client(url)

    assert [client.health(), client.health()] == [{"status": "ok"}, {"status": "ok"}]


def test_what_changes_something_is_sent_once():
    """A sidecar that dies after it has read a silence is not sent another one, though a connection was kept alive."""
    listener = socket.create_server(("127.0.0.1", 0))
    body = b'{"status":"ok"}'
    read: list[bytes] = []

    def take(connection):
        with connection:
            while asked := connection.recv(65_536):
                read.append(asked.split(b" ")[0])
                if read[-1] == b"POST":
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=take, args=listener.accept()[:1]).start()

    thread = threading.Thread(target=serve)
    thread.start()
    client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}")
    client.health()
    with pytest.raises(Unreachable):
        client.test_notifier("pager")
    client.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)

    assert [b"GET", b"POST"] == read
