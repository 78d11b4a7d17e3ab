"""Makes the notifiers that the configuration names; nothing is sent or opened yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import unquote, unquote_plus, urlsplit

from tracer.alerts.channel import Channel
from tracer.alerts.deliver import Deliverer
from tracer.alerts.notice import Notice, Notifier
from tracer.alerts.notifiers.alertmanager import AlertmanagerNotifier
from tracer.alerts.notifiers.command import CommandNotifier
from tracer.alerts.notifiers.pagerduty import PagerDutyNotifier
from tracer.alerts.notifiers.slack import SlackNotifier
from tracer.alerts.notifiers.webhook import WebhookNotifier
from tracer.alerts.outgoing import Outgoing, tls_context
from tracer.alerts.ports import Outbox
from tracer.clock import Clock
from tracer.config.notifiers import Ready, environment
from tracer.config.notifying import (
    AlertmanagerSettings,
    EmailSettings,
    ExecSettings,
    HttpSettings,
    OtlpSettings,
    PagerDutySettings,
    SlackSettings,
    WebhookSettings,
)
from tracer.errors import ConfigError
from tracer.model.address import parse_address

# Gives the alerts that fire and that a notifier, by its name, was told of.
FiringOf = Callable[[str], Sequence[Notice]]


def make_notifier(ready: Ready, *, clock: Clock, firing: FiringOf, environment: Mapping[str, str]) -> Notifier:
    """Make one. Raises ConfigError for a ca_file that cannot be used; `environment` is for programs."""
    try:
        return _make(ready, clock, firing, environment)
    except ConfigError as wrong:
        raise ConfigError(f"[notifiers.{ready.name}] {wrong}") from wrong


def _make(ready: Ready, clock: Clock, firing: FiringOf, environment: Mapping[str, str]) -> Notifier:
    settings = ready.settings
    if isinstance(settings, HttpSettings):
        return _over_http(ready, settings, clock, firing)
    if isinstance(settings, EmailSettings):
        return _mail(settings, ready.secrets)
    if isinstance(settings, ExecSettings):
        return CommandNotifier(command=settings.command, timeout_s=settings.timeout_s, environment=environment)
    if isinstance(settings, OtlpSettings):
        from tracer.alerts.notifiers.otlp import OtlpNotifier  # noqa: PLC0415  only where it is configured

        return OtlpNotifier(ready.name, settings, ready.headers(), masked(ready))
    raise TypeError(f"no notifier for {type(settings).__name__}")


def _over_http(ready: Ready, settings: HttpSettings, clock: Clock, firing: FiringOf) -> Notifier:
    secrets = ready.secrets
    outgoing = Outgoing(
        clock=clock,
        timeout_s=settings.timeout_s,
        allowed_hosts=ready.allowed_hosts,
        ca_file=settings.ca_file,
        proxy_from_environment=settings.proxy_from_environment,
        secrets=masked(ready),
    )
    if isinstance(settings, AlertmanagerSettings):
        return AlertmanagerNotifier(
            outgoing=outgoing,
            clock=clock,
            urls=settings.url,
            headers=ready.headers(),
            firing=partial(firing, ready.name),
            refresh_s=settings.refresh_s,
        )
    if isinstance(settings, PagerDutySettings):
        return PagerDutyNotifier(
            outgoing=outgoing, url=settings.url, routing_key=secrets["routing_key"], title=settings.title
        )
    if isinstance(settings, SlackSettings):
        return SlackNotifier(
            outgoing=outgoing,
            url=secrets["url"],
            blocks=settings.format == "blocks",
            channel=settings.channel,
            username=settings.username,
            title=settings.title,
            text=settings.text,
        )
    if isinstance(settings, WebhookSettings):
        return WebhookNotifier(
            outgoing=outgoing,
            clock=clock,
            url=ready.addresses()[0],
            headers=ready.headers(),
            secret=secrets.get("secret"),
            body=settings.body,
            content_type=settings.content_type,
        )
    raise TypeError(f"no notifier for {type(settings).__name__}")


def _mail(settings: EmailSettings, secrets: Mapping[str, str]) -> Notifier:
    from tracer.alerts.notifiers.mail import MailNotifier  # noqa: PLC0415  only where it is configured

    server = parse_address(settings.server)
    return MailNotifier(
        host=server.host,
        port=server.port,
        sender=settings.sender,
        to=settings.to,
        security=settings.security,
        tls=tls_context(settings.ca_file),
        timeout_s=settings.timeout_s,
        username=settings.username,
        password=secrets.get("password"),
        title=settings.title,
        text=settings.text,
    )


def masked(ready: Ready) -> Iterable[str]:
    """Name what no message may show: the secrets, and in headers and URLs what may be one.

    Of a header its value and its last word; of a URL each part of its path and each value of its query, as they are
    written and as they are meant.
    """
    yield from ready.secrets.values()
    for url in ready.addresses():
        parts = urlsplit(url)
        values = (value or name for name, _, value in (field.partition("=") for field in parts.query.split("&")))
        for one in (*parts.path.split("/"), *values, parts.fragment):
            yield from (one, unquote(one), unquote_plus(one))
    for value in ready.headers().values():
        yield value
        yield value.rpartition(" ")[2]


def make_deliverer(notifiers: Sequence[Ready], outbox: Outbox, *, clock: Clock, firing: FiringOf) -> Deliverer:
    """Make the deliverer with all notifiers; nothing runs yet. Raises ConfigError."""
    programs = environment()
    channels = [
        Channel(
            name=ready.name,
            notifier=make_notifier(ready, clock=clock, firing=firing, environment=programs),
            timeout_s=ready.settings.timeout_s,
            give_up_after_s=ready.settings.give_up_after_s,
        )
        for ready in notifiers
    ]
    return Deliverer(outbox, channels, clock)
