"""Log records become records."""

from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

RECEIVED_NS = 1_700_000_000_000_000_000


@pytest.fixture
def log(pairs: Any) -> Any:
    """Make a log record."""
    return lambda attributes=None, **fields: LogRecord(
        **({"time_unix_nano": 1_000} | fields), attributes=pairs(attributes or {})
    )


def test_event(log_rows: Any, log: Any) -> None:
    """A log record whose event name is set is an event of that name, and says its step."""
    [row] = log_rows(
        log({"saga.id": "O-1", "total": 5}, event_name="OrderPlaced", trace_id=b"t" * 16, span_id=b"\0" * 7 + b"\1"),
        resource={"service.name": "shop"},
    )

    assert {
        "kind": "event", "name": "OrderPlaced", "step": "OrderPlaced", "step_by": "name", "phase": "observed",
        "transaction_id": "O-1", "owner": "shop", "at_ns": 1_000, "until_ns": None, "status": "unset",
        "trace_id": UUID(bytes=b"t" * 16), "span_id": 1, "parent_span_id": 0, "attributes": {"total": 5},
        "resource": {"service.name": "shop"}, "received_ns": RECEIVED_NS,
    }.items() <= row.items()  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "fields", "expected"),
    [
        ({"event.name": "Paid", "saga.id": "1"}, {}, ("Paid", "Paid", "name")),
        ({"event.name": "Paid", "saga.id": "1"}, {"event_name": "Field"}, ("Field", "Field", "name")),
        ({"event.name": "Paid", "saga.id": "1", "saga.step": "pay"}, {}, ("Paid", "pay", "attribute")),
        ({"event.name": "Paid"}, {}, ("Paid", None, None)),
        ({"event.name": "Begun", "saga.id": "1", "saga.phase": "txn_started"}, {}, ("Begun", None, None)),
        ({"saga.id": "1"}, {}, ("log", None, None)),
        ({"saga.id": "1"}, {"severity_text": "WARN"}, ("WARN", None, None)),
        ({"saga.id": "1", "saga.step": "pay"}, {}, ("log", "pay", "attribute")),
    ],
)
def test_name_and_step(log_rows: Any, log: Any, attributes: Any, fields: Any, expected: Any) -> None:
    """The event name names the record and stands in for its step; a plain log has none."""
    [row] = log_rows(log(attributes, **fields))

    assert expected == (row["name"], row["step"], row["step_by"])


def test_rest_is_kept(log_rows: Any, log: Any) -> None:
    """Severity, body, times, flags and odd ids are kept among the attributes."""
    body = AnyValue()
    body.kvlist_value.values.add(key="a").value.array_value.values.add().double_value = 1
    [row, plain] = log_rows(
        log(
            severity_number=17, severity_text="ERROR", body=body, observed_time_unix_nano=5, flags=1,
            dropped_attributes_count=2, trace_id=b"\1",
        ),
        log(body=AnyValue(string_value="hi")),
    )  # fmt: skip

    assert {
        "otel.severity_number": 17, "otel.severity_text": "ERROR", "otel.body": {"a": [1.0]},
        "otel.observed_time_unix_nano": 5, "otel.flags": 1, "otel.dropped_attributes_count": 2, "otel.trace_id": "01",
    } == row["attributes"]  # fmt: skip
    assert {"otel.body": "hi"} == plain["attributes"]


@pytest.mark.parametrize(
    ("time", "observed", "expected"), [(7, 9, 7), (0, 9, 9), (0, 0, RECEIVED_NS), (2**64 - 1, 0, 2**63 - 1)]
)
def test_time(log_rows: Any, log: Any, time: int, observed: int, expected: int) -> None:
    """The time is when it happened, else when it was observed, else when it came."""
    [row] = log_rows(log(time_unix_nano=time, observed_time_unix_nano=observed))

    assert expected == row["at_ns"]


@pytest.mark.parametrize(
    ("attributes", "body", "expected"),
    [
        ({"exception.type": "E", "exception.message": "m"}, "text", ("error", "E: m")),
        ({"saga.phase": "failed"}, "card declined", ("error", "card declined")),
        ({"saga.phase": "failed", "error.type": "declined"}, "text", ("error", "declined")),
        ({"saga.phase": "completed"}, "text", ("unset", None)),
    ],
)
def test_failure(log_rows: Any, log: Any, attributes: Any, body: str, expected: Any) -> None:
    """An exception or a phase that is a failure makes an error; the body may say which."""
    [row] = log_rows(log(attributes, body=AnyValue(string_value=body)))

    assert expected == (row["status"], row["error"])


def test_uid_is_the_content(log_rows: Any, log: Any) -> None:
    """The same log record sent again is the same record; one that differs anywhere is another."""
    records = [
        log({"n": 1}),
        log({"n": 1}),
        log({"n": 2}),
        log({"n": 1}, body=AnyValue(string_value="x")),
        log({"n": 1}, severity_number=9),
        log({"n": 1}, observed_time_unix_nano=3),
        log({"n": 1, "saga.id": "a"}),
        log({"n": 1, "saga.step": "a"}),
    ]
    uids = [row["uid"] for row in log_rows(*records)]

    assert uids[0] == uids[1]
    assert len(records) - 1 == len(set(uids))


def test_resource_differs(log_rows: Any, log: Any) -> None:
    """The same log record of two resources is two records."""
    one, two = (log_rows(log(), resource={"host.name": host})[0]["uid"] for host in ("a", "b"))

    assert one != two
