"""The attribute names that the OTLP collector knows, and what each of them says.

Ours begin with `saga.`. The others are what frameworks and semantic conventions already put on spans
and log records; a record keeps those among its attributes even where a column repeats them.
"""

from __future__ import annotations

from typing import Final

SAGA_ID: Final = "saga.id"
SAGA_NAME: Final = "saga.name"
SAGA_STEP: Final = "saga.step"
SAGA_PHASE: Final = "saga.phase"
SAGA_OWNER: Final = "saga.owner"
SAGA_ATTEMPT: Final = "saga.attempt"
SAGA_COMPENSATES: Final = "saga.compensates"
SAGA_OUTCOME: Final = "saga.outcome"
SAGA_STYLE: Final = "saga.style"
SAGA_MESSAGE_ID: Final = "saga.message.id"
SAGA_CAUSATION_ID: Final = "saga.causation.id"
SAGA_ALIAS_PREFIX: Final = "saga.alias."

SERVICE_NAME: Final = "service.name"
EVENT_NAME: Final = "event.name"
ERROR_TYPE: Final = "error.type"
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"

# The workflow type, after `saga.name`: NServiceBus, Eventuate Tram, Camunda.
SAGA_NAME_KEYS: Final = ("NServiceBus.SagaType", "command_saga_type", "commandreply_saga_type", "bpmnProcessId")
# This message, after `saga.message.id`.
MESSAGE_ID_KEYS: Final = ("messaging.message.id", "cloudevents.event_id")
# Deliveries counted from 1, after `saga.attempt`: semantic conventions of Google Pub/Sub and Azure Service Bus.
ATTEMPT_KEYS: Final = ("messaging.gcp_pubsub.message.delivery_attempt", "messaging.servicebus.message.delivery_count")

# Temporal's span names say what its attributes do not: the activity is the step, the workflow the saga.
TEMPORAL_STEP_PREFIX: Final = "RunActivity:"
TEMPORAL_SAGA_PREFIXES: Final = ("RunWorkflow:", "StartWorkflow:", "CompleteWorkflow:")

# Fields of OTLP that are no column are kept among the attributes under these names. An attribute of
# that name, or one that begins with ESCAPE, is written with ESCAPE in front: nothing can hide behind it.
ESCAPE: Final = "$"
DUPLICATES: Final = "$duplicates"
TRACE_STATE: Final = "otel.trace_state"
FLAGS: Final = "otel.flags"
SPAN_KIND: Final = "otel.span_kind"
STATUS_CODE: Final = "otel.status_code"
STATUS_MESSAGE: Final = "otel.status_message"
TRACE_ID: Final = "otel.trace_id"
SPAN_ID: Final = "otel.span_id"
PARENT_SPAN_ID: Final = "otel.parent_span_id"
START_TIME: Final = "otel.start_time_unix_nano"
END_TIME: Final = "otel.end_time_unix_nano"
TIME: Final = "otel.time_unix_nano"
OBSERVED_TIME: Final = "otel.observed_time_unix_nano"
DROPPED_ATTRIBUTES: Final = "otel.dropped_attributes_count"
DROPPED_EVENTS: Final = "otel.dropped_events_count"
DROPPED_LINKS: Final = "otel.dropped_links_count"
SEVERITY_NUMBER: Final = "otel.severity_number"
SEVERITY_TEXT: Final = "otel.severity_text"
BODY: Final = "otel.body"
SCOPE_NAME: Final = "otel.scope.name"
SCOPE_VERSION: Final = "otel.scope.version"
SCOPE_ATTRIBUTES: Final = "otel.scope.attributes"
SCOPE_SCHEMA_URL: Final = "otel.scope.schema_url"
SCOPE_DROPPED: Final = "otel.scope.dropped_attributes_count"
RESOURCE_SCHEMA_URL: Final = "otel.resource.schema_url"
RESOURCE_DROPPED: Final = "otel.resource.dropped_attributes_count"
RESOURCE_ENTITIES: Final = "otel.resource.entity_refs"

RESERVED: Final = frozenset(
    {
        TRACE_STATE, FLAGS, SPAN_KIND, STATUS_CODE, STATUS_MESSAGE, TRACE_ID, SPAN_ID, PARENT_SPAN_ID,
        START_TIME, END_TIME, TIME, OBSERVED_TIME, DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS,
        SEVERITY_NUMBER, SEVERITY_TEXT, BODY, SCOPE_NAME, SCOPE_VERSION, SCOPE_ATTRIBUTES,
        SCOPE_SCHEMA_URL, SCOPE_DROPPED, RESOURCE_SCHEMA_URL, RESOURCE_DROPPED, RESOURCE_ENTITIES,
    }
)  # fmt: skip
