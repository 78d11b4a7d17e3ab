"""`/v1/stalls`, `/v1/incidents`, `/v1/sagas`, `/v1/stats`: what is wrong, what is known of a saga, how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from tracer.api.parameters import duration, moment, stall_query
from tracer.api.ports import DEFAULT_EVERY_S

if TYPE_CHECKING:
    from tracer.api.route import Context

JSON: Final = "application/json"
TOML: Final = "application/toml"


async def stalls(request: web.Request, context: Context) -> web.StreamResponse:
    """Give the stuck transactions."""
    return _json(await context.pool.run(context.answers.stalls, stall_query(request.query)))


async def incidents(request: web.Request, context: Context) -> web.StreamResponse:
    """Give the stalls that share a cause."""
    return _json(await context.pool.run(context.answers.incidents, stall_query(request.query)))


async def sagas(_request: web.Request, context: Context) -> web.StreamResponse:
    """Give the sagas."""
    return _json(await context.pool.run(context.answers.sagas))


async def flow(request: web.Request, context: Context) -> web.StreamResponse:
    """Give the graph of one saga."""
    return _json(await context.pool.run(context.answers.flow, request.match_info["name"]))


async def definition(request: web.Request, context: Context) -> web.StreamResponse:
    """Give what was learned of one saga, as a definition file."""
    text = await context.pool.run(context.answers.definition, request.match_info["name"])
    return web.Response(body=text.encode(), content_type=TOML, charset="utf-8")


async def stats(request: web.Request, context: Context) -> web.StreamResponse:
    """Give rates, durations and outcomes over time."""
    answer = context.pool.run(
        context.answers.stats,
        saga=request.query.get("saga"),
        since=moment(request.query, "since"),
        until=moment(request.query, "until"),
        every_s=duration(request.query, "every", DEFAULT_EVERY_S),
    )
    return _json(await answer)


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=JSON)
