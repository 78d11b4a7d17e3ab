"""The shapes of OTLP/JSON requests, as far as records are made of them.

Field names are those of `opentelemetry-proto`; their JSON keys are lowerCamelCase, unknown keys are
ignored, and null means the default, as the specification says. 64-bit numbers may be text.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Whole: TypeAlias = int | float | str | None
Text: TypeAlias = str | None


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A JSON object; what is absent is the default."""


class ArrayShape(Shape, frozen=True):
    """ArrayValue."""

    values: tuple[ValueShape | None, ...] | None = None


class KeyValueListShape(Shape, frozen=True):
    """KeyValueList."""

    values: Pairs = None


class ValueShape(Shape, frozen=True):
    """AnyValue: at most one of these."""

    string_value: Text = None
    bool_value: bool | None = None
    int_value: Whole = None
    double_value: float | str | None = None
    array_value: ArrayShape | None = None
    kvlist_value: KeyValueListShape | None = None
    bytes_value: Text = None


class PairShape(Shape, frozen=True):
    """KeyValue."""

    key: Text = None
    value: ValueShape | None = None


Pairs: TypeAlias = "tuple[PairShape, ...] | None"


class EntityShape(Shape, frozen=True):
    """EntityRef."""

    schema_url: Text = None
    type: Text = None
    id_keys: tuple[str, ...] | None = None
    description_keys: tuple[str, ...] | None = None


class ResourceShape(Shape, frozen=True):
    """Resource."""

    attributes: Pairs = None
    dropped_attributes_count: Whole = None
    entity_refs: tuple[EntityShape, ...] | None = None


class ScopeShape(Shape, frozen=True):
    """InstrumentationScope."""

    name: Text = None
    version: Text = None
    attributes: Pairs = None
    dropped_attributes_count: Whole = None


class EventShape(Shape, frozen=True):
    """Span.Event."""

    time_unix_nano: Whole = None
    name: Text = None
    attributes: Pairs = None
    dropped_attributes_count: Whole = None


class LinkShape(Shape, frozen=True):
    """Span.Link."""

    trace_id: Text = None
    span_id: Text = None
    trace_state: Text = None
    attributes: Pairs = None
    dropped_attributes_count: Whole = None
    flags: Whole = None


class StatusShape(Shape, frozen=True):
    """Status."""

    message: Text = None
    code: int | None = None


class SpanShape(Shape, frozen=True):
    """Span."""

    trace_id: Text = None
    span_id: Text = None
    trace_state: Text = None
    parent_span_id: Text = None
    flags: Whole = None
    name: Text = None
    kind: int | None = None
    start_time_unix_nano: Whole = None
    end_time_unix_nano: Whole = None
    attributes: Pairs = None
    dropped_attributes_count: Whole = None
    events: tuple[EventShape, ...] | None = None
    dropped_events_count: Whole = None
    links: tuple[LinkShape, ...] | None = None
    dropped_links_count: Whole = None
    status: StatusShape | None = None


class LogShape(Shape, frozen=True):
    """LogRecord."""

    time_unix_nano: Whole = None
    observed_time_unix_nano: Whole = None
    severity_number: int | None = None
    severity_text: Text = None
    body: ValueShape | None = None
    attributes: Pairs = None
    dropped_attributes_count: Whole = None
    flags: Whole = None
    trace_id: Text = None
    span_id: Text = None
    event_name: Text = None


class ScopeSpansShape(Shape, frozen=True):
    """ScopeSpans."""

    scope: ScopeShape | None = None
    spans: tuple[SpanShape, ...] | None = None
    schema_url: Text = None


class ScopeLogsShape(Shape, frozen=True):
    """ScopeLogs."""

    scope: ScopeShape | None = None
    log_records: tuple[LogShape, ...] | None = None
    schema_url: Text = None


class ResourceSpansShape(Shape, frozen=True):
    """ResourceSpans."""

    resource: ResourceShape | None = None
    scope_spans: tuple[ScopeSpansShape, ...] | None = None
    schema_url: Text = None


class ResourceLogsShape(Shape, frozen=True):
    """ResourceLogs."""

    resource: ResourceShape | None = None
    scope_logs: tuple[ScopeLogsShape, ...] | None = None
    schema_url: Text = None


class TracesShape(Shape, frozen=True):
    """ExportTraceServiceRequest."""

    resource_spans: tuple[ResourceSpansShape, ...] | None = None


class LogsShape(Shape, frozen=True):
    """ExportLogsServiceRequest."""

    resource_logs: tuple[ResourceLogsShape, ...] | None = None
