"""The world as it is: real time, a bus, and HTTP between the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import Final

from tracer.clock import Clock
from tracer.demo.child import run_aside
from tracer.demo.faults import Plan
from tracer.demo.wire import post
from tracer.demo.world import Bus, Message, Refusal, Reply, Request, Vanished, no_answer

CALL_TIMEOUT_S: Final = 30.0
MAX_SAGAS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorld:
    """What a service process does to the world; `peers` are the addresses of the services it calls."""

    plan: Plan
    clock: Clock
    bus: Bus
    peers: Mapping[str, str]
    _sagas: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_SAGAS))
    _never: Event = field(default_factory=Event)

    @property
    def bus_system(self) -> str:
        """The kind of the bus, as spans name it."""
        return self.bus.system

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, UTC."""
        return self.clock.now_ns()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._never.wait(seconds)

    def publish(self, message: Message) -> None:
        """Hand a message to the broker."""
        self.bus.publish(message)

    def call(self, service: str, request: Request) -> Reply:
        """Ask another service."""
        try:
            return post(self.peers[service], request, timeout_s=CALL_TIMEOUT_S)
        except Refusal as refusal:
            raise Refusal(no_answer(service)) from refusal

    def later(self, work: Callable[[], None]) -> None:
        """Do the work in a thread, of which there are at most `MAX_SAGAS`."""
        if not self._sagas.acquire(blocking=False):
            raise Refusal(f"{MAX_SAGAS} transfers are in progress already")
        context = copy_context()
        run_aside(lambda: self._run(lambda: context.run(work)), "saga")

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Vanished:
            return  # the story breaks off here, as it was meant to
        finally:
            self._sagas.release()
