"""Spans become records."""

from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

RECEIVED_NS = 1_700_000_000_000_000_000
SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL, UNSPECIFIED = 2, 3, 4, 5, 1, 0


def test_every_column(span_rows: Any, a_span: Any) -> None:
    """What a span says about its saga becomes columns, and only the rest stays in its attributes."""
    saga = {
        "saga.id": "O-1", "saga.name": "order", "saga.step": "reserve-stock", "saga.phase": "progressed",
        "saga.owner": "stock", "saga.attempt": 2, "saga.outcome": "cancelled", "saga.style": "choreography",
        "saga.message.id": "m-1", "saga.causation.id": "m-0", "saga.alias.payment": "P-9", "saga.alias.box": 7,
        "http.route": "/reserve",
    }  # fmt: skip
    [row] = span_rows(a_span(saga, parent_span_id=b"\0" * 7 + b"\7"), resource={"service.name": "warehouse"})

    assert {
        "uid": None,
        "transaction_id": "O-1",
        "saga": "order",
        "step": "reserve-stock",
        "step_by": "attribute",
        "owner": "stock",
        "phase": "progressed",
        "kind": "span",
        "span_kind": "server",
        "name": "reserve",
        "at_ns": 1_000,
        "until_ns": 2_000,
        "received_ns": RECEIVED_NS,
        "attempt": 2,
        "message_id": "m-1",
        "causation_id": "m-0",
        "trace_id": UUID(bytes=bytes(range(1, 17))),
        "span_id": 0x0102030405060708,
        "parent_span_id": 7,
        "links": None,
        "status": "unset",
        "error": None,
        "schema_ref": None,
        "compensates": None,
        "outcome": "cancelled",
        "style": "choreography",
        "source": "otlp",
        "position": None,
        "aliases": {"payment": "P-9", "box": "7"},
        "attributes": {"http.route": "/reserve"},
        "resource": {"service.name": "warehouse"},
    } == row


@pytest.mark.parametrize(
    ("key", "value", "column", "default"),
    [
        ("saga.phase", "exploded", "phase", "completed"),
        ("saga.phase", 3, "phase", "completed"),
        ("saga.attempt", "abc", "attempt", None),
        ("saga.attempt", 0, "attempt", None),
        ("saga.attempt", -1, "attempt", None),
        ("saga.attempt", 2**31, "attempt", None),
        ("saga.attempt", "9999999999", "attempt", None),
        ("saga.attempt", 1.5, "attempt", None),
        ("saga.outcome", "won", "outcome", None),
        ("saga.style", "jazz", "style", None),
        ("saga.id", "", "transaction_id", None),
        ("saga.id", 1.5, "transaction_id", None),
        ("saga.id", True, "transaction_id", None),
        ("saga.step", "", "step", "reserve"),
        ("saga.step", 4, "step", "reserve"),
        ("saga.owner", "", "owner", None),
        ("saga.name", 4, "saga", None),
        ("saga.alias.", "x", "aliases", None),
        ("saga.alias.payment", "", "aliases", None),
    ],
)
def test_a_value_that_is_no_good(span_rows: Any, a_span: Any, key: str, value: Any, column: str, default: Any) -> None:
    """A value that its column cannot take stays among the attributes, and the default applies."""
    [row] = span_rows(a_span({key: value}))

    assert (default, {key: value}) == (row[column], row["attributes"])


@pytest.mark.parametrize(("value", "expected"), [(3, 3), ("3", 3), ("2147483647", 2**31 - 1)])
def test_attempt(span_rows: Any, a_span: Any, value: Any, expected: int) -> None:
    """The attempt may be a number or digits."""
    [row] = span_rows(a_span({"saga.attempt": value}))

    assert (expected, {}) == (row["attempt"], row["attributes"])


def test_deliveries_are_attempts(span_rows: Any, a_span: Any) -> None:
    """What a broker counts as deliveries is the attempt where nobody says one, and stays an attribute."""
    key = "messaging.servicebus.message.delivery_count"
    [row] = span_rows(a_span({key: 4}))

    assert (4, {key: 4}) == (row["attempt"], row["attributes"])


@pytest.mark.parametrize(
    ("attributes", "resource", "expected"),
    [
        ({"saga.id": 42}, {}, "42"),
        ({"temporalWorkflowID": "wf-1", "saga.id": "O-1"}, {}, "O-1"),
        ({"messaging.message.conversation_id": "c", "temporalWorkflowID": "wf"}, {}, "wf"),
        ({}, {"saga.id": "O-2"}, "O-2"),
        ({"messaging.message.conversation_id": "c"}, {"saga.id": "O-2"}, "c"),
        ({"saga.id": ""}, {"saga.id": "O-3"}, "O-3"),
    ],
)
def test_transaction_id(
    span_rows: Any, a_span: Any, attributes: dict[str, Any], resource: dict[str, Any], expected: str
) -> None:
    """The first correlation key that the span has says the id, then the first that its resource has."""
    [row] = span_rows(a_span(attributes), resource=resource)

    assert expected == row["transaction_id"]
    assert {key: value for key, value in attributes.items() if key != "saga.id" or value == ""} == row["attributes"]
    assert resource == row["resource"]


@pytest.mark.parametrize(
    ("kind", "attributes", "expected"),
    [
        (SERVER, {}, ("reserve", "name")),
        (CONSUMER, {}, ("reserve", "name")),
        (CLIENT, {"saga.id": "O-1"}, (None, None)),
        (PRODUCER, {"saga.id": "O-1"}, (None, None)),
        (CLIENT, {"saga.step": "pay"}, ("pay", "attribute")),
        (INTERNAL, {}, (None, None)),
        (INTERNAL, {"saga.id": "O-1"}, ("reserve", "name")),
        (UNSPECIFIED, {"saga.id": "O-1"}, ("reserve", "name")),
        (SERVER, {"saga.phase": "txn_started"}, (None, None)),
        (SERVER, {"saga.phase": "txn_started", "saga.step": "begin"}, ("begin", "attribute")),
    ],
)
def test_step(span_rows: Any, a_span: Any, kind: int, attributes: dict[str, Any], expected: Any) -> None:
    """A span's name stands in for its step where it does work of the transaction, and says so."""
    [row] = span_rows(a_span(attributes, kind=kind))

    assert expected == (row["step"], row["step_by"])


def test_no_name_is_no_step(span_rows: Any, a_span: Any) -> None:
    """An empty name does not stand in for a step."""
    [row] = span_rows(a_span(name=""))

    assert (None, None) == (row["step"], row["step_by"])


@pytest.mark.parametrize(
    ("name", "step", "saga"),
    [
        ("RunActivity:ChargeCard", "ChargeCard", None),
        ("RunWorkflow:Checkout", None, "Checkout"),
        ("CompleteWorkflow:Checkout", None, "Checkout"),
        ("RunWorkflow:", None, None),
    ],
)
def test_temporal_names(span_rows: Any, a_span: Any, name: str, step: str | None, saga: str | None) -> None:
    """Temporal's span names say the activity as the step and the workflow as the saga."""
    other = a_span(name="plain")
    rows = span_rows(a_span({"temporalWorkflowID": "wf"}, name=name), other)

    assert [(step, saga, name), ("plain", None, "plain")] == [(row["step"], row["saga"], row["name"]) for row in rows]


@pytest.mark.parametrize(
    ("changes", "attributes", "expected"),
    [
        ({}, {}, "completed"),
        ({"status": Status(code=2)}, {}, "failed"),
        ({"end_time_unix_nano": 0}, {}, "started"),
        ({"end_time_unix_nano": 0, "status": Status(code=2)}, {}, "started"),
        ({}, {"saga.compensates": "pay"}, "compensated"),
        ({"status": Status(code=2)}, {"saga.compensates": "pay"}, "compensation_failed"),
        ({"end_time_unix_nano": 0}, {"saga.compensates": "pay"}, "compensating"),
        ({}, {"saga.compensates": "pay", "saga.phase": "started"}, "compensating"),
        ({}, {"saga.compensates": "pay", "saga.phase": "retried"}, "retried"),
        ({"status": Status(code=2)}, {"saga.phase": "completed"}, "completed"),
    ],
)
def test_phase(span_rows: Any, a_span: Any, changes: Any, attributes: Any, expected: str) -> None:
    """The phase is said, or follows from the end and the status; a step that undoes another compensates."""
    [row] = span_rows(a_span(attributes, **changes))

    assert expected == row["phase"]
    assert attributes.get("saga.compensates") == row["compensates"]


def test_pending(span_rows: Any, a_span: Any) -> None:
    """A span that has not ended has no end, and is another record than the finished one."""
    [row] = span_rows(a_span(end_time_unix_nano=0))

    assert ("pending", None) == (row["uid"], row["until_ns"])


@pytest.mark.parametrize(
    ("changes", "attributes", "expected"),
    [
        ({"status": Status(code=2, message="no stock")}, {}, ("error", "no stock", {})),
        ({"status": Status(code=2)}, {"error.type": "Timeout"}, ("error", "Timeout", {"error.type": "Timeout"})),
        ({"status": Status(code=2)}, {}, ("error", None, {})),
        ({"status": Status(code=1)}, {}, ("ok", None, {})),
        ({"status": Status(code=1, message="fine")}, {}, ("ok", None, {"otel.status_message": "fine"})),
        ({"status": Status(code=9)}, {}, ("unset", None, {"otel.status_code": 9})),
        ({}, {"error.type": "x"}, ("unset", None, {"error.type": "x"})),
    ],
)
def test_status(span_rows: Any, a_span: Any, changes: Any, attributes: Any, expected: Any) -> None:
    """The error is the message of an error status, else what else says it; nothing of the status is lost."""
    [row] = span_rows(a_span(attributes, **changes))

    assert expected == (row["status"], row["error"], row["attributes"])


def test_rest_of_the_span_is_kept(span_rows: Any, a_span: Any) -> None:
    """Fields that are no column are kept among the attributes when they say something."""
    odd = a_span(
        trace_state="a=b", flags=257, kind=9, dropped_attributes_count=1, dropped_events_count=2, dropped_links_count=3
    )
    rows = span_rows(odd, a_span({"x": 1}))

    assert [
        {
            "otel.trace_state": "a=b", "otel.flags": 257, "otel.span_kind": 9,
            "otel.dropped_attributes_count": 1, "otel.dropped_events_count": 2, "otel.dropped_links_count": 3,
        },
        {"x": 1},
    ] == [row["attributes"] for row in rows]  # fmt: skip
    assert [None, "server"] == [row["span_kind"] for row in rows]


def test_our_names_cannot_be_forged(span_rows: Any, a_span: Any) -> None:
    """An attribute that has the name of one of ours is told from it."""
    [row] = span_rows(a_span({"otel.flags": "mine", "$x": 1}, flags=1))

    assert {"$otel.flags": "mine", "$$x": 1, "otel.flags": 1} == row["attributes"]


def test_a_key_twice(span_rows: Any, a_span: Any, pairs: Any) -> None:
    """Of a key that stands twice the first counts and the others are kept."""
    span = a_span()
    for value in ("O-1", "O-2"):
        span.attributes.extend(pairs({"saga.id": value, "x": value}))
    [row] = span_rows(span, a_span({"y": 1}))[:1]

    assert "O-1" == row["transaction_id"]
    assert {"x": "O-1", "saga.id": "O-2", "$duplicates": [["x", "O-2"]]} == row["attributes"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (5, 3, (5, 3, {})),
        (0, 7, (7, 7, {"otel.start_time_unix_nano": 0})),
        (0, 0, (RECEIVED_NS, None, {"otel.start_time_unix_nano": 0})),
        (2**64 - 1, 2**63, (2**63 - 1, 2**63 - 1,
            {"otel.start_time_unix_nano": 2**64 - 1, "otel.end_time_unix_nano": 2**63})),
    ],
)  # fmt: skip
def test_times(span_rows: Any, a_span: Any, start: int, end: int, expected: Any) -> None:
    """Times beyond the column are held at its end and kept as they came; a span without start has its end."""
    [row] = span_rows(a_span(start_time_unix_nano=start, end_time_unix_nano=end))

    assert expected == (row["at_ns"], row["until_ns"], row["attributes"])


def test_ids_of_a_wrong_length(span_rows: Any, a_span: Any) -> None:
    """An id of a wrong length reads as none and is kept; the record is then known by its content."""
    bad = a_span({"saga.id": "O-1"}, trace_id=b"\1\2", span_id=b"\3" * 24, parent_span_id=b"\4")
    rows = span_rows(bad, a_span(), bad)

    assert [UUID(int=0), 0, 0] == [rows[0][name] for name in ("trace_id", "span_id", "parent_span_id")]
    assert {"otel.trace_id": "0102", "otel.span_id": "03" * 24, "otel.parent_span_id": "04"} == rows[0]["attributes"]
    assert rows[0]["uid"] == rows[2]["uid"]
    assert (True, None) == ("O-1" in rows[0]["uid"], rows[1]["uid"])


def test_spans_without_ids_differ_by_content(span_rows: Any, a_span: Any) -> None:
    """Two spans without ids are one record only when they say the same."""
    spans = [a_span({"n": n}, trace_id=b"", span_id=b"") for n in (1, 2)]
    uids = [row["uid"] for row in span_rows(*spans)]

    assert 2 == len(set(uids))


def test_message_id(span_rows: Any, a_span: Any) -> None:
    """The messaging conventions say the message where we do not, and stay attributes."""
    attributes = {"messaging.message.id": "m-7", "messaging.destination.name": "orders"}
    [row] = span_rows(a_span(attributes, kind=Span.SPAN_KIND_PRODUCER))

    assert ("m-7", attributes) == (row["message_id"], row["attributes"])


def test_links(span_rows: Any, a_span: Any, pairs: Any) -> None:
    """Links are kept whole, with ids in hex."""
    links = [
        Span.Link(trace_id=b"\xab" * 16, span_id=b"\xcd" * 8),
        Span.Link(trace_id=b"\1", span_id=b"", trace_state='q"', attributes=pairs({"a": 1}), flags=1),
    ]
    rows = span_rows(a_span(), a_span(links=links))

    assert [
        None,
        [
            {"trace_id": "ab" * 16, "span_id": "cd" * 8},
            {"trace_id": "01", "span_id": "", "trace_state": 'q"', "attributes": {"a": 1}, "flags": 1},
        ],
    ] == [row["links"] for row in rows]


@pytest.mark.parametrize("hostile", ["\x1b]52;c;x\x07", "a\x00b", "[red]x[/red]", '"},{', "\u202e", "x" * 1_000_000])
def test_hostile_text(span_rows: Any, a_span: Any, hostile: str) -> None:
    """Text comes through as it was, wherever it stands."""
    attributes = {"saga.id": hostile, "saga.step": hostile, "saga.alias.k" + hostile: hostile, "k" + hostile: hostile}
    span = a_span(attributes, name=hostile, trace_state=hostile, status=Status(code=2, message=hostile))
    [row] = span_rows(span, resource={"service.name": hostile})

    assert [hostile] * 5 == [row[name] for name in ("transaction_id", "step", "name", "owner", "error")]
    assert {"k" + hostile: hostile} == row["aliases"]
    assert {"k" + hostile: hostile, "otel.trace_state": hostile} == row["attributes"]
    assert {"service.name": hostile} == row["resource"]


def test_empty_attribute(span_rows: Any, a_span: Any) -> None:
    """An attribute without a value is null, in a key of ours as well."""
    [row] = span_rows(a_span({"saga.id": AnyValue(), "x": AnyValue()}))

    assert (None, {"saga.id": None, "x": None}) == (row["transaction_id"], row["attributes"])
