"""Every refusal is said in gRPC's words and in HTTP's."""

import json

import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from collectors.otlp.answers import (
    JSON,
    METRICS,
    PROTOBUF,
    Refused,
    answer_to,
    http_body,
    retry_after,
    status,
    too_many,
)
from tracer.errors import Busy, Rejected, StoreFull, TooLarge


@pytest.mark.parametrize(
    ("error", "grpc", "http", "refusal", "wait"),
    [
        (Rejected("bad"), 3, 400, "rejected_malformed", None),
        (TooLarge("big"), 8, 413, "rejected_too_large", None),
        (Busy("full", retry_after_s=2.5), 14, 503, "refused_busy", "3"),
        (Busy("full", retry_after_s=0.01), 14, 503, "refused_busy", "1"),
        (StoreFull("disk"), 14, 503, "refused_busy", "1"),
        (Refused(too_many(4)), 14, 503, "refused_concurrency", "1"),
        (Refused(METRICS), 12, 404, "rejected_protocol", None),
        (ZeroDivisionError("secret"), 13, 500, "failed", None),
    ],
)
def test_answers(error: Exception, grpc: int, http: int, refusal: str, wait: str | None) -> None:
    """Each kind of error has its codes, its counter, and a wait only where the client may come again."""
    answer = answer_to(error)

    assert (grpc, http, refusal, wait) == (answer.grpc, answer.http, answer.refusal, retry_after(answer))
    assert "secret" not in answer.message


def test_retry_info() -> None:
    """An answer that can be retried carries RetryInfo with its delay."""
    [detail] = status(answer_to(Busy("full", retry_after_s=2.5))).details
    info = RetryInfo()

    assert detail.Unpack(info)
    assert 2.5 == info.retry_delay.ToTimedelta().total_seconds()


def test_bodies() -> None:
    """The body is a google.rpc.Status in either encoding."""
    answer = answer_to(Busy("full"))
    from_json = json.loads(http_body(answer, JSON))
    from_protobuf = Status.FromString(http_body(answer, PROTOBUF))

    assert (14, "full") == (from_protobuf.code, from_protobuf.message)
    assert {
        "code": 14,
        "message": "full",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}],
    } == from_json


def test_hostile_message() -> None:
    """What a client sent does not come back raw, nor at length."""
    answer = answer_to(Rejected("\x1b]52;c;evil\x07" + "x" * 10_000))

    assert "\x1b" not in answer.message
    assert 500 == len(answer.message)
