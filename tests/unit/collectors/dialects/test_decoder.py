"""The decoder: what becomes of messages, whatever their dialect."""

import json
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from collectors.dialects.decoder import Decoder
from collectors.dialects.options import DialectOptions
from collectors.dialects.ports import Unwrapped
from tests.messages import AT_NS, decoder, messages, reason, record
from tracer.model.records import RECORD_SCHEMA

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ID_BY_KEY = [{"transaction_id": "key"}]


def test_a_mapped_message() -> None:
    """Each column has what the mapping says; the rest of the message is among the attributes."""
    payload = {
        "type": "OrderPlaced",
        "order": {"id": 17, "lines": [{"sku": "a"}]},
        "at": "2026-01-02T03:04:05.678+01:00",
    }
    rule = {
        "topic": "orders",
        "when": {"$.type": "OrderPlaced", "header:v": ["1", "2"]},
        "transaction_id": "$.order.id",
        "saga": "=order",
        "step": {"from": "$.type", "values": {"OrderPlaced": "place"}},
        "phase": "=completed",
        "owner": "header:from",
        "attempt": "header:try",
        "message_id": "key",
        "causation_id": "$.order.lines[0].sku",
        "time": "$.at",
        "schema": "topic",
        "aliases": {"payment": "$.order.lines[0].sku", "none": "$.none"},
    }
    headers = [("v", b"2"), ("from", b"shop"), ("try", b"3"), ("traceparent", TRACEPARENT)]
    message = {"partition": 4, "offset": 9, "key": b"k-1", "value": json.dumps(payload).encode(), "headers": headers}

    assert {
        "uid": "orders/4/9",
        "transaction_id": "17",
        "saga": "order",
        "step": "place",
        "step_by": "attribute",
        "owner": "shop",
        "phase": "completed",
        "kind": "event",
        "name": "OrderPlaced",
        "at_ns": 1_767_319_445_678_000_000,
        "received_ns": 7,
        "attempt": 3,
        "message_id": "k-1",
        "causation_id": "a",
        "trace_id": UUID("0af7651916cd43dd8448eb211c80319c"),
        "span_id": 0,
        "parent_span_id": 0xB7AD6B7169203331,
        "status": "unset",
        "schema_ref": "orders",
        "source": "events",
        "position": "orders/4/9",
        "aliases": '{"payment":"a"}',
        "attributes": {
            "key": "k-1",
            "headers": {"v": "2", "from": "shop", "try": "3", "traceparent": TRACEPARENT.decode()},
            "payload": payload,
        },
    } == record(message, mapping=[rule])


def test_nothing_to_decode() -> None:
    """A batch without messages gives no records, of the right schema."""
    decoded = decoder().decode(messages(), received_ns=7)

    assert RECORD_SCHEMA == decoded.records.schema
    assert (0, 0) == (len(decoded.records), len(decoded.refused))


def test_a_dead_letter_is_marked() -> None:
    """The record of a message in a dead-letter topic says so, with the topic that it was in before; no other does."""
    headers = [("kafka_dlt-original-topic", b"orders")]
    dead = record({"topic": "orders.DLT", "headers": headers}, dead_letter=["*.DLT"])
    unknown = record({"topic": "orders.DLT"}, dead_letter=["*.DLT"])

    assert ("failed", "orders") == (dead["phase"], dead["attributes"]["dlt"])
    assert ("failed", "orders.DLT") == (unknown["phase"], unknown["attributes"]["dlt"])
    assert "dlt" not in record({"headers": headers}, dead_letter=["*.DLT"])["attributes"]


def test_our_own_attributes_as_headers() -> None:
    """Headers with our names are taken at their word, where the mapping says nothing."""
    names = ["id", "name", "step", "owner", "message.id", "causation.id", "compensates", "alias.payment"]
    headers = [(f"saga.{name}", name.encode()) for name in names]
    headers += [
        ("saga.phase", b"completed"),
        ("saga.attempt", b"2"),
        ("saga.outcome", b"cancelled"),
        ("saga.style", b"x"),
    ]
    row = record({"headers": headers})
    names = ["transaction_id", "saga", "step", "owner", "message_id", "causation_id", "compensates", "aliases"]

    assert [
        "id",
        "name",
        "step",
        "owner",
        "message.id",
        "causation.id",
        "compensates",
        '{"payment":"alias.payment"}',
    ] == [row[name] for name in names]
    assert ("compensated", 2, "cancelled", None) == (row["phase"], row["attempt"], row["outcome"], row.get("style"))


def test_our_own_attributes_in_the_payload() -> None:
    """Top-level names of the payload count likewise; a header counts before them."""
    payload = {"saga.id": "t-1", "saga.step": "pay", "saga.phase": "failed", "saga.attempt": 3, "saga.alias.p": "p-1"}
    row = record({"value": json.dumps(payload).encode(), "headers": [("saga.step", b"charge")]})

    assert ("t-1", "charge", "failed", 3, "error", '{"p":"p-1"}') == tuple(
        row[name] for name in ("transaction_id", "step", "phase", "attempt", "status", "aliases")
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"value": b'{"workflowId":"w-1","bamtxid":"b-1"}'}, "b-1"),
        ({"value": b'{"workflowId":"w-1"}', "headers": [("operationUUID", b"o-1")]}, "w-1"),
        ({"headers": [("baggage", b"a=b, saga.id=t%201;p=x,c=d")]}, "t 1"),
        ({"headers": [("baggage", b"xsaga.id=t")]}, None),
        ({"headers": [("saga.id", b"")]}, None),
    ],
)
def test_correlation_keys(message: dict[str, Any], expected: str | None) -> None:
    """The keys of [correlation] are looked for in their order, in headers, payload and baggage; empty is absent."""
    assert expected == record(message).get("transaction_id")


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1_700_000_000, 1_700_000_000_000_000_000),
        (1_700_000_000.25, 1_700_000_000_250_000_000),
        (1_700_000_000_123, 1_700_000_000_123_000_000),
        (1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        ("1700000000", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2023-11-15T00:13:20.123456789+02:00", 1_700_000_000_123_456_789),
        ("2023-11-14 22:13:20", 1_700_000_000_000_000_000),
        ("yesterday", AT_NS),
        ("infinity", AT_NS),
        ("99999-01-01T00:00:00Z", AT_NS),
        (-5, AT_NS),
        (10**40, AT_NS),
        (None, AT_NS),
        ({"a": 1}, AT_NS),
    ],
)
def test_times(time: Any, expected: int) -> None:
    """A time is ISO 8601 or a number of any common unit; what is none leaves the broker's time."""
    message = {"at_ns": AT_NS, "value": json.dumps({"t": time}).encode()}

    assert expected == record(message, mapping=[{"time": "$.t"}])["at_ns"]


@pytest.mark.parametrize(
    "header",
    [
        b"00-00000000000000000000000000000000-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        b"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        b"nonsense",
        b"\xff\x00",
    ],
)
def test_an_invalid_traceparent(header: bytes) -> None:
    """What is no traceparent ties the message to no trace."""
    row = record({"headers": [("traceparent", header)]})

    assert (UUID(int=0), 0) == (row["trace_id"], row["parent_span_id"])


def test_words_that_are_none() -> None:
    """A phase, an outcome or a count that is none is as if nobody had said it, and stays in the payload."""
    payload = {"p": "exploded", "o": "meh", "a": "1.5"}
    rule = {"phase": "$.p", "outcome": "$.o", "attempt": "$.a"}
    row = record({"value": json.dumps(payload).encode()}, mapping=[rule])

    assert ("observed", None, None) == (row["phase"], row.get("outcome"), row.get("attempt"))
    assert payload == row["attributes"]["payload"]


def test_the_first_rule_that_holds() -> None:
    """For each column the first rule that holds and names it counts."""
    rules = [
        {"topic": "other", "step": "=none"},
        {"topic": "ord*", "when": {"$.v": 2}, "step": "=second"},
        {"when": {"$.x": "*", "$.v": [1, True]}, "step": "=third", "saga": "=s"},
        {"saga": "=any", "owner": "topic"},
    ]
    told = [record({"value": value}, mapping=rules) for value in (b'{"v":2}', b'{"v":true,"x":0}', b'{"v":1}')]

    assert [("second", "any"), ("third", "s"), (None, "any")] == [(row.get("step"), row["saga"]) for row in told]
    assert {"orders"} == {row["owner"] for row in told}


def test_a_name_stands_in_for_the_step() -> None:
    """An event of a transaction that says no step is a step by its name, one of the whole transaction is none."""
    event = {"key": b"t", "value": b'{"type":"OrderPlaced"}'}
    whole = record(event, mapping=[{**ID_BY_KEY[0], "phase": "=txn_started"}])

    assert ("OrderPlaced", "name") == tuple(record(event, mapping=ID_BY_KEY)[name] for name in ("step", "step_by"))
    assert ("OrderPlaced", None) == (whole["name"], whole.get("step"))
    assert "orders" == record({"key": b"t"}, mapping=ID_BY_KEY)["name"]


def test_nothing_of_a_message_is_lost() -> None:
    """The attributes hold key, headers and payload, bytes that are no text as base64, every repeated header too."""
    headers = [("a", b"1"), ("a", b"2"), ("b", b"\xff\x00"), ("c", None), ('q"', b'x"\x00')]
    row = record({"key": b"\xfe", "value": b"\x00\xff", "headers": [*headers, ("saga.id", b"t")]})

    assert {
        "key": {"base64": "/g=="},
        "headers": {"a": "1", "b": {"base64": "/wA="}, "c": None, 'q"': 'x"\x00', "saga.id": "t"},
        "repeated_headers": [{"name": "a", "value": "2"}],
        "payload": {"base64": "AP8="},
    } == row["attributes"]


def test_json_within_json() -> None:
    """A JSON string that holds an object is that object."""
    row = record({"value": json.dumps(json.dumps({"id": 5})).encode()}, mapping=[{"transaction_id": "$.id"}])

    assert ("5", {"payload": {"id": 5}}) == (row["transaction_id"], row["attributes"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"hello", 'value is not JSON (5 bytes, starts "hello")'),
        (b"", 'value is not JSON (0 bytes, starts "")'),
        (b"\x00\x00\x00\x00\x07abc", "; it may be in the wire format of a schema registry"),
        (b"\xff\xfe", "value is not JSON (2 bytes, starts 0xfffe)"),
        (b'{"a":1', 'value is not JSON (6 bytes, starts "{\\"a\\":1")'),
        (b"[1,]", "value is not JSON: JSON is malformed: trailing comma"),
        (b"[" * 100_000 + b"]" * 100_000, "value nests deeper than 200 levels"),
        (b'{"a":' + b"9" * 100_000 + b"}", "value has a number of more than 1000 digits"),
        (b'"\\ud800"', "value is not JSON"),
    ],
)
def test_what_is_refused(value: bytes, expected: str) -> None:
    """A value that nobody can read is refused, and the reason says what it looks like."""
    assert expected in reason({"value": value})


@pytest.mark.parametrize("value", [b"\x00\xffbinary", b"<xml/>", b""])
def test_a_mapping_that_needs_no_payload(value: bytes) -> None:
    """A message whose key or headers say the transaction is read, whatever its value is."""
    assert "t-1" == record({"key": b"t-1", "value": value}, mapping=ID_BY_KEY)["transaction_id"]


def test_tombstones() -> None:
    """A tombstone is neither a record nor refused, unless a rule asks for it and says its transaction."""
    tombstone = {"key": b"t-1", "value": None}
    asked = [{"tombstones": True, "transaction_id": "key", "name": "=deleted"}]
    done = decoder(mapping=ID_BY_KEY).decode(messages(tombstone), received_ns=7)
    nameless = decoder(mapping=asked).decode(messages({"value": None}), received_ns=7)

    assert [(0, 0), (0, 0)] == [(len(one.records), len(one.refused)) for one in (done, nameless)]
    assert ("deleted", {"key": "t-1"}) == tuple(
        record(tombstone, mapping=asked)[name] for name in ("name", "attributes")
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {
                "kafka_dlt-original-topic": "orders",
                "kafka_dlt-exception-message": "boom",
                "kafka_dlt-original-consumer-group": "g",
            },
            ("boom", "g"),
        ),
        ({"__connect.errors.topic": "orders", "__connect.errors.exception.message": "boom"}, ("boom", "shop")),
        ({"NServiceBus.FailedQ": "orders", "NServiceBus.ExceptionInfo.Message": "boom"}, ("boom", None)),
        ({"MT-Fault-Message": "boom", "x-original-topic": "orders"}, ("boom", "shop")),
        ({"x-first-death-queue": "orders", "x-first-death-reason": "rejected"}, ("rejected", "shop")),
        ({"original-topic": "orders"}, (None, "shop")),
    ],
)
def test_dead_letters(headers: dict[str, str], expected: tuple[str | None, str | None]) -> None:
    """A dead letter fails its step, when it was found, by whom the headers name; the rules of its topic hold."""
    payload = b'{"id":"t-1","at":"2020-01-01T00:00:00Z","end":"completed"}'
    rule = {"topic": "orders", "transaction_id": "$.id", "step": "=place", "phase": "=completed", "time": "$.at"}
    message = {"topic": "orders.DLT", "value": payload, "headers": [(k, v.encode()) for k, v in headers.items()]}
    mapping = [{**rule, "outcome": "$.end", "owner": "=shop"}]
    row = record(message, mapping=mapping, dead_letter=["*.DLT"], dialect="json")

    assert ("t-1", "place", "failed", "error", AT_NS) == tuple(
        row[name] for name in ("transaction_id", "step", "phase", "status", "at_ns")
    )
    assert ("orders.DLT/0/0", None, expected[0]) == (row["uid"], row.get("outcome"), row.get("error"))
    assert (expected[1] or "shop") == row["owner"]


def test_dialects_by_topic() -> None:
    """What was recognised is told by topic; a table fixes it for some topics."""
    event = {"value": b'{"specversion":"1.0","id":"1","source":"s","type":"t"}'}
    batch = messages(
        {"topic": "a", **event}, {"topic": "a"}, {"topic": "b", **event}, {"topic": "c", "key": b"k", "value": b"x"}
    )
    done = decoder(dialect={"b*": "json"}, mapping=ID_BY_KEY).decode(batch, received_ns=7)

    assert {"a": "cloudevents, json", "b": "json", "c": "none"} == done.dialects


class Reversing:
    """A stage that turns values round, knows a schema, and cannot read what begins with an x."""

    def unwrap(self, values: pa.Array, topics: pa.Array) -> Unwrapped:
        """Give the values the other way round."""
        turned = [None if value is None else value[::-1] for value in values.to_pylist()]
        bad = pa.array([value is not None and value.startswith(b"x") for value in values.to_pylist()])
        reasons = pc.if_else(bad, pa.scalar("no such schema"), pa.scalar(None, pa.string()))
        return Unwrapped(
            pa.array(turned, pa.binary()), pc.binary_join_element_wise(topics, pa.scalar("v1"), "-"), reasons
        )


def test_the_stage_before() -> None:
    """What a stage takes out of a wire format is read; what it cannot is refused as it came, mapped or not."""
    made = Decoder(source="events", correlation_keys=(), options=DialectOptions(), unwrap=Reversing())
    done = made.decode(messages({"value": b'}1:"a"{'}, {"value": b"xyz", "key": b"k"}, {"value": None}), received_ns=7)

    assert [("orders-v1", '{"payload":{"a":1}}')] == [
        (row["schema_ref"], row["attributes"]) for row in done.records.to_pylist()
    ]
    assert [(b"xyz", "no such schema")] == [(row["value"], row["reason"]) for row in done.refused.to_pylist()]


def test_text_of_configuration_stays_text() -> None:
    """Nothing in the options becomes SQL, nor is anything put into it."""
    marked = record({"value": b"{}"}, mapping=[{"saga": "=/* lookups */", "transaction_id": "=a"}])
    assert "/* lookups */" == marked["saga"]
    evil = "'); SELECT path('$.a') --"
    rule = {"when": {f"header:{evil}": evil}, "saga": f"={evil}", "step": f"header:{evil}", "owner": '$."it\'s"'}
    row = record({"value": b'{"it\'s":"me"}', "headers": [(evil, evil.encode())]}, mapping=[rule])

    assert (evil, evil, "me") == (row["saga"], row["step"], row["owner"])
