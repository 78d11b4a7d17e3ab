"""Carries a question to the sidecar and its answer back; what goes wrong on the way becomes one of our errors."""

from __future__ import annotations

import http.client
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from tracer.errors import Busy, NotAdmitted, NotFound, QueryTimeout, SagascopeError, Unreachable, UsageError

DEFAULT_URL: Final = "http://127.0.0.1:4319"
MAX_IDLE_CONNECTIONS: Final = 4
MAX_ANSWER_BYTES: Final = 512 * 2**20
JSON: Final = "application/json"
_SHUT: Final = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN, http.HTTPStatus.MISDIRECTED_REQUEST)
T = TypeVar("T")


class _Problem(msgspec.Struct, frozen=True):
    """The members of an RFC 9457 problem document that we use."""

    title: str = ""
    detail: str = ""
    status: int = 0
    nearest: tuple[str, ...] = ()
    retry_after_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent."""

    method: str
    path: str
    body: bytes | None
    content_type: str


class Wire:
    """Connections to one sidecar; safe to share between threads.

    `url` is the sidecar's ("http://127.0.0.1:4319"), `token` its bearer token, `timeout_s` how long to
    wait for the connection and for each part of an answer.
    """

    def __init__(self, url: str = DEFAULT_URL, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        self._idle: deque[http.client.HTTPConnection] = deque()
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f'"{url}" is not the address of a sidecar; write it like {DEFAULT_URL}')
        self.url = url.rstrip("/")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, _port(parts.netloc, url)
        self._base = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._headers = {"Accept": JSON, **({"Authorization": f"Bearer {token}"} if token else {})}

    def close(self) -> None:
        """Let go of idle connections; the client may be used again."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()

    def _get(self, path: str, shape: type[T]) -> T:
        return self._decode(self._ask("GET", path).body, shape)

    def _decode(self, body: bytes, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as strange:
            raise self._stranger(str(strange)) from strange

    def _ask(
        self, method: str, path: str, body: bytes | None = None, *, wait_s: float = 0.0, content_type: str = JSON
    ) -> Answer:
        question = Question(method, self._base + path, body, content_type)
        answer = self._exchange(question, max(self._timeout_s, wait_s))
        if answer.status != http.HTTPStatus.OK:
            raise self._error(answer)
        return answer

    def _exchange(self, question: Question, timeout_s: float) -> Answer:
        """Send on an idle connection, and once more on a new one when the server had closed that.

        What may change something goes on a new one at once: nobody knows whether the server did it before it closed.
        """
        if question.method != "GET":
            return self._send(self._connection(timeout_s), question)
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._send(self._connection(timeout_s), question)
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        try:
            return self._send(connection, question)
        except Unreachable as gone:
            if isinstance(gone.__cause__, TimeoutError):
                raise
            return self._send(self._connection(timeout_s), question)

    def _send(self, connection: http.client.HTTPConnection, question: Question) -> Answer:
        headers = {**self._headers, **({"Content-Type": question.content_type} if question.body else {})}
        try:
            connection.request(question.method, question.path, body=question.body, headers=headers)
            with connection.getresponse() as response:
                answer = answer_of(response)
        except TimeoutError as slow:
            connection.close()
            raise Unreachable(f"the sidecar at {self.url} did not answer in time; is it overloaded?") from slow
        except (OSError, http.client.IncompleteRead) as failed:
            connection.close()
            raise self._unreachable(failed) from failed
        except http.client.HTTPException as strange:
            connection.close()
            raise self._stranger("no HTTP") from strange
        if len(answer.body) > MAX_ANSWER_BYTES:
            connection.close()
            raise UsageError(f"the answer is larger than {MAX_ANSWER_BYTES} bytes; ask for fewer rows")
        if not response.will_close:
            self._keep(connection)
        return answer

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        if len(self._idle) < MAX_IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout_s)

    def _error(self, answer: Answer) -> SagascopeError:
        try:
            problem = msgspec.json.decode(answer.body, type=_Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = _Problem()
        if problem.status != answer.status:
            return self._stranger(f"HTTP {answer.status}")
        detail = problem.detail or problem.title or f"HTTP {answer.status}"
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return NotFound(detail, nearest=problem.nearest)
        if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            return Busy(detail, retry_after_s=problem.retry_after_s)
        if answer.status == http.HTTPStatus.GATEWAY_TIMEOUT:
            return QueryTimeout(detail)
        if answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
            return NotAdmitted(detail) if answer.status in _SHUT else UsageError(detail)
        return Unreachable(f"the sidecar at {self.url} failed: {detail}")

    def _broken(self, failed: Exception) -> Unreachable:
        if isinstance(failed, ConnectionRefusedError):
            return self._unreachable(failed)
        return Unreachable(f"the sidecar at {self.url} broke off before the end: what was written is not whole")

    def _unreachable(self, failed: Exception) -> Unreachable:
        fix = "start one with `sagascope serve`, or read a store file with --data FILE"
        reason = getattr(failed, "strerror", None) or str(failed) or type(failed).__name__
        return Unreachable(f"no sidecar at {self.url} ({reason}): {fix}")

    def _stranger(self, detail: str) -> Unreachable:
        fix = "is it an OTLP port? The API is on 4319 by default: give the right --url"
        return Unreachable(f"what answers at {self.url} is not the API of a sagascope sidecar ({detail}): {fix}")


def answer_of(response: http.client.HTTPResponse) -> Answer:
    """Read an answer, and one byte more than it may have."""
    body = response.read(MAX_ANSWER_BYTES + 1)
    return Answer(status=response.status, headers=dict(response.headers), body=body)


def _port(netloc: str, url: str) -> int | None:
    try:
        return urlsplit(f"//{netloc}").port
    except ValueError as wrong:
        raise UsageError(f'"{url}" has no valid port ({wrong}); write it like {DEFAULT_URL}') from wrong
