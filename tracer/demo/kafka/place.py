"""Where one demo's topics and groups are in a cluster that it shares with others."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracer.demo.orders import DEAD_LETTERS

PARTITIONS: Final = 3
REQUEST_TIMEOUT_MS: Final = 10_000
SIDECAR: Final = "sagascope"

# Who reads which topic, each service in a group of its own name.
READERS: Final[Mapping[str, tuple[str, ...]]] = {
    "inventory": ("orders.placed", "payments.declined"),
    "payment": ("inventory.reserved",),
    "shipping": ("payments.captured",),
    "freight": ("payments.captured.freight",),
    "engraving": ("payments.captured.engraving",),
    "pickup": ("payments.captured.pickup",),
    "notification": ("shipments.shipped",),
}
TOPICS: Final = (*(topic for topics in READERS.values() for topic in topics), DEAD_LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster by one broker's HOST:PORT, and the prefix of all that is this demo's."""

    bootstrap: str
    prefix: str

    def name(self, plain: str) -> str:
        """Give the name in the cluster of a topic or a group."""
        return f"{self.prefix}.{plain}"

    def plain(self, name: str) -> str:
        """Give the name without the prefix."""
        return name.removeprefix(f"{self.prefix}.")


def new_place(bootstrap: str) -> Place:
    """Choose a prefix that no other demo has."""
    return Place(bootstrap=bootstrap, prefix=f"demo-{secrets.token_hex(3)}")
