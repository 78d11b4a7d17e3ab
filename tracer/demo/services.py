"""Starts the demo's services, each a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from tracer.demo.children import Child, Children
from tracer.demo.settings import ServiceSettings, to_argument

FIRST: Final = ("inventory", "payment", "shipping", "notification", "account", "ledger", "fraud-check", "order")
CALLED_BY_TRANSFER: Final = ("account", "ledger", "fraud-check", "notification")
ONLY_OVER_KAFKA: Final = ("freight", "engraving")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAddress:
    """The demo's own `broker`, or `kafka` with the prefix of this demo; addresses are HOST:PORT."""

    broker: str = ""
    kafka: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """Starts them; they send to `otlp` (otlp_grpc and otlp_http, HOST:PORT each)."""

    children: Children
    bus: BusAddress
    otlp: Mapping[str, str]
    seed: int

    def start_all(self) -> dict[str, str]:
        """Start all services, those first that others call, and give the addresses they answer on."""
        at = self.start((*FIRST, *(ONLY_OVER_KAFKA if self.bus.kafka else ())), {})
        return at | self.start(("transfer",), {name: at[name] for name in CALLED_BY_TRANSFER})

    def start(self, names: tuple[str, ...], peers: Mapping[str, str]) -> dict[str, str]:
        """Start services side by side and give the addresses they answer on."""
        started: dict[str, Child] = {}
        for name in names:
            settings = ServiceSettings(name=name, seed=self.seed, peers=peers, **asdict(self.bus), **self.otlp)
            started[name] = self.children.start(name, "tracer.demo.service", to_argument(settings))
        return {name: self.children.ready(child)["http"] for name, child in started.items()}
