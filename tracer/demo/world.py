"""What a service of the demo may do to the world around it, and the letters it sends.

`live.LiveWorld` does it for real; `history.HistoryWorld` in time that jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tracer.demo.faults import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message on the bus; `key` is the business transaction id, `delivery` counts from 1.

    `source` is the service that says it, `cause` the id of the message that led to it. `partition` and
    `offset` are its place, where the bus has such.
    """

    id: str
    topic: str
    event: str
    key: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    delivery: int = 1
    source: str = ""
    cause: str = ""
    at_ns: int = 0
    partition: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request with a JSON body; header names are in lower case."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer with a JSON body."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """Another party said no, or nothing; whoever gets it says so in its span and decides."""


def no_answer(service: str) -> str:
    """Say that a service broke the connection off, as its caller writes it into a span."""
    return f"no answer from {service}: connection closed before a response"


class Vanished(BaseException):
    """The thread of a story breaks off here: what it has begun never ends, and no span is closed."""


class Crashed(Vanished):
    """The service dies in the middle of its work."""


class ReachedPresent(Vanished):
    """A story of the past has come to the present moment and is still in the middle of something."""


Routes = Mapping[str, Callable[[Request], Reply]]
Topics = Mapping[str, Callable[[Message], None]]


class Bus(Protocol):
    """Carries messages between the services."""

    @property
    def system(self) -> str:
        """Its kind, as spans name it."""
        ...

    def publish(self, message: Message) -> None:
        """Take a message. Raises Refusal when it does not."""
        ...

    def subscribe(self, topics: Topics) -> None:
        """Handle the messages of these topics from now on; one whose handler raises Refusal comes again."""
        ...

    def leave(self) -> None:
        """Take no more messages."""
        ...


class World(Protocol):
    """Time, the bus and the network, as a service sees them."""

    @property
    def plan(self) -> Plan:
        """The faults that are to happen."""
        ...

    @property
    def bus_system(self) -> str:
        """The kind of the bus, as spans name it."""
        ...

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass. Raises Vanished when the story breaks off meanwhile."""
        ...

    def publish(self, message: Message) -> None:
        """Hand a message to the broker. Raises Refusal when it does not take it."""
        ...

    def call(self, service: str, request: Request) -> Reply:
        """Ask another service and wait. Raises Refusal when the connection breaks; any status is a Reply."""
        ...

    def later(self, work: Callable[[], None]) -> None:
        """Do the work after the current one, in the same trace context. Raises Refusal when too much waits."""
        ...


class Service(Protocol):
    """A service: what it answers, by path, and what it consumes, by topic.

    A consumer that raises Refusal gets the message again after a backoff.
    """

    routes: Routes
    topics: Topics
