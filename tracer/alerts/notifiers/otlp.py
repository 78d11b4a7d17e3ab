"""Tells by OTLP: each notice is a log record, sent through the OpenTelemetry exporter in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tracer import __version__
from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import values
from tracer.alerts.outgoing import origin, without_secrets
from tracer.clock import to_ns
from tracer.config.notifying import OtlpSettings
from tracer.errors import ConfigError

EVENT: Final = "sagascope.alert"
_SEVERITIES: Final = {"critical": ("FATAL", 21), "warning": ("WARN", 13), "info": ("INFO", 9)}
_RESOLVED: Final = ("INFO", 9)
_FINAL_CODES: Final = frozenset(
    {"INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND", "FAILED_PRECONDITION"}
)
_AGAIN: Final = frozenset({408, 429})


@dataclass(slots=True)
class _Heard:
    """What the exporter came across in one export: the last status of HTTP or code of gRPC, and words about it."""

    status: int | None = None
    code: str | None = None
    words: list[str] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether another try cannot help."""
        if self.status is not None:
            return 400 <= self.status < 500 and self.status not in _AGAIN  # noqa: PLR2004  refused, as HTTP has it
        return self.code in _FINAL_CODES


class _Listener(logging.Handler):
    """Takes from the exporter's log why an export failed: its result only says that it did."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name_of_thread = name
        self.heard = _Heard()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what this notifier's thread was told."""
        if not (record.threadName or "").startswith(self.name_of_thread):
            return
        self.heard.words.append(record.getMessage())
        arguments = record.args if isinstance(record.args, tuple) else ()
        codes = [one.name for one in arguments if hasattr(one, "name") and hasattr(one, "value")]
        self.heard.code = codes[-1] if codes else self.heard.code


class OtlpNotifier:
    """Implements `tracer.alerts.notice.Notifier`."""

    def __init__(self, name: str, settings: OtlpSettings, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self._thread = f"otlp-{name}"
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._thread)
        self._listener = _Listener(self._thread)
        self._logger = logging.getLogger("opentelemetry.exporter.otlp")
        self._exporter: Any = None

    async def send(self, notice: Notice) -> None:
        """Export it; the time limit is the exporter's, which tries again within it."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._export, notice)

    async def stop(self) -> None:
        """Let go of the connection, without waiting for an export that hangs."""
        if self._exporter is not None:
            await asyncio.to_thread(self._exporter.shutdown)
        self._logger.removeHandler(self._listener)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _export(self, notice: Notice) -> None:
        from opentelemetry.sdk._logs.export import LogRecordExportResult  # noqa: PLC0415  slow, and only where configured

        if self._exporter is None:
            self._exporter = _exporter(self._settings, self._headers, self._listener)
            self._logger.addHandler(self._listener)
        self._listener.heard = _Heard()
        if self._exporter.export([log_record(notice)]) is LogRecordExportResult.SUCCESS:
            return
        heard = self._listener.heard
        words = without_secrets("; ".join(heard.words[-1:]), self._headers.values())
        message = f"{origin(self._settings.endpoint)}: {words or 'not taken'}"
        raise Undeliverable(message) if heard.is_final else NotDelivered(message, maybe_taken=True)


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


def _exporter(settings: OtlpSettings, headers: dict[str, str], listener: _Listener) -> Any:
    if settings.protocol == "grpc":
        return _grpc_exporter(settings, headers)
    import requests  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: PLC0415  as above

    def heard(response: Any, *_args: Any, **_kwargs: Any) -> None:
        listener.heard.status = response.status_code
        listener.heard.words.append(f"HTTP {response.status_code}")

    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    session.hooks["response"].append(heard)
    return OTLPLogExporter(
        endpoint=f"{settings.endpoint.rstrip('/')}/v1/logs",
        headers=headers,
        timeout=settings.timeout_s,
        certificate_file=settings.ca_file,
        compression=Compression.Gzip,
        session=session,
    )


def _grpc_exporter(settings: OtlpSettings, headers: dict[str, str]) -> Any:
    import grpc  # noqa: PLC0415  as above
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter  # noqa: PLC0415  as above

    plain = settings.endpoint.startswith("http://")
    return OTLPLogExporter(
        endpoint=settings.endpoint,
        insecure=plain,
        credentials=None if plain else grpc.ssl_channel_credentials(_roots(settings.ca_file)),
        headers=headers,
        timeout=settings.timeout_s,
        compression=grpc.Compression.Gzip,
    )


def _roots(ca_file: str | None) -> bytes | None:
    if ca_file is None:
        return None
    try:
        return Path(ca_file).read_bytes()
    except OSError as failed:
        raise ConfigError(f"ca_file: {ca_file} cannot be read: {failed.strerror}") from failed
