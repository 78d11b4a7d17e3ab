"""Errors as RFC 9457 problem documents: the error tree and aiohttp's own errors, one shape."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from tracer.errors import Busy, NotFound, QueryTimeout, Rejected, SagascopeError, TooLarge, Unreachable, UsageError

_log = logging.getLogger("sagascope.api")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CONTENT_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:sagascope:problem:"

# An error before its bases.
_STATUSES: Final = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (Rejected, HTTPStatus.BAD_REQUEST),
    (Busy, HTTPStatus.SERVICE_UNAVAILABLE),
    (QueryTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (Unreachable, HTTPStatus.SERVICE_UNAVAILABLE),
    (SagascopeError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document; `nearest` with an unknown transaction, `retry_after_s` with a busy sidecar."""

    type: str
    title: str
    status: int
    detail: str
    nearest: tuple[str, ...] = ()
    retry_after_s: float | None = None
    details: tuple[str, ...] = ()


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem document."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return _from_http(refused)
    except SagascopeError as failed:
        return from_error(failed)
    except (ConnectionResetError, TimeoutError):
        raise
    except Exception:  # noqa: BLE001  the last door: a defect must be logged and answered, not end the sidecar
        _log.exception("request failed", extra={"method": request.method, "path": request.path})
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a defect of sagascope; its log says more")


def from_error(failed: SagascopeError) -> web.Response:
    """Write one of our errors."""
    status = next(status for kind, status in _STATUSES if isinstance(failed, kind))
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(failed, NotFound):
        extra["nearest"] = failed.nearest
    if isinstance(failed, Busy):
        extra["retry_after_s"] = failed.retry_after_s
        headers["Retry-After"] = str(max(1, round(failed.retry_after_s)))
    return problem(status, str(failed), headers=headers, **extra)


def problem(status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> web.Response:
    """Write a problem document."""
    kind = _TYPE + status.phrase.lower().replace(" ", "-")
    document = Problem(type=kind, title=status.phrase, status=status.value, detail=detail, **extra)
    body = msgspec.json.encode(document)
    return web.Response(status=status.value, body=body, content_type=CONTENT_TYPE, headers=headers)


def _from_http(refused: web.HTTPException) -> web.Response:
    status = HTTPStatus(refused.status)
    kept = {name: refused.headers[name] for name in ("Allow", "WWW-Authenticate") if name in refused.headers}
    details = {
        HTTPStatus.NOT_FOUND: "there is no such path; /openapi.json lists all of them",
        HTTPStatus.METHOD_NOT_ALLOWED: f"only {refused.headers.get('Allow')} here",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the request body is larger than [api] max_body allows",
    }
    return problem(status, details.get(status, refused.reason), headers=kept)
