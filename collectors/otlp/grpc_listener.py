"""OTLP over gRPC.

Messages are taken as raw bytes. gRPC's own decompression is switched off, because it inflates a message
whole before anything can look at it; the first bytes of a message tell whether it is compressed. A call
is handled as a stream of one, so that a message which gRPC itself refuses for its size is seen and
counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from google.rpc import code_pb2

from collectors.otlp.answers import METRICS, TOO_SLOW, Answer, Refused, answer_to, status
from collectors.otlp.inflate import looks_compressed
from collectors.otlp.options import Tls
from collectors.otlp.reception import READ_TIMEOUT_S, Reception
from tracer.errors import ConfigError
from tracer.model.address import Address
from tracer.ports import Signal

KEEPALIVE_S: Final = 60  # how soon a client that vanished is noticed, with the calls that it left open
STOP_GRACE_S: Final = 10.0
# Calls over max_concurrent_requests that wait for their answer. gRPC refuses any beyond, without RetryInfo.
REFUSALS_AT_ONCE: Final = 1_024
_STATUS_KEY: Final = "grpc-status-details-bin"
_METHODS: Final[Mapping[str, Signal]] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
}
_METRICS_METHOD: Final = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
# Success with nothing to say is the empty message, for every signal.
_SUCCESS: Final = b""
_LOG: Final = logging.getLogger(__name__)


class GrpcListener:
    """Listens on one address from `start` to `stop`."""

    def __init__(self, *, address: Address, reception: Reception, tls: Tls | None) -> None:
        self._address = address
        self._reception = reception
        self._tls = tls
        self._server: Any = None

    async def start(self) -> str:
        """Listen; give the address that was bound. Raises ConfigError when that is impossible."""
        limits = self._reception.limits
        self._server = grpc.aio.server(
            maximum_concurrent_rpcs=limits.max_concurrent_requests + REFUSALS_AT_ONCE,
            options=(
                ("grpc.max_receive_message_length", limits.max_body_bytes),
                ("grpc.per_message_decompression", 0),
                ("grpc.keepalive_time_ms", KEEPALIVE_S * 1000),
                ("grpc.so_reuseport", 0),  # a second listener on the address is an error, not a rival
            ),
        )
        self._server.add_generic_rpc_handlers((_Handlers(self._reception),))
        port = self._bind()
        await self._server.start()
        return str(Address(host=self._address.host, port=port))

    async def stop(self) -> None:
        """Take no more calls and finish those in progress."""
        if self._server is not None:
            await self._server.stop(STOP_GRACE_S)

    def _bind(self) -> int:
        try:
            if self._tls is None:
                return int(self._server.add_insecure_port(str(self._address)))
            return int(self._server.add_secure_port(str(self._address), _credentials(self._tls)))
        except RuntimeError as failed:
            fix = "stop what listens there, or give another address with --otlp-grpc or [collectors.otlp] grpc"
            raise ConfigError(f"cannot listen on {self._address} for OTLP/gRPC: {fix}") from failed


def _credentials(tls: Tls) -> Any:
    return grpc.ssl_server_credentials([(_read(tls.key), _read(tls.cert))])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failed:
        raise ConfigError(f"the TLS file {path} cannot be read: {failed}") from failed


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    def __init__(self, reception: Reception) -> None:
        self._handlers = {
            method: grpc.stream_unary_rpc_method_handler(_Export(reception, signal).answer)
            for method, signal in _METHODS.items()
        }
        self._handlers[_METRICS_METHOD] = grpc.stream_unary_rpc_method_handler(_NoMetrics(reception).answer)

    def service(self, handler_call_details: Any) -> Any:
        return self._handlers.get(handler_call_details.method)


class _Export:
    def __init__(self, reception: Reception, signal: Signal) -> None:
        self._reception = reception
        self._signal: Signal = signal

    async def answer(self, _requests: Any, context: Any) -> bytes:
        """Answer one call."""
        try:
            await self._export(context)
        except Exception as error:  # noqa: BLE001  the boundary: every error becomes an answer
            answer = answer_to(error)
            self._reception.tally.refused(answer.refusal)
            if answer.refusal == "failed":
                _LOG.error("otlp-grpc-failed", exc_info=error)
            await _abort(context, answer)
        return _SUCCESS

    async def _export(self, context: Any) -> None:
        self._reception.authorize(_metadata(context, "authorization"))
        with self._reception.visit(self._signal, "grpc") as visit:
            message = await self._message(context)
            visit.read(len(message))
            await visit.take(message, compressed=looks_compressed(message), json=False)

    async def _message(self, context: Any) -> bytes:
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                message = await context.read()
        except TimeoutError as slow:
            raise Refused(TOO_SLOW) from slow
        if not isinstance(message, bytes):  # gRPC has refused it, or the client sent none
            limit = self._reception.limits.max_body_bytes
            text = f"no message, or one larger than {limit} bytes (max_body)"
            raise Refused(
                Answer(grpc=code_pb2.RESOURCE_EXHAUSTED, http=413, message=text, refusal="rejected_too_large")
            )
        return message


class _NoMetrics:
    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def answer(self, _requests: Any, context: Any) -> bytes:
        """Refuse one call."""
        self._reception.tally.refused(METRICS.refusal)
        await _abort(context, METRICS)
        return _SUCCESS


def _metadata(context: Any, key: str) -> str | None:
    for name, value in context.invocation_metadata() or ():
        if name == key:
            return str(value)
    return None


async def _abort(context: Any, answer: Answer) -> None:
    trailer = ((_STATUS_KEY, status(answer).SerializeToString()),)
    await context.abort(_CODES[answer.grpc], answer.message, trailer)
