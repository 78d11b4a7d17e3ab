"""OTLP/JSON becomes the protobuf message that it stands for."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collectors.otlp import json_request
from collectors.otlp.json_request import protobuf_bytes
from tracer.errors import Rejected, TooLarge


def transcode(body: Any, signal: Any = "traces") -> Any:
    """Transcode JSON and parse what it became."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}[signal]
    return message.FromString(protobuf_bytes(signal, raw, max_items=1_000))


def span_of(fields: dict[str, Any]) -> Span:
    """Transcode a request of one span."""
    request = transcode({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]})
    span: Span = request.resource_spans[0].scope_spans[0].spans[0]
    return span


def test_whole_trace_request() -> None:
    """Every field of a trace request arrives."""
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "traceState": "a=b",
        "parentSpanId": "eee19b7ec3c1b173",
        "flags": 257,
        "name": "I'm a server span",
        "kind": 2,
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": "1544712661000000000",
        "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}],
        "droppedAttributesCount": 1,
        "events": [{"timeUnixNano": "5", "name": "e", "attributes": [{"key": "a"}], "droppedAttributesCount": 2}],
        "droppedEventsCount": 3,
        "links": [{"traceId": "00" * 16, "spanId": "01" * 8, "traceState": "x", "attributes": [{"key": "b"}],
            "droppedAttributesCount": 4, "flags": 1}],
        "droppedLinksCount": 5,
        "status": {"message": "m", "code": 2},
    }  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "s"}}], "droppedAttributesCount": 6}
    scope = {"name": "lib", "version": "1", "attributes": [{"key": "c"}], "droppedAttributesCount": 7}
    body = {
        "resourceSpans": [
            {
                "resource": resource,
                "scopeSpans": [{"scope": scope, "spans": [span], "schemaUrl": "u"}],
                "schemaUrl": "v",
            }
        ]
    }
    got = MessageToDict(transcode(body), use_integers_for_enums=True, always_print_fields_with_no_presence=False)
    got_span = got["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    message = transcode(body).resource_spans[0].scope_spans[0].spans[0]

    assert ("5b8efff798038103d269b633813fc60c", "01" * 8) == (message.trace_id.hex(), message.links[0].span_id.hex())
    assert "eee19b7ec3c1b173" == message.parent_span_id.hex()
    for names in (("traceId", "spanId", "parentSpanId"), ()):
        for name in names:
            got_span.pop(name), span.pop(name)  # hex here, base64 there
    for link in (got_span["links"][0], span["links"][0]):
        link.pop("traceId"), link.pop("spanId")
    assert body == got


def test_whole_log_request() -> None:
    """Every field of a log request arrives."""
    record = {
        "timeUnixNano": "1", "observedTimeUnixNano": "2", "severityNumber": 10, "severityText": "Information",
        "body": {"stringValue": "Example"}, "attributes": [{"key": "a", "value": {"boolValue": True}}],
        "droppedAttributesCount": 1, "flags": 1, "eventName": "Paid",
    }  # fmt: skip
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record], "schemaUrl": "u"}], "schemaUrl": "v"}]}

    assert body == MessageToDict(transcode(body, "logs"), use_integers_for_enums=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"intValue": "-9223372036854775808"}, {"int_value": -(2**63)}),
        ({"intValue": 5}, {"int_value": 5}),
        ({"intValue": 5.0}, {"int_value": 5}),
        ({"doubleValue": 1}, {"double_value": 1.0}),
        ({"doubleValue": "Infinity"}, {"double_value": float("inf")}),
        ({"doubleValue": "1.5"}, {"double_value": 1.5}),
        ({"bytesValue": "AP8="}, {"bytes_value": b"\x00\xff"}),
        ({"bytesValue": "-_8"}, {"bytes_value": b"\xfb\xff"}),
        ({"boolValue": False}, {"bool_value": False}),
        ({"stringValue": "a\u0000\ud83d\ude00"}, {"string_value": "a\x00😀"}),
    ],
)
def test_values(value: Any, expected: dict[str, Any]) -> None:
    """Numbers may be text, bytes are base64 of either alphabet."""
    [pair] = span_of({"attributes": [{"key": "k", "value": value}]}).attributes
    [(name, wanted)] = expected.items()

    assert (name, wanted) == (pair.value.WhichOneof("value"), getattr(pair.value, name))


def test_nested_values() -> None:
    """Arrays and key-value lists nest, empty ones too."""
    inner = {"kvlistValue": {"values": [{"key": "a", "value": {"arrayValue": {}}}, {"key": "b"}]}}
    value = {"arrayValue": {"values": [inner, {}, {"intValue": 1}]}}
    [pair] = span_of({"attributes": [{"key": "k", "value": value}]}).attributes
    first, second, third = pair.value.array_value.values

    assert ["array_value", None] == [item.value.WhichOneof("value") for item in first.kvlist_value.values]
    assert (None, 1) == (second.WhichOneof("value"), third.int_value)


def test_unknown_and_null() -> None:
    """Unknown fields are ignored, whatever they hold, and null is the default."""
    span = span_of({"future": [{"a": [1]}], "name": None, "kind": None, "attributes": None, "trace_id": "ab"})

    assert Span() == span


@pytest.mark.parametrize("body", [b"{}", b'{"resourceSpans":[]}', b'{"resourceSpans":null}', b" {} \n"])
def test_empty(body: bytes) -> None:
    """An empty request is a request."""
    assert ExportTraceServiceRequest() == transcode(body)


def test_hex_in_any_case() -> None:
    """Ids are hex in any case."""
    assert bytes.fromhex("ab" * 16) == span_of({"traceId": "AB" * 8 + "ab" * 8}).trace_id


@pytest.mark.parametrize(
    "fields",
    [
        {"traceId": "xyz"},
        {"traceId": "abc"},
        {"traceId": "ab ab"},
        {"traceId": 5},
        {"kind": "SPAN_KIND_SERVER"},
        {"kind": 2**31},
        {"kind": 1.5},
        {"flags": -1},
        {"flags": 2**32},
        {"startTimeUnixNano": -1},
        {"startTimeUnixNano": 2**64},
        {"startTimeUnixNano": "1e3"},
        {"startTimeUnixNano": "٣"},
        {"startTimeUnixNano": "9" * 5_000},
        {"startTimeUnixNano": 1.5},
        {"startTimeUnixNano": 1e300},
        {"name": 5},
        {"attributes": {"key": "value"}},
        {"attributes": [{"key": "k", "value": "bare"}]},
        {"attributes": [{"key": "k", "value": {"bytesValue": "*"}}]},
        {"attributes": [{"key": "k", "value": {"doubleValue": "one"}}]},
        {"attributes": [{"key": "k", "value": {"intValue": "one"}}]},
        {"attributes": [{"key": "k", "value": {"boolValue": "true"}}]},
        {"status": {"code": "STATUS_CODE_ERROR"}},
        {"status": 2},
    ],
)
def test_malformed_field(fields: dict[str, Any]) -> None:
    """A value of the wrong type or range is malformed; enums are integers only."""
    with pytest.raises(Rejected, match="OTLP/JSON"):
        span_of(fields)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"nul", b'{"resourceSpans"', b'{"resourceSpans":[{}]} x', b"\xff\xfe{}", b'{"resourceSpans":[5]}',
        b'{"resourceSpans":[{"schemaUrl":"\xff"}]}', b'{"resourceSpans":[{"schemaUrl":"\\ud800"}]}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":' + b'{"arrayValue":{"values":[' * 450,
    ],
)  # fmt: skip
def test_malformed_body(body: bytes) -> None:
    """What is not a JSON object of that shape is malformed, however deep it is."""
    for signal in ("traces", "logs"):
        if signal == "logs" and b"resourceSpans" in body:
            continue
        with pytest.raises(Rejected, match="OTLP/JSON"):
            transcode(body, signal)


def test_too_many_objects() -> None:
    """More objects than items are allowed are refused before they take up memory."""
    with pytest.raises(TooLarge, match="max_items"):
        transcode({"resourceSpans": [{}] * 1_001})


@given(st.binary(max_size=100))
def test_random_bytes(body: bytes) -> None:
    """Random bytes are refused; nothing else happens."""
    with pytest.raises(Rejected):
        transcode(b"!" + body)


@pytest.mark.parametrize("element", [b"null", b'"a"', b'"\\",[]"'])
@pytest.mark.parametrize("comma", [b",", b" ,\n"])
@pytest.mark.parametrize("piece_bytes", [1, 7, 2**18])
def test_too_many_elements(element: bytes, comma: bytes, piece_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nulls and texts in lists count as items, also in a list that breaks off, wherever it is cut for counting."""
    monkeypatch.setattr(json_request, "_PIECE_BYTES", piece_bytes)
    many = b'{"resourceSpans":[{"resource":{"entityRefs":[{"idKeys":[' + comma.join([element] * 1_001)

    for body in (many + b"]}]}}]}", many + b":" * 2_000):
        with pytest.raises(TooLarge, match="max_items"):
            transcode(body)


@pytest.mark.parametrize("piece_bytes", [1, 7, 2**18])
def test_what_is_no_element(piece_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields, and whatever stands in texts, do not count as items."""
    monkeypatch.setattr(json_request, "_PIECE_BYTES", piece_bytes)
    text = '[null,"{' * 100
    span = {"name": text, "traceState": text, "kind": None, "parentSpanId": None}
    spans = [span] * 400
    request = transcode({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})

    assert [text] * 400 == [span.name for span in request.resource_spans[0].scope_spans[0].spans]
