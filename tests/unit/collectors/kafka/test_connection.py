"""Tokens of an authorisation server: whatever it answers, the failure is one line, and nothing is read without end."""

import asyncio
import json

import pytest
from aiohttp import web
from aiokafka.errors import KafkaConnectionError

from collectors.kafka.connection import ClientCredentials

LOGIN = {"client_id": "us", "secret": "s"}


def ask(body, *, query=""):
    """Ask a server that gives this body for a token, twice; the tokens, and how often it was asked."""
    asked = []

    async def answer(_):
        asked.append(1)
        return web.Response(body=body)

    async def go():
        application = web.Application()
        application.router.add_post("/token", answer)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/token{query}"
        provider = ClientCredentials(url=url, scope=None, **LOGIN)
        try:
            return [await provider.token() for _ in range(2)]
        finally:
            await runner.cleanup()

    return asyncio.run(go()), len(asked)


def test_a_token_is_kept_as_long_as_it_is_good():
    """One that lasts is asked for once, and one without a life is taken to last a while."""
    assert (["t", "t"], 1) == ask(b'{"access_token": "t", "expires_in": "3600"}')
    assert (["t", "t"], 1) == ask(b'{"access_token": "t"}')
    assert (["t", "t"], 2) == ask(b'{"access_token": "t", "expires_in": 1}')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "its answer has no access_token"),
        (b'"token"', "its answer has no access_token"),
        (b"null", "its answer has no access_token"),
        (b'{"access_token": null}', "its answer has no access_token"),
        (b'{"access_token": {"a": 1}}', "its answer has no access_token"),
        (b'{"access_token": "t", "expires_in": []}', "an expires_in that is no number"),
        (b'{"access_token": "t", "expires_in": "nan"}', "an expires_in that is no number"),
        (b"<html>", "its answer is not JSON"),
        (b"\xff", "its answer is not JSON"),
        (json.dumps({"access_token": "t" * 70_000}).encode(), "its answer has more than 65536 bytes"),
    ],
)
def test_an_answer_that_is_no_token_is_a_failed_connection(body, words):
    """The client tries again later, and the line says what was wrong without what was said."""
    with pytest.raises(KafkaConnectionError, match=words):
        ask(body)


def test_what_is_asked_with_stays_out_of_the_line():
    """A query may have a secret in it."""
    with pytest.raises(KafkaConnectionError) as error:
        ask(b"[]", query="?key=hunter2")

    assert "hunter2" not in str(error.value)
