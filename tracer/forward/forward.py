"""The tap that passes on: takes at once, sends in tasks of its own, gives up after a limit, counts everything."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tracer.clock import Clock
from tracer.config.settings import ForwardSettings
from tracer.forward.attempt import Outcome, Transport, backoff_s
from tracer.forward.queue import BoundedQueue, Waiting
from tracer.ports import Signal

_log = logging.getLogger("sagascope.forward")

# Says how long to wait after so many failures, given what the server asked for, in seconds.
PauseS = Callable[[int, float | None], float]

SENDERS: Final = 4
DRAIN_S: Final = 5.0


class Forward:
    """Implements `tracer.ports.Tap`: `pause_s` spaces attempts, `drain_s` bounds what `stop` waits."""

    def __init__(
        self, settings: ForwardSettings, transport: Transport, *, pause_s: PauseS, drain_s: float = DRAIN_S
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._drain_s = drain_s
        self._pause_s = pause_s
        self._queue = BoundedQueue(
            max_bytes=settings.max_queued_bytes, max_count=settings.max_queued_requests, drop=settings.drop
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._senders: list[asyncio.Task[None]] = []
        self._inflight = 0
        dropped = ("dropped_refused", "dropped_gave_up", "dropped_stopping", "dropped_failed")
        self._counters = dict.fromkeys(("requests_sent", "retries", "items_rejected", *dropped), 0)
        self._troubled = False

    def offer(self, signal: Signal, body: bytes) -> None:
        """Take one OTLP request message, or drop and count it; from any thread, at once."""
        if self._queue.put(Waiting(signal=signal, body=body)) and self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    def status(self) -> Mapping[str, float]:
        """Counters, and the gauges queued_* and inflight."""
        return {
            **self._counters,
            "dropped_queue_full": self._queue.dropped,
            "queued_requests": len(self._queue),
            "queued_bytes": self._queue.size_bytes,
            "inflight": self._inflight,
        }

    async def start(self) -> None:
        """Begin to send."""
        await self._transport.start()
        self._loop = asyncio.get_running_loop()
        self._senders = [asyncio.create_task(self._send_all(), name=f"forward-{n}") for n in range(SENDERS)]
        self._wake.set()

    async def stop(self) -> None:
        """Send what waits, once each and for a few seconds at most; drop and count the rest."""
        self._stopping.set()
        self._wake.set()
        _, unfinished = await asyncio.wait(self._senders, timeout=self._drain_s) if self._senders else (set(), set())
        for sender in unfinished:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)
        while self._queue.get() is not None:
            self._counters["dropped_stopping"] += 1
        if lost := self._counters["dropped_stopping"]:
            _log.warning("forwarding stopped with requests unsent", extra={"requests": lost})
        await self._transport.stop()

    async def _send_all(self) -> None:
        while True:
            item = self._queue.get()
            if item is not None:
                await self._deliver(item)
            elif self._stopping.is_set():
                return
            else:
                self._wake.clear()
                if not len(self._queue):
                    await self._wake.wait()

    async def _deliver(self, item: Waiting) -> None:
        """Send until it is delivered, refused, or given up; what fails by a defect is dropped and counted."""
        self._inflight += 1
        began = asyncio.get_running_loop().time()
        failures = 0
        try:
            while (outcome := await self._transport.send(item)).kind == "again":
                failures += 1
                pause_s = self._pause_s(failures, outcome.after_s)
                waited_s = asyncio.get_running_loop().time() - began
                if waited_s + pause_s > self._settings.give_up_after_s or await self._told_to_stop(pause_s, outcome):
                    self._lose("dropped_stopping" if self._stopping.is_set() else "dropped_gave_up", outcome)
                    return
                self._counters["retries"] += 1
            self._settle(outcome)
        except asyncio.CancelledError:
            self._counters["dropped_stopping"] += 1
            raise
        except Exception:  # noqa: BLE001  a sender that ended here would be missed for good
            self._counters["dropped_failed"] += 1
            _log.exception("request not forwarded by a defect", extra={"endpoint": self._settings.endpoint})
        finally:
            self._inflight -= 1

    async def _told_to_stop(self, pause_s: float, outcome: Outcome) -> bool:
        """Wait for the pause; True when the sidecar stops in the meantime."""
        self._say_trouble(outcome)
        try:
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        except TimeoutError:
            return False
        return True

    def _settle(self, outcome: Outcome) -> None:
        if outcome.kind == "refused":
            self._lose("dropped_refused", outcome)
            return
        self._counters["requests_sent"] += 1
        self._counters["items_rejected"] += outcome.rejected_items
        if self._troubled:
            self._troubled = False
            _log.info("forwarding works again", extra={"endpoint": self._settings.endpoint})

    def _lose(self, counter: str, outcome: Outcome) -> None:
        self._counters[counter] += 1
        self._say_trouble(outcome)

    def _say_trouble(self, outcome: Outcome) -> None:
        """Say once that forwarding does not work, until it works again."""
        if not self._troubled:
            self._troubled = True
            _log.warning("forwarding failed", extra={"endpoint": self._settings.endpoint, "error": outcome.detail})


def make_forward(settings: ForwardSettings, headers: Mapping[str, str], clock: Clock) -> Forward:
    """Make the forwarder that the settings ask for; no I/O yet."""
    from tracer.forward.grpc import GrpcTransport  # noqa: PLC0415  gRPC is slow to import
    from tracer.forward.http import HttpTransport  # noqa: PLC0415  likewise

    grpc = settings.protocol == "grpc"
    transport = GrpcTransport(settings, headers) if grpc else HttpTransport(settings, headers, clock)
    jitter = random.Random()  # noqa: S311  spreads retries, guards nothing
    return Forward(settings, transport, pause_s=partial(backoff_s, jitter=jitter))
