"""Addresses of elsewhere: filled from templates, and told apart from what no browser should open. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

MAX_URL: Final = 2_000
_FORBIDDEN: Final = frozenset('<>"\\^`{|}')


def filled(template: str, facts: Mapping[str, str | None]) -> str | None:
    """Put facts into a template, percent-encoded; None where it asks for one that is not known."""
    url = template
    for name, value in facts.items():
        if "{" + name + "}" in url:
            if value is None:
                return None
            url = url.replace("{" + name + "}", quote(value, safe=""))
    return url


def is_web(url: str) -> bool:
    """Say whether this is an address of the web: http or https with a host, printable ASCII, not too long."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or _FORBIDDEN & set(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
