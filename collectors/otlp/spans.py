"""Spans to records, a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp import keys
from collectors.otlp.assemble import assemble, content, int_time, status_words
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import (
    EMPTY,
    Bools,
    Ints,
    bools,
    child,
    choose,
    literal,
    numbers,
    present_or_null,
    same,
    spread,
    where,
    words,
)
from collectors.otlp.ids import Ids, read_ids, read_parents
from collectors.otlp.links import links_json
from collectors.otlp.members import Member, number_member, number_where, text_member, text_where
from collectors.otlp.saga import Saga, of_a_step, stand_in, take_saga, undoing
from collectors.otlp.shared import Origin, Shared, read_shared
from collectors.otlp.span_events import SpanEvents, Spans, event_records, read_events

PENDING: Final = "pending"
_KINDS: Final = (None, "internal", "server", "client", "producer", "consumer")
_UNSPECIFIED, _INTERNAL, _SERVER, _CONSUMER = 0, 1, 2, 5
_ERROR: Final = 2
_BASE_PHASES: Final = ("completed", "failed", "started")
_STARTED: Final = 2


def span_batches(requests: pa.Array, origin: Origin) -> list[pa.RecordBatch]:
    """Turn trace requests into records: all spans in order, then all span events in order."""
    shared = read_shared(requests, origin, scopes="scope_spans", items="spans")
    if not len(shared.items):
        return []
    events = read_events(child(shared.items, "events"), origin)
    columns, spans = _spans(shared, events, origin)
    batch = assemble(columns, len(shared.items))
    return [batch] if events is None else [batch, event_records(events, spans)]


def _spans(shared: Shared, events: SpanEvents | None, origin: Origin) -> tuple[dict[str, Any], Spans]:
    items, count = shared.items, len(shared.items)
    attributes = Attributes(child(items, "attributes"))
    saga = take_saga(attributes, count, origin.correlation_keys)
    ids, times = read_ids(items), _times(items, origin.received_ns)
    kinds, codes = numbers(child(items, "kind")), numbers(child(items, "status", "code"))
    phase = pc.coalesce(saga.phase, _base_phase(times.pending, codes))
    step, step_by, workflow = _step(child(items, "name"), kinds, saga, phase)
    parent_span_id, parent_member = read_parents(items)
    members = [*_members(items, kinds, codes), *ids.members, parent_member, *times.members]
    columns = {
        "transaction_id": pc.coalesce(saga.transaction_id, spread(shared.transaction_id, shared.scope_of)),
        "saga": pc.coalesce(saga.saga, workflow),
        "step": step,
        "step_by": step_by,
        "owner": pc.coalesce(saga.owner, spread(shared.owner, shared.scope_of)),
        "phase": undoing(phase, saga.compensates),
        "kind": same("span", count),
        "span_kind": words(np.where(_known_kind(kinds), kinds, 0), _KINDS),
        "name": child(items, "name"),
        "at_ns": pa.array(times.at_ns),
        "until_ns": pa.array(times.until_ns, mask=times.pending),
        "received_ns": pa.repeat(pa.scalar(origin.received_ns, pa.int64()), count),
        "attempt": saga.attempt,
        "message_id": saga.message_id,
        "causation_id": saga.causation_id,
        "trace_id": ids.trace_id,
        "span_id": ids.span_id,
        "parent_span_id": parent_span_id,
        "links": links_json(child(items, "links")),
        "status": status_words(codes),
        "error": _error(items, codes, attributes, events),
        "compensates": saga.compensates,
        "outcome": saga.outcome,
        "style": saga.style,
        "source": same(origin.source, count),
        "aliases": saga.aliases,
        "attributes": attributes.json(members),
        "resource": spread(shared.resource, shared.scope_of),
    }
    columns = {name: column for name, column in columns.items() if column is not None}
    columns["uid"] = _uid(columns, ids, times.pending)
    return columns, Spans(columns=columns, identified=ids.identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    at_ns: Ints
    until_ns: Ints
    pending: Bools
    members: tuple[Member, ...]


def _times(items: pa.StructArray, received_ns: int) -> _Times:
    start_column, end_column = child(items, "start_time_unix_nano"), child(items, "end_time_unix_nano")
    start, start_beyond = int_time(start_column)
    end, end_beyond = int_time(end_column)
    at_ns = np.where(start > 0, start, np.where(end > 0, end, received_ns))
    return _Times(
        at_ns=at_ns,
        until_ns=end,
        pending=end == 0,
        members=(
            number_where(keys.START_TIME, numbers(start_column), (at_ns != start) | start_beyond),
            number_where(keys.END_TIME, numbers(end_column), end_beyond),
        ),
    )


def _members(items: pa.StructArray, kinds: Ints, codes: Ints) -> list[Member]:
    message = child(items, "status", "message")
    silent = (codes != _ERROR) & bools(pc.not_equal(message, EMPTY))
    return [
        text_member(keys.TRACE_STATE, child(items, "trace_state")),
        number_member(keys.FLAGS, child(items, "flags")),
        number_where(keys.SPAN_KIND, kinds, ~_known_kind(kinds)),
        number_where(keys.STATUS_CODE, codes, (codes < 0) | (codes > _ERROR)),
        text_where(keys.STATUS_MESSAGE, message, silent),
        number_member(keys.DROPPED_ATTRIBUTES, child(items, "dropped_attributes_count")),
        number_member(keys.DROPPED_EVENTS, child(items, "dropped_events_count")),
        number_member(keys.DROPPED_LINKS, child(items, "dropped_links_count")),
    ]


def _known_kind(kinds: Ints) -> Bools:
    return (kinds >= 0) & (kinds < len(_KINDS))


def _base_phase(pending: Bools, codes: Ints) -> pa.Array:
    return words(np.where(pending, _STARTED, np.where(codes == _ERROR, 1, 0)), _BASE_PHASES)


def _step(name: pa.Array, kinds: Ints, saga: Saga, phase: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Give the step, how it is known, and the saga that Temporal's span names say."""
    name, workflow = _temporal(name)
    inner = ~_known_kind(kinds) | (kinds == _UNSPECIFIED) | (kinds == _INTERNAL)
    own_id = bools(saga.transaction_id.is_valid())
    works = (kinds == _SERVER) | (kinds == _CONSUMER) | (inner & own_id)
    step, step_by = stand_in(saga.step, name, pc.and_(pa.array(works), of_a_step(phase)))
    return step, step_by, workflow


def _temporal(name: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Read the step out of `RunActivity:X`, the workflow out of `RunWorkflow:X`, which is no step."""
    workflow = pa.nulls(len(name), pa.string())
    for prefix in keys.TEMPORAL_SAGA_PREFIXES:
        named = pc.starts_with(name, prefix)
        if pc.any(named).as_py():
            workflow = choose(named, pc.utf8_slice_codeunits(name, len(prefix)), workflow)
            name = choose(named, "", name)
    named = pc.starts_with(name, keys.TEMPORAL_STEP_PREFIX)
    if pc.any(named).as_py():
        name = choose(named, pc.utf8_slice_codeunits(name, len(keys.TEMPORAL_STEP_PREFIX)), name)
    return name, present_or_null(workflow)


def _error(items: pa.StructArray, codes: Ints, attributes: Attributes, events: SpanEvents | None) -> pa.Array:
    failed = pa.array(codes == _ERROR)
    if not (codes == _ERROR).any():
        return pa.nulls(len(items), pa.string())
    message = pc.coalesce(child(items, "status", "message"), literal(""))
    texts = [present_or_null(message), attributes.text(keys.ERROR_TYPE)]
    if events is not None:
        texts.insert(1, events.exception_of(len(items)))
    return where(failed, pc.coalesce(*(text for text in texts if text is not None)))


def _uid(columns: dict[str, Any], ids: Ids, pending: Bools) -> pa.Array:
    """Null where the ids say it all, "pending" before the end, the content where there are no ids."""
    uid = where(pending, PENDING)
    if ids.identified.all():
        return uid
    return pc.replace_with_mask(uid, pa.array(~ids.identified), content(columns, np.flatnonzero(~ids.identified)))
