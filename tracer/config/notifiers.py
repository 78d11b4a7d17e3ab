"""Checks [notifiers.NAME] beyond the shape, and reads the secrets: what comes out is ready to be made."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Any, Final
from urllib.parse import urlsplit

from tracer.config.alert_rules import PLACEHOLDER
from tracer.config.notifying import (
    NOTICE_PLACEHOLDERS,
    REQUIRED,
    SECRETS,
    TYPES,
    AlertmanagerSettings,
    EmailSettings,
    ExecSettings,
    NotifierSettings,
    OtlpSettings,
    WebhookSettings,
)
from tracer.config.secrets import parse_headers, read_secret
from tracer.config.shape import error, shape, unknown
from tracer.config.sources import KeyPath, Source
from tracer.model.address import is_loopback, parse_address

_TEMPLATES: Final = ("title", "text", "body")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
MIN_TIMEOUT_S: Final = 0.1
MIN_REFRESH_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A notifier's settings and its secrets by their keys; `secrets` never shows in a text."""

    name: str
    settings: NotifierSettings
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    allowed_hosts: tuple[str, ...] = ()

    def headers(self) -> dict[str, str]:
        """Give the headers that its secret `headers` says."""
        return parse_headers(self.secrets.get("headers"), what=f"[notifiers.{self.name}] headers")

    def addresses(self) -> tuple[str, ...]:
        """Give the URLs, or the HOST:PORT, that it sends to."""
        settings = self.settings
        if isinstance(settings, EmailSettings):
            return (settings.server,)
        if isinstance(settings, OtlpSettings):
            return (settings.endpoint,)
        if isinstance(settings, AlertmanagerSettings):
            return settings.url
        if "url" in self.secrets:
            return (self.secrets["url"],)
        url = getattr(settings, "url", None)
        return (url,) if url else ()


def shaped_notifiers(source: Source) -> dict[str, NotifierSettings]:
    """Check every notifier as far as the file alone says. Raises ConfigError for the first one that is wrong."""
    tables = source.tables.get("notifiers", {})
    if not isinstance(tables, Mapping):
        raise error(source, ("notifiers",), "must be tables, [notifiers.NAME]")
    return {name: _checked(table, source, ("notifiers", name)) for name, table in tables.items()}


def ready_notifiers(
    notifiers: Mapping[str, NotifierSettings], source: Source, allowed_hosts: tuple[str, ...]
) -> tuple[tuple[Ready, ...], tuple[str, ...]]:
    """Read their secrets and look for what they need on this machine; with what a person should be told.

    Raises ConfigError.
    """
    ready = tuple(_ready(name, settings, source, allowed_hosts) for name, settings in notifiers.items())
    return ready, tuple(told for one in ready for told in _in_the_clear(one, source))


def host_of(address: str) -> str:
    """Give the host of a URL or of HOST:PORT, in lower case."""
    if "://" in address:
        return (urlsplit(address).hostname or "").lower()
    return parse_address(address).host.lower()


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Tell whether a host is one of those allowed; `*.example.org` allows what lies below. None named: all are."""
    names = [name.lower() for name in allowed]
    return not names or any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in names)


def _checked(table: Any, source: Source, path: KeyPath) -> NotifierSettings:
    settings = _shaped(table, source, path)
    _check_limits(settings, source, path)
    _check_own(settings, source, path)
    _check_templates(settings, source, path)
    return settings


def _ready(name: str, settings: NotifierSettings, source: Source, allowed_hosts: tuple[str, ...]) -> Ready:
    path = ("notifiers", name)
    if isinstance(settings, ExecSettings) and shutil.which(settings.command[0]) is None:
        problem = f'"{settings.command[0]}" is not a program that can be started; write its whole path'
        raise error(source, (*path, "command"), problem)
    ready = Ready(name=name, settings=settings, secrets=_secrets(settings, source, path), allowed_hosts=allowed_hosts)
    if isinstance(settings, EmailSettings) and settings.username and "password" not in ready.secrets:
        raise error(source, (*path, "username"), "a username needs a password: set password_file")
    _check_headers(ready, source)
    _check_addresses(ready, source)
    return ready


def _shaped(table: Any, source: Source, path: KeyPath) -> NotifierSettings:
    if not isinstance(table, Mapping):
        raise error(source, path, "must be a table of keys")
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        if "type" not in table:
            raise error(source, path, f'the key "type" is missing; choose one of {", ".join(TYPES)}')
        raise error(source, (*path, "type"), f'"{kind}" is not valid: choose one of {", ".join(TYPES)}')
    return shape(table, TYPES[kind], source=source, path=path)


def _check_limits(settings: NotifierSettings, source: Source, path: KeyPath) -> None:
    if settings.timeout_s < MIN_TIMEOUT_S:
        raise error(source, (*path, "timeout"), f"at least {MIN_TIMEOUT_S * 1000:g}ms, or nothing could be delivered")
    if isinstance(settings, AlertmanagerSettings) and settings.refresh_s < MIN_REFRESH_S:
        raise error(source, (*path, "refresh"), f"at least {MIN_REFRESH_S:g}s, or it would never rest")


def _check_own(settings: NotifierSettings, source: Source, path: KeyPath) -> None:
    """Check what only one type has."""
    if isinstance(settings, ExecSettings):
        _check_command(settings.command, source, path)
    elif isinstance(settings, EmailSettings):
        if not settings.to:
            raise error(source, (*path, "to"), "nobody is named; write at least one address")
        for key, address in (("from", settings.sender), *(("to", one) for one in settings.to)):
            _check_mailbox(address, source, (*path, key))
        if settings.security == "none" and settings.username and not is_loopback(host_of(settings.server)):
            raise error(source, (*path, "security"), 'a password would go out in the clear: use "starttls" or "tls"')
    elif isinstance(settings, AlertmanagerSettings) and not settings.url:
        raise error(source, (*path, "url"), "no instance is named; write a URL, or a list of them")
    elif isinstance(settings, WebhookSettings) and _CONTROL.search(settings.content_type):
        raise error(source, (*path, "content_type"), "must be one line")


def _check_mailbox(address: str, source: Source, path: KeyPath) -> None:
    try:
        valid = bool(Address(addr_spec=address).domain) and not _CONTROL.search(address)
    except (ValueError, IndexError):
        valid = False
    if not valid:
        raise error(source, path, f'"{address}" is not a mail address; write it like "ops@example.org"')


def _check_command(command: tuple[str, ...], source: Source, path: KeyPath) -> None:
    where = (*path, "command")
    if not command:
        raise error(source, where, 'name a program, like ["/usr/local/bin/page", "{title}"]')
    for argument in command[1:]:
        names = _placeholders(argument)
        if names and argument != f"{{{names[0]}}}":
            raise error(source, where, f'"{argument}": a placeholder is an argument of its own, like "{{{names[0]}}}"')
        _check_known(names, source, where)
    if _placeholders(command[0]):
        raise error(source, where, "the program's name has no placeholder")


def _check_templates(settings: NotifierSettings, source: Source, path: KeyPath) -> None:
    for key in _TEMPLATES:
        template = getattr(settings, key, None)
        if template is not None:
            _check_known(_placeholders(template), source, (*path, key))
    if isinstance(settings, WebhookSettings) and settings.body is not None and "json" in settings.content_type:
        sample = PLACEHOLDER.sub(lambda match: match[0][0] if match[1] is None else "0", settings.body)
        try:
            json.loads(sample)
        except ValueError as wrong:
            problem = f"is not JSON when it is filled in: {wrong}; braces that stay are doubled"
            raise error(source, (*path, "body"), problem) from wrong


def _placeholders(template: str) -> list[str]:
    return [match[1] for match in PLACEHOLDER.finditer(template) if match[1] is not None]


def _check_known(names: Iterable[str], source: Source, path: KeyPath) -> None:
    for name in names:
        if name not in NOTICE_PLACEHOLDERS:
            problem = unknown(name, NOTICE_PLACEHOLDERS, what="placeholder")
            raise error(source, path, f'"{{{name}}}": {problem}; braces that stay are doubled')


def _secrets(settings: NotifierSettings, source: Source, path: KeyPath) -> dict[str, str]:
    secrets = {}
    for key in SECRETS[settings.type]:
        file, value = getattr(settings, f"{key}_file"), getattr(settings, key)
        if file and value:
            raise error(source, path, f'{key} is said twice, by "{key}_file" and by "{key}": leave one out')
        what = f"{source.where((*path, f'{key}_file'))}: [{'.'.join(path)}] {key}_file"
        secret = read_secret(file, value, what=what)
        if secret is not None and (file or not isinstance(settings, WebhookSettings) or key != "url"):
            secrets[key] = secret
        elif secret is None and key in REQUIRED.get(settings.type, ()):
            variable = "SAGASCOPE_" + "__".join((*path, key)).upper().replace("-", "_")
            raise error(source, path, f'the key "{key}_file" is missing (or ${variable})')
    return secrets


def _check_headers(ready: Ready, source: Source) -> None:
    for name, value in ready.headers().items():
        if _CONTROL.search(name + value) or not name.isascii():
            raise error(
                source, ("notifiers", ready.name, "headers_file"), "a header has a character that none may have"
            )


def _check_addresses(ready: Ready, source: Source) -> None:
    is_mail = isinstance(ready.settings, EmailSettings)
    key = "server" if is_mail else "endpoint" if isinstance(ready.settings, OtlpSettings) else "url"
    path = ("notifiers", ready.name, key)
    for address in ready.addresses():
        if not is_mail:
            _check_url(address, source, path)
        host = host_of(address)
        if not is_allowed(host, ready.allowed_hosts):
            raise error(source, path, f'"{host}" is not one of [alerting] allowed_hosts; add it there')


def _check_url(url: str, source: Source, path: KeyPath) -> None:
    """Refuse what is no URL; it is not shown, as it may be a secret."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or _CONTROL.search(url) or " " in url:
        raise error(source, path, 'is not a URL; write one like "https://alerts.example:9093"')
    if parts.username or parts.password:
        raise error(source, path, "a name and password do not belong in a URL; use headers_file")


def _in_the_clear(ready: Ready, source: Source) -> Iterator[str]:
    if not ready.secrets:
        return
    for address in ready.addresses():
        host = host_of(address)
        if address.startswith("http://") and not is_loopback(host):
            where = source.where(("notifiers", ready.name))
            yield f"{where}: [notifiers.{ready.name}]: a secret goes to {host} over plain http; use https"


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give the environment for programs that are started: all of it but Sagascope's own, which holds secrets."""
    return {name: value for name, value in environ.items() if not name.startswith("SAGASCOPE_")}
