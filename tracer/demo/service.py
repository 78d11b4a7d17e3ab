"""One service of the demo as a process: `python -m tracer.demo.service SETTINGS`, settings as JSON."""

from __future__ import annotations

import os
from threading import Timer
from typing import Final

from tracer.clock import Clock, SystemClock
from tracer.demo.cast import DETOURS, SERVICES
from tracer.demo.child import stand_by
from tracer.demo.export import Endpoints, Export, open_export, open_signals
from tracer.demo.faults import Plan
from tracer.demo.live import LiveWorld
from tracer.demo.parcelbus import ParcelBus
from tracer.demo.participant import Participant
from tracer.demo.scenery import DEPLOYMENTS
from tracer.demo.settings import ServiceSettings, from_argument
from tracer.demo.wire import Server
from tracer.demo.world import Bus, Reply, Request, Routes

FLUSH_S: Final = 2.0


def main() -> None:
    """Run until the demo ends."""
    settings = ServiceSettings(**from_argument())
    plan, clock = Plan(settings.seed, kafka=bool(settings.kafka)), SystemClock()
    bus = _kafka(settings, plan, clock) if settings.kafka else ParcelBus(settings.broker)
    world = LiveWorld(plan=plan, clock=clock, bus=bus, peers=settings.peers)
    endpoints = Endpoints(grpc=settings.otlp_grpc, http=settings.otlp_http)
    export = open_export(endpoints, DEPLOYMENTS[settings.name].transport)
    signals = open_signals(settings.name, export, world)
    service = {**SERVICES, **DETOURS}[settings.name](Participant(settings.name, signals, world))
    server = Server(lambda request: _answer(service.routes, request))
    server.start()
    bus.subscribe(service.topics)
    stand_by(http=server.address)
    _leave(export, bus)


def _kafka(settings: ServiceSettings, plan: Plan, clock: Clock) -> Bus:
    from tracer.demo.kafka.bus import KafkaBus  # noqa: PLC0415  a demo without Kafka need not pay for its client
    from tracer.demo.kafka.place import Place  # noqa: PLC0415  likewise

    place = Place(bootstrap=settings.kafka, prefix=settings.prefix)
    bus = KafkaBus(place, settings.name, plan, clock, one_by_one=settings.name in DETOURS)
    bus.start()
    return bus


def _answer(routes: Routes, request: Request) -> Reply:
    handle = routes.get(request.path)
    return Reply(status=404, body={"detail": f"no such path: {request.path}"}) if handle is None else handle(request)


def _leave(export: Export, bus: Bus) -> None:
    """Send what is left if that is quick, and go without waiting for threads in the middle of something."""
    Timer(FLUSH_S, os._exit, args=(0,)).start()
    export.flush()
    bus.leave()
    os._exit(0)


if __name__ == "__main__":
    main()
