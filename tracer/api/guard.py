"""Who may ask: the bearer token, and the Host header of a listener that only this machine reaches."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from tracer.api.problems import Handler, problem
from tracer.model.address import is_loopback

OPEN_PATHS: Final = frozenset({"/healthz"})
Middleware = Callable[[web.Request, Handler], Any]


def token_guard(token: str) -> Middleware:
    """Ask for `Authorization: Bearer TOKEN` on every path but /healthz, compared in constant time."""
    expected = f"Bearer {token}".encode()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if request.path in OPEN_PATHS or hmac.compare_digest(given, expected):
            return await handler(request)
        missing = "give the token of this sidecar: Authorization: Bearer TOKEN (--token-file, SAGASCOPE_TOKEN)"
        return problem(HTTPStatus.UNAUTHORIZED, missing, headers={"WWW-Authenticate": "Bearer"})

    return guard


def host_guard(allowed: Collection[str]) -> Middleware:
    """Refuse a Host header that names neither this machine nor an allowed host.

    A page in a browser can point its own name at 127.0.0.1 and read what answers (DNS rebinding); the
    Host header then carries that name.
    """
    names = frozenset(name.lower() for name in allowed)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = _host_name(request.headers.get("Host", ""))
        if is_loopback(name) or name in names:
            return await handler(request)
        fix = "ask by 127.0.0.1 or localhost, or add the name to [api] allowed_hosts"
        return problem(HTTPStatus.MISDIRECTED_REQUEST, f"the Host header names another machine: {fix}")

    return guard


def _host_name(header: str) -> str:
    if header.startswith("["):
        return header.partition("]")[0].removeprefix("[").lower()
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()
