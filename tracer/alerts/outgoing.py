"""All HTTP that leaves for notifiers: to allowed hosts alone, within a time limit, and with bounded answers.

A redirect is followed only to the same scheme, host and port. Messages name scheme, host and port of a receiver and
what it answered, cleaned, cut and without the secrets that were sent: the rest of a URL may be one itself.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp

from tracer import __version__
from tracer.alerts.notice import NotDelivered, Undeliverable
from tracer.clock import Clock, to_datetime
from tracer.config.notifiers import is_allowed
from tracer.errors import ConfigError
from tracer.model.text import clean

MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_SHOWN: Final = 200
MAX_REDIRECTS: Final = 3
USER_AGENT: Final = f"sagascope/{__version__}"
_MIN_MASKED: Final = 4
_MOVED: Final = frozenset({301, 302, 307, 308})
AGAIN: Final = frozenset({408, 425, 429})
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver said: `text` is at most so long as it may be shown, and clean."""

    status: int
    text: str
    retry_after_s: float | None = None
    location: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it took what was sent."""
        return 200 <= self.status < 300  # noqa: PLR2004  what HTTP calls success


class Outgoing:
    """One session for one notifier; `secrets` are taken out of every message."""

    def __init__(
        self,
        *,
        clock: Clock,
        timeout_s: float,
        allowed_hosts: Iterable[str] = (),
        ca_file: str | None = None,
        proxy_from_environment: bool = False,
        secrets: Iterable[str] = (),
    ) -> None:
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._allowed = tuple(allowed_hosts)
        self._tls = tls_context(ca_file)
        self._trust_env = proxy_from_environment
        self._secrets = tuple(secrets)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send once; give the answer whatever it says. Raises NotDelivered where none came."""
        for _ in range(MAX_REDIRECTS):
            answer = await self._once(url, body, headers)
            if answer.status not in _MOVED or answer.location is None:
                return answer
            url = _followed(url, answer)
        raise Undeliverable(f"{origin(url)} redirects for ever")

    async def deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send once. Raises NotDelivered or Undeliverable unless the receiver took it."""
        return taken(url, await self.post(url, body, headers))

    async def stop(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _once(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        host = urlsplit(url).hostname or ""
        if not is_allowed(host, self._allowed):
            raise Undeliverable(f"{clean(host)} is not one of [alerting] allowed_hosts")
        sent = {"User-Agent": USER_AGENT, **headers}
        try:
            async with self._open().post(url, data=body, headers=sent, allow_redirects=False) as response:
                return await self._answer(response)
        except aiohttp.ClientConnectorError as failed:
            raise NotDelivered(f"{origin(url)}: {self._shown(_reason(failed))}") from failed
        except TimeoutError as late:
            raise NotDelivered(f"{origin(url)}: no answer in {self._timeout.total:g} s", maybe_taken=True) from late
        except (aiohttp.ClientError, OSError) as failed:
            problem = self._shown(f"{type(failed).__name__}: {failed}".rstrip(": "))
            raise NotDelivered(f"{origin(url)}: {problem}", maybe_taken=True) from failed
        except ValueError as wrong:
            raise Undeliverable(f"{origin(url)}: {self._shown(str(wrong))}") from wrong

    async def _answer(self, response: aiohttp.ClientResponse) -> Answer:
        """Read an answer; its status holds even where its body never ends or breaks off."""
        try:
            body = await _bounded(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            body = b""
        return Answer(
            status=response.status,
            text=self._shown(body.decode("utf-8", "replace")),
            retry_after_s=self._asked_s(response.headers.get("Retry-After")),
            location=response.headers.get("Location"),
        )

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(ssl=self._tls),
                trust_env=self._trust_env,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _shown(self, text: str) -> str:
        return without_secrets(text, self._secrets)

    def _asked_s(self, header: str | None) -> float | None:
        """Read a Retry-After header, in seconds or as a date; None where it is neither."""
        if header is None:
            return None
        if header.isascii() and header.strip().isdecimal():
            return float(header)
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        now = to_datetime(self._clock.now_ns())
        return max(0.0, (at.replace(tzinfo=at.tzinfo or now.tzinfo) - now).total_seconds())


def taken(url: str, answer: Answer) -> Answer:
    """Give the answer of a receiver that took what was sent. Raises NotDelivered or Undeliverable otherwise."""
    if answer.is_taken:
        return answer
    message = f"{origin(url)} answered HTTP {answer.status}{f': {answer.text}' if answer.text else ''}"
    if answer.status in AGAIN or answer.status >= 500:  # noqa: PLR2004  the receiver's own trouble
        raise NotDelivered(message, retry_after_s=answer.retry_after_s)
    raise Undeliverable(message)


def origin(url: str) -> str:
    """Name a receiver by scheme, host and port: the rest of its URL may be a secret."""
    parts = urlsplit(url)
    return clean(f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}")


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Make a receiver's words fit to show: without the secrets, cut, and on one clean line.

    What is shorter than four letters is no secret, but part of too many words.
    """
    for secret in sorted((one for one in secrets if len(one) >= _MIN_MASKED), key=len, reverse=True):
        text = text.replace(secret, "***")
    return clean(" ".join(text.split()), MAX_SHOWN)


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Make the context that trusts the system's authorities, or those of a file. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as failed:
        raise ConfigError(f"ca_file: {ca_file} cannot be used: {failed}") from failed


def _followed(url: str, answer: Answer) -> str:
    """Say where a redirect goes. Raises Undeliverable where that is another place than was configured."""
    said = f"{origin(url)} answered HTTP {answer.status}"
    try:
        target = urljoin(url, answer.location or "")
        is_same = _place(urlsplit(target)) == _place(urlsplit(url))
    except ValueError as wrong:
        raise Undeliverable(f"{said}: it redirects to what is no address; not followed") from wrong
    if not is_same:
        raise Undeliverable(f"{said}: it redirects elsewhere; not followed")
    return target


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _reason(failed: aiohttp.ClientConnectorError) -> str:
    if isinstance(failed, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {failed.certificate_error}"
    return f"no connection: {failed.os_error.strerror or failed.os_error}"


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """Read so much of an answer as is looked at; what is left is not waited for."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size >= MAX_ANSWER_BYTES:
            response.close()
            break
    return b"".join(parts)[:MAX_ANSWER_BYTES]
