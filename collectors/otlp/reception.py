"""The reception: what every listener does with a request, whatever it came over.

A listener opens a `visit` before it reads a body, tells it how many bytes it holds, and gives it the
body; when the visit returns, the records are committed.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from functools import partial
from typing import Final, Self

from collectors.otlp.answers import UNAUTHORIZED, Refused, too_many
from collectors.otlp.inflate import inflate
from collectors.otlp.intake import Intake, Pending
from collectors.otlp.json_request import protobuf_bytes
from collectors.otlp.options import Limits
from collectors.otlp.tally import Tally, Transport
from tracer.errors import Busy, TooLarge
from tracer.ports import Signal, Tap

# A body from this size on is inflated or transcoded in a thread, not in the event loop.
_LONG_WORK_BYTES: Final = 64 * 2**10
READ_TIMEOUT_S: Final = 60.0  # for a whole body


class Reception:
    """Guards the limits, and brings requests to the intake."""

    def __init__(self, *, intake: Intake, limits: Limits, tally: Tally, token: str | None, tap: Tap | None) -> None:
        self._intake = intake
        self._token = token
        self._tap = tap
        self.limits: Final = limits
        self.tally: Final = tally
        self.queued_bytes = 0
        self.in_progress = 0

    def authorize(self, header: str | None) -> None:
        """Check an `authorization` header. Raises Refused when a token is wanted and this is not it."""
        if self._token is None:
            return
        scheme, _, given = (header or "").partition(" ")
        matches = hmac.compare_digest(given.strip().encode(errors="surrogateescape"), self._token.encode())
        if scheme.lower() != "bearer" or not matches:
            raise Refused(UNAUTHORIZED)

    def visit(self, signal: Signal, transport: Transport) -> Visit:
        """Let one request in, as a context. Raises Refused when too many are in progress."""
        if self.in_progress >= self.limits.max_concurrent_requests:
            raise Refused(too_many(self.limits.max_concurrent_requests))
        return Visit(self, signal, transport)

    def hold(self, more_bytes: int) -> None:
        """Count bytes in. Raises Busy when that is more than may wait."""
        if self.queued_bytes + more_bytes > self.limits.max_queued_bytes:
            raise Busy(f"{self.queued_bytes} bytes wait to be stored (max_queued_bytes)")
        self.queued_bytes += more_bytes

    def release(self, held_bytes: int) -> None:
        """Count bytes out."""
        self.queued_bytes -= held_bytes

    def submit(self, signal: Signal, body: bytes, settled: Callable[[], None]) -> Pending:
        """Queue a request for its commit."""
        return self._intake.submit(signal, body, settled)

    def accepted(self, what: str, signal: Signal, body: bytes) -> None:
        """Count a request that was committed, and show it to the tap."""
        self.tally.accepted(what, body_bytes=len(body))
        if self._tap is not None:
            self._tap.offer(signal, body)


class Visit:
    """One request, from its first byte to its commit."""

    def __init__(self, reception: Reception, signal: Signal, transport: Transport) -> None:
        self._reception = reception
        self._signal = signal
        self._transport = transport
        self._held_bytes = 0
        self._body_bytes = 0
        self._submitted = False

    def __enter__(self) -> Self:
        self._reception.in_progress += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._reception.in_progress -= 1
        if not self._submitted:
            self._release()

    def read(self, more_bytes: int) -> None:
        """Say that this much more of the body is in memory. Raises TooLarge or Busy."""
        self._body_bytes += more_bytes
        limit = self._reception.limits.max_body_bytes
        if self._body_bytes > limit:
            raise TooLarge(f"the body is larger than {limit} bytes (max_body)")
        self._hold(more_bytes)

    async def take(self, body: bytes, *, compressed: bool, json: bool) -> None:
        """Return when the records are committed. Raises Rejected, TooLarge or Busy."""
        limits = self._reception.limits
        if compressed:
            body = await _long_work(body, partial(inflate, body, max_bytes=limits.max_inflated_bytes))
            self._hold(max(0, len(body) - self._held_bytes))
        if json:
            body = await _long_work(body, partial(protobuf_bytes, self._signal, body, max_items=limits.max_items))
        pending = self._reception.submit(self._signal, body, self._release)
        self._submitted = True
        await pending.done
        self._reception.accepted(f"{self._signal}_{self._transport}", self._signal, body)

    def _release(self) -> None:
        """Give back the room that the body had. What is submitted keeps it until it is settled."""
        self._reception.release(self._held_bytes)

    def _hold(self, more_bytes: int) -> None:
        self._reception.hold(more_bytes)
        self._held_bytes += more_bytes


async def _long_work(body: bytes, work: partial[bytes]) -> bytes:
    return work() if len(body) < _LONG_WORK_BYTES else await asyncio.to_thread(work)
