"""The load generator: a process of its own that sends OTLP/gRPC and counts what was acknowledged."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import grpc

from tests.bench.traffic import Traffic, template

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRYABLE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


class Load:
    """Clients that send requests one after another, each on its own call, for a number of seconds.

    Where `every_s` is not 0, each client begins a request so often at most.
    """

    def __init__(self, *, spans: int, seconds: float, first: int, ended: bool, every_s: float = 0.0) -> None:
        self._traffic = Traffic(template(spans, ended=ended), seed=first + spans, first=first)
        self._spans = spans
        self._seconds = seconds
        self._every_s = every_s
        self.acknowledged = 0
        self.refused = 0
        self.latencies_s: list[float] = []

    async def run(self, target: str, clients: int) -> float:
        """Send; the seconds it took."""
        options = [("grpc.max_send_message_length", -1)]
        channels = [grpc.aio.insecure_channel(target, options=options) for _ in range(min(clients, 4))]
        calls = [channel.unary_unary(EXPORT) for channel in channels]
        start = time.monotonic()
        await asyncio.gather(*(self._client(calls[n % len(calls)], start) for n in range(clients)))
        took = time.monotonic() - start
        for channel in channels:
            await channel.close()
        return took

    async def _client(self, call: grpc.aio.UnaryUnaryMultiCallable, start: float) -> None:
        while time.monotonic() - start < self._seconds:
            body = self._traffic.request(time.time_ns() - 5_000_000)
            sent = time.monotonic()
            try:
                await call(body)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _RETRYABLE:
                    raise
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            self.latencies_s.append(time.monotonic() - sent)
            self.acknowledged += self._spans
            await asyncio.sleep(sent + self._every_s - time.monotonic())


def main() -> None:
    """Run the load that the command line describes and print its figures as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--spans", type=int, default=512)
    parser.add_argument("--clients", type=int, default=96)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=float, default=0)
    parser.add_argument("--open", action="store_true")
    asked = parser.parse_args()
    load = Load(spans=asked.spans, seconds=asked.seconds, first=asked.first, ended=not asked.open, every_s=asked.every)
    took_s = asyncio.run(load.run(asked.target, asked.clients))
    ordered = sorted(load.latencies_s)
    figures = {
        "spans": load.acknowledged,
        "seconds": took_s,
        "refused": load.refused,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
