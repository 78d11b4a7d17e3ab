"""Sends over OTLP/gRPC: the bytes as they came, without a message object in between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tracer.config.settings import ForwardSettings
from tracer.errors import ConfigError
from tracer.forward.attempt import Outcome
from tracer.forward.queue import Waiting

_SERVICE: Final = "/opentelemetry.proto.collector"
METHODS: Final = {
    "traces": f"{_SERVICE}.trace.v1.TraceService/Export",
    "logs": f"{_SERVICE}.logs.v1.LogsService/Export",
}
_AGAIN: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_MAX_MESSAGE_BYTES: Final = 256 * 2**20
_OPTIONS: Final = (("grpc.max_send_message_length", _MAX_MESSAGE_BYTES), ("grpc.enable_retries", 0))


class GrpcTransport:
    """One channel to the endpoint."""

    def __init__(self, settings: ForwardSettings, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._metadata = tuple(headers.items())
        self._channel: Any = None
        self._calls: dict[str, Any] = {}

    async def start(self) -> None:
        """Make the channel, which connects later. Raises ConfigError for a ca_file that cannot be read."""
        self._channel = self._open()
        self._calls = {signal: self._channel.unary_unary(method) for signal, method in METHODS.items()}

    def _open(self) -> Any:
        parts = urlsplit(self._settings.endpoint or "")
        gzip = self._settings.compression == "gzip"
        compression = grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression
        target = parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
        if parts.scheme == "http":
            return grpc.aio.insecure_channel(target, options=_OPTIONS, compression=compression)
        credentials = grpc.ssl_channel_credentials(_roots(self._settings.ca_file))
        return grpc.aio.secure_channel(target, credentials, options=_OPTIONS, compression=compression)

    async def send(self, item: Waiting) -> Outcome:
        """Send once; retryable codes are those of the specification, RESOURCE_EXHAUSTED only with RetryInfo."""
        try:
            body = await self._calls[item.signal](item.body, metadata=self._metadata, timeout=self._settings.timeout_s)
        except grpc.aio.AioRpcError as failed:
            return _failure(failed)
        return Outcome(kind="delivered", rejected_items=rejected_items(item, body))

    async def stop(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()


def rejected_items(item: Waiting, body: bytes) -> int:
    """Read how many spans or log records of a delivered request the other side did not take."""
    try:
        if item.signal == "traces":
            return int(ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans)
        return int(ExportLogsServiceResponse.FromString(body).partial_success.rejected_log_records)
    except DecodeError:
        return 0


def _failure(failed: grpc.aio.AioRpcError) -> Outcome:
    code = failed.code()
    asked_s = _retry_info_s(failed)
    again = code in _AGAIN or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and asked_s is not None)
    detail = f"{code.name}: {failed.details()}"
    return Outcome(kind="again" if again else "refused", detail=detail, after_s=asked_s)


def _retry_info_s(failed: grpc.aio.AioRpcError) -> float | None:
    try:
        status = rpc_status.from_call(failed)
    except (ValueError, DecodeError):
        return None  # details that contradict the status are as good as none
    for detail in status.details if status else ():
        info = error_details_pb2.RetryInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info):
            return max(0.0, float(info.retry_delay.ToNanoseconds()) / 1e9)
    return None


def _roots(ca_file: str | None) -> bytes | None:
    if ca_file is None:
        return None
    try:
        return Path(ca_file).read_bytes()
    except OSError as failed:
        raise ConfigError(f"[forward] ca_file: {ca_file} cannot be read: {failed.strerror}") from failed
