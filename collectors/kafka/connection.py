"""How to reach a cluster: what the client is given, read anew for each session so that a mended file counts."""

from __future__ import annotations

import asyncio
import base64
import math
import ssl
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import aiohttp
import msgspec
from aiokafka.abc import AbstractTokenProvider
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from collectors.kafka.failures import Unusable
from collectors.kafka.options import KafkaOptions
from tracer.model.address import parse_address

REQUEST_TIMEOUT_MS: Final = 20_000
_PROBE_TIMEOUT_S: Final = 10.0
_SECRET_BYTES: Final = 64 * 2**10
_TOKEN_TIMEOUT_S: Final = 10.0
_TOKEN_MARGIN_S: Final = 30.0
_TOKEN_LIFE_S: Final = 300.0  # where the server does not say
_OK: Final = 200


async def client_arguments(options: KafkaOptions) -> dict[str, Any]:
    """Give what every client of this cluster is made with. Raises Unusable for a file that cannot be read."""
    return {
        "bootstrap_servers": list(options.bootstrap_servers),
        "client_id": options.client_id,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        **await asyncio.to_thread(_security, options),
    }


async def probe(options: KafkaOptions, arguments: dict[str, Any]) -> None:
    """Connect to each server until one answers. Raises what the last one failed with.

    The client itself only says that it could not bootstrap; this says why.
    """
    rest = {name: value for name, value in arguments.items() if name != "bootstrap_servers"}
    failure: BaseException = KafkaConnectionError("no server")
    for server in options.bootstrap_servers:
        address = parse_address(server)
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                connection = await create_conn(address.host, address.port, **rest)
                try:
                    await connection.send(MetadataRequest([]))
                finally:
                    connection.close()
        except Exception as failed:  # noqa: BLE001 - whatever it was is what there is to tell
            failure = failed
        else:
            return
    raise failure


def _security(options: KafkaOptions) -> dict[str, Any]:
    mechanism = options.sasl_mechanism
    over_tls = options.tls
    plain = "SASL_SSL" if over_tls else "SASL_PLAINTEXT"
    arguments: dict[str, Any] = {"security_protocol": ("SSL" if over_tls else "PLAINTEXT") if not mechanism else plain}
    if over_tls:
        arguments["ssl_context"] = _tls(options)
    if mechanism == "OAUTHBEARER":
        arguments |= {"sasl_mechanism": mechanism, "sasl_oauth_token_provider": _token_provider(options)}
    elif mechanism:
        password = options.password or _secret(options.password_file, "password_file")
        arguments |= {
            "sasl_mechanism": mechanism,
            "sasl_plain_username": options.username,
            "sasl_plain_password": password,
        }
    return arguments


def _tls(options: KafkaOptions) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.tls_ca)
        if options.tls_cert and options.tls_key:
            context.load_cert_chain(options.tls_cert, options.tls_key)
    except (OSError, ssl.SSLError) as failed:
        raise Unusable(f"tls_ca, tls_cert or tls_key cannot be used: {failed}") from failed
    if not options.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _secret(file: str | None, key: str) -> str:
    try:
        with Path(file or "").open(encoding="utf-8") as stream:
            text = stream.read(_SECRET_BYTES).strip()
    except (OSError, UnicodeDecodeError) as failed:
        raise Unusable(f"{key} {file} cannot be read: {failed}") from failed
    if not text:
        raise Unusable(f"{key} {file} is empty; write the secret into it")
    return text


def _token_provider(options: KafkaOptions) -> AbstractTokenProvider:
    if options.oauth_token_file is not None:
        return FileToken(options.oauth_token_file)
    secret = options.oauth_client_secret or _secret(options.oauth_client_secret_file, "oauth_client_secret_file")
    return ClientCredentials(
        url=options.oauth_token_url or "",
        client_id=options.oauth_client_id or "",
        secret=secret,
        scope=options.oauth_scope,
    )


class FileToken(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Gives the token that stands in a file, read for each connection: something else keeps it fresh."""

    def __init__(self, file: str) -> None:
        self._file = file

    async def token(self) -> str:
        """Read it. Raises KafkaConnectionError, which the client takes for a failed connection."""
        try:
            return await asyncio.to_thread(_secret, self._file, "oauth_token_file")
        except Unusable as failed:
            raise KafkaConnectionError(str(failed)) from failed


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Asks an authorisation server for a token (RFC 6749, 4.4) and keeps it until shortly before its end."""

    def __init__(self, *, url: str, client_id: str, secret: str, scope: str | None) -> None:
        self._url = url
        login = f"{quote_plus(client_id)}:{quote_plus(secret)}"  # RFC 6749, 2.3.1
        self._headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._token = ""
        self._good_until_s = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Give a token that is good for a while. Raises KafkaConnectionError, as a failed connection does."""
        async with self._lock:
            if asyncio.get_running_loop().time() >= self._good_until_s:
                try:
                    await self._ask()
                except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as failed:
                    words = str(failed) or type(failed).__name__
                    shown = self._url.partition("?")[0]
                    raise KafkaConnectionError(f"oauth_token_url {shown} gives no token: {words}") from failed
            return self._token

    async def _ask(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_TOKEN_TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
            session.post(self._url, data=self._form) as answer,
        ):
            if answer.status != _OK:
                raise ValueError(f"status {answer.status}")
            token, life_s = _token(await _body(answer))
        self._token = token
        self._good_until_s = asyncio.get_running_loop().time() + max(0.0, life_s - _TOKEN_MARGIN_S)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer that has an end. Raises ValueError for one that is too long."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > _SECRET_BYTES:
            raise ValueError(f"its answer has more than {_SECRET_BYTES} bytes")
    return bytes(body)


def _token(body: bytes) -> tuple[str, float]:
    """Read a token and its life in seconds (RFC 6749, 5.1). Raises ValueError, without what it says."""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ValueError("its answer is not JSON") from None
    token = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token:
        raise ValueError("its answer has no access_token")
    try:
        life_s = float(given.get("expires_in", _TOKEN_LIFE_S))
    except (TypeError, ValueError):
        life_s = math.nan
    if not math.isfinite(life_s):
        raise ValueError("its answer has an expires_in that is no number")
    return token, life_s
