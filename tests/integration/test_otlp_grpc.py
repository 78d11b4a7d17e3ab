"""OTLP over gRPC, against a real listener."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors.otlp import grpc_listener
from tracer.errors import Busy, ConfigError

pytestmark = pytest.mark.integration

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
MIB = 2**20


def a_request(name: str = "reserve") -> bytes:
    """Make a trace request of one span."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(name=name, kind=2)
    span.trace_id, span.span_id, span.start_time_unix_nano, span.end_time_unix_nano = b"t" * 16, b"s" * 8, 1, 2
    return request.SerializeToString()


async def call(otlp: Any, method: str, body: bytes, **options: Any) -> Any:
    """Make one call; give the response, or the error."""
    async with grpc.aio.insecure_channel(
        otlp.grpc, options=[("grpc.max_send_message_length", -1), ("grpc.enable_retries", 0)]
    ) as channel:
        try:
            return await channel.unary_unary(method)(body, **options)
        except grpc.aio.AioRpcError as error:
            return error


def status_of(error: Any) -> Status:
    """Read the google.rpc.Status that comes with an error."""
    return Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_accepted(with_otlp: Any, compression: Any) -> None:
    """A request is stored and answered by the empty message, compressed or not."""
    body = a_request("x" * 2_000)

    async def scenario(otlp: Any) -> None:
        assert b"" == await call(otlp, TRACES, body, compression=compression)
        assert ["x" * 2_000] == [row["name"] for row in otlp.sink.rows]
        assert [("traces", body)] == otlp.tap.offers
        expected = {"requests": 1, "requests_traces_grpc": 1, "records": 1, "groups": 1, "bytes": len(body)}
        assert expected == otlp.counted

    with_otlp(scenario)


def test_logs(with_otlp: Any) -> None:
    """Log records have their own service."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(event_name="Paid", time_unix_nano=3)

    async def scenario(otlp: Any) -> None:
        assert b"" == await call(otlp, LOGS, request.SerializeToString())
        assert ["Paid"] == [row["name"] for row in otlp.sink.rows]

    with_otlp(scenario)


@pytest.mark.parametrize("method", [TRACES, LOGS])
def test_empty_request(with_otlp: Any, method: str) -> None:
    """An empty request succeeds."""

    async def scenario(otlp: Any) -> None:
        assert b"" == await call(otlp, method, b"")

    with_otlp(scenario)


@pytest.mark.parametrize(
    ("method", "body", "options", "expected"),
    [
        (TRACES, b"\xff\xff", {}, (grpc.StatusCode.INVALID_ARGUMENT, "rejected_malformed")),
        (LOGS, b"\xff\xff", {}, (grpc.StatusCode.INVALID_ARGUMENT, "rejected_malformed")),
        (TRACES, b"\x1f\x8bjunk", {}, (grpc.StatusCode.INVALID_ARGUMENT, "rejected_malformed")),
        (TRACES, b"x" * 100_001, {}, (grpc.StatusCode.RESOURCE_EXHAUSTED, "rejected_too_large")),
        (TRACES, bytes(300_000), {"compression": grpc.Compression.Gzip},
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "rejected_too_large")),
        (METRICS, b"", {}, (grpc.StatusCode.UNIMPLEMENTED, "rejected_protocol")),
    ],
)  # fmt: skip
def test_refused(with_otlp: Any, method: str, body: bytes, options: Any, expected: Any) -> None:
    """Every refusal has its code and its counter, without RetryInfo, and stores nothing."""
    code, counter = expected

    async def scenario(otlp: Any) -> None:
        error = await call(otlp, method, body, **options)

        assert code == error.code()
        assert {counter: 1} == otlp.counted
        assert [] == otlp.sink.rows
        if "grpc-status-details-bin" in dict(error.trailing_metadata() or ()):
            assert (code.value[0], []) == (status_of(error).code, list(status_of(error).details))

    with_otlp(scenario, max_body=100_000, max_inflated=200_000)


def test_bomb(with_otlp: Any) -> None:
    """A quarter of a gigabyte of zeros in gzip is refused at the limit: gRPC does not inflate it."""

    async def scenario(otlp: Any) -> None:
        error = await call(otlp, TRACES, bytes(256 * MIB), compression=grpc.Compression.Gzip)

        assert grpc.StatusCode.RESOURCE_EXHAUSTED == error.code()
        assert "max_inflated" in error.details()
        assert 0 == otlp.collector.status().gauges["queued_bytes"]

    with_otlp(scenario, max_inflated=8 * MIB)


def test_busy(with_otlp: Any) -> None:
    """When the sink is busy the client is told when to come again, and then is taken."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.errors.append(Busy("the disk is full", retry_after_s=4.2))
        error = await call(otlp, TRACES, a_request())
        [detail] = status_of(error).details
        info = RetryInfo()

        assert (grpc.StatusCode.UNAVAILABLE, "the disk is full") == (error.code(), error.details())
        assert (True, 4.2) == (detail.Unpack(info), info.retry_delay.ToTimedelta().total_seconds())
        assert ({"refused_busy": 1}, []) == (otlp.counted, otlp.tap.offers)
        assert b"" == await call(otlp, TRACES, a_request())

    with_otlp(scenario)


def test_concurrency(with_otlp: Any) -> None:
    """Beyond the limit of requests at once the client is told to come again, with RetryInfo."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        first = asyncio.create_task(call(otlp, TRACES, a_request("first")))
        await otlp.sink.entered.wait()
        error = await call(otlp, TRACES, a_request("second"))
        otlp.sink.gate.set()

        assert (grpc.StatusCode.UNAVAILABLE, b"") == (error.code(), await first)
        assert 1 == len(status_of(error).details)
        assert (1, ["first"]) == (otlp.counted["refused_concurrency"], [row["name"] for row in otlp.sink.rows])

    with_otlp(scenario, max_concurrent_requests=1)


def test_message_that_does_not_come(with_otlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call counts before its message is there, and is told to come again when that takes too long."""
    monkeypatch.setattr(grpc_listener, "READ_TIMEOUT_S", 0.2)

    async def scenario(otlp: Any) -> None:
        async with grpc.aio.insecure_channel(otlp.grpc, options=[("grpc.enable_retries", 0)]) as channel:
            stalled = channel.stream_unary(TRACES)()
            await stalled.wait_for_connection()
            while otlp.collector.status().gauges["inflight"] == 0:  # noqa: ASYNC110  nothing signals it
                await asyncio.sleep(0.001)
            refused = await call(otlp, TRACES, a_request())
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await stalled

        assert (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE) == (refused.code(), error.value.code())
        assert 1 == len(status_of(error.value).details)
        assert {"refused_concurrency": 1, "refused_incomplete": 1} == otlp.counted
        assert {"inflight": 0, "queued_bytes": 0} == otlp.collector.status().gauges

    with_otlp(scenario, max_concurrent_requests=1)


def test_calls_are_bounded(with_otlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of gRPC refuses calls beyond those in progress and those that are just being refused."""
    monkeypatch.setattr(grpc_listener, "REFUSALS_AT_ONCE", 0)

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        first = asyncio.create_task(call(otlp, TRACES, a_request()))
        await otlp.sink.entered.wait()
        error = await call(otlp, METRICS, b"")
        otlp.sink.gate.set()

        assert (grpc.StatusCode.RESOURCE_EXHAUSTED, b"") == (error.code(), await first)

    with_otlp(scenario, max_concurrent_requests=1)


def test_client_that_gives_up(with_otlp: Any) -> None:
    """A client that does not wait for the commit leaves nothing behind that is never given back."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        error = await call(otlp, TRACES, a_request(), timeout=0.2)
        await otlp.sink.entered.wait()
        while otlp.collector.status().gauges["inflight"]:  # noqa: ASYNC110  nothing signals it
            await asyncio.sleep(0.001)
        held = otlp.collector.status().gauges["queued_bytes"]
        otlp.sink.gate.set()
        assert b"" == await call(otlp, TRACES, a_request())

        assert (grpc.StatusCode.DEADLINE_EXCEEDED, len(a_request())) == (error.code(), held)
        assert 0 == otlp.collector.status().gauges["queued_bytes"]

    with_otlp(scenario)


def test_concurrent_calls(with_otlp: Any) -> None:
    """Concurrent calls on one connection are all stored, in fewer commits than there are calls."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        async with grpc.aio.insecure_channel(otlp.grpc) as channel:
            export = channel.unary_unary(TRACES)
            calls = [asyncio.ensure_future(_settled(export(a_request(f"n{number}")))) for number in range(64)]
            while otlp.collector.status().gauges["inflight"] < len(calls):  # noqa: ASYNC110  nothing signals it
                await asyncio.sleep(0.001)
            otlp.sink.gate.set()
            assert {b""} == set(await asyncio.gather(*calls))

        assert 64 == len({row["name"] for row in otlp.sink.rows})
        assert otlp.counted["groups"] < 10

    with_otlp(scenario)


async def _settled(pending: Any) -> bytes:
    response: bytes = await pending
    return response


def test_token(with_otlp: Any, scratch: Path) -> None:
    """With a token file only calls with the token are taken."""
    (scratch / "token").write_text("s3cret\n")

    async def scenario(otlp: Any) -> None:
        error = await call(otlp, TRACES, a_request())

        assert grpc.StatusCode.UNAUTHENTICATED == error.code()
        assert b"" == await call(otlp, TRACES, a_request(), metadata=(("authorization", "Bearer s3cret"),))
        assert 1 == otlp.counted["rejected_unauthorized"]

    with_otlp(scenario, token_file=str(scratch / "token"))


def test_tls(with_otlp: Any, certificate: Any) -> None:
    """With a certificate the listener speaks TLS."""

    async def scenario(otlp: Any) -> None:
        trusting = grpc.ssl_channel_credentials(certificate.cert.read_bytes())
        async with grpc.aio.secure_channel(otlp.grpc, trusting) as channel:
            assert b"" == await channel.unary_unary(TRACES)(a_request())

    with_otlp(scenario, tls_cert=str(certificate.cert), tls_key=str(certificate.key))


def test_unknown_method(with_otlp: Any) -> None:
    """A service that is none of OTLP is not implemented."""

    async def scenario(otlp: Any) -> None:
        assert grpc.StatusCode.UNIMPLEMENTED == (await call(otlp, "/a.b/C", b"")).code()

    with_otlp(scenario)


def test_address_in_use(with_otlp: Any) -> None:
    """A second collector on the same address says so, and what to do."""

    async def scenario(otlp: Any) -> None:
        async def second(_: Any) -> None:
            pytest.fail("it started")

        with pytest.raises(
            ConfigError, match=rf"cannot listen on {otlp.grpc} .* or give another address with --otlp-grpc"
        ):
            await asyncio.to_thread(with_otlp, second, grpc=otlp.grpc)

    with_otlp(scenario)


def test_off(with_otlp: Any) -> None:
    """A listener that is switched off does not listen; the other does."""

    async def scenario(otlp: Any) -> None:
        status = otlp.collector.status()
        assert (["otlp_http"], "running") == (list(status.listening), status.state)

    with_otlp(scenario, grpc="")
