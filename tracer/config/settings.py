"""What can be configured: one frozen struct for each section, with its defaults.

A field's encoded name is the key in the file. Where a unit is written in a type (`Seconds`, `Bytes`,
`FilePath`) the file takes text such as "5m" or "64MiB", and the field holds plain seconds or bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tracer.config.alerting import AlertingSettings, AlertRule
from tracer.config.units import (
    DAY_S,
    GIB,
    MIB,
    Bytes,
    Count,
    Factor,
    FilePath,
    ListenAddress,
    Seconds,
    Secret,
    Share,
    Url,
)
from tracer.model.keys import CORRELATION_KEYS


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long and how much the store keeps; the oldest records go first."""

    max_age_s: Seconds = msgspec.field(default=14 * DAY_S, name="max_age")
    max_size_bytes: Bytes = msgspec.field(default=20 * GIB, name="max_size")


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store file."""

    path: FilePath | None = None
    memory_limit_bytes: Annotated[int, msgspec.Meta(ge=64 * MIB, extra={"unit": "size"})] = msgspec.field(
        default=192 * MIB, name="memory_limit"
    )
    threads: Annotated[int, msgspec.Meta(ge=0, extra={"unit": "threads"})] = 0
    retention: Retention = Retention()


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP API."""

    listen: ListenAddress = "127.0.0.1:4319"
    token_file: FilePath | None = None
    token: Secret | None = None
    tls_cert: FilePath | None = None
    tls_key: FilePath | None = None
    allowed_hosts: tuple[str, ...] = ()
    max_body_bytes: Bytes = msgspec.field(default=1 * MIB, name="max_body")
    max_queries: Count = 4
    max_waiting: Count = 64
    max_streams: Count = 64
    max_rows: Count = 100_000
    max_query_time_s: Seconds = msgspec.field(default=60.0, name="max_query_time")


class CorrelationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which attributes, headers or payload names carry the business transaction id."""

    keys: tuple[str, ...] = CORRELATION_KEYS


class SagaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Saga definitions: names and globs of files, relative to the configuration's folder."""

    files: tuple[str, ...] = ()


class Learned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a threshold is learned from history."""

    quantile: Share = 0.99
    factor: Factor = 2.0
    floor_s: Seconds = msgspec.field(default=5.0, name="floor")
    min_samples: Count = 30


class StallSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a step counts as stuck."""

    default_threshold_s: Seconds = msgspec.field(default=300.0, name="default_threshold")
    learned: Learned = Learned()


class ForwardSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where everything received over OTLP is passed on to."""

    endpoint: Url | None = None
    protocol: Literal["grpc", "http/protobuf"] = "grpc"
    headers_file: FilePath | None = None
    headers: Secret | None = None
    ca_file: FilePath | None = None
    compression: Literal["gzip", "none"] = "gzip"
    max_queued_bytes: Bytes = msgspec.field(default=64 * MIB, name="max_queued")
    max_queued_requests: Count = 10_000
    drop: Literal["oldest", "newest"] = "oldest"
    timeout_s: Seconds = msgspec.field(default=10.0, name="timeout")
    give_up_after_s: Seconds = msgspec.field(default=300.0, name="give_up_after")


class TelemetrySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where Sagascope sends its own traces and metrics."""

    otlp_endpoint: Url | None = None
    protocol: Literal["grpc", "http/protobuf"] = "grpc"
    headers_file: FilePath | None = None
    headers: Secret | None = None
    interval_s: Seconds = msgspec.field(default=60.0, name="interval")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration.

    A collector's table is kept as it came, with its `type`; a notifier is the struct of its type.
    """

    store: StoreSettings = StoreSettings()
    api: ApiSettings = ApiSettings()
    correlation: CorrelationSettings = CorrelationSettings()
    collectors: dict[str, dict[str, Any]] = msgspec.field(default_factory=lambda: {"otlp": {"type": "otlp"}})
    sagas: SagaSettings = SagaSettings()
    stalls: StallSettings = StallSettings()
    alerting: AlertingSettings = AlertingSettings()
    alerts: tuple[AlertRule, ...] = ()
    notifiers: dict[str, Any] = msgspec.field(default_factory=dict)
    forward: ForwardSettings = ForwardSettings()
    telemetry: TelemetrySettings = TelemetrySettings()


def store_path(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Say where the store file is: as configured, else below the user's data folder."""
    if settings.store.path is not None:
        return Path(settings.store.path)
    home = environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "sagascope" / "sagascope.duckdb"
