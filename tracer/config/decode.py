"""From merged tables to checked settings, and what a person should be told about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from tracer.config.alert_rules import check_rules, with_built_in
from tracer.config.notifiers import shaped_notifiers
from tracer.config.settings import Settings
from tracer.config.shape import error, shape
from tracer.config.sources import Source
from tracer.model.address import is_loopback, parse_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Checked settings, where they came from, and what a person should be told."""

    settings: Settings
    source: Source
    warnings: tuple[str, ...]


def decode(source: Source) -> Configuration:
    """Check every key. Raises ConfigError for the first one that is wrong."""
    settings = shape(with_built_in(_with_types(source)), Settings, source=source, path=())
    _check_api(settings, source)
    _check_correlation(settings, source)
    warnings = (*_open_to_all(settings), *check_rules(settings, source))
    settings = msgspec.structs.replace(settings, notifiers=shaped_notifiers(source))
    return Configuration(settings=settings, source=source, warnings=warnings)


def _with_types(source: Source) -> dict[str, Any]:
    """Give a collector's table without a `type` its own name as the type, so [collectors.otlp] needs none."""
    collectors = source.tables.get("collectors")
    if not isinstance(collectors, dict):
        return source.tables
    for name, table in collectors.items():
        if not isinstance(table, dict):
            raise error(source, ("collectors", name), "must be a table of keys")
    typed = {name: {"type": name, **table} for name, table in collectors.items()}
    return {**source.tables, "collectors": typed}


def _check_api(settings: Settings, source: Source) -> None:
    api = settings.api
    if (api.tls_cert is None) != (api.tls_key is None):
        missing = "tls_key" if api.tls_key is None else "tls_cert"
        raise error(source, ("api",), f"TLS needs tls_cert and tls_key together; {missing} is missing")
    guarded = api.token or api.token_file or api.tls_cert
    if not guarded and not is_loopback(parse_address(api.listen).host):
        problem = f"{api.listen} can be reached from other machines: set token_file or tls_cert and tls_key"
        raise error(source, ("api", "listen"), f'{problem}, or listen on "127.0.0.1:4319"')


def _check_correlation(settings: Settings, source: Source) -> None:
    if not any(key.strip() for key in settings.correlation.keys):
        problem = "no key is named, so nothing would ever belong to a transaction"
        raise error(source, ("correlation", "keys"), f"{problem}: name one, or leave keys out for the usual ones")


def _open_to_all(settings: Settings) -> tuple[str, ...]:
    api = settings.api
    if api.token or api.token_file or is_loopback(parse_address(api.listen).host):
        return ()
    problem = f"everybody who reaches {api.listen} may read all that is stored, by SQL too"
    return (f"[api] listen: {problem}: TLS keeps others from listening in, and no one from asking; set token_file",)
