"""The world as it is: real time, the broker process, and HTTP between the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from threading import BoundedSemaphore, Event
from typing import Final

from tracer.clock import Clock
from tracer.demo.child import run_aside
from tracer.demo.faults import Plan
from tracer.demo.wire import post
from tracer.demo.world import Message, Refusal, Reply, Request, Vanished, no_answer

CALL_TIMEOUT_S: Final = 30.0
RECEIVE_WAIT_S: Final = 20.0
RECEIVE_AGAIN_S: Final = 1.0
MAX_MESSAGES: Final = 128
MAX_SAGAS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorld:
    """What a service process does to the world; `peers` are the addresses of the services it calls."""

    plan: Plan
    clock: Clock
    broker: str
    peers: Mapping[str, str]
    _messages: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_MESSAGES))
    _sagas: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_SAGAS))
    _never: Event = field(default_factory=Event)

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, UTC."""
        return self.clock.now_ns()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._never.wait(seconds)

    def publish(self, message: Message) -> None:
        """Hand a message to the broker."""
        self._tell_broker("/publish", message)

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
        run_aside(lambda: _release_after(self._sagas, lambda: context.run(work)), "saga")

    def subscribe(self, topic: str, handle: Callable[[Message], None]) -> None:
        """Handle the messages of a topic from now on, at most `MAX_MESSAGES` at a time."""
        run_aside(lambda: self._consume(topic, handle), f"consume {topic}")

    def _consume(self, topic: str, handle: Callable[[Message], None]) -> None:
        while True:
            if (message := self._receive(topic)) is not None:
                self._messages.acquire()
                run_aside(self._handling(message, handle), f"process {topic}")

    def _receive(self, topic: str) -> Message | None:
        wish = Request(path="/receive", body={"topic": topic, "wait_s": RECEIVE_WAIT_S})
        try:
            found = post(self.broker, wish, timeout_s=RECEIVE_WAIT_S + CALL_TIMEOUT_S).body.get("message")
        except Refusal:
            self.sleep(RECEIVE_AGAIN_S)  # the broker is gone: the demo says so, this service waits for it
            return None
        return None if found is None else Message(**found)

    def _handling(self, message: Message, handle: Callable[[Message], None]) -> Callable[[], None]:
        def once() -> None:
            try:
                handle(message)
            except Refusal:
                self._tell_broker("/redeliver", message)

        return lambda: _release_after(self._messages, once)

    def _tell_broker(self, path: str, message: Message) -> None:
        reply = post(self.broker, Request(path=path, body=asdict(message)), timeout_s=CALL_TIMEOUT_S)
        if reply.status != 202:  # noqa: PLR2004  accepted
            raise Refusal(f"the broker refused {message.event}: {reply.body.get('detail')}")


def _release_after(slots: BoundedSemaphore, work: Callable[[], None]) -> None:
    try:
        work()
    except Vanished:
        return  # the story breaks off here, as it was meant to
    finally:
        slots.release()
