"""Span events become records of their own."""

from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@pytest.fixture
def event(pairs: Any) -> Any:
    """Make a span event."""
    return lambda name, attributes=None, at=1_500, **changes: Span.Event(
        name=name, time_unix_nano=at, attributes=pairs(attributes or {}), **changes
    )


def test_inherits(span_rows: Any, a_span: Any, event: Any) -> None:
    """An event has its own name, time and attributes, and its span's transaction, saga, owner and ids."""
    span = a_span({"saga.id": "O-1", "saga.name": "order"}, events=[event("stock-checked", {"n": 1})])
    _, row = span_rows(span, resource={"service.name": "stock"})

    assert {
        "uid": "e0", "kind": "event", "name": "stock-checked", "at_ns": 1_500, "until_ns": None,
        "transaction_id": "O-1", "saga": "order", "owner": "stock", "span_id": 0x0102030405060708,
        "parent_span_id": 0, "span_kind": None, "phase": "observed", "step": None, "step_by": None,
        "status": "unset", "error": None, "attributes": {"n": 1}, "resource": {"service.name": "stock"},
    }.items() <= row.items()  # fmt: skip


def test_own_attributes_win(span_rows: Any, a_span: Any, event: Any) -> None:
    """What the event says itself counts, and leaves its attributes."""
    own = {"saga.id": "O-2", "saga.name": "refund", "saga.owner": "bank", "saga.step": "pay", "saga.attempt": 3}
    span = a_span({"saga.id": "O-1", "saga.name": "order", "saga.step": "x"}, events=[event("e", own)])
    _, row = span_rows(span, resource={"service.name": "stock"})

    expected = ("O-2", "refund", "bank", "pay", "attribute", 3, {})
    names = ("transaction_id", "saga", "owner", "step", "step_by", "attempt", "attributes")
    assert expected == tuple(row[name] for name in names)


@pytest.mark.parametrize(
    ("span", "of_event", "expected"),
    [
        (({"saga.step": "pay", "saga.attempt": 2}, 2), {"saga.phase": "started"}, ("pay", "attribute", "started", 2)),
        (({}, 2), {"saga.phase": "started"}, ("reserve", "name", "started", None)),
        (({}, 3), {"saga.phase": "started"}, ("sent", "name", "started", None)),
        (({"saga.step": "pay"}, 2), {}, (None, None, "observed", None)),
        (({"saga.step": "pay"}, 2), {"saga.phase": "txn_started"}, (None, None, "txn_started", None)),
        (({"saga.step": "refund", "saga.compensates": "pay"}, 2), {"saga.phase": "started"},
            ("refund", "attribute", "compensating", None)),
        (({"saga.step": "refund", "saga.compensates": "pay"}, 2), {"saga.phase": "failed", "saga.step": "x"},
            ("x", "attribute", "failed", None)),
    ],
)  # fmt: skip
def test_step(span_rows: Any, a_span: Any, event: Any, span: Any, of_event: Any, expected: Any) -> None:
    """An event with a phase and no step speaks of its span's step, with its attempt and what it undoes."""
    attributes, kind = span
    _, row = span_rows(a_span(attributes, kind=kind, events=[event("sent", of_event)]))

    assert expected == (row["step"], row["step_by"], row["phase"], row["attempt"])


def test_exception(span_rows: Any, a_span: Any, event: Any) -> None:
    """An exception is an error, and says what went wrong for a span that only says that it failed."""
    attributes = {"exception.type": "OSError", "exception.message": "disk full"}
    first = event("exception", {"exception.type": "Retry"})
    span, _, row = span_rows(a_span(status=Status(code=2), events=[first, event("exception", attributes)]))

    assert ("error", "OSError: disk full", attributes) == (row["status"], row["error"], row["attributes"])
    assert "OSError: disk full" == span["error"]


def test_failure_without_exception(span_rows: Any, a_span: Any, event: Any) -> None:
    """An event whose phase is a failure is an error."""
    _, row = span_rows(a_span(events=[event("e", {"saga.phase": "timed_out", "error.type": "late"})]))

    assert ("error", "late") == (row["status"], row["error"])


def test_order_and_uid(span_rows: Any, a_span: Any, event: Any) -> None:
    """Events come after all spans, in order, numbered within their span."""
    rows = span_rows(a_span(events=[event("a"), event("b")]), a_span(), a_span(span_id=b"x" * 8, events=[event("c")]))

    assert [None, None, None, "e0", "e1", "e0"] == [row["uid"] for row in rows]
    assert ["a", "b", "c"] == [row["name"] for row in rows[3:]]


def test_without_ids(span_rows: Any, a_span: Any, event: Any) -> None:
    """Events of spans without ids differ when they say different things."""
    spans = [a_span(trace_id=b"", events=[event("e", {"n": n})]) for n in (1, 2)]
    rows = span_rows(*spans)

    assert 2 == len({row["uid"] for row in rows[2:]})


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, (1_000, {"otel.time_unix_nano": 0})), (2**64 - 1, (2**63 - 1, {"otel.time_unix_nano": 2**64 - 1}))],
)
def test_times(span_rows: Any, a_span: Any, event: Any, at: int, expected: Any) -> None:
    """An event without a time has its span's start."""
    _, row = span_rows(a_span(events=[event("e", at=at)]))

    assert expected == (row["at_ns"], row["attributes"])


def test_dropped(span_rows: Any, a_span: Any, event: Any) -> None:
    """The number of dropped attributes is kept."""
    _, row = span_rows(a_span(events=[event("e", dropped_attributes_count=4)]))

    assert {"otel.dropped_attributes_count": 4} == row["attributes"]
