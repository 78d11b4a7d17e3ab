"""OTLP over HTTP: protobuf and JSON on one port, gzip, and every refusal as a `google.rpc.Status`."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from collectors.otlp.answers import (
    CUT_SHORT,
    JSON,
    METRICS,
    PROTOBUF,
    TOO_SLOW,
    Refused,
    answer_to,
    http_body,
    protocol,
    retry_after,
)
from collectors.otlp.options import Tls
from collectors.otlp.reception import READ_TIMEOUT_S, Reception, Visit
from tracer.errors import ConfigError, TooLarge
from tracer.model.address import Address, why_not
from tracer.ports import Signal

LINGER_S: Final = 1.0  # how long the rest of a refused body is read, so that its client reads the answer
STOP_GRACE_S: Final = 10.0
_PATHS: Final[Mapping[str, Signal]] = {"/v1/traces": "traces", "/v1/logs": "logs"}
_METRICS_PATH: Final = "/v1/metrics"
_SUCCESS: Final = {PROTOBUF: b"", JSON: b"{}"}
_UNCOMPRESSED: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_LOG: Final = logging.getLogger(__name__)


class HttpListener:
    """Listens on one address from `start` to `stop`."""

    def __init__(self, *, address: Address, reception: Reception, tls: Tls | None) -> None:
        self._address = address
        self._reception = reception
        self._tls = tls
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; give the address that was bound. Raises ConfigError when that is impossible."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # aiohttp would inflate without our limit
            lingering_time=LINGER_S,
            shutdown_timeout=STOP_GRACE_S,
        )
        await self._runner.setup()
        context = None if self._tls is None else _ssl_context(self._tls)
        try:
            await web.TCPSite(self._runner, self._address.host, self._address.port, ssl_context=context).start()
        except OSError as failed:
            await self._runner.cleanup()
            fix = "stop what listens there, or give another address with --otlp-http or [collectors.otlp] http"
            raise ConfigError(f"cannot listen on {self._address} for OTLP/HTTP: {why_not(failed)}: {fix}") from failed
        return str(Address(host=self._address.host, port=self._runner.addresses[0][1]))

    async def stop(self) -> None:
        """Take no more connections and finish the requests in progress."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        encoding = PROTOBUF if request.content_type == PROTOBUF else JSON
        try:
            await self._export(request)
        except Exception as error:  # noqa: BLE001  the boundary: every error becomes an answer
            return self._refusal(error, encoding)
        return web.Response(body=_SUCCESS[encoding], content_type=encoding)

    async def _export(self, request: web.Request) -> None:
        self._reception.authorize(request.headers.get("Authorization"))
        signal = _signal(request)
        compressed = _compressed(request)
        with self._reception.visit(signal, "http") as visit:
            body = await self._body(request, visit)
            await visit.take(body, compressed=compressed, json=request.content_type == JSON)

    async def _body(self, request: web.Request, visit: Visit) -> bytes:
        limit = self._reception.limits.max_body_bytes
        if (request.content_length or 0) > limit:
            raise TooLarge(f"the body is larger than {limit} bytes (max_body)")
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                async for part in request.content.iter_any():
                    visit.read(len(part))
                    parts.append(part)
        except TimeoutError as slow:
            raise Refused(TOO_SLOW) from slow
        except (web.RequestPayloadError, ConnectionError) as broken:
            raise Refused(CUT_SHORT) from broken
        return b"".join(parts)

    def _refusal(self, error: Exception, encoding: str) -> web.Response:
        answer = answer_to(error)
        self._reception.tally.refused(answer.refusal)
        if answer.refusal == "failed":
            _LOG.error("otlp-http-failed", exc_info=error)
        response = web.Response(
            status=answer.http,
            body=http_body(answer, encoding),
            content_type=encoding,
            headers=_HEADERS.get(answer.http),
        )
        if wait := retry_after(answer):
            response.headers["Retry-After"] = wait
        return response


_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "POST"},
    415: {"Accept-Post": f"{PROTOBUF}, {JSON}", "Accept-Encoding": "gzip"},
}


def _signal(request: web.Request) -> Signal:
    """Find the signal of a request. Raises Refused for one that is none of OTLP, or of a signal that is not taken."""
    if request.path == _METRICS_PATH:
        raise Refused(METRICS)
    signal = _PATHS.get(request.path)
    if signal is None:
        raise Refused(protocol(404, f"no such path; there are {' and '.join(_PATHS)}"))
    if request.method != "POST":
        raise Refused(protocol(405, f"{request.path} takes POST"))
    if request.content_type not in _SUCCESS or "Content-Type" not in request.headers:
        raise Refused(protocol(415, f"the Content-Type must be {PROTOBUF} or {JSON}"))
    return signal


def _compressed(request: web.Request) -> bool:
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _UNCOMPRESSED | _GZIP:
        raise Refused(protocol(415, "the Content-Encoding must be gzip or none"))
    return coding in _GZIP


def _ssl_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.cert, tls.key)
    except (OSError, ssl.SSLError) as failed:
        raise ConfigError(f"the TLS files {tls.cert} and {tls.key} cannot be used: {failed}") from failed
    return context
