"""Forwarding to real OTLP servers over gRPC and HTTP that first fail in every way."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import pytest
from aiohttp import web
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tracer.clock import FixedClock
from tracer.config.settings import ForwardSettings
from tracer.forward.forward import Forward
from tracer.forward.grpc import METHODS, GrpcTransport
from tracer.forward.http import HttpTransport

pytestmark = pytest.mark.integration

BODY = b"\x0a\x00" * 500
PARTIAL = {
    "traces": ExportTraceServiceResponse(partial_success={"rejected_spans": 3}).SerializeToString(),
    "logs": ExportLogsServiceResponse(partial_success={"rejected_log_records": 2}).SerializeToString(),
}


@dataclass
class Server:
    """Answers with the script, then with success, and keeps what it took."""

    script: list = field(default_factory=list)
    got: list = field(default_factory=list)
    pauses: list = field(default_factory=list)
    endpoint: str = ""

    def pause_s(self, failures: int, asked_s: float | None) -> float:
        """Remember what would have been waited, and wait nothing."""
        self.pauses.append((failures, asked_s))
        return 0.0


async def answer_grpc(server: Server, signal: str, body: bytes, context) -> bytes:
    """Answer one call: a status code, one with RetryInfo, a reply, or an empty reply."""
    server.got.append((signal, body, dict(context.invocation_metadata()).get("x-key")))
    answer = server.script.pop(0) if server.script else b""
    if isinstance(answer, bytes):
        return answer
    code, retry_s = answer
    if retry_s is None:
        await context.abort(code, "scripted")
    info = Any()
    info.Pack(error_details_pb2.RetryInfo(retry_delay=Duration(nanos=int(retry_s * 1e9))))
    status = status_pb2.Status(code=code.value[0], message="scripted", details=[info])
    await context.abort_with_status(rpc_status.to_status(status))
    return b""


@asynccontextmanager
async def grpc_server(server: Server):
    """Run a real gRPC server for the two OTLP services."""

    def handler(signal: str):
        async def answer(body: bytes, context) -> bytes:
            return await answer_grpc(server, signal, body, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    class Otlp(grpc.GenericRpcHandler):
        """Takes raw bytes for every method we know."""

        def service(self, details):
            """Find the handler of a method."""
            return next((handler(signal) for signal, name in METHODS.items() if name == details.method), None)

    running = grpc.aio.server()
    running.add_generic_rpc_handlers((Otlp(),))
    port = running.add_insecure_port("127.0.0.1:0")
    await running.start()
    server.endpoint = f"http://127.0.0.1:{port}"
    try:
        yield
    finally:
        await running.stop(0)


@asynccontextmanager
async def http_server(server: Server):
    """Run a real HTTP server for the two OTLP paths."""

    async def answer(request: web.Request) -> web.Response:
        body = gzip.decompress(await request.read()) if request.headers.get("Content-Encoding") else b""
        server.got.append((request.path, body, request.headers.get("x-key")))
        scripted = server.script.pop(0) if server.script else b""
        if isinstance(scripted, bytes):
            return web.Response(body=scripted, content_type="application/x-protobuf")
        status, headers = scripted
        if status == 0:
            request.transport.abort()
        return web.Response(status=status or 200, headers=headers)

    application = web.Application()
    application.router.add_post("/v1/{signal}", answer)
    runner = web.AppRunner(application, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


def forward_to(server: Server, protocol: str, **changes) -> Forward:
    """Make the forwarder under test."""
    settings = ForwardSettings(endpoint=server.endpoint, protocol=protocol, **changes)
    headers = {"x-key": "k"}
    grpc_transport = GrpcTransport(settings, headers)
    transport = grpc_transport if protocol == "grpc" else HttpTransport(settings, headers, FixedClock(0))
    return Forward(settings, transport, pause_s=server.pause_s)


async def settled(forward: Forward, count: int) -> None:
    """Wait until so many requests have ended in one way or another."""
    names = ("requests_sent", "dropped_refused", "dropped_gave_up")
    while sum(forward.status()[name] for name in names) < count:  # noqa: ASYNC110  counters tell nobody
        await asyncio.sleep(0.01)


def send(protocol: str, script: list, signals: tuple = ("traces",), **changes) -> tuple[Server, dict]:
    """Forward one body for each signal to a server with this script; the server and the counters."""
    server = Server(script=script)

    async def scenario() -> dict:
        async with (grpc_server if protocol == "grpc" else http_server)(server):
            forward = forward_to(server, protocol, **changes)
            await forward.start()
            for signal in signals:
                forward.offer(signal, BODY)
            await asyncio.wait_for(settled(forward, len(signals)), 20)
            await forward.stop()
            return dict(forward.status())

    return server, asyncio.run(scenario())


GRPC_AGAIN = [
    (grpc.StatusCode.CANCELLED, None),
    (grpc.StatusCode.DEADLINE_EXCEEDED, None),
    (grpc.StatusCode.ABORTED, None),
    (grpc.StatusCode.OUT_OF_RANGE, None),
    (grpc.StatusCode.UNAVAILABLE, 0.5),
    (grpc.StatusCode.DATA_LOSS, None),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, 2.0),
]
GRPC_REFUSED = ["INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "INTERNAL", "UNKNOWN",
                "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"]  # fmt: skip


def test_grpc_sends_again_for_every_retryable_code():
    """Each retryable code is one more attempt, RetryInfo is the pause, and the body arrives whole."""
    server, counters = send("grpc", list(GRPC_AGAIN))

    assert server.got == [("traces", BODY, "k")] * (len(GRPC_AGAIN) + 1)
    assert [asked for _, asked in server.pauses] == [None, None, None, None, 0.5, None, 2.0]
    assert (counters["requests_sent"], counters["retries"], counters["dropped_refused"]) == (1, 7, 0)


@pytest.mark.parametrize("code", GRPC_REFUSED)
def test_grpc_does_not_send_again_what_is_refused(code):
    """A permanent refusal is one attempt and one counted drop; RESOURCE_EXHAUSTED without RetryInfo too."""
    server, counters = send("grpc", [(grpc.StatusCode[code], None)])

    assert len(server.got) == 1
    assert (counters["requests_sent"], counters["dropped_refused"]) == (0, 1)


def test_http_sends_again_for_every_retryable_answer():
    """429, 502, 503, 504 and a broken connection are one more attempt; Retry-After is the pause."""
    script = [(429, {"Retry-After": "7"}), (502, {}), (503, {"Retry-After": "soon"}), (504, {}), (0, {})]
    server, counters = send("http/protobuf", script)

    assert server.got == [("/v1/traces", BODY, "k")] * 6
    assert [asked for _, asked in server.pauses] == [7.0, None, None, None, None]
    assert (counters["requests_sent"], counters["retries"]) == (1, 5)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 415, 500, 501])
def test_http_does_not_send_again_what_is_refused(status):
    """Every other answer is final, a redirect too."""
    server, counters = send("http/protobuf", [(status, {"Location": "/elsewhere"})])

    assert len(server.got) == 1
    assert (counters["requests_sent"], counters["dropped_refused"]) == (0, 1)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_partial_success_is_delivered_and_counted(protocol):
    """What the other side rejected is never sent again, and shown."""
    _, traces = send(protocol, [PARTIAL["traces"]])
    _, logs = send(protocol, [PARTIAL["logs"]], ("logs",))

    assert (traces["requests_sent"], traces["items_rejected"]) == (1, 3)
    assert (logs["requests_sent"], logs["items_rejected"]) == (1, 2)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_it_gives_up_after_the_limit(protocol):
    """An endpoint that never recovers costs one counted drop a request, not the queue for ever."""
    again = (grpc.StatusCode.UNAVAILABLE, None) if protocol == "grpc" else (503, {})
    _, counters = send(protocol, [again] * 100_000, give_up_after_s=0.05)

    assert (counters["requests_sent"], counters["dropped_gave_up"]) == (0, 1)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_stopping_sends_what_waits(protocol):
    """A stop drains: everything offered before it arrives."""
    server = Server()

    async def scenario() -> dict:
        async with (grpc_server if protocol == "grpc" else http_server)(server):
            forward = forward_to(server, protocol)
            await forward.start()
            for _ in range(50):
                forward.offer("traces", BODY)
            await forward.stop()
            return dict(forward.status())

    counters = asyncio.run(scenario())

    assert (len(server.got), counters["requests_sent"], counters["queued_bytes"]) == (50, 50, 0)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_nobody_there_holds_nothing_up(protocol):
    """Without an endpoint that answers, offers return at once, the queue stays bounded, a stop ends and counts."""
    server = Server(endpoint="http://127.0.0.1:1")

    async def scenario() -> dict:
        settings = ForwardSettings(endpoint=server.endpoint, protocol=protocol, max_queued_requests=10)
        transport = GrpcTransport(settings, {}) if protocol == "grpc" else HttpTransport(settings, {}, FixedClock(0))
        forward = Forward(settings, transport, pause_s=lambda *_: 60.0, drain_s=0.5)
        await forward.start()
        for _ in range(100):
            forward.offer("traces", BODY)
        await forward.stop()
        return dict(forward.status())

    counters = asyncio.run(scenario())

    assert counters["dropped_queue_full"] + counters["dropped_stopping"] == 100
    assert counters["dropped_queue_full"] >= 86
    assert (counters["queued_requests"], counters["inflight"]) == (0, 0)
