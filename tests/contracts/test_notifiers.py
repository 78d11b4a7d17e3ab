"""Every notifier tells alike: what is taken returns, what is worth another try and what is not are two errors."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from tests.alert_fakes import notice
from tests.receivers import (
    MODES,
    SECRET,
    grpc_receiver,
    mail_receiver,
    make,
    program,
    web_receiver,
)
from tracer.alerts.notice import NotDelivered, Undeliverable

pytestmark = pytest.mark.integration

LIMIT = 'timeout = "400ms"\n'
WEB = {
    "webhook": ('type = "webhook"\nurl = "{url}"\n', {"SECRET": SECRET, "HEADERS": f"authorization: Bearer {SECRET}"}),
    "slack": ('type = "slack"\n', {"URL": "{url}/services/" + SECRET}),
    "pagerduty": ('type = "pagerduty"\nurl = "{url}"\n', {"ROUTING_KEY": SECRET}),
    "alertmanager": ('type = "alertmanager"\nurl = "{url}"\n', {"HEADERS": f"authorization: Bearer {SECRET}"}),
    "otlp-http": ('type = "otlp"\nprotocol = "http/protobuf"\nendpoint = "{url}"\n', {"HEADERS": f"x-key: {SECRET}"}),
}
KINDS = (*WEB, "otlp-grpc", "email", "exec")


def variables(secrets):
    """The environment that gives secrets to [notifiers.n]."""
    return {f"SAGASCOPE_NOTIFIERS__N__{key}": value for key, value in secrets.items()}


@asynccontextmanager
async def telling(kind, mode, folder):
    """A notifier of the kind whose receiver is in the mode."""
    if kind in WEB:
        text, secrets = WEB[kind]
        async with web_receiver(mode) as web:
            given = {key: value.replace("{url}", web.url) for key, value in secrets.items()}
            yield make(folder, LIMIT + text.replace("{url}", web.url), environ=variables(given))
    elif kind == "otlp-grpc":
        async with grpc_receiver(mode) as (_, port):
            text = f'type = "otlp"\nendpoint = "http://127.0.0.1:{port}"\n'
            yield make(folder, LIMIT + text, environ=variables({"HEADERS": f"x-key: {SECRET}"}))
    elif kind == "email":
        async with mail_receiver(mode) as (_, port):
            text = f'server = "127.0.0.1:{port}"\nfrom = "s@x.example"\nto = "ops@x.example"\nsecurity = "none"\n'
            yield make(folder, LIMIT + 'type = "email"\n' + text)
    else:
        yield make(folder, LIMIT + f'type = "exec"\ncommand = ["{program(folder, mode)}", "{{title}}"]\n')


async def outcome(kind, mode, folder):
    """What became of one notice: None where it was taken, else the error; and how long that took."""
    async with telling(kind, mode, folder) as notifier:
        began = time.monotonic()
        try:
            await notifier.send(notice())
        except (NotDelivered, Undeliverable) as failed:
            return failed, time.monotonic() - began
        finally:
            took_s = time.monotonic() - began
            await notifier.stop()
        return None, took_s


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_each_answer_has_its_outcome(kind, mode, tmp_path):
    """Taken; later and never are told apart; who hangs or is away may take it later; in bounded time."""
    failed, took_s = asyncio.run(outcome(kind, mode, tmp_path))
    expected = {"take": type(None), "never": Undeliverable}.get(mode, NotDelivered)
    if (kind, mode) == ("exec", "away"):  # a program that cannot be started will not start by itself
        expected = Undeliverable

    assert expected is type(failed), failed
    assert took_s < 3.0
    assert SECRET not in str(failed)
    if kind != "email" and mode == "hang":
        assert failed.maybe_taken
    if mode in {"later", "never"}:
        assert {"email": {"later": "451", "never": "550"}.get(mode)}.get(kind, f"said: {mode}") in str(failed)
