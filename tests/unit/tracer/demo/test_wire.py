import pytest

from tracer.demo.wire import MAX_BODY_BYTES, Server, post
from tracer.demo.world import Crashed, Refusal, Reply, Request


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests."""
    with Server(lambda _: Reply(status=500)) as started:
        started.start()
        yield started
        started.shutdown()


@pytest.fixture
def serving(server):
    """Let the server answer as it is told, and give its address."""

    def start(answer):
        server.answer = answer
        return server.address

    return start


def _ask(address, body=None, headers=None):
    return post(address, Request(path="/p", body=body or {}, headers=headers or {}), timeout_s=5)


def test_round_trip(serving):
    """Path, body and headers arrive, and status and body come back."""
    address = serving(
        lambda r: Reply(status=201, body={"path": r.path, "got": r.body, "trace": r.headers["traceparent"]})
    )
    reply = _ask(address, {"größe": 1}, {"traceparent": "00-1"})

    assert Reply(status=201, body={"path": "/p", "got": {"größe": 1}, "trace": "00-1"}) == reply


def test_a_service_that_dies_says_nothing(serving):
    """When the service crashes in the middle, its caller sees the connection break."""

    def crash(_):
        raise Crashed

    with pytest.raises(Refusal, match="no answer from /p"):
        _ask(serving(crash))


def test_a_refusal_is_a_bad_gateway(serving):
    """What a third party refused reaches the caller as a 502 with the reason."""

    def refuse(_):
        raise Refusal("the broker is full")

    assert Reply(status=502, body={"detail": "the broker is full"}) == _ask(serving(refuse))


def test_a_body_over_the_limit_is_refused(serving):
    """A body larger than the limit is answered with 413, and the service never sees it."""
    seen = []
    address = serving(lambda r: seen.append(r) or Reply(status=200))
    try:
        status = _ask(address, {"x": "y" * MAX_BODY_BYTES}).status
    except Refusal:  # the server may close before the client has sent it all
        status = 413

    assert (status, seen) == (413, [])


def test_nobody_there():
    """A connection that cannot be made is a refusal, not a crash."""
    with pytest.raises(Refusal):
        _ask("127.0.0.1:1")
