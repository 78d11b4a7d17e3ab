"""What waits to be forwarded: bounded by bytes and by count, dropping the oldest or the newest beyond that."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

from tracer.ports import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One OTLP request message (protobuf, inflated) that waits."""

    signal: Signal
    body: bytes


class BoundedQueue:
    """Takes from any thread at once; every drop is counted."""

    def __init__(self, *, max_bytes: int, max_count: int, drop: Literal["oldest", "newest"]) -> None:
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._drop = drop
        self._held: deque[Waiting] = deque()
        self._lock = threading.Lock()
        self.size_bytes = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    def put(self, item: Waiting) -> bool:
        """Take an item; False when it was dropped itself."""
        size = len(item.body)
        with self._lock:
            if size > self._max_bytes or (self._drop == "newest" and not self._fits(size)):
                self.dropped += 1
                return False
            while not self._fits(size):
                self.size_bytes -= len(self._held.popleft().body)
                self.dropped += 1
            self._held.append(item)
            self.size_bytes += size
            return True

    def get(self) -> Waiting | None:
        """Give the oldest item, or None."""
        with self._lock:
            if not self._held:
                return None
            item = self._held.popleft()
            self.size_bytes -= len(item.body)
            return item

    def _fits(self, size: int) -> bool:
        return len(self._held) < self._max_count and self.size_bytes + size <= self._max_bytes
