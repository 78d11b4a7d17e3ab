"""Every route, once: what can be asked, with which parameters, and who answers it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from aiohttp import web

from tracer import __version__
from tracer.api import documents, metrics, openapi, sagas
from tracer.api.alerts import ALERT_ROUTES
from tracer.api.exchange import NDJSON, PARQUET, export
from tracer.api.parameters import (
    AS_OF,
    DEFAULT_RECORDS,
    EXPORT,
    LIST,
    MAX_RECORDS,
    RECORDS,
    STALLS,
    STATS,
    moment,
    transaction_query,
    whole,
)
from tracer.api.problems import problem
from tracer.api.rejected import REJECTED, ReplayRequest, rejected, rejected_message, replay
from tracer.api.route import JSON, Context, Route
from tracer.api.stream import Change
from tracer.config.settings import ApiSettings
from tracer.errors import UsageError
from tracer.exchange.reading import RecordLine
from tracer.model.exports import Imported
from tracer.rejections import RejectedMessage, RejectedPage, Replayed
from tracer.views import (
    CollectorList,
    Flow,
    IncidentList,
    RecordPage,
    SagaList,
    StallPage,
    Stats,
    Table,
    Transaction,
    TransactionPage,
)

CSV: Final = "text/csv"
EVENTS: Final = "text/event-stream"
TEXT: Final = "text/plain"
DEFAULT_SQL_ROWS: Final = 1000
DEFAULT_SQL_TIME_S: Final = 30.0
# A query ends by its own limit and says so; this is for the wait before and the writing after, and less than
# what the client waits.
SQL_GRACE_S: Final = 3.0


class SqlRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One read-only statement, how many rows at most, how long at most, and how to write them."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]
    limit: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_SQL_ROWS
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_SQL_TIME_S
    format: Literal["table", "json", "csv", "parquet"] = "table"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The sidecar takes data in; details say what a person should know all the same."""

    ready: bool
    details: tuple[str, ...]


async def _transactions(request: web.Request, context: Context) -> web.Response:
    query = transaction_query(request.query)
    return _json(await context.pool.run(context.answers.transactions, query))


async def _transaction(request: web.Request, context: Context) -> web.Response:
    as_of = moment(request.query, "as_of")
    return _json(await context.pool.run(context.answers.transaction, request.match_info["id"], as_of=as_of))


async def _records(request: web.Request, context: Context) -> web.Response:
    limit = whole(request.query, "limit", DEFAULT_RECORDS, least=1, most=MAX_RECORDS)
    offset = whole(request.query, "offset", 0)
    page = context.pool.run(context.answers.records, request.match_info["id"], limit=limit, offset=offset)
    return _json(await page)


async def _collectors(_request: web.Request, context: Context) -> web.Response:
    coverage = await context.pool.run(context.answers.coverage)
    latest = await context.pool.run(context.answers.latest_records)
    views = (replace(view, last_record_at=latest.get(view.name)) for view in context.sidecar.collectors())
    return _json(CollectorList(collectors=tuple(views), coverage=coverage))


async def _sql(request: web.Request, context: Context) -> web.Response:
    asked = await _sql_request(request, context.settings)
    limits = {"limit": asked.limit, "timeout_s": asked.timeout_s, "answer_s": asked.timeout_s + SQL_GRACE_S}
    if asked.format == "parquet":
        body = await context.pool.run(context.answers.sql_parquet, asked.query, **limits)
        return web.Response(body=body, content_type=PARQUET)
    table = await context.pool.run(context.answers.sql, asked.query, **limits)
    if asked.format == "table":
        return _json(table)
    write = documents.csv_text if asked.format == "csv" else documents.json_objects
    headers = {"Sagascope-Truncated": "true" if table.truncated else "false"}
    kind = CSV if asked.format == "csv" else JSON
    return web.Response(body=await asyncio.to_thread(write, table), content_type=kind, headers=headers)


async def _sql_request(request: web.Request, settings: ApiSettings) -> SqlRequest:
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(reason=f"send Content-Type: {JSON}")
    try:
        asked = msgspec.json.decode(await request.read(), type=SqlRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as malformed:
        raise UsageError(f"the body is not a query: {malformed}") from malformed
    if asked.limit > settings.max_rows:
        raise UsageError(f"limit is {asked.limit}; [api] max_rows allows {settings.max_rows}")
    if asked.timeout_s > settings.max_query_time_s:
        allowed = f"[api] max_query_time allows {settings.max_query_time_s:g} s"
        raise UsageError(f"timeout_s is {asked.timeout_s:g} s; {allowed}")
    return asked


async def _import(request: web.Request, context: Context) -> web.StreamResponse:
    return await context.imports.take(request, context)


async def _stream(request: web.Request, context: Context) -> web.StreamResponse:
    return await context.changes.serve(request)


async def _healthz(_request: web.Request, _context: Context) -> web.Response:
    return _json(Health(status="ok", version=__version__))


async def _readyz(_request: web.Request, context: Context) -> web.Response:
    readiness = context.sidecar.readiness()
    if readiness.ready:
        return _json(Ready(ready=True, details=readiness.details))
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the sidecar does not take data in", details=readiness.details)


async def _metrics(request: web.Request, context: Context) -> web.Response:
    accept = request.headers.get("Accept", "")
    body, content_type = await asyncio.to_thread(lambda: metrics.exposition(context.sidecar.measures(), accept))
    return web.Response(body=body, headers={"Content-Type": content_type})


async def _openapi(_request: web.Request, _context: Context) -> web.Response:
    return _json(openapi.document(ROUTES))


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)


ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/transactions",
        about="List transactions, filtered and sorted, a page at a time.",
        answer=_transactions,
        shape=TransactionPage,
        parameters=LIST,
    ),
    Route(
        method="GET",
        path="/v1/transactions/{id}/records",
        about="Give the stored records of one transaction in the order of time.",
        answer=_records,
        shape=RecordPage,
        parameters=RECORDS,
    ),
    Route(
        method="GET",
        path="/v1/transactions/{id}",
        about="Give one transaction, end to end, by its id or an alias.",
        answer=_transaction,
        shape=Transaction,
        parameters=AS_OF,
    ),
    Route(
        method="GET",
        path="/v1/stalls",
        about="List the stuck transactions, the longest overdue first.",
        answer=sagas.stalls,
        shape=StallPage,
        parameters=STALLS,
    ),
    Route(
        method="GET",
        path="/v1/incidents",
        about="List what is wrong: stalls that share a cause, and what is different about them.",
        answer=sagas.incidents,
        shape=IncidentList,
        parameters=STALLS,
    ),
    Route(method="GET", path="/v1/sagas", about="List the sagas.", answer=sagas.sagas, shape=SagaList),
    Route(
        method="GET",
        path="/v1/sagas/{name}/flow",
        about="Give the graph of one saga: its steps, what follows what, how often and how fast.",
        answer=sagas.flow,
        shape=Flow,
    ),
    Route(
        method="GET",
        path="/v1/sagas/{name}/definition",
        about="Give what was learned of one saga as a definition file.",
        answer=sagas.definition,
        contents=(sagas.TOML,),
    ),
    Route(
        method="GET",
        path="/v1/stats",
        about="Give rates, durations and outcomes of each saga over time.",
        answer=sagas.stats,
        shape=Stats,
        parameters=STATS,
    ),
    Route(
        method="GET",
        path="/v1/collectors",
        about="Give the collectors, and how much of what they take in joins transactions.",
        answer=_collectors,
        shape=CollectorList,
    ),
    Route(
        method="POST",
        path="/v1/sql",
        about="Run one read-only SQL statement over records, transactions and steps.",
        answer=_sql,
        shape=Table,
        contents=(JSON, CSV, PARQUET),
        body=SqlRequest,
    ),
    Route(
        method="GET",
        path="/v1/rejected",
        about="List the messages that no decoder understood, the latest first.",
        answer=rejected,
        shape=RejectedPage,
        parameters=REJECTED,
    ),
    Route(
        method="POST",
        path="/v1/rejected/replay",
        about="Decode rejected messages again, a bounded part of them, with the configuration that runs.",
        answer=replay,
        shape=Replayed,
        body=ReplayRequest,
    ),
    Route(
        method="GET",
        path="/v1/rejected/{id}",
        about="Give one rejected message, whole.",
        answer=rejected_message,
        shape=RejectedMessage,
    ),
    Route(
        method="GET",
        path="/v1/export",
        about="Stream records as NDJSON or Parquet, as `import` takes them.",
        answer=export,
        contents=(NDJSON, PARQUET),
        parameters=EXPORT,
    ),
    Route(
        method="POST",
        path="/v1/import",
        about="Take records in, one JSON object a line; answered when they are durable, all of them or none.",
        answer=_import,
        shape=Imported,
        body=RecordLine,
        takes=NDJSON,
    ),
    Route(
        method="GET",
        path="/v1/stream",
        about="Server-sent `change` events with the number of transactions of each status.",
        answer=_stream,
        shape=Change,
        contents=(EVENTS,),
    ),
    *ALERT_ROUTES,
    Route(method="GET", path="/healthz", about="Say that the process answers.", answer=_healthz, shape=Health),
    Route(method="GET", path="/readyz", about="Say whether data is taken in.", answer=_readyz, shape=Ready),
    Route(method="GET", path="/metrics", about="Give metrics for Prometheus.", answer=_metrics, contents=(TEXT,)),
    Route(method="GET", path="/openapi.json", about="Describe this API.", answer=_openapi),
)
