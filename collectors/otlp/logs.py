"""Log records to records: one whose event name is set is an event of that name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp import keys
from collectors.otlp.assemble import assemble, content, int_time
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import Ints, child, choose, equals, literal, numbers, present_or_null, same, spread, where
from collectors.otlp.failures import exception_text
from collectors.otlp.ids import Ids, read_ids
from collectors.otlp.members import Member, json_member, number_member, number_where, text_member
from collectors.otlp.saga import Saga, of_a_step, says_failed, stand_in, take_saga, undoing
from collectors.otlp.shared import Origin, Shared, read_shared
from collectors.otlp.values import any_value_json

NAMELESS: Final = "log"


def log_batches(requests: pa.Array, origin: Origin) -> list[pa.RecordBatch]:
    """Turn log requests into records, in order."""
    shared = read_shared(requests, origin, scopes="scope_logs", items="log_records")
    count = len(shared.items)
    if not count:
        return []
    attributes = Attributes(child(shared.items, "attributes"))
    saga = take_saga(attributes, count, origin.correlation_keys)
    columns = _columns(shared, attributes, saga, origin)
    return [assemble({**columns, "uid": content(columns, np.arange(count), prefix=NAMELESS)}, count)]


def _columns(shared: Shared, attributes: Attributes, saga: Saga, origin: Origin) -> Mapping[str, Any]:
    items, count = shared.items, len(shared.items)
    ids = read_ids(items)
    at_ns, time_members = _times(items, origin.received_ns)
    event_name = _event_name(items, attributes)
    phase = pc.coalesce(saga.phase, literal("observed"))
    transaction_id = pc.coalesce(saga.transaction_id, spread(shared.transaction_id, shared.scope_of))
    may = pc.and_(pc.and_(event_name.is_valid(), transaction_id.is_valid()), of_a_step(phase))
    step, step_by = stand_in(saga.step, pc.coalesce(event_name, literal("")), may)
    error, failed = _failure(items, attributes, phase)
    severity = child(items, "severity_text")
    named_by_severity = choose(equals(severity, ""), NAMELESS, severity)
    return {
        "transaction_id": transaction_id,
        "saga": saga.saga,
        "step": step,
        "step_by": step_by,
        "owner": pc.coalesce(saga.owner, spread(shared.owner, shared.scope_of)),
        "phase": undoing(phase, saga.compensates),
        "kind": same("event", count),
        "name": pc.coalesce(event_name, named_by_severity),
        "at_ns": pa.array(at_ns),
        "received_ns": pa.repeat(pa.scalar(origin.received_ns, pa.int64()), count),
        "attempt": saga.attempt,
        "message_id": saga.message_id,
        "causation_id": saga.causation_id,
        "trace_id": ids.trace_id,
        "span_id": ids.span_id,
        "parent_span_id": pa.repeat(pa.scalar(0, pa.uint64()), count),
        "status": choose(failed, "error", "unset"),
        "error": error,
        "compensates": saga.compensates,
        "outcome": saga.outcome,
        "style": saga.style,
        "source": same(origin.source, count),
        "aliases": saga.aliases,
        "attributes": attributes.json(_members(items, ids, time_members)),
        "resource": spread(shared.resource, shared.scope_of),
    }


def _event_name(items: pa.StructArray, attributes: Attributes) -> pa.Array:
    field = child(items, "event_name")
    names = present_or_null(field)
    attribute = attributes.text(keys.EVENT_NAME)
    return names if attribute is None else pc.coalesce(names, attribute)


def _times(items: pa.StructArray, received_ns: int) -> tuple[Ints, tuple[Member, ...]]:
    time_column, observed_column = child(items, "time_unix_nano"), child(items, "observed_time_unix_nano")
    time, beyond = int_time(time_column)
    observed, _ = int_time(observed_column)
    at_ns = np.where(time > 0, time, np.where(observed > 0, observed, received_ns))
    return at_ns, (
        number_where(keys.TIME, numbers(time_column), beyond | (time == 0)),
        number_member(keys.OBSERVED_TIME, observed_column),
    )


def _failure(items: pa.StructArray, attributes: Attributes, phase: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Give the error and whether there is one: an exception, or a phase that is a failure."""
    exception = exception_text(attributes, len(items))
    failed = pc.or_(exception.is_valid(), says_failed(phase))
    body = child(items, "body", "string_value")
    texts = (exception, attributes.text(keys.ERROR_TYPE), present_or_null(body))
    return where(failed, pc.coalesce(*(text for text in texts if text is not None))), failed


def _members(items: pa.StructArray, ids: Ids, time_members: tuple[Member, ...]) -> list[Member]:
    body = child(items, "body")
    return [
        number_member(keys.SEVERITY_NUMBER, child(items, "severity_number")),
        text_member(keys.SEVERITY_TEXT, child(items, "severity_text")),
        json_member(keys.BODY, where(body.is_valid(), any_value_json(body))),
        *time_members,
        *ids.members,
        number_member(keys.FLAGS, child(items, "flags")),
        number_member(keys.DROPPED_ATTRIBUTES, child(items, "dropped_attributes_count")),
    ]
