"""The questions, asked of a sidecar over HTTP."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from tracer.client.alerts import AlertClient
from tracer.client.asking import (
    export_parameters,
    query_parameters,
    rejected_parameters,
    stall_parameters,
    stats_parameters,
)
from tracer.client.ports import DEFAULT_EVERY_S, DEFAULT_ROWS, FileFormat, SqlFormat
from tracer.client.wire import answer_of
from tracer.errors import Busy
from tracer.model.exports import ExportQuery, Imported
from tracer.rejections import RejectedMessage, RejectedPage, RejectedQuery, Replayed
from tracer.views import (
    CollectorList,
    Flow,
    IncidentList,
    RecordPage,
    SagaList,
    StallPage,
    StallQuery,
    Stats,
    Table,
    Transaction,
    TransactionPage,
    TransactionQuery,
)

DEFAULT_SQL_TIMEOUT_S: Final = 30.0
_GRACE_S: Final = 5.0  # the server ends a query at its own limit and says so; only then give up on it

EXPORT_WAIT_S: Final = 60.0  # for each part: a page that is looked for in a busy store
IMPORT_WAIT_S: Final = 65.0
IMPORT_TRIES: Final = 30
REPLAY_WAIT_S: Final = 65.0
PART_BYTES: Final = 1 << 18


class Client(AlertClient):
    """A reader over HTTP; implements `tracer.client.ports.Console` and `AlertDesk`."""

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

    def stalls(self, query: StallQuery) -> StallPage:
        """Give the stuck transactions, the longest overdue first."""
        return self._get(f"/v1/stalls?{urlencode(stall_parameters(query))}", StallPage)

    def incidents(self, query: StallQuery) -> IncidentList:
        """Give what is wrong: stalls that share a cause, and what is different about them."""
        return self._get(f"/v1/incidents?{urlencode(stall_parameters(query))}", IncidentList)

    def sagas(self) -> SagaList:
        """Give the sagas that are declared or were seen."""
        return self._get("/v1/sagas", SagaList)

    def flow(self, saga: str) -> Flow:
        """Give the graph of a saga. Raises NotFound with the nearest names."""
        return self._get(f"/v1/sagas/{quote(saga, safe='')}/flow", Flow)

    def definition(self, saga: str) -> str:
        """Give what was learned of a saga as a definition in TOML. Raises NotFound where nothing was."""
        body = self._ask("GET", f"/v1/sagas/{quote(saga, safe='')}/definition").body
        try:
            return body.decode()
        except UnicodeDecodeError as strange:
            raise self._stranger(str(strange)) from strange

    def stats(
        self,
        *,
        saga: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        every_s: float = DEFAULT_EVERY_S,
    ) -> Stats:
        """Give rates, durations and outcomes of each saga over time, in spans of `every_s`."""
        asked = stats_parameters(saga=saga, since=since, until=until, every_s=every_s)
        return self._get(f"/v1/stats?{urlencode(asked)}", Stats)

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
                raise self._error(answer_of(response))
            while part := response.read(PART_BYTES):
                yield part
        except (OSError, http.client.HTTPException) as failed:
            raise self._broken(failed) from failed
        finally:
            connection.close()

    def rejected(self, query: RejectedQuery) -> RejectedPage:
        """Give the messages that no decoder understood, the latest first."""
        return self._get(f"/v1/rejected?{urlencode(rejected_parameters(query))}", RejectedPage)

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
