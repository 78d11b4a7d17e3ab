"""Addresses to listen on ("127.0.0.1:4319", "[::1]:4319") and what counts as this machine alone."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Final

_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:\[\]/]+)):(?P<port>\d{1,5})")
_LAST_PORT: Final = 65_535

ADDRESS_HELP: Final = 'write HOST:PORT, like "127.0.0.1:4319", "[::1]:4319" or "0.0.0.0:4319"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and a port to listen on; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read HOST:PORT. Raises ValueError, whose text is the fix."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > _LAST_PORT:
        raise ValueError(ADDRESS_HELP)
    return Address(host=match["v6"] or match["host"], port=int(match["port"]))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or IP address can only be reached from this machine."""
    bare = host.strip("[]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def why_not(failed: OSError) -> str:
    """Say why an address could not be listened on, in the system's words alone."""
    if failed.errno is not None and failed.errno > 0:  # below 0 are those of names that nobody knows
        return os.strerror(failed.errno)
    return failed.strerror or str(failed)
