"""Refuses to send to ourselves: every request would come back as another one, for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from tracer.config.settings import Settings
from tracer.config.shape import error
from tracer.config.sources import Source
from tracer.model.address import is_loopback, parse_address

_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared with, not listened on
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def refuse_loops(settings: Settings, source: Source, addresses: Iterable[str]) -> None:
    """Check where we send against where we listen (HOST:PORT or a URL). Raises ConfigError."""
    targets = {
        ("forward", "endpoint"): settings.forward.endpoint,
        ("telemetry", "otlp_endpoint"): settings.telemetry.otlp_endpoint,
    }
    for address in addresses:
        for path, url in targets.items():
            if url and is_same(url, address):
                problem = f"{url} is this sidecar's own listener {address}: name another endpoint"
                raise error(source, path, problem)


def is_same(url: str, address: str) -> bool:
    """Tell whether a request to `url` arrives at the listener on `address`."""
    parts = urlsplit(url)
    listener = parse_address(address.rpartition("//")[2])
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    host = (parts.hostname or "").lower()
    if port != listener.port:
        return False
    if is_loopback(host) or host in _EVERY_ADDRESS:
        return is_loopback(listener.host) or listener.host in _EVERY_ADDRESS
    return host == listener.host.lower()
