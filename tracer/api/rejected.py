"""`/v1/rejected`: the messages that no decoder understood, and trying them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from aiohttp import web

from tracer.api.parameters import MAX_PAGE_ROWS, Parameter, whole
from tracer.errors import Busy, Unreachable, UsageError
from tracer.rejections import RejectedQuery

if TYPE_CHECKING:
    from tracer.api.route import Context

JSON: Final = "application/json"
REPLAY_S: Final = 60.0
DEFAULT_ROWS: Final = RejectedQuery().limit

REJECTED: Final = (
    Parameter(name="source", about="Only what this collector took in.", repeated=True),
    Parameter(name="topic", about="Only of this topic.", repeated=True),
    Parameter(name="reason", about="Only with this text in the reason, in any case."),
    Parameter(name="limit", about="Rows.", schema={"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS}),
)
_Names = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class ReplayRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rejected messages to decode again; `after` goes on where an earlier answer ended (its `next`)."""

    source: _Names = ()
    topic: _Names = ()
    reason: str | None = None
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


async def rejected(request: web.Request, context: Context) -> web.StreamResponse:
    """Give the list."""
    query = RejectedQuery(
        source=tuple(request.query.getall("source", [])),
        topic=tuple(request.query.getall("topic", [])),
        reason=request.query.get("reason"),
        limit=whole(request.query, "limit", DEFAULT_ROWS, least=1, most=MAX_PAGE_ROWS),
    )
    return _json(await context.pool.run(context.answers.rejected, query))


async def rejected_message(request: web.Request, context: Context) -> web.StreamResponse:
    """Give one message, whole."""
    number = request.match_info["id"]
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(1 << 62))):
        raise UsageError(f"the id of a rejected message is a number, not {number[:40]!r}")
    return _json(await context.pool.run(context.answers.rejected_message, int(number)))


async def replay(request: web.Request, context: Context) -> web.StreamResponse:
    """Decode the next part of what was asked for again."""
    if context.replays is None:
        raise Unreachable("this API answers questions only: no collector runs beside it")
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(reason=f"send Content-Type: {JSON}")
    try:
        asked = msgspec.json.decode(await request.read(), type=ReplayRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as malformed:
        raise UsageError(f"the body does not say what to replay: {malformed}") from malformed
    query = RejectedQuery(source=asked.source, topic=asked.topic, reason=asked.reason)
    try:
        async with asyncio.timeout(REPLAY_S):
            return _json(await context.replays.replay(query, asked.after))
    except TimeoutError:
        raise Busy(f"the replay was not done within {REPLAY_S:g} s; what was committed stays, ask again") from None


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)
