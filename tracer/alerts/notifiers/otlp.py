"""Tells by OTLP: each notice is a log record, sent through the OpenTelemetry exporter in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tracer import __version__
from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import values
from tracer.alerts.outgoing import AGAIN, MAX_ANSWER_BYTES, origin, without_secrets
from tracer.clock import to_ns
from tracer.config.notifying import OtlpSettings
from tracer.errors import ConfigError

EVENT: Final = "sagascope.alert"
_SEVERITIES: Final = {"critical": ("FATAL", 21), "warning": ("WARN", 13), "info": ("INFO", 9)}
_RESOLVED: Final = ("INFO", 9)
_FINAL_CODES: Final = frozenset(
    {"INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND", "FAILED_PRECONDITION"}
)
_MAX_WORDS: Final = 1000


@dataclass(slots=True)
class _Heard:
    """What came back in one export: the exporter's result only says that it failed."""

    status: int | None = None
    code: str | None = None
    words: str = ""

    @property
    def is_final(self) -> bool:
        """Whether another try cannot help."""
        if self.status is not None:
            return 300 <= self.status < 500 and self.status not in AGAIN  # noqa: PLR2004  refused, as HTTP has it
        return self.code in _FINAL_CODES

    @property
    def may_be_taken(self) -> bool:
        """Whether no answer came, so that it may have been taken."""
        return self.status is None and self.code in {None, "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "INTERNAL"}


class OtlpNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `secrets` are taken out of every message."""

    def __init__(self, name: str, settings: OtlpSettings, headers: Mapping[str, str], secrets: Iterable[str]) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self._secrets = tuple(secrets)
        self._thread = f"otlp-{name}"
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._thread)
        self._heard = _Heard()
        self._exporter: Any = None

    async def send(self, notice: Notice) -> None:
        """Export it; the time limit is the exporter's, which tries again within it."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._export, notice)

    async def stop(self) -> None:
        """Let go of the connection, without waiting for an export that hangs."""
        if self._exporter is not None:
            await asyncio.to_thread(self._exporter.shutdown)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _export(self, notice: Notice) -> None:
        from opentelemetry.sdk._logs.export import LogRecordExportResult  # noqa: PLC0415  slow, and only where configured

        if self._exporter is None:
            self._exporter = _exporter(self._settings, self._headers, self._hear)
        self._heard = _Heard()
        if self._exporter.export([log_record(notice)]) is LogRecordExportResult.SUCCESS:
            return
        heard = self._heard
        words = without_secrets(heard.words, self._secrets)
        message = f"{origin(self._settings.endpoint)}: {words or 'not taken'}"
        raise Undeliverable(message) if heard.is_final else NotDelivered(message, maybe_taken=heard.may_be_taken)

    def _hear(self, heard: _Heard) -> None:
        self._heard = heard


def log_record(notice: Notice) -> Any:
    """Write the notice as a log record, with the ids of a trace where there is one."""
    from opentelemetry._logs import LogRecord, SeverityNumber  # noqa: PLC0415  as above
    from opentelemetry.sdk._logs import ReadableLogRecord  # noqa: PLC0415  as above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  as above
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415  as above

    words, number = _RESOLVED if notice.kind == "resolved" else _SEVERITIES[notice.severity]
    record = LogRecord(
        timestamp=to_ns(notice.at),
        observed_timestamp=to_ns(notice.at),
        trace_id=int(notice.trace_ids[0], 16) if notice.trace_ids else None,
        severity_text=words,
        severity_number=SeverityNumber(number),
        body=f"{notice.title}\n{notice.text}",
        attributes=attributes(notice),
    )
    record.event_name = EVENT
    resource = Resource({"service.name": "sagascope", "service.version": __version__})
    scope = InstrumentationScope("sagascope.alerts", __version__)
    return ReadableLogRecord(log_record=record, resource=resource, instrumentation_scope=scope)


def attributes(notice: Notice) -> dict[str, Any]:
    """Give the attributes of its log record; `sagascope.alert.notice` is the same in every try."""
    texts = {name: text for name, text in values(notice).items() if text and name not in {"id", "text", "alert"}}
    return {
        **{f"sagascope.alert.{name}": text for name, text in texts.items()},
        **{f"sagascope.alert.label.{name}": value for name, value in notice.labels.items()},
        **{f"sagascope.alert.annotation.{name}": value for name, value in notice.annotations.items()},
        "sagascope.alert.id": notice.alert,
        "sagascope.alert.notice": notice.id,
        "sagascope.alert.transactions": notice.transactions,
        "sagascope.alert.examples": list(notice.examples),
    }


def _exporter(settings: OtlpSettings, headers: dict[str, str], hear: Callable[[_Heard], None]) -> Any:
    make = _grpc_exporter if settings.protocol == "grpc" else _http_exporter
    return make(settings, headers, hear)


def _http_exporter(settings: OtlpSettings, headers: dict[str, str], hear: Callable[[_Heard], None]) -> Any:
    import requests  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: PLC0415  as above

    class Hearing(requests.Session):
        """Follows no redirect, uses no proxy, and hears what came back."""

        def send(self, request: Any, **options: Any) -> Any:
            try:
                response = super().send(request, **{**options, "allow_redirects": False, "stream": True})
                response._content = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)  # noqa: SLF001  bounded
            except requests.RequestException as failed:
                hear(_Heard(words=f"{type(failed).__name__}: {failed}"))
                raise
            hear(
                _Heard(status=response.status_code, words=f"HTTP {response.status_code}: {response.text[:_MAX_WORDS]}")
            )
            return response

    session = Hearing()
    session.trust_env = False
    return OTLPLogExporter(
        endpoint=f"{settings.endpoint.rstrip('/')}/v1/logs",
        headers=headers,
        timeout=settings.timeout_s,
        certificate_file=settings.ca_file,
        compression=Compression.Gzip,
        session=session,
    )


def _grpc_exporter(settings: OtlpSettings, headers: dict[str, str], hear: Callable[[_Heard], None]) -> Any:
    import grpc  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter  # noqa: PLC0415  as above

    class Listener(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
        """Hears how each call ended."""

        def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            call = continuation(details, request)
            if call.code() is not grpc.StatusCode.OK:
                hear(_Heard(code=call.code().name, words=f"{call.code().name}: {call.details()}"))
            return call

    class Hearing(OTLPLogExporter):
        """Puts the listener in front of each channel that it makes."""

        def _initialize_channel_and_stub(self) -> None:
            super()._initialize_channel_and_stub()  # type: ignore[no-untyped-call]
            self._client = self._stub(grpc.intercept_channel(self._channel, Listener()))

    plain = settings.endpoint.startswith("http://")
    options: Any = (("grpc.enable_http_proxy", 0),)
    return Hearing(
        endpoint=settings.endpoint,
        insecure=plain,
        credentials=None if plain else grpc.ssl_channel_credentials(_roots(settings.ca_file)),
        headers=headers,
        timeout=settings.timeout_s,
        compression=grpc.Compression.Gzip,
        channel_options=options,
    )


def _roots(ca_file: str | None) -> bytes | None:
    if ca_file is None:
        return None
    try:
        return Path(ca_file).read_bytes()
    except OSError as failed:
        raise ConfigError(f"ca_file: {ca_file} cannot be read: {failed.strerror}") from failed
