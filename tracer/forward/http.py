"""Sends over OTLP/HTTP with protobuf bodies."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import aiohttp

from tracer.clock import Clock, to_datetime
from tracer.config.settings import ForwardSettings
from tracer.errors import ConfigError
from tracer.forward.attempt import Outcome, retry_after_s
from tracer.forward.grpc import rejected_items
from tracer.forward.queue import Waiting

_PROTOBUF: Final = "application/x-protobuf"
_AGAIN: Final = frozenset({429, 502, 503, 504})
_MAX_ANSWER_BYTES: Final = 4 * 2**20
_FAST: Final = 1  # zlib level: a sidecar's processor time is worth more than the last percent


class HttpTransport:
    """One session to the endpoint; `/v1/traces` and `/v1/logs` are appended to it."""

    def __init__(self, settings: ForwardSettings, headers: Mapping[str, str], clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._headers = {**headers, "Content-Type": _PROTOBUF}
        if settings.compression == "gzip":
            self._headers["Content-Encoding"] = "gzip"
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Make the session. Raises ConfigError for a ca_file that cannot be used."""
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
        connector = aiohttp.TCPConnector(ssl=_context(self._settings.ca_file))
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, headers=self._headers)

    async def send(self, item: Waiting) -> Outcome:
        """Send once; 429, 502, 503, 504 and a failed connection are worth another attempt."""
        if self._session is None:
            raise RuntimeError("send before start")
        body = item.body
        if self._settings.compression == "gzip":
            body = await asyncio.to_thread(gzip.compress, body, _FAST)
        url = f"{self._settings.endpoint}/v1/{item.signal}"
        try:
            async with self._session.post(url, data=body, allow_redirects=False) as response:
                answer = await response.content.read(_MAX_ANSWER_BYTES)
                return self._outcome(item, response, answer)
        except (aiohttp.ClientError, TimeoutError) as failed:
            return Outcome(kind="again", detail=f"{type(failed).__name__}: {failed}")

    async def stop(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    def _outcome(self, item: Waiting, response: aiohttp.ClientResponse, answer: bytes) -> Outcome:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Outcome(kind="delivered", rejected_items=rejected_items(item, answer))
        detail = f"HTTP {response.status}"
        if response.status not in _AGAIN:
            return Outcome(kind="refused", detail=detail)
        now = to_datetime(self._clock.now_ns()).astimezone(UTC)
        return Outcome(kind="again", detail=detail, after_s=_asked(response, now))


def _asked(response: aiohttp.ClientResponse, now: datetime) -> float | None:
    return retry_after_s(response.headers.get("Retry-After"), now=now)


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as failed:
        raise ConfigError(f"[forward] ca_file: {ca_file} cannot be used: {failed}") from failed
