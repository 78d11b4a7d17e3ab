"""One service of the demo as a process: `python -m tracer.demo.service SETTINGS`, settings as JSON."""

from __future__ import annotations

import os
from threading import Timer
from typing import Final

from tracer.clock import SystemClock
from tracer.demo.cast import SERVICES
from tracer.demo.child import stand_by
from tracer.demo.export import Endpoints, Export, open_export, open_signals
from tracer.demo.faults import Plan
from tracer.demo.live import LiveWorld
from tracer.demo.participant import Participant
from tracer.demo.scenery import DEPLOYMENTS
from tracer.demo.settings import ServiceSettings, from_argument
from tracer.demo.wire import Server
from tracer.demo.world import Reply, Request, Routes

FLUSH_S: Final = 2.0


def main() -> None:
    """Run until the demo ends."""
    settings = ServiceSettings(**from_argument())
    world = LiveWorld(plan=Plan(settings.seed), clock=SystemClock(), broker=settings.broker, peers=settings.peers)
    endpoints = Endpoints(grpc=settings.otlp_grpc, http=settings.otlp_http)
    export = open_export(endpoints, DEPLOYMENTS[settings.name].transport)
    signals = open_signals(settings.name, export, world)
    service = SERVICES[settings.name](Participant(settings.name, signals, world))
    server = Server(lambda request: _answer(service.routes, request))
    server.start()
    for topic, handle in service.topics.items():
        world.subscribe(topic, handle)
    stand_by(http=server.address)
    _leave(export)


def _answer(routes: Routes, request: Request) -> Reply:
    handle = routes.get(request.path)
    return Reply(status=404, body={"detail": f"no such path: {request.path}"}) if handle is None else handle(request)


def _leave(export: Export) -> None:
    """Send what is left if that is quick, and go without waiting for threads in the middle of something."""
    Timer(FLUSH_S, os._exit, args=(0,)).start()
    export.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
