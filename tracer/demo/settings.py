"""What the processes of the demo are told: one argument each, as JSON. Addresses are HOST:PORT."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What a service process is told; the bus is the demo's own `broker`, or `kafka` with the demo's `prefix`."""

    name: str
    seed: int
    otlp_grpc: str
    otlp_http: str
    broker: str = ""
    kafka: str = ""
    prefix: str = ""
    peers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSettings:
    """What the customers are told; `past_orders` and `past_transfers` were told already, by the history."""

    seed: int
    rate_per_s: float
    past_orders: int
    past_transfers: int
    order: str
    transfer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """What the writer of the history is told."""

    seed: int
    otlp_grpc: str
    otlp_http: str
    transactions: int
    minutes: float
    kafka: str = ""
    prefix: str = ""


def to_argument(settings: ServiceSettings | CustomerSettings | HistorySettings) -> str:
    """Write settings as the one argument of a process."""
    return json.dumps(asdict(settings))


def from_argument() -> dict[str, Any]:
    """Read the settings that this process was started with."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    return told
