"""Mail through a real SMTP server: login, TLS, threads, and refusals."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import AuthResult

from tests.alert_fakes import notice
from tests.receivers import SECRET, mail_receiver, make
from tracer.alerts.notice import NotDelivered, Undeliverable

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of localhost and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "c.pem", folder / "k.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject]
    subprocess.run(made, check=True, capture_output=True)
    return cert, key


def keys(port, **more):
    """The keys of a notifier that mails to two people."""
    table = {"server": f"localhost:{port}", "from": "sagascope@x.example", "security": "none", **more}
    lines = [f'{key} = "{value}"' for key, value in table.items()]
    return "\n".join(['type = "email"', 'to = ["a@x.example", "b@x.example"]', 'timeout = "5s"', *lines]) + "\n"


def context_of(certificate):
    """The server's TLS context."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def login(_server, _session, _envelope, _mechanism, data):
    """Let ann in, with the right password."""
    is_right = (data.login, data.password) == (b"ann", SECRET.encode())
    return AuthResult(success=is_right, handled=is_right)


async def mailed(folder, notices, *, password=None, options=None, **more):
    """Send notices; gives the envelopes."""
    environ = {} if password is None else {"SAGASCOPE_NOTIFIERS__N__PASSWORD": password}
    async with mail_receiver(**(options or {})) as (handler, port):
        mailer = make(folder, keys(port, **more), environ=environ)
        for one in notices:
            await mailer.send(one)
        return handler.envelopes


def test_an_alert_is_one_thread(tmp_path):
    """What the server got: both people, the end refers to the firing, and the text is whole."""
    text = "412 wait.\nNext: retry \N{EURO SIGN}"
    sent = [notice(text=text), notice("n2", kind="resolved")]
    first, last = asyncio.run(mailed(tmp_path, sent))
    firing, end = (message_from_bytes(one.content, policy=policy.default) for one in (first, last))

    assert ["a@x.example", "b@x.example"] == first.rcpt_tos
    assert notice().title == firing["Subject"]
    assert text == firing.get_content().replace("\r\n", "\n").rstrip("\n")
    assert firing["Message-ID"] == end["References"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_way_is_encrypted_and_logged_in(tmp_path, certificate, security):
    """By STARTTLS or from the first byte."""
    context = context_of(certificate)
    options = {"authenticator": login, "auth_required": True}
    options |= (
        {"tls_context": context} if security == "starttls" else {"ssl_context": context, "auth_require_tls": False}
    )
    more = {"security": security, "username": "ann", "ca_file": str(certificate[0])}
    (envelope,) = asyncio.run(mailed(tmp_path, [notice()], password=SECRET, options=options, **more))

    assert "sagascope@x.example" == envelope.mail_from


def test_a_wrong_password_is_final_and_not_told(tmp_path, certificate):
    """What the server said is."""
    options = {"authenticator": login, "auth_required": True, "tls_context": context_of(certificate)}
    more = {"security": "starttls", "username": "ann", "ca_file": str(certificate[0])}

    with pytest.raises(Undeliverable, match="535") as raised:
        asyncio.run(mailed(tmp_path, [notice()], password="wr0ng-pass", options=options, **more))  # noqa: S106  not one

    assert "wr0ng" not in str(raised.value)


def test_a_server_without_tls_gets_nothing_that_needs_it(tmp_path):
    """No password in the clear because somebody in between took STARTTLS away."""
    with pytest.raises(NotDelivered, match="STARTTLS"):
        asyncio.run(mailed(tmp_path, [notice()], password=SECRET, security="starttls", username="ann"))


def test_a_certificate_that_nobody_trusts_is_not(tmp_path, certificate):
    """It may be renewed: worth another try."""
    options = {"tls_context": context_of(certificate)}

    with pytest.raises(NotDelivered, match="certificate"):
        asyncio.run(mailed(tmp_path, [notice()], options=options, security="starttls"))


def test_who_was_refused_is_said_and_the_others_have_it(tmp_path):
    """With what the server said of whom, without the password."""

    async def scenario():
        async with mail_receiver() as (handler, port):

            async def rcpt(_server, _session, envelope, address, _options):
                if address == "b@x.example":
                    return f"550 no such person {SECRET}"
                envelope.rcpt_tos.append(address)
                return "250 fine"

            handler.handle_RCPT = rcpt
            mailer = replace(make(tmp_path, keys(port)), password=SECRET)
            return await mailer.send(notice()), handler.envelopes, port

    refused, (envelope,), port = asyncio.run(scenario())

    assert f"localhost:{port}: delivered, but not to b@x.example: 550 no such person ***" == refused
    assert ["a@x.example"] == envelope.rcpt_tos
