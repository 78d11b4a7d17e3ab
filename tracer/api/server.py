"""The application and the listener that serves it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Final

from aiohttp import web

from tracer.api.guard import host_guard, token_guard
from tracer.api.pool import QueryPool
from tracer.api.ports import Alerts, Answers, Intake, Notifiers, Replays, Sidecar, Spans, Trials
from tracer.api.problems import Handler, problems
from tracer.api.route import CONTEXT, Context
from tracer.api.routes import ROUTES
from tracer.api.stream import EVERY_S, Changes
from tracer.config.secrets import read_secret
from tracer.config.settings import ApiSettings
from tracer.errors import ConfigError
from tracer.model.address import Address, is_loopback, parse_address, why_not
from tracer.views import TransactionPage, TransactionQuery

_log = logging.getLogger("sagascope.api")

SHUTDOWN_S: Final = 5.0
# An id is asked for in the path, where each of its characters can take twelve.
MAX_LINE_BYTES: Final = 64 * 2**10
_UNTRACED: Final = frozenset({"/healthz", "/readyz", "/metrics", "/v1/stream"})


def _no_span(_name: str) -> AbstractContextManager[object]:
    return nullcontext()


def make_application(
    answers: Answers,
    sidecar: Sidecar,
    settings: ApiSettings,
    *,
    spans: Spans = _no_span,
    stream_every_s: float = EVERY_S,
    intake: Intake | None = None,
    replays: Replays | None = None,
    alerts: Alerts | None = None,
    trials: Trials | None = None,
    notifiers: Notifiers | None = None,
) -> web.Application:
    """Make the application. Raises ConfigError when the token file cannot be read."""
    pool = QueryPool(max_running=settings.max_queries, max_waiting=settings.max_waiting)
    changes = Changes(
        mark=sidecar.mark,
        look=partial(_look, pool, answers),
        max_listeners=settings.max_streams,
        every_s=stream_every_s,
    )
    application = web.Application(
        middlewares=[problems, *_guards(settings), _traced(spans)], client_max_size=settings.max_body_bytes
    )
    application[CONTEXT] = Context(
        answers=answers,
        sidecar=sidecar,
        settings=settings,
        pool=pool,
        changes=changes,
        intake=intake,
        replays=replays,
        alerts=alerts,
        trials=trials,
        notifiers=notifiers,
    )
    application.on_shutdown.append(_ending(changes.close))
    application.on_cleanup.append(_closing(pool))
    for route in ROUTES:
        application.router.add_route(route.method, route.pattern, route.handle)
    return application


class ApiServer:
    """Listens where the settings say."""

    def __init__(self, application: web.Application, settings: ApiSettings) -> None:
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=SHUTDOWN_S, max_line_size=MAX_LINE_BYTES
        )
        self._settings = settings
        self.url = ""

    async def start(self) -> None:
        """Begin to answer; `url` then has the bound port. Raises ConfigError when it cannot listen there."""
        asked = parse_address(self._settings.listen)
        context = _tls(self._settings)
        await self._runner.setup()
        site = web.TCPSite(self._runner, asked.host, asked.port, ssl_context=context)
        try:
            await site.start()
        except OSError as failed:
            await self._runner.cleanup()
            fix = "stop what listens there, or give another address with --api or [api] listen"
            raise ConfigError(f"cannot listen on {asked} for the API: {why_not(failed)}: {fix}") from failed
        port = self._runner.addresses[0][1]
        self.url = f"{'https' if context else 'http'}://{Address(host=asked.host, port=port)}"

    async def stop(self) -> None:
        """Answer what was asked, end the streams, let go of the port."""
        await self._runner.cleanup()


async def _look(pool: QueryPool, answers: Answers) -> TransactionPage:
    return await pool.run(answers.transactions, TransactionQuery(limit=1))


def _guards(settings: ApiSettings) -> list[Any]:
    token = read_secret(settings.token_file, settings.token, what="[api] token_file")
    guards = [token_guard(token)] if token else []
    if is_loopback(parse_address(settings.listen).host):
        guards.append(host_guard(settings.allowed_hosts))
    return guards


def _traced(spans: Spans) -> Any:
    @web.middleware
    async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        if resource is None or request.path in _UNTRACED:
            return await handler(request)
        with spans(f"{request.method} {resource.canonical}"):
            return await handler(request)

    return traced


def _ending(close: Callable[[], Awaitable[None]]) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_: web.Application) -> None:
        await close()

    return end


def _closing(pool: QueryPool) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_: web.Application) -> None:
        await asyncio.to_thread(pool.close)

    return close


def _tls(settings: ApiSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as failed:
        raise ConfigError(f"[api] tls_cert, tls_key: cannot be used: {failed}") from failed
    return context
