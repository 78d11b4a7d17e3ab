"""The Kafka collector through the doors of a real broker: TLS, and tokens from a file and from a server."""

import asyncio
import base64
import contextlib
import json
import time

import pytest
from aiohttp import web

from tests.brokers import free_port, running_broker
from tests.kafka_parts import MemoryStore, arrives, collecting, told

pytestmark = pytest.mark.integration


def token():
    """Write an unsigned token that is good for an hour."""
    now_s = int(time.time())
    parts = ({"alg": "none"}, {"sub": "sagascope", "iat": now_s, "exp": now_s + 3600})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@contextlib.asynccontextmanager
async def token_server(asked):
    """Answer requests for a token; keep what was asked. Gives its URL."""

    async def answer(request):
        asked.append((request.headers["Authorization"], dict(await request.post())))
        return web.json_response({"access_token": token(), "expires_in": 3600})

    application = web.Application()
    application.router.add_post("/token", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    finally:
        await runner.cleanup()


def test_a_token_from_a_file(broker, scratch):
    """A token file lets us in."""
    file = scratch / "token"
    file.write_text(token() + "\n")
    options = {"sasl_mechanism": "OAUTHBEARER", "oauth_token_file": str(file)}

    asyncio.run(arrives(broker.address, "token-file", bootstrap_servers=(broker.sasl_address,), **options))


def test_a_token_from_a_server(broker):
    """A token is asked for with the client's id and secret, once for all connections."""
    asked = []

    async def scenario():
        async with token_server(asked) as url:
            options = {
                "sasl_mechanism": "OAUTHBEARER", "oauth_token_url": url, "oauth_client_id": "us",
                "oauth_client_secret": "secret", "oauth_scope": "kafka",
            }  # fmt: skip
            await arrives(broker.address, "token-url", bootstrap_servers=(broker.sasl_address,), **options)

    asyncio.run(scenario())
    login = "Basic " + base64.b64encode(b"us:secret").decode()

    assert [(login, {"grant_type": "client_credentials", "scope": "kafka"})] == asked


def test_a_token_server_that_is_away_is_told(broker):
    """Who gives no token is named, and it is asked again."""
    options = {
        "sasl_mechanism": "OAUTHBEARER", "oauth_token_url": f"http://127.0.0.1:{free_port()}/token",
        "oauth_client_id": "us", "oauth_client_secret": "secret",
    }  # fmt: skip

    async def scenario():
        given = {"topics": ("nothing",), "bootstrap_servers": (broker.sasl_address,)} | options
        async with collecting(MemoryStore(), **given) as collector:
            return await told(collector, "gives no token")

    assert options["oauth_token_url"] in asyncio.run(scenario()).detail


def test_tls(scratch, certificate):
    """A broker whose certificate is trusted is read; one that is not is told, and its data stays where it is."""
    pem, port = scratch / "server.pem", free_port()
    pem.write_text(certificate.key.read_text() + certificate.cert.read_text())
    over_tls = {"tls": True, "bootstrap_servers": (f"127.0.0.1:{port}",)}

    async def scenario(broker):
        await arrives(broker.address, "over-tls", tls_ca=str(certificate.cert), **over_tls)
        async with collecting(MemoryStore(), topics=("over-tls",), group="other", **over_tls) as collector:
            return await told(collector, "TLS with")

    with running_broker(scratch / "kafka", "--tls-port", str(port), "--pem", str(pem)) as broker:
        refused = asyncio.run(scenario(broker))

    assert "certificate verify failed" in refused.detail
    assert 0 == refused.counters["messages"]
