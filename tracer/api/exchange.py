"""`/v1/export` and `/v1/import`: records out, page by page, and in, a bounded body at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
from aiohttp import web

from tracer.api.parameters import Query, chosen, moment
from tracer.errors import Busy, Rejected, SagascopeError, TooLarge, UsageError
from tracer.exchange.files import MAX_LINE_BYTES
from tracer.exchange.pages import Place
from tracer.exchange.reading import RecordLine, batch_of, line_of
from tracer.exchange.writing import FORMATS, PageWriter, make_writer
from tracer.model.exports import ExportQuery, Imported

if TYPE_CHECKING:
    from tracer.api.ports import Intake
    from tracer.api.route import Context

_log = logging.getLogger("sagascope.api")

NDJSON: Final = "application/x-ndjson"
PARQUET: Final = "application/vnd.apache.parquet"
CONTENT_TYPES: Final = {"ndjson": NDJSON, "parquet": PARQUET}
MAX_IMPORT_BYTES: Final = 16 << 20  # of several records; one by itself may be as large as a line of an export
MAX_IMPORTS: Final = 2  # bodies that are read or committed at once
IMPORT_S: Final = 60.0
PAGE_TRIES: Final = 20
TRY_EVERY_S: Final = 0.5


async def export(request: web.Request, context: Context) -> web.StreamResponse:
    """Stream the records that were asked for; a stream that breaks off before its last chunk is not whole."""
    query, format_ = export_query(request.query), chosen([request.query.get("format", "ndjson")], FORMATS, "format")[0]
    place: Place | None = await context.pool.run(context.answers.begin_export, query)
    writer = make_writer(format_)
    response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPES[format_], "Cache-Control": "no-store"})
    await response.prepare(request)
    try:
        while place is not None:
            made, place = await _page(context, query, place, writer)
            await response.write(made)
        await response.write(await asyncio.to_thread(writer.end))
        await response.write_eof()
    except SagascopeError as failed:  # the answer has begun: only its missing end can tell
        _log.warning("export broken off", extra={"error": str(failed)})
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from failed
    return response


async def _page(context: Context, query: ExportQuery, place: Place, writer: PageWriter) -> tuple[bytes, Place | None]:
    """Read and write one page; other people's questions come first, so that it may have to be tried again."""
    for _ in range(PAGE_TRIES - 1):
        try:
            page = await context.pool.run(context.answers.export_page, query, place)
            break
        except Busy:
            await asyncio.sleep(TRY_EVERY_S)
    else:
        page = await context.pool.run(context.answers.export_page, query, place)
    return await asyncio.to_thread(writer.write, page.records), page.next


def export_query(query: Query) -> ExportQuery:
    """Read the filters of an export."""
    return ExportQuery(
        transactions=tuple(query.getall("txn", [])),
        sagas=tuple(query.getall("saga", [])),
        since=moment(query, "since"),
        until=moment(query, "until"),
    )


class Imports:
    """Takes bodies of records in, few at a time."""

    def __init__(self) -> None:
        self.inflight = 0
        self.records_stored = 0
        self.duplicates_absorbed = 0

    async def take(self, request: web.Request, context: Context) -> web.StreamResponse:
        """Commit the records of one body, or none of them where a line is none."""
        if context.intake is None:
            raise UsageError("this API answers questions only: it takes no records in")
        if request.content_type != NDJSON:
            raise web.HTTPUnsupportedMediaType(reason=f"send Content-Type: {NDJSON}")
        if self.inflight >= MAX_IMPORTS:
            raise Busy(f"{self.inflight} imports are in work already; send it again")
        self.inflight += 1
        try:
            body = await _body(request)
            done = await context.pool.run(_commit, context.intake, body, answer_s=IMPORT_S)
        finally:
            self.inflight -= 1
        self.records_stored += done.stored
        self.duplicates_absorbed += done.duplicates
        return web.Response(body=msgspec.json.encode(done), content_type="application/json")


async def _body(request: web.Request) -> bytes:
    read, end = bytearray(), -1
    async for part in request.content.iter_chunked(1 << 16):
        read += part
        end = read.find(b"\n", len(read) - len(part)) if end < 0 else end
        if len(read) > (MAX_LINE_BYTES if end in {-1, len(read) - 1} else MAX_IMPORT_BYTES):
            raise TooLarge(f"the body is larger than {MAX_IMPORT_BYTES >> 20} MiB: send fewer records at a time")
    return bytes(read)


def _commit(intake: Intake, body: bytes) -> Imported:
    lines: list[RecordLine] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            lines.append(line_of(line))
        except Rejected as wrong:
            raise UsageError(f"line {number} is no record, and nothing was imported: {wrong}") from wrong
    if not lines:
        return Imported(stored=0, duplicates=0)
    batch = batch_of(lines, received_ns=intake.now_ns())
    stored, duplicates = intake.append(pa.Table.from_batches([batch]))
    return Imported(stored=stored, duplicates=duplicates)
