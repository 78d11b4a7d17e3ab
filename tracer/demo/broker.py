"""The message broker of the demo: topics with one consumer each, at least once, now and then less.

Started as `python -m tracer.demo.broker SEED`. POST /publish takes a message, /receive hands the next one
of a topic out (and waits for it), /redeliver takes back one that its consumer could not handle.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from threading import Condition
from typing import Any, Final

from tracer.clock import NS_PER_S, Clock, SystemClock
from tracer.demo.bus import backoff_s, deliveries_s
from tracer.demo.child import stand_by
from tracer.demo.faults import Plan
from tracer.demo.wire import Server
from tracer.demo.world import Message, Reply, Request

MAX_QUEUED: Final = 5_000
MAX_WAIT_S: Final = 20.0


@dataclass(slots=True)
class Broker:
    """Keeps the messages of each topic in the order in which they fall due."""

    plan: Plan
    clock: Clock
    _waiting: dict[str, list[tuple[int, int, Message]]] = field(default_factory=dict)
    _changed: Condition = field(default_factory=Condition)
    _order: count[int] = field(default_factory=count)

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        match request.path:
            case "/publish":
                message = Message(**request.body)
                return self._put(message, *deliveries_s(self.plan, message))
            case "/redeliver":
                failed = Message(**request.body)
                return self._put(replace(failed, delivery=failed.delivery + 1), backoff_s(failed.delivery))
            case "/receive":
                return Reply(status=200, body=self._take(request.body))
            case _:
                return Reply(status=404, body={"detail": f"no such path: {request.path}"})

    def _put(self, message: Message, *after_s: float) -> Reply:
        with self._changed:
            queue = self._waiting.setdefault(message.topic, [])
            if len(queue) + len(after_s) > MAX_QUEUED:
                return Reply(status=503, body={"detail": f"{message.topic} holds {MAX_QUEUED} messages already"})
            for delay_s in after_s:
                due_ns = self.clock.now_ns() + int(delay_s * NS_PER_S)
                heapq.heappush(queue, (due_ns, next(self._order), message))
            self._changed.notify_all()
        return Reply(status=202)

    def _take(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Give the next due message of a topic, or nothing after a while."""
        until_ns = self.clock.now_ns() + int(min(float(wish["wait_s"]), MAX_WAIT_S) * NS_PER_S)
        with self._changed:
            while True:
                now_ns = self.clock.now_ns()
                queue = self._waiting.setdefault(str(wish["topic"]), [])
                if queue and queue[0][0] <= now_ns:
                    return {"message": asdict(heapq.heappop(queue)[2])}
                if now_ns >= until_ns:
                    return {}
                next_ns = min(until_ns, queue[0][0]) if queue else until_ns
                self._changed.wait((next_ns - now_ns) / NS_PER_S)


def main() -> None:
    """Run until the demo ends."""
    server = Server(Broker(Plan(int(sys.argv[1])), SystemClock()).answer)
    server.start()
    stand_by(bus=server.address)


if __name__ == "__main__":
    main()
