"""Asks a sidecar over HTTP: what the command line and the terminal read through.

Only the standard library and msgspec, because `sagascope ls` must start at once. Every method raises
`Unreachable` when there is no sidecar, `NotFound` for a transaction that it does not know (with the
nearest ids), `UsageError` for a request that it refuses, `Busy` and `QueryTimeout` as their names say.
"""

from __future__ import annotations

import http.client
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from tracer.errors import Busy, NotFound, QueryTimeout, SagascopeError, Unreachable, UsageError
from tracer.model.exports import ExportQuery, Imported
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed
from tracer.views import CollectorList, RecordPage, Table, Transaction, TransactionPage, TransactionQuery

DEFAULT_URL: Final = "http://127.0.0.1:4319"
DEFAULT_ROWS: Final = 1000
DEFAULT_SQL_TIMEOUT_S: Final = 30.0
MAX_IDLE_CONNECTIONS: Final = 4
MAX_ANSWER_BYTES: Final = 512 * 2**20
_GRACE_S: Final = 5.0  # the server ends a query at its own limit and says so; only then give up on it

EXPORT_WAIT_S: Final = 60.0  # for each part: a page that is looked for in a busy store
IMPORT_WAIT_S: Final = 65.0
IMPORT_TRIES: Final = 30
REPLAY_WAIT_S: Final = 65.0
PART_BYTES: Final = 1 << 18

SqlFormat = Literal["json", "csv", "parquet"]
FileFormat = Literal["ndjson", "parquet"]
_JSON: Final = "application/json"
T = TypeVar("T")


class Reader(Protocol):
    """Answers about transactions, from a sidecar or from a store file."""

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give a page of the list."""
        ...

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give one transaction, by its id or by an alias, as it is now or as it was then."""
        ...

    def records(self, transaction_id: str, *, limit: int = DEFAULT_ROWS, offset: int = 0) -> RecordPage:
        """Give records of one transaction in the order of time, with everything they came with."""
        ...

    def collectors(self) -> CollectorList:
        """Give the collectors, and how much of what they take in joins transactions."""
        ...


class Exporter(Protocol):
    """Gives records as a file."""

    def export(self, query: ExportQuery, format_: FileFormat) -> Iterator[bytes]:
        """Give the bytes of a file of records, piece by piece. Raises NotFound for an unknown transaction."""
        ...


class Rejections(Protocol):
    """Knows the messages that no decoder understood."""

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give those that the filters let through, the latest first."""
        ...

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give one of them, whole. Raises NotFound."""
        ...


class Replayer(Protocol):
    """Decodes rejected messages again."""

    def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Try the next part of what the filters let through, after an id."""
        ...


class Importer(Protocol):
    """Takes records in."""

    def import_records(self, lines: bytes) -> Imported:
        """Commit records, one JSON object a line; return when they are durable, all of them or none."""
        ...


class Console(Reader, Exporter, Rejections, Protocol):
    """A reader that also runs SQL."""

    def sql(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """Run one read-only statement and give at most `limit` rows."""
        ...

    def sql_bytes(self, query: str, format_: SqlFormat, *, limit: int, timeout_s: float) -> bytes:
        """Run one read-only statement and give the rows as a document: JSON objects, CSV or Parquet."""
        ...


class _Problem(msgspec.Struct, frozen=True):
    """The members of an RFC 9457 problem document that we use."""

    title: str = ""
    detail: str = ""
    status: int = 0
    nearest: tuple[str, ...] = ()
    retry_after_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    body: bytes | None
    content_type: str


class Client:
    """A reader over HTTP; safe to share between threads.

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
        self._headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}

    def close(self) -> None:
        """Let go of idle connections; the client may be used again."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()

    def transactions(self, query: TransactionQuery) -> TransactionPage:
        """Give a page of the list."""
        return self._get(f"/v1/transactions?{urlencode(query_parameters(query))}", TransactionPage)

    def transaction(self, transaction_id: str, *, as_of: datetime | None = None) -> Transaction:
        """Give one transaction, by its id or by an alias, as it is now or as it was then."""
        suffix = f"?{urlencode({'as_of': as_of.isoformat()})}" if as_of else ""
        return self._get(f"/v1/transactions/{quote(transaction_id, safe='')}{suffix}", Transaction)

    def records(self, transaction_id: str, *, limit: int = DEFAULT_ROWS, offset: int = 0) -> RecordPage:
        """Give records of one transaction in the order of time, with everything they came with."""
        suffix = urlencode({"limit": limit, "offset": offset})
        return self._get(f"/v1/transactions/{quote(transaction_id, safe='')}/records?{suffix}", RecordPage)

    def collectors(self) -> CollectorList:
        """Give the collectors, and how much of what they take in joins transactions."""
        return self._get("/v1/collectors", CollectorList)

    def sql(self, query: str, *, limit: int = DEFAULT_ROWS, timeout_s: float = DEFAULT_SQL_TIMEOUT_S) -> Table:
        """Run one read-only statement and give at most `limit` rows."""
        body = self._sql(query, "table", limit, timeout_s)
        return self._decode(body, Table)

    def sql_bytes(
        self,
        query: str,
        format_: SqlFormat,
        *,
        limit: int = DEFAULT_ROWS,
        timeout_s: float = DEFAULT_SQL_TIMEOUT_S,
    ) -> bytes:
        """Run one read-only statement and give the rows as a document: JSON objects, CSV or Parquet."""
        return self._sql(query, format_, limit, timeout_s)

    def export(self, query: ExportQuery, format_: FileFormat) -> Iterator[bytes]:
        """Give the bytes of a file of records, piece by piece; Unreachable where the stream breaks off."""
        path = f"{self._base}/v1/export?{urlencode(export_parameters(query, format_))}"
        connection = self._connection(max(self._timeout_s, EXPORT_WAIT_S))
        try:
            connection.request("GET", path, headers=self._headers)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise self._error(_answer(response))
            while part := response.read(PART_BYTES):
                yield part
        except (OSError, http.client.HTTPException) as failed:
            raise self._broken(failed) from failed
        finally:
            connection.close()

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give the messages that no decoder understood, the latest first."""
        filters = [*(("source", one) for one in query.source), *(("topic", one) for one in query.topic)]
        reason = [("reason", query.reason)] if query.reason is not None else []
        asked = urlencode([*filters, *reason, ("limit", str(query.limit))])
        return self._get(f"/v1/rejected?{asked}", RejectedPage)

    def rejected_message(self, number: int) -> RejectedMessage:
        """Give one of them, whole. Raises NotFound."""
        return self._get(f"/v1/rejected/{number}", RejectedMessage)

    def replay(self, query: RejectedQuery, after: int) -> Replayed:
        """Have the sidecar decode the next part of them again. Raises Busy while another replay runs."""
        asked = {"source": query.source, "topic": query.topic, "reason": query.reason, "after": after}
        answer = self._ask("POST", "/v1/rejected/replay", msgspec.json.encode(asked), wait_s=REPLAY_WAIT_S)
        return self._decode(answer.body, Replayed)

    def import_records(self, lines: bytes) -> Imported:
        """Send records; while the sidecar is busy, again. Records that came twice count once."""
        for _ in range(IMPORT_TRIES - 1):
            try:
                return self._import(lines)
            except Busy as busy:
                time.sleep(busy.retry_after_s)
        return self._import(lines)

    def _import(self, lines: bytes) -> Imported:
        answer = self._ask("POST", "/v1/import", lines, wait_s=IMPORT_WAIT_S, content_type="application/x-ndjson")
        return self._decode(answer.body, Imported)

    def health(self) -> Mapping[str, Any]:
        """Ask whether the sidecar is alive."""
        return self._get("/healthz", dict)

    def _sql(self, query: str, format_: str, limit: int, timeout_s: float) -> bytes:
        asked = {"query": query, "limit": limit, "timeout_s": timeout_s, "format": format_}
        answer = self._ask("POST", "/v1/sql", msgspec.json.encode(asked), wait_s=timeout_s + _GRACE_S)
        return answer.body

    def _get(self, path: str, shape: type[T]) -> T:
        return self._decode(self._ask("GET", path).body, shape)

    def _decode(self, body: bytes, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as strange:
            raise self._stranger(str(strange)) from strange

    def _ask(
        self, method: str, path: str, body: bytes | None = None, *, wait_s: float = 0.0, content_type: str = _JSON
    ) -> _Answer:
        question = _Question(method, self._base + path, body, content_type)
        answer = self._exchange(question, max(self._timeout_s, wait_s))
        if answer.status != http.HTTPStatus.OK:
            raise self._error(answer)
        return answer

    def _exchange(self, question: _Question, timeout_s: float) -> _Answer:
        """Send on an idle connection, and once more on a new one when the server had closed that."""
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

    def _send(self, connection: http.client.HTTPConnection, question: _Question) -> _Answer:
        headers = {**self._headers, **({"Content-Type": question.content_type} if question.body else {})}
        try:
            connection.request(question.method, question.path, body=question.body, headers=headers)
            with connection.getresponse() as response:
                answer = _answer(response)
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

    def _error(self, answer: _Answer) -> SagascopeError:
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
            return UsageError(detail)
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


def export_parameters(query: ExportQuery, format_: FileFormat) -> list[tuple[str, str]]:
    """Write what to export as query parameters."""
    bounds = [(name, at.isoformat()) for name, at in (("since", query.since), ("until", query.until)) if at]
    ids = [("txn", one) for one in query.transactions]
    return [("format", format_), *ids, *(("saga", one) for one in query.sagas), *bounds]


def _answer(response: http.client.HTTPResponse) -> _Answer:
    body = response.read(MAX_ANSWER_BYTES + 1)
    return _Answer(status=response.status, headers=dict(response.headers), body=body)


def query_parameters(query: TransactionQuery) -> list[tuple[str, str]]:
    """Write the filters of the list as query parameters, leaving out those that are not set."""
    alternatives = [(name, value) for name in ("status", "saga", "owner", "step") for value in getattr(query, name)]
    single = {
        "older_than": None if query.older_than_s is None else f"{query.older_than_s:f}s",
        "since": query.since and query.since.isoformat(),
        "until": query.until and query.until.isoformat(),
        "q": query.q,
        "sort": query.sort,
        "limit": str(query.limit),
        "cursor": query.cursor,
        "offset": str(query.offset) if query.offset else None,
    }
    return alternatives + [(name, value) for name, value in single.items() if value is not None]


def _port(netloc: str, url: str) -> int | None:
    try:
        return urlsplit(f"//{netloc}").port
    except ValueError as wrong:
        raise UsageError(f'"{url}" has no valid port ({wrong}); write it like {DEFAULT_URL}') from wrong
