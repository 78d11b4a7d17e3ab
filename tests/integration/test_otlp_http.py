"""OTLP over HTTP, against a real listener."""

import asyncio
import gzip
import json
import ssl
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from collectors.otlp import http_listener
from tracer.errors import Busy, ConfigError

pytestmark = pytest.mark.integration

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MIB = 2**20


def a_request(name: str = "reserve") -> bytes:
    """Make a trace request of one span."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(name=name, kind=2)
    span.trace_id, span.span_id, span.start_time_unix_nano, span.end_time_unix_nano = b"t" * 16, b"s" * 8, 1, 2
    span.attributes.add(key="saga.id").value.string_value = "O-1"
    return request.SerializeToString()


def json_request() -> bytes:
    """Make the same span in JSON."""
    span = {
        "traceId": "74" * 16, "spanId": "73" * 8, "name": "reserve", "kind": 2, "startTimeUnixNano": "1",
        "endTimeUnixNano": 2, "attributes": [{"key": "saga.id", "value": {"stringValue": "O-1"}}],
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


async def post(url: str, body: Any, content_type: str | None = PROTOBUF, **headers: str) -> Any:
    """Post a body; give the status code, the headers and the body of the answer."""
    every = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        every["Content-Type"] = content_type
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=("Content-Type",)) as session,
        session.post(url, data=body, headers=every) as response,
    ):
        return response.status, response.headers, await response.read()


def of_status(content_type: str, body: bytes) -> tuple[int, str]:
    """Read a google.rpc.Status in either encoding."""
    if content_type == PROTOBUF:
        status = Status.FromString(body)
        return status.code, status.message
    parsed = json.loads(body)
    return parsed["code"], parsed["message"]


@pytest.mark.parametrize(
    ("content_type", "body", "response"), [(PROTOBUF, a_request(), b""), (JSON, json_request(), b"{}")]
)
@pytest.mark.parametrize("pack", [None, gzip.compress])
def test_accepted(with_otlp: Any, content_type: str, body: bytes, response: bytes, pack: Any) -> None:
    """Both encodings, plain and gzip, store the same record; the answer is a full success in that encoding."""

    async def scenario(otlp: Any) -> None:
        packed, headers = (body, {}) if pack is None else (pack(body), {"Content_Encoding": "gzip"})
        code, answer_headers, answer = await post(f"{otlp.http}/v1/traces", packed, content_type, **headers)
        [row] = otlp.sink.rows

        assert (200, content_type, response) == (code, answer_headers["Content-Type"], answer)
        assert ExportTraceServiceResponse() == ExportTraceServiceResponse.FromString(b"" if answer == b"{}" else answer)
        assert ("O-1", "reserve", b"t" * 16) == (row["transaction_id"], row["step"], row["trace_id"].bytes)
        assert [("traces", a_request())] == otlp.tap.offers
        expected = {"requests": 1, "requests_traces_http": 1, "records": 1, "groups": 1, "bytes": len(a_request())}
        assert expected == otlp.counted

    with_otlp(scenario)


def test_logs(with_otlp: Any) -> None:
    """Log records have their own path."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(event_name="Paid", time_unix_nano=3)

    async def scenario(otlp: Any) -> None:
        code, _, _ = await post(f"{otlp.http}/v1/logs", request.SerializeToString())

        assert (200, ["Paid"]) == (code, [row["name"] for row in otlp.sink.rows])

    with_otlp(scenario)


@pytest.mark.parametrize(("content_type", "body"), [(PROTOBUF, b""), (JSON, b"{}"), (f"{JSON}; charset=utf-8", b"{}")])
def test_empty_request(with_otlp: Any, content_type: str, body: bytes) -> None:
    """An empty request succeeds."""

    async def scenario(otlp: Any) -> None:
        code, _, _ = await post(f"{otlp.http}/v1/traces", body, content_type)

        assert 200 == code

    with_otlp(scenario)


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("path", "body", "headers", "expected"),
    [
        ("/v1/traces", b"\xff\xff", {}, (400, 3, "rejected_malformed")),
        ("/v1/logs", b"\xff\xff", {}, (400, 3, "rejected_malformed")),
        ("/v1/traces", b"not gzip", {"Content_Encoding": "gzip"}, (400, 3, "rejected_malformed")),
        ("/v1/traces", b"x" * 2_000, {}, (413, 8, "rejected_too_large")),
        ("/v1/traces", gzip.compress(bytes(5_000)), {"Content_Encoding": "gzip"}, (413, 8, "rejected_too_large")),
        ("/v1/traces", b"x", {"Content_Encoding": "br"}, (415, 3, "rejected_protocol")),
        ("/v1/metrics", b"", {}, (404, 12, "rejected_protocol")),
        ("/v1/profiles", b"", {}, (404, 3, "rejected_protocol")),
        ("/", b"", {}, (404, 3, "rejected_protocol")),
    ],
)  # fmt: skip
def test_refused(with_otlp: Any, encoding: str, path: str, body: bytes, headers: Any, expected: Any) -> None:
    """Every refusal is a google.rpc.Status in the encoding of the request, and is counted by its kind."""
    http_code, grpc_code, counter = expected

    async def scenario(otlp: Any) -> None:
        code, answer_headers, answer = await post(otlp.http + path, body, encoding, **headers)
        status_code, message = of_status(encoding, answer)

        assert (http_code, encoding) == (code, answer_headers["Content-Type"])
        assert (grpc_code, True) == (status_code, len(message) > 0)
        assert {counter: 1} == otlp.counted
        assert "Retry-After" not in answer_headers
        assert [] == otlp.sink.rows

    with_otlp(scenario, max_body=1_000, max_inflated=4_000)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/octet-stream", "multipart/form-data"])
def test_content_type(with_otlp: Any, content_type: str | None) -> None:
    """A request of neither encoding is told which ones there are."""

    async def scenario(otlp: Any) -> None:
        code, headers, answer = await post(f"{otlp.http}/v1/traces", a_request(), content_type)

        assert (415, JSON) == (code, headers["Content-Type"])
        assert PROTOBUF in of_status(JSON, answer)[1]

    with_otlp(scenario)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method(with_otlp: Any, method: str) -> None:
    """Other methods than POST are told so."""

    async def scenario(otlp: Any) -> None:
        async with aiohttp.ClientSession() as session, session.request(method, f"{otlp.http}/v1/traces") as response:
            assert (405, "POST") == (response.status, response.headers["Allow"])
            assert 3 == (await response.json())["code"]

    with_otlp(scenario)


def test_bomb(with_otlp: Any) -> None:
    """256 MiB of zeros in a quarter of a megabyte of gzip is refused at the limit."""
    packer = zlib.compressobj(wbits=31)
    zeros = bytes(16 * MIB)
    bomb = b"".join(packer.compress(zeros) for _ in range(16)) + packer.flush()

    async def scenario(otlp: Any) -> None:
        code, _, _ = await post(f"{otlp.http}/v1/traces", bomb, Content_Encoding="gzip")

        assert (413, 0) == (code, otlp.collector.status().gauges["queued_bytes"])

    with_otlp(scenario, max_inflated=8 * MIB)


def test_chunked_body_over_the_limit(with_otlp: Any) -> None:
    """A body without a length is refused when it passes the limit, while it is read."""

    async def endless() -> Any:
        for _ in range(10_000):
            yield bytes(1_000)

    async def scenario(otlp: Any) -> None:
        try:
            code, _, _ = await post(f"{otlp.http}/v1/traces", endless())
        except aiohttp.ClientError:
            code = 413  # the answer can be lost when the listener closes on a client that still sends
        await asyncio.sleep(0)

        assert (413, {"rejected_too_large": 1}) == (code, otlp.counted)

    with_otlp(scenario, max_body=100_000)


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
def test_busy(with_otlp: Any, encoding: str) -> None:
    """When the sink is busy the client is told when to come again, and then is taken."""
    body = a_request() if encoding == PROTOBUF else json_request()

    async def scenario(otlp: Any) -> None:
        otlp.sink.errors.append(Busy("the disk is full", retry_after_s=4.2))
        code, headers, answer = await post(f"{otlp.http}/v1/traces", body, encoding)

        assert (503, "5", (14, "the disk is full")) == (code, headers["Retry-After"], of_status(encoding, answer))
        assert ({"refused_busy": 1}, []) == (otlp.counted, otlp.tap.offers)
        status = otlp.collector.status()
        assert ("degraded", True) == (status.state, status.detail.startswith("the disk is full; clients keep"))
        assert 200 == (await post(f"{otlp.http}/v1/traces", body, encoding))[0]
        assert ("running", "") == (otlp.collector.status().state, otlp.collector.status().detail)

    with_otlp(scenario)


def test_concurrency(with_otlp: Any) -> None:
    """Beyond the limit of requests at once the client is told to come again; the others are taken."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        url = f"{otlp.http}/v1/traces"
        first = asyncio.create_task(post(url, a_request("first")))
        await otlp.sink.entered.wait()
        code, headers, answer = await post(url, a_request("second"))
        assert 1 == otlp.collector.status().gauges["inflight"]
        otlp.sink.gate.set()
        first_code, _, _ = await first
        info = RetryInfo()

        assert (503, "1", 200) == (code, headers["Retry-After"], first_code)
        assert Status.FromString(answer).details[0].Unpack(info)
        assert 1 == otlp.counted["refused_concurrency"]
        assert ["first"] == [row["name"] for row in otlp.sink.rows]
        assert {"inflight": 0, "queued_bytes": 0} == otlp.collector.status().gauges

    with_otlp(scenario, max_concurrent_requests=1)


def test_queue_is_full(with_otlp: Any) -> None:
    """Beyond the limit of queued bytes the client is told to come again; nothing of it is stored."""
    big = a_request("x" * 3_000)

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        url = f"{otlp.http}/v1/traces"
        first = asyncio.create_task(post(url, big))
        await otlp.sink.entered.wait()
        assert len(big) == otlp.collector.status().gauges["queued_bytes"]
        code, headers, _ = await post(url, big)
        otlp.sink.gate.set()

        assert (503, "1", 200) == (code, headers["Retry-After"], (await first)[0])
        assert (1, 1) == (otlp.counted["refused_busy"], len(otlp.sink.rows))
        assert 0 == otlp.collector.status().gauges["queued_bytes"]

    with_otlp(scenario, max_body=4_000, max_inflated=4_000, max_queued_bytes=4_000)


def test_many_connections(with_otlp: Any) -> None:
    """Parallel requests are all stored, in fewer commits than there are requests."""

    async def scenario(otlp: Any) -> None:
        url = f"{otlp.http}/v1/traces"
        otlp.sink.gate.clear()
        requests = [asyncio.create_task(post(url, a_request(f"n{number}"))) for number in range(50)]
        await otlp.sink.entered.wait()
        while otlp.collector.status().gauges["inflight"] < len(requests):  # noqa: ASYNC110  nothing signals it
            await asyncio.sleep(0.001)
        otlp.sink.gate.set()
        codes = [code for code, _, _ in await asyncio.gather(*requests)]

        assert ({200}, 50) == (set(codes), len({row["name"] for row in otlp.sink.rows}))
        assert otlp.counted["groups"] < 10

    with_otlp(scenario)


def test_token(with_otlp: Any, scratch: Path) -> None:
    """With a token file only requests with the token are taken."""
    (scratch / "token").write_text("s3cret\n")

    async def scenario(otlp: Any) -> None:
        url = f"{otlp.http}/v1/traces"
        refused = [await post(url, a_request()), await post(url, a_request(), Authorization="Bearer no")]
        code, _, _ = await post(url, a_request(), Authorization="Bearer s3cret")

        assert [(401, "Bearer")] * 2 == [(status, headers["WWW-Authenticate"]) for status, headers, _ in refused]
        assert [16, 16] == [of_status(PROTOBUF, answer)[0] for _, _, answer in refused]
        assert (200, 2) == (code, otlp.counted["rejected_unauthorized"])

    with_otlp(scenario, token_file=str(scratch / "token"))


def test_tls(with_otlp: Any, certificate: Any) -> None:
    """With a certificate the listener speaks TLS."""

    async def scenario(otlp: Any) -> None:
        url = otlp.http.replace("http", "https", 1) + "/v1/traces"
        trusting = ssl.create_default_context(cafile=str(certificate.cert))
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=a_request(), headers={"Content-Type": PROTOBUF}, ssl=trusting) as response,
        ):
            assert 200 == response.status

    with_otlp(scenario, tls_cert=str(certificate.cert), tls_key=str(certificate.key))


def test_address_in_use(with_otlp: Any) -> None:
    """A second collector on the same address says so, and what to do."""

    async def scenario(otlp: Any) -> None:
        address = otlp.http.removeprefix("http://")

        async def second(_: Any) -> None:
            pytest.fail("it started")

        with pytest.raises(
            ConfigError, match=rf"cannot listen on {address} .* or give another address with --otlp-http"
        ):
            await asyncio.to_thread(with_otlp, second, http=address)

    with_otlp(scenario)


def test_stop_answers_what_was_accepted(with_otlp: Any) -> None:
    """A request that waits for its commit when the collector stops is still answered."""

    async def scenario(otlp: Any) -> None:
        otlp.sink.gate.clear()
        waiting = asyncio.create_task(post(f"{otlp.http}/v1/traces", a_request()))
        await otlp.sink.entered.wait()
        stopping = asyncio.create_task(otlp.collector.stop())
        await asyncio.sleep(0.01)
        otlp.sink.gate.set()
        await stopping

        assert (200, "stopped") == ((await waiting)[0], otlp.collector.status().state)

    with_otlp(scenario)


def test_slow_body(with_otlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not arrive in time may come again, and holds no room."""
    monkeypatch.setattr(http_listener, "READ_TIMEOUT_S", 0.05)

    async def scenario(otlp: Any) -> None:
        async def stalled() -> Any:
            yield b"a"
            await asyncio.sleep(60)

        code, headers, answer = await post(f"{otlp.http}/v1/traces", stalled())

        assert (503, "1", 14) == (code, headers["Retry-After"], of_status(PROTOBUF, answer)[0])
        assert {"refused_incomplete": 1} == otlp.counted
        assert {"inflight": 0, "queued_bytes": 0} == otlp.collector.status().gauges

    with_otlp(scenario)


def test_body_that_ends_too_early(with_otlp: Any) -> None:
    """A client that goes away in the middle of its body stores nothing and holds no room; its data is not at fault."""

    async def scenario(otlp: Any) -> None:
        host, _, port = otlp.http.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\nContent-Length: 99\r\n\r\nabc".encode()
        )
        await writer.drain()
        while otlp.collector.status().gauges["queued_bytes"] == 0:  # noqa: ASYNC110  nothing signals it
            await asyncio.sleep(0.001)
        writer.close()
        await writer.wait_closed()
        while otlp.collector.status().gauges["inflight"]:  # noqa: ASYNC110  nothing signals it
            await asyncio.sleep(0.001)

        assert b"" == await reader.read()
        assert {"refused_incomplete": 1} == otlp.counted
        assert ([], 0) == (otlp.sink.rows, otlp.collector.status().gauges["queued_bytes"])

    with_otlp(scenario)
