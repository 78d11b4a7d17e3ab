"""The way to the demo's own broker: HTTP, a thread for each message that is handled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import BoundedSemaphore, Event
from typing import Final

from tracer.demo.child import run_aside
from tracer.demo.wire import post
from tracer.demo.world import Message, Refusal, Request, Topics, Vanished

SYSTEM: Final = "parcelbus"
BROKER_TIMEOUT_S: Final = 30.0
RECEIVE_WAIT_S: Final = 20.0
RECEIVE_AGAIN_S: Final = 1.0
MAX_MESSAGES: Final = 128


@dataclass(frozen=True, slots=True)
class ParcelBus:
    """Talks to the broker at HOST:PORT."""

    broker: str
    _messages: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_MESSAGES))
    _never: Event = field(default_factory=Event)

    @property
    def system(self) -> str:
        """Its kind, as spans name it."""
        return SYSTEM

    def publish(self, message: Message) -> None:
        """Hand a message to the broker."""
        self._tell_broker("/publish", message)

    def subscribe(self, topics: Topics) -> None:
        """Handle the messages of these topics from now on, at most `MAX_MESSAGES` at a time."""
        for topic, handle in topics.items():
            run_aside(self._consuming(topic, handle), f"consume {topic}")

    def leave(self) -> None:
        """Take no more messages: the process ends, and the broker with it."""

    def _consuming(self, topic: str, handle: Callable[[Message], None]) -> Callable[[], None]:
        def consume() -> None:
            while True:
                if (message := self._receive(topic)) is not None:
                    self._messages.acquire()
                    run_aside(self._handling(message, handle), f"process {topic}")

        return consume

    def _receive(self, topic: str) -> Message | None:
        wish = Request(path="/receive", body={"topic": topic, "wait_s": RECEIVE_WAIT_S})
        try:
            found = post(self.broker, wish, timeout_s=RECEIVE_WAIT_S + BROKER_TIMEOUT_S).body.get("message")
        except Refusal:
            self._never.wait(RECEIVE_AGAIN_S)  # the broker is gone: the demo says so, this service waits for it
            return None
        return None if found is None else Message(**found)

    def _handling(self, message: Message, handle: Callable[[Message], None]) -> Callable[[], None]:
        def once() -> None:
            try:
                handle(message)
            except Refusal:
                self._tell_broker("/redeliver", message)
            except Vanished:
                return  # the story breaks off here, as it was meant to
            finally:
                self._messages.release()

        return once

    def _tell_broker(self, path: str, message: Message) -> None:
        reply = post(self.broker, Request(path=path, body=asdict(message)), timeout_s=BROKER_TIMEOUT_S)
        if reply.status != 202:  # noqa: PLR2004  accepted
            raise Refusal(f"the broker refused {message.event}: {reply.body.get('detail')}")
