"""Puts the demo on its stage: the sidecar, the broker, the history, the services, their customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracer.demo.children import Children
from tracer.demo.definitions import TABLE, write_definitions
from tracer.demo.kafka.place import Place, new_place
from tracer.demo.kafka.sidecar import sidecar_tables
from tracer.demo.services import BusAddress, Services
from tracer.demo.settings import CustomerSettings, HistorySettings, to_argument

Say = Callable[[str], None]

SIDECAR: Final = "sidecar"
TOPICS: Final = "topics"
THRESHOLD: Final = "1m"
# A span leaves a service up to two seconds after its end (`export.LIVE`): what comes sooner than that is not late.
FLOOR: Final = "5s"
FREE_PORT: Final = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How the demo runs.

    `seconds` bounds a headless run, counted from when everything is up. `past` transactions are spread
    over the `minutes` before the start. `folder` is where the store and the logs go, a fresh temporary
    one if None, which is removed at the end unless `keep`. Addresses are HOST:PORT, port 0 a free one;
    `kafka` is a broker's, and without it the demo's own broker carries the messages. `learned_only` leaves
    out the definitions of the sagas, so that all is learned.
    """

    headless: bool = False
    seconds: float = 30.0
    rate_per_s: float = 2.0
    past: int = 400
    minutes: float = 40.0
    seed: int = 7
    folder: Path | None = None
    keep: bool = False
    api: str = FREE_PORT
    otlp_grpc: str = FREE_PORT
    otlp_http: str = FREE_PORT
    kafka: str = ""
    learned_only: bool = False


def set_up(children: Children, options: DemoOptions, say: Say) -> str:
    """Start everything and return the sidecar's URL when all of it is up. Raises DemoFailed."""
    bus = _start_bus(children, options)
    sidecar = children.start(SIDECAR, "tracer.cli.main", *_serve_arguments(children.folder, options, bus))
    listening = children.ready(sidecar)
    say(f"sidecar is up at {listening['api']}")
    say(f"its store and all logs are in {children.folder}, {_fate(options)}")
    if bus.kafka:
        say(f"topics and groups at {bus.kafka} begin with {bus.prefix}. and are removed at the end")
    otlp = {key: listening[key].rpartition("//")[2] for key in ("otlp_grpc", "otlp_http")}
    history = children.start("history", "tracer.demo.history", _history(options, bus, otlp))
    services = Services(children, bus, otlp, options.seed)
    # Over Kafka the past says how far each group has read, before the services read on.
    at = {} if bus.kafka else services.start_all()
    told = children.ready(history)
    at = at or services.start_all()
    say(f"the last {options.minutes:.0f} minutes are in: {told['orders']} orders, {told['transfers']} transfers")
    children.ready(children.start("customers", "tracer.demo.customers", _customers(options, told, at)))
    bus_name = f"Kafka at {bus.kafka}" if bus.kafka else "a broker"
    say(f"{len(at)} services and {bus_name} are up; about {options.rate_per_s:g} transactions a second come in")
    return listening["api"]


def _start_bus(children: Children, options: DemoOptions) -> BusAddress:
    if not options.kafka:
        return BusAddress(
            broker=children.ready(children.start("broker", "tracer.demo.broker", str(options.seed)))["bus"]
        )
    place = new_place(options.kafka)
    children.ready(children.start(TOPICS, "tracer.demo.kafka.topics", place.bootstrap, place.prefix))
    return BusAddress(kafka=place.bootstrap, prefix=place.prefix)


def _fate(options: DemoOptions) -> str:
    return "kept" if options.keep or options.folder is not None else "removed at the end; --keep keeps it"


def _serve_arguments(folder: Path, options: DemoOptions, bus: BusAddress) -> list[str]:
    config = folder / "sagascope.toml"
    text = f'[stalls]\ndefault_threshold = "{THRESHOLD}"\nlearned.floor = "{FLOOR}"\n'
    if not options.learned_only:
        write_definitions(folder)
        text += TABLE
    if bus.kafka:
        text += sidecar_tables(Place(bootstrap=bus.kafka, prefix=bus.prefix))
    config.write_text(text, encoding="utf-8")
    settings = {
        "--config": str(config),
        "--data": str(folder / "demo.duckdb"),
        "--otlp-grpc": options.otlp_grpc,
        "--otlp-http": options.otlp_http,
        "--api": options.api,
    }
    return ["serve", *(part for pair in settings.items() for part in pair)]


def _history(options: DemoOptions, bus: BusAddress, otlp: Mapping[str, str]) -> str:
    return to_argument(
        HistorySettings(
            seed=options.seed,
            transactions=options.past,
            minutes=options.minutes,
            kafka=bus.kafka,
            prefix=bus.prefix,
            **otlp,
        )
    )


def _customers(options: DemoOptions, told: Mapping[str, str], at: Mapping[str, str]) -> str:
    return to_argument(
        CustomerSettings(
            seed=options.seed,
            rate_per_s=options.rate_per_s,
            past_orders=int(told["orders"]),
            past_transfers=int(told["transfers"]),
            order=at["order"],
            transfer=at["transfer"],
        )
    )
