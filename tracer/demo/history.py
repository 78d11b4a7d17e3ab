"""The last forty minutes, written at once: `python -m tracer.demo.history SETTINGS`.

The same services run the same sagas, in time that jumps: to sleep is to set the clock forward. A story
that comes to the present in the middle of something breaks off there, and so is stuck since then. All
goes through opentelemetry-sdk and a real exporter, with explicit starts and ends.
"""

from __future__ import annotations

import asyncio
import heapq
import sys
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Final

from tracer.clock import NS_PER_S, SystemClock
from tracer.demo.bus import backoff_s, deliveries_s, left_unread
from tracer.demo.cast import SERVICES
from tracer.demo.child import say_ready
from tracer.demo.customers import Wish, wishes
from tracer.demo.export import WHEN_TOLD, Endpoints, Export, open_export, open_signals
from tracer.demo.faults import Plan, dice
from tracer.demo.parcelbus import SYSTEM as PARCELBUS
from tracer.demo.participant import Participant
from tracer.demo.settings import HistorySettings, from_argument
from tracer.demo.world import (
    Crashed,
    Message,
    ReachedPresent,
    Refusal,
    Reply,
    Request,
    Service,
    Vanished,
    no_answer,
)

# The last stories begin early enough that the healthy ones are over by now, and that nobody takes the time that their
# records waited to be written for a clock that is behind.
QUIET_S: Final = 65.0
NETWORK_S: Final = 0.0008
FLUSH_EVERY: Final = 50


@dataclass(slots=True)
class HistoryWorld:
    """Time that jumps, up to the present; one story after the other."""

    plan: Plan
    present_ns: int
    services: Mapping[str, Service] = field(default_factory=dict)
    bus_system: str = PARCELBUS
    published: list[Message] = field(default_factory=list)
    _now_ns: int = 0
    _agenda: list[tuple[int, int, Context, Callable[[], None]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def tell(self, at_ns: int, wish: Wish) -> None:
        """Live one story, from a customer's wish to its end or to the present."""
        request = Request(path=wish.path, body=wish.body)
        self._plan_at(at_ns, Context(), lambda: _discard(self.services[wish.service].routes[wish.path](request)))
        while self._agenda:
            self._now_ns, _, context, work = heapq.heappop(self._agenda)
            try:
                context.run(work)
            except Vanished:
                continue

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, UTC."""
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        """Set the clock forward. Raises ReachedPresent at the present."""
        self._now_ns += int(seconds * NS_PER_S)
        if self._now_ns >= self.present_ns:
            raise ReachedPresent

    def publish(self, message: Message) -> None:
        """Deliver a message as the broker would."""
        self.sleep(NETWORK_S)
        for delay_s in deliveries_s(self.plan, message):
            if self.plan.kafka:
                self.published.append(replace(message, at_ns=self._now_ns + int(delay_s * NS_PER_S)))
            if not left_unread(message):
                self._deliver(message, delay_s)

    def call(self, service: str, request: Request) -> Reply:
        """Let another service answer, at once."""
        self.sleep(NETWORK_S)
        try:
            return Context().run(self.services[service].routes[request.path], request)
        except Crashed:
            raise Refusal(no_answer(service)) from None
        finally:
            self._now_ns += int(NETWORK_S * NS_PER_S)

    def later(self, work: Callable[[], None]) -> None:
        """Do the work next."""
        self._plan_at(self._now_ns, copy_context(), work)

    def _deliver(self, message: Message, delay_s: float) -> None:
        self._plan_at(self._now_ns + int(delay_s * NS_PER_S), Context(), lambda: self._handle(message))

    def _handle(self, message: Message) -> None:
        consumer = next((service for service in self.services.values() if message.topic in service.topics), None)
        if consumer is None:
            return  # a dead letter
        try:
            consumer.topics[message.topic](message)
        except Refusal:
            self._deliver(replace(message, delivery=message.delivery + 1), backoff_s(message.delivery))

    def _plan_at(self, at_ns: int, context: Context, work: Callable[[], None]) -> None:
        if at_ns < self.present_ns:
            heapq.heappush(self._agenda, (at_ns, next(self._order), context, work))


def open_history(plan: Plan, present_ns: int, export: Export) -> HistoryWorld:
    """Give a world of the past with all services in it."""
    world = HistoryWorld(plan=plan, present_ns=present_ns, bus_system="kafka" if plan.kafka else PARCELBUS)
    world.services = {
        name: make(Participant(name, open_signals(name, export, world), world)) for name, make in SERVICES.items()
    }
    return world


def main() -> None:
    """Write the history and say how much it was."""
    settings = HistorySettings(**from_argument())
    clock = SystemClock()
    export = open_export(Endpoints(grpc=settings.otlp_grpc, http=settings.otlp_http), "grpc", WHEN_TOLD)
    world = open_history(Plan(settings.seed, kafka=bool(settings.kafka)), clock.now_ns(), export)
    told = {"order": 0, "transfer": 0}
    starts = _starts(settings, world.present_ns)
    for number, (at_ns, wish) in enumerate(zip(starts, wishes(settings.seed, clock), strict=False), start=1):
        world.tell(at_ns, wish)
        told[wish.service] += 1
        if number % FLUSH_EVERY == 0:
            export.flush()
    export.flush()
    if export.tally.lost:
        sys.exit(f"the sidecar did not take {export.tally.lost} batches of the past; the exporter's words are above")
    if settings.kafka:
        write_messages(settings.kafka, settings.prefix, world.published)
    say_ready(orders=told["order"], transfers=told["transfer"])


def write_messages(bootstrap: str, prefix: str, messages: list[Message]) -> None:
    """Write the messages of the past to Kafka."""
    from tracer.demo.kafka.past import write_past  # noqa: PLC0415  a demo without Kafka need not pay for its client
    from tracer.demo.kafka.place import Place  # noqa: PLC0415  likewise

    asyncio.run(write_past(Place(bootstrap=bootstrap, prefix=prefix), messages))


def _starts(settings: HistorySettings, present_ns: int) -> list[int]:
    luck = dice(settings.seed, "history")
    span_s = settings.minutes * 60
    ago_s = sorted((luck.uniform(QUIET_S, span_s) for _ in range(settings.transactions)), reverse=True)
    return [present_ns - int(seconds * NS_PER_S) for seconds in islice(ago_s, settings.transactions)]


def _discard(_: Reply) -> None:
    """Nobody reads the answer to a customer of the past."""


if __name__ == "__main__":
    main()
