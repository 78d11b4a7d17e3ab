"""Span events to records of their own, which inherit from their span what they do not say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.otlp import keys
from collectors.otlp.assemble import assemble, content, int_time
from collectors.otlp.attributes import Attributes
from collectors.otlp.columns import (
    Bools,
    Ints,
    child,
    choose,
    equals,
    flatten,
    join,
    literal,
    numbers,
    same,
    spread,
    take,
    valid,
    where,
)
from collectors.otlp.failures import exception_text
from collectors.otlp.members import number_member, number_where
from collectors.otlp.saga import Saga, of_a_step, says_failed, stand_in, take_saga, undoing
from collectors.otlp.shared import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """The columns of the spans that events belong to, and which spans have ids."""

    columns: Mapping[str, Any]
    identified: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEvents:
    """The events of all spans; `span_of` gives each one's span, `index` its place in it."""

    rows: pa.StructArray
    span_of: Ints
    index: Ints
    attributes: Attributes
    saga: Saga
    exception: pa.Array

    def exception_of(self, spans: int) -> pa.Array:
        """Give each span's last exception as text, null where it has none."""
        at = np.flatnonzero(valid(self.exception))
        last = np.full(spans, -1, np.int64)
        last[self.span_of[at]] = at
        return take(self.exception, last)


def read_events(lists: pa.Array, origin: Origin) -> SpanEvents | None:
    """Flatten the events; None when no span has any."""
    rows, span_of = flatten(lists)
    if not len(rows):
        return None
    origin.check(len(rows))
    attributes = Attributes(child(rows, "attributes"))
    firsts = np.concatenate([[0], np.cumsum(np.bincount(span_of, minlength=len(lists)))])
    named = equals(child(rows, "name"), keys.EXCEPTION_EVENT)
    return SpanEvents(
        rows=rows,
        span_of=span_of,
        index=np.arange(len(rows)) - firsts[span_of],
        attributes=attributes,
        saga=take_saga(attributes, len(rows), origin.correlation_keys),
        exception=where(named, exception_text(attributes, len(rows))),
    )


def event_records(events: SpanEvents, spans: Spans) -> pa.RecordBatch:
    """Build the events' records."""
    count, of, saga = len(events.rows), events.span_of, events.saga
    shared = spans.columns
    phase = pc.coalesce(saga.phase, literal("observed"))
    step, step_by, from_span = _step(events, shared, phase)
    at_ns, time_members = _times(events, shared["at_ns"])
    compensates = pc.coalesce(saga.compensates, where(from_span, spread(shared["compensates"], of)))
    failed = pc.or_(events.exception.is_valid(), says_failed(phase))
    error_type = events.attributes.text(keys.ERROR_TYPE)
    dropped = number_member(keys.DROPPED_ATTRIBUTES, child(events.rows, "dropped_attributes_count"))
    no_attempt = pa.scalar(None, pa.int32())
    columns = {
        "transaction_id": pc.coalesce(saga.transaction_id, spread(shared["transaction_id"], of)),
        "saga": pc.coalesce(saga.saga, spread(shared["saga"], of)),
        "step": step,
        "step_by": step_by,
        "owner": pc.coalesce(saga.owner, spread(shared["owner"], of)),
        "phase": undoing(phase, compensates),
        "kind": same("event", count),
        "name": child(events.rows, "name"),
        "at_ns": pa.array(at_ns),
        "received_ns": take(shared["received_ns"], of),
        "attempt": pc.coalesce(saga.attempt, pc.if_else(from_span, take(shared["attempt"], of), no_attempt)),
        "message_id": saga.message_id,
        "causation_id": saga.causation_id,
        "trace_id": take(shared["trace_id"], of),
        "span_id": take(shared["span_id"], of),
        "parent_span_id": pa.repeat(pa.scalar(0, pa.uint64()), count),
        "status": choose(failed, "error", "unset"),
        "error": where(failed, pc.coalesce(events.exception, *([] if error_type is None else [error_type]))),
        "compensates": compensates,
        "outcome": saga.outcome,
        "style": pc.coalesce(saga.style, spread(shared["style"], of)),
        "source": take(shared["source"], of),
        "aliases": saga.aliases,
        "attributes": events.attributes.json([*time_members, dropped]),
        "resource": spread(shared["resource"], of),
    }
    return assemble({**columns, "uid": _uid(events, columns, spans.identified[of])}, count)


def _step(events: SpanEvents, shared: Mapping[str, Any], phase: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Give the step, how it is known, and whether it is the span's.

    An event that says a phase and no step speaks of its span's step; where the span has none, its own
    name stands in. An event that says neither is a remark, not a step.
    """
    saga = events.saga
    speaks = pc.and_(saga.phase.is_valid(), of_a_step(phase))
    inherits = pc.and_(speaks, saga.step.is_null())
    span_step = where(inherits, spread(shared["step"], events.span_of))
    from_span = span_step.is_valid()
    step, step_by = stand_in(pc.coalesce(saga.step, span_step), child(events.rows, "name"), speaks)
    return step, choose(from_span, spread(shared["step_by"], events.span_of), step_by), from_span


def _times(events: SpanEvents, span_at: pa.Array) -> tuple[Ints, tuple[Any, ...]]:
    column = child(events.rows, "time_unix_nano")
    time, beyond = int_time(column)
    at_ns = np.where(time > 0, time, numbers(span_at)[events.span_of])
    return at_ns, (number_where(keys.TIME, numbers(column), (at_ns != time) | beyond),)


def _uid(events: SpanEvents, columns: Mapping[str, Any], identified: Bools) -> pa.Array:
    uid = join(("e", pc.cast(pa.array(events.index), pa.string())))
    if identified.all():
        return uid
    rows = np.flatnonzero(~identified)
    own = join((uid.take(pa.array(rows)), content(columns, rows)))
    return pc.replace_with_mask(uid, pa.array(~identified), own)
