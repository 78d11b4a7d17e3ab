"""What a client is told when its request was not taken: one answer, said in gRPC's words and in HTTP's.

OTLP lets a client send again only what it is told to: UNAVAILABLE with RetryInfo, or 503 with
Retry-After. Every other answer here means that the same bytes would be refused again; 408, too, would
make a client drop what it has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.rpc import code_pb2
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from collectors.otlp.tally import Refusal
from tracer.errors import Busy, Rejected, TooLarge
from tracer.model.text import clean

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"
_MESSAGE_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why a request was not taken; `grpc` is a number of google.rpc.Code, `http` a status code."""

    grpc: int
    http: int
    message: str
    refusal: Refusal
    retry_after_s: float | None = None


class Refused(Exception):
    """A listener refuses a request with an answer of its own."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


METRICS: Final = Answer(
    grpc=code_pb2.UNIMPLEMENTED,
    http=404,
    message="metrics are not taken here: send traces and logs, and switch the metrics exporter off",
    refusal="rejected_protocol",
)
UNAUTHORIZED: Final = Answer(
    grpc=code_pb2.UNAUTHENTICATED,
    http=401,
    message="send the token of token_file as the header `authorization: Bearer TOKEN`",
    refusal="rejected_unauthorized",
)
TOO_SLOW: Final = Answer(
    grpc=code_pb2.UNAVAILABLE,
    http=503,
    message="the request did not arrive in time",
    refusal="refused_incomplete",
    retry_after_s=1.0,
)
CUT_SHORT: Final = Answer(
    grpc=code_pb2.UNAVAILABLE,
    http=503,
    message="the request did not arrive whole",
    refusal="refused_incomplete",
    retry_after_s=1.0,
)


def too_many(limit: int) -> Answer:
    """Refuse for now: too many requests at once."""
    message = f"{limit} requests are in progress (max_concurrent_requests)"
    return Answer(
        grpc=code_pb2.UNAVAILABLE, http=503, message=message, refusal="refused_concurrency", retry_after_s=1.0
    )


def protocol(http: int, message: str) -> Answer:
    """Refuse an HTTP request that is not one of OTLP."""
    return Answer(grpc=code_pb2.INVALID_ARGUMENT, http=http, message=message, refusal="rejected_protocol")


def answer_to(error: Exception) -> Answer:
    """Choose the answer to an error. Whatever is none of ours is an internal error, without its text."""
    if isinstance(error, Refused):
        return error.answer
    text = clean(str(error), _MESSAGE_CHARACTERS)
    if isinstance(error, TooLarge):
        return Answer(grpc=code_pb2.RESOURCE_EXHAUSTED, http=413, message=text, refusal="rejected_too_large")
    if isinstance(error, Rejected):
        return Answer(grpc=code_pb2.INVALID_ARGUMENT, http=400, message=text, refusal="rejected_malformed")
    if isinstance(error, Busy):
        wait_s = error.retry_after_s
        return Answer(grpc=code_pb2.UNAVAILABLE, http=503, message=text, refusal="refused_busy", retry_after_s=wait_s)
    return Answer(grpc=code_pb2.INTERNAL, http=500, message="internal error; see the log", refusal="failed")


def status(answer: Answer) -> Status:
    """Write the answer as the `google.rpc.Status` that OTLP wants."""
    details = []
    if answer.retry_after_s is not None:
        delay = Duration()
        delay.FromNanoseconds(round(answer.retry_after_s * 1e9))
        details.append(AnyMessage())
        details[0].Pack(RetryInfo(retry_delay=delay))
    return Status(code=answer.grpc, message=answer.message, details=details)


def http_body(answer: Answer, encoding: str) -> bytes:
    """Write the status in the encoding of the request."""
    message = status(answer)
    return message.SerializeToString() if encoding == PROTOBUF else MessageToJson(message, indent=None).encode()


def retry_after(answer: Answer) -> str | None:
    """Give the value of the Retry-After header: whole seconds, at least one."""
    return None if answer.retry_after_s is None else str(max(1, math.ceil(answer.retry_after_s)))
