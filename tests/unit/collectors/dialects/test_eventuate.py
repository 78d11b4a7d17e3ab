"""Messages of Eventuate Tram, made by its own library, in the envelope of its change data capture."""

import json

from collectors.dialects.options import Rule
from tests.dialect_messages import BROKER_NS, Message, ids, records, stored, told, told_by

TRACE = "00-0000000000000000c021acbfd705061a-bda13e42b5de5daa-01"


def as_headers(message: Message) -> Message:
    """Give the message as a bridge writes it: the headers of the envelope as headers."""
    envelope = message["value"]
    return {**message, "headers": envelope["headers"], "value": envelope["payload"]}


def with_headers(message: Message, **headers: str) -> Message:
    """Give the message with other headers in its envelope."""
    envelope = message["value"]
    return {**message, "value": {**envelope, "headers": {**envelope["headers"], **headers}}}


def test_a_command_commands_a_step_and_its_reply_ends_it():
    """A step is called after the command; the outcome of the reply says whether it was done."""
    rows = told_by("eventuate", "saga")

    assert [
        ("ReserveStock", "command", "stockService", "ReserveStock"),
        ("ReserveStock", "completed", "stockService", "Success"),
        ("ReserveCredit", "command", "customerService", "ReserveCredit"),
        ("ReserveCredit", "failed", "customerService", "CreditLimitExceeded"),
        ("ReleaseStock", "command", "stockService", "ReleaseStock"),
        ("ReleaseStock", "completed", "stockService", "Success"),
    ] == told(rows[:6], "step", "phase", "owner", "name")


def test_the_saga_is_the_transaction():
    """Commands and replies carry the saga's id and type, which is bare even where it is an inner class."""
    rows = told_by("eventuate", "saga")[:6]

    assert {(ids("eventuate", "saga")["saga"], "CreateOrderSaga", "orchestration")} == set(
        told(rows, "transaction_id", "saga", "style")
    )


def test_a_reply_is_caused_by_its_command():
    """Replies name the message that they answer."""
    rows = told_by("eventuate", "saga")

    assert [rows[index]["message_id"] for index in (0, 2, 4)] == [rows[index]["causation_id"] for index in (1, 3, 5)]


def test_a_failure_is_told_by_the_type_of_the_reply():
    """Only a reply that says failure has an error."""
    rows = told_by("eventuate", "saga")

    assert ["CreditLimitExceeded"] == [row["error"] for row in rows if row["error"]]


def test_an_event_names_its_aggregate_and_no_transaction():
    """An aggregate takes part in many transactions: it is an alias, the payload says which one."""
    event = told_by("eventuate", "saga")[6]

    assert (None, "OrderRejected", "choreography") == (event["transaction_id"], event["name"], event["style"])
    assert {"Order": "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001"} == event["aliases"]


def test_the_number_of_an_aggregate_is_no_alias():
    """The number of a customer is also that of an order: only an id that is long enough ties."""
    (event,) = records([with_headers(stored("eventuate", "saga")[6], **{"event-aggregate-id": "42"})])

    assert event["aliases"] is None


def test_ids_give_the_millisecond():
    """The date has seconds only; the id that was made at that time has milliseconds."""
    first = stored("eventuate", "saga")[0]["value"]["headers"]["ID"]
    (row, *_) = told_by("eventuate", "saga")

    assert int(first[:16], 16) * 1_000_000 == row["at_ns"]


def test_ids_of_a_database_give_no_time():
    """An id that is far from the date is a number: then the date counts."""
    message = with_headers(
        stored("eventuate", "saga")[0],
        ID="0000000000000001-0242ac1200050000",
        DATE="Thu, 23 Mar 2023 06:11:15 GMT",
    )

    (row,) = records([message])

    assert 1_679_551_875_000_000_000 == row["at_ns"]


def test_a_date_and_an_id_that_are_worlds_apart_are_not_compared():
    """Neither an id of huge milliseconds nor a date of the year one makes the message fail."""
    message = with_headers(
        stored("eventuate", "saga")[0],
        ID="7fffffffffffffff-0242ac1200050000",
        DATE="Mon, 01 Jan 0001 00:00:00 GMT",
    )

    (row,) = records([message])

    assert BROKER_NS == row["at_ns"]


def test_headers_say_the_same_as_the_envelope():
    """Where a bridge writes headers as headers the records are the same."""
    columns = ("transaction_id", "saga", "step", "phase", "owner", "name", "at_ns", "message_id", "causation_id")
    rows = records([as_headers(message) for message in stored("eventuate", "saga")])

    assert told(told_by("eventuate", "saga"), *columns) == told(rows, *columns)


def test_a_b3_header_is_a_trace():
    """Brave's single header gives trace and parent; a 64-bit trace id is filled with zeros."""
    (row,) = records([with_headers(stored("eventuate", "saga")[0], b3="c021acbfd705061a-bda13e42b5de5daa-1")])

    assert TRACE.split("-")[1] == row["trace_id"].hex
    assert int(TRACE.split("-")[2], 16) == row["parent_span_id"]


def test_the_team_s_event_is_found_in_its_envelope():
    """The payload is JSON text within JSON; our attributes are looked for there."""
    message = stored("eventuate", "saga")[6]
    envelope = {**message["value"], "payload": json.dumps({"saga.id": "A-1"})}

    (row,) = records([{**message, "value": envelope}])

    assert "A-1" == row["transaction_id"]


def test_the_team_s_event_can_be_mapped():
    """A mapping reads the payload as JSON, and nothing of it is lost in the attributes."""
    message = stored("eventuate", "saga")[6]
    event = {"order/id~": None, "orderId": "A-1", "lines": [{"sku": "X"}]}
    envelope = {"headers": message["value"]["headers"], "payload": json.dumps(event)}
    rule = Rule(transaction_id="$.payload.orderId", step="$.payload.lines[0].sku")

    (row,) = records([{**message, "value": envelope}], mapping=(rule,))

    assert ("A-1", "X") == (row["transaction_id"], row["step"])
    assert event == json.loads(row["attributes"])["payload"]["payload"]
