"""`/v1/stream`: tells browsers and scripts that something changed, at most once a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import web

from tracer.errors import Busy, SagascopeError
from tracer.views import TransactionPage

_log = logging.getLogger("sagascope.api")

EVERY_S: Final = 1.0
LOOK_WHEN_QUIET: Final = (0, 1)  # rounds after the last new records: they came, and now they are folded
LOOK_EVERY: Final = 5  # quiet rounds: time alone makes a transaction stuck
HEARTBEAT: Final = 15


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a `change` event: how many transactions there are of each status."""

    counts: dict[str, int]
    total: int
    as_of: datetime


class Changes:
    """Looks for changes while anybody listens, and hands the latest one to every listener.

    A slow listener misses events in between, never the last one, and holds nothing up.
    """

    def __init__(
        self,
        *,
        mark: Callable[[], Hashable],
        look: Callable[[], Awaitable[TransactionPage]],
        max_listeners: int,
        every_s: float = EVERY_S,
    ) -> None:
        self._mark = mark
        self._look = look
        self._max_listeners = max_listeners
        self._every_s = every_s
        self._latest: Change | None = None
        self._number = 0
        self._news = asyncio.Condition()
        self._listeners = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._listeners

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one listener until it goes away or the sidecar stops. Raises Busy when too many listen."""
        if self._listeners >= self._max_listeners:
            raise Busy(f"{self._max_listeners} listeners are connected already ([api] max_streams)", retry_after_s=10)
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="changes")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            await response.prepare(request)
            await self._send_all(response)
        except ConnectionResetError:
            _log.debug("listener left", extra={"listeners": self._listeners - 1})
        finally:
            self._listeners -= 1
        return response

    async def close(self) -> None:
        """End every stream."""
        self._closed = True
        if self._task:
            self._task.cancel()
        async with self._news:
            self._news.notify_all()

    async def _send_all(self, response: web.StreamResponse) -> None:
        seen = 0
        while not self._closed:
            try:
                async with asyncio.timeout(HEARTBEAT * self._every_s), self._news:
                    await self._news.wait_for(lambda seen=seen: self._closed or self._number != seen)  # type: ignore[misc]  # a lambda's default has no type
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if self._latest and not self._closed:
                seen = self._number
                data = msgspec.json.encode(self._latest)
                await response.write(b"event: change\nid: %d\ndata: %b\n\n" % (seen, data))

    async def _watch(self) -> None:
        last_mark: Hashable = object()
        quiet = 0
        while self._listeners:
            mark = self._mark()
            moved = mark != last_mark
            last_mark, quiet = mark, 0 if moved else quiet + 1
            if quiet in LOOK_WHEN_QUIET or quiet % LOOK_EVERY == 0:
                await self._look_once(moved=moved)
            await asyncio.sleep(self._every_s)

    async def _look_once(self, *, moved: bool) -> None:
        try:
            page = await self._look()
        except SagascopeError as failed:
            _log.warning("changes not read", extra={"error": str(failed)})
            return
        counts = dict(page.counts)
        if moved or self._latest is None or counts != self._latest.counts:
            self._latest = Change(counts=counts, total=page.total, as_of=page.as_of)
            self._number += 1
            async with self._news:
                self._news.notify_all()
