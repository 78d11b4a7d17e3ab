"""Outgoing HTTP against a receiver that misbehaves in every way."""

from __future__ import annotations

import asyncio
import hmac
import ssl
import subprocess
import time

import pytest
from aiohttp import web

from tests.alert_fakes import notice
from tests.receivers import NOW_NS, SECRET, make, web_receiver
from tracer.alerts.notice import NotDelivered, Undeliverable
from tracer.alerts.outgoing import USER_AGENT, Outgoing
from tracer.clock import FixedClock
from tracer.errors import ConfigError

pytestmark = pytest.mark.integration


def outgoing(**changes):
    """One with a short time limit."""
    return Outgoing(**{"clock": FixedClock(NOW_NS), "timeout_s": 0.5, "secrets": [SECRET], **changes})


async def deliver(script, **changes):
    """Send one body to a receiver that answers by the script; gives the answer or the error, and what it got."""
    async with web_receiver(script=script) as web_server:
        sender = outgoing(**changes)
        try:
            return await sender.deliver(f"{web_server.url}/in", b"{}", {"X-Key": SECRET}), web_server
        except (NotDelivered, Undeliverable) as failed:
            return failed, web_server
        finally:
            await sender.stop()


def test_it_says_who_it_is():
    """By the User-Agent, beside the headers that were given."""
    _, server = asyncio.run(deliver([]))

    assert [("/in", USER_AGENT, SECRET)] == [(path, got["User-Agent"], got["X-Key"]) for path, got, _ in server.got]


@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", 7.0), ("Sun, 01 Mar 2026 02:00:30 GMT", 30.0), ("Sun, 01 Mar 2020 00:00:00 GMT", 0.0), ("soon", None)],
)
def test_the_wait_that_is_asked_for_is_told(header, expected):
    """In seconds or as a date."""
    failed, _ = asyncio.run(deliver([(429, {"Retry-After": header}, "slow down")]))

    assert (NotDelivered, expected) == (type(failed), failed.retry_after_s)
    assert "HTTP 429: slow down" in str(failed)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, NotDelivered), (408, NotDelivered), (401, Undeliverable), (404, Undeliverable)]
)
def test_what_the_receiver_answered_is_told_without_secrets(status, kind):
    """Cut, clean and masked."""
    failed, _ = asyncio.run(deliver([(status, {}, f"wrong key {SECRET} \x1b[31m{'x' * 9000}")]))

    assert kind is type(failed)
    assert "wrong key *** \N{SYMBOL FOR ESCAPE}[31mxxx" in str(failed)
    assert len(str(failed)) < 300


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_elsewhere_is_not_followed(status):
    """Nor to another port of the same host: the body and its key stay here."""
    failed, _ = asyncio.run(deliver([(status, {"Location": "http://127.0.0.1:9/in"}, "")]))

    assert Undeliverable is type(failed)
    assert "redirects elsewhere" in str(failed)


@pytest.mark.parametrize("location", ["http://[x/in", "//[", "http://127.0.0.1:port/in", "//127.0.0.1:99999"])
def test_a_redirect_to_no_address_is_final(location):
    """It is said so, and not tried again."""
    failed, server = asyncio.run(deliver([(307, {"Location": location}, "")]))

    assert (Undeliverable, 1) == (type(failed), len(server.got))
    assert f"{server.url} answered HTTP 307: it redirects to what is no address; not followed" == str(failed)


def test_a_redirect_within_the_receiver_is_followed():
    """With method, body and headers; three times at most."""
    answer, server = asyncio.run(deliver([(307, {"Location": "/there"}, "")]))
    failed, _ = asyncio.run(deliver([(307, {"Location": "/again"}, "")] * 9))

    assert 202 == answer.status
    assert [("/in", b"{}"), ("/there", b"{}")] == [(path, body) for path, _, body in server.got]
    assert "for ever" in str(failed)


async def pour(request):
    """Answer 200 with a body that never ends."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 65536)
    except ConnectionError:
        return response


async def break_off(request):
    """Answer 200 and close the connection within the body."""
    response = web.StreamResponse(status=200, headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    request.transport.close()
    return response


async def drip(request):
    """Answer 200 and never end the body."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    await asyncio.sleep(5)
    return response


async def die(request):
    """Close the connection without an answer."""
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("answer", [pour, break_off, drip])
def test_its_word_counts_whatever_its_body_does(answer):
    """A body without end, one that breaks off and one that drips: the status had come, in bounded time and memory."""
    began = time.monotonic()
    taken, _ = asyncio.run(deliver([answer]))

    assert 200 == taken.status
    assert time.monotonic() - began < 2.0


def test_a_receiver_that_dies_may_have_taken_it():
    """No answer says neither."""
    failed, _ = asyncio.run(deliver([die]))

    assert (NotDelivered, True) == (type(failed), failed.maybe_taken)


def test_only_allowed_hosts_are_asked():
    """Whatever the URL says."""
    failed, server = asyncio.run(deliver([], allowed_hosts=["hooks.example"]))

    assert "127.0.0.1 is not one of [alerting] allowed_hosts" == str(failed)
    assert [] == server.got


def test_no_proxy_is_used_unless_asked(monkeypatch):
    """The environment of the machine does not decide where notices go."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    plain, _ = asyncio.run(deliver([]))
    asked, _ = asyncio.run(deliver([], proxy_from_environment=True))

    assert 202 == plain.status
    assert NotDelivered is type(asked)


async def fine(_request):
    """Answer 200."""
    return web.Response(text="ok")


def test_a_certificate_must_be_trusted(tmp_path):
    """By the authorities of ca_file, where it is set."""
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject]
    subprocess.run(made, check=True, capture_output=True)

    async def scenario():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
        app = web.Application()
        app.router.add_post("/", fine)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        url = f"https://localhost:{runner.addresses[0][1]}/"
        told = []
        for ca_file in (str(cert), None):
            sender = outgoing(ca_file=ca_file, timeout_s=5)
            try:
                told.append((await sender.deliver(url, b"", {})).status)
            except NotDelivered as failed:
                told.append(str(failed))
            await sender.stop()
        await runner.cleanup()
        return told

    trusted, untrusted = asyncio.run(scenario())

    assert 200 == trusted
    assert "its certificate is not trusted" in untrusted


def test_a_ca_file_that_is_none_is_refused_at_once(tmp_path):
    """With its name."""
    (tmp_path / "ca.pem").write_text("no")
    text = 'type = "webhook"\nurl = "https://x.example"\nca_file = "ca.pem"\n'

    with pytest.raises(ConfigError, match=r"\[notifiers.n\] ca_file: .*ca.pem cannot be used"):
        make(tmp_path, text)


def test_a_webhook_is_signed_and_named(tmp_path):
    """The signature can be checked, and the Idempotency-Key is the notice's id."""
    environ = {"SAGASCOPE_NOTIFIERS__N__SECRET": SECRET, "SAGASCOPE_NOTIFIERS__N__HEADERS": "x-team: payments"}

    async def scenario():
        async with web_receiver() as server:
            text = f'type = "webhook"\nurl = "{server.url}/hook/"\n'
            webhook = make(tmp_path, text, environ=environ)
            await webhook.send(notice())
            await webhook.send(notice())
            await webhook.stop()
            return server.got

    (path, headers, body), again = asyncio.run(scenario())
    stamp, _, given = headers["Sagascope-Signature"].partition(",v1=")
    expected = hmac.new(SECRET.encode(), stamp.removeprefix("t=").encode() + b"." + body, "sha256").hexdigest()

    assert ("/hook/", "n1", "payments") == (path, headers["Idempotency-Key"], headers["x-team"])
    assert expected == given
    assert body == again[2]
    assert again[1]["Idempotency-Key"] == "n1"


@pytest.mark.parametrize(("status", "kind"), [(401, Undeliverable), (425, NotDelivered)])
def test_otlp_masks_and_tries_again_as_the_others_do(tmp_path, status, kind):
    """The key is masked without its Bearer too, an empty header masks nothing, and 425 is "too early"."""
    environ = {"SAGASCOPE_NOTIFIERS__N__HEADERS": f"authorization=Bearer {SECRET},x-empty="}

    async def scenario():
        async with web_receiver(script=[(status, {}, f"not with {SECRET}")]) as server:
            text = f'type = "otlp"\nprotocol = "http/protobuf"\nendpoint = "{server.url}"\n'
            otlp = make(tmp_path, text, environ=environ)
            try:
                with pytest.raises(kind) as raised:
                    await otlp.send(notice())
            finally:
                await otlp.stop()
            return str(raised.value), server.url

    told, url = asyncio.run(scenario())

    assert f"{url}: HTTP {status}: not with ***" == told


def test_a_test_leaves_no_incident_open(tmp_path):
    """PagerDuty is told the end of the incident right after its begin."""

    async def scenario():
        async with web_receiver() as server:
            pager = make(
                tmp_path,
                f'type = "pagerduty"\nurl = "{server.url}"\n',
                environ={"SAGASCOPE_NOTIFIERS__N__ROUTING_KEY": "0" * 32},
            )
            await pager.send(notice(kind="test"))
            await pager.stop()
            return server.bodies()

    told = asyncio.run(scenario())

    assert [("trigger", "sagascope-a1"), ("resolve", "sagascope-a1")] == [
        (event["event_action"], event["dedup_key"]) for event in told
    ]
