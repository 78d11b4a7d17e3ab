"""Messages of MassTransit and of its routing slips, as their contracts describe them."""

from tests.dialect_messages import decoded, records, stored, told, told_by

ORDER = "0dde0000-0000-4000-8000-000000000001"
CONVERSATION = "c0170000-0000-4000-8000-000000000002"
SLIP = "74ac0000-0000-4000-8000-00000000000a"
DECLINED = "InvalidOperationException: card declined"


def test_a_message_says_what_becomes_of_its_step():
    """Sent to a queue is commanded, redelivered is started, faulted is failed, scheduled waits."""
    rows = told_by("masstransit", "saga")

    assert [
        ("OrderSubmitted", "OrderSubmitted", "observed", "Ordering.Api"),
        ("ChargeCard", "ChargeCard", "command", "charge-card"),
        ("ChargeCard", "ChargeCard", "started", "charge-card"),
        ("ChargeCard", "ChargeCard", "failed", "charge-card"),
        ("Fault<ChargeCard>", "ChargeCard", "failed", "charge-card"),
        ("ScheduleMessage", "OrderExpired", "waiting", "order-state"),
        ("OrderStatus", "OrderStatus", "observed", "order-state"),
    ] == told(rows, "name", "step", "phase", "owner")


def test_the_correlation_id_is_the_transaction():
    """The saga's id counts, not a schedule's token; a message without one has the conversation, an alias."""
    rows = told_by("masstransit", "saga")

    assert [CONVERSATION] + [ORDER] * 6 == [row["transaction_id"] for row in rows]
    assert [{}] + [{"conversation": CONVERSATION}] * 6 == [row["aliases"] for row in rows]


def test_a_failure_tells_the_exception():
    """The headers of the error queue and a published fault tell the same."""
    rows = told_by("masstransit", "saga")

    assert [("error", DECLINED)] * 2 == told(rows[3:5], "status", "error")


def test_a_fault_is_caused_by_the_message_that_faulted():
    """The id of the faulted message is the cause."""
    fault = told_by("masstransit", "saga")[4]

    assert "3e55a6e0-0000-4000-8000-000000000002" == fault["causation_id"]


def test_deliveries_count_the_attempts():
    """The second redelivery is the third attempt; three retries after the first make four."""
    rows = told_by("masstransit", "saga")

    assert [None, 3, 4] == [row["attempt"] for row in rows[1:4]]


def test_times_are_read_to_the_tick():
    """A tick of .NET is 100 ns; the time of a fault is the fault's, not that of the message."""
    rows = told_by("masstransit", "saga")

    assert 1_772_331_069_123_456_700 == rows[0]["at_ns"]
    assert 1_772_331_081_500_000_000 == rows[3]["at_ns"]


def test_raw_json_says_the_same_in_headers():
    """Without an envelope the transport's headers count."""
    messages = stored("masstransit", "raw_json")
    (row,) = records(messages)

    assert {"order-submitted": "masstransit"} == decoded(messages).dialects
    assert [(ORDER, "OrderSubmitted", "order-state", "3e55a6e0-0000-4000-8000-000000000011")] == told(
        [row], "transaction_id", "name", "owner", "message_id"
    )


def test_a_routing_slip_is_a_transaction_of_its_activities():
    """A slip on its way commands the next activity or undoes the last; its events tell what became of them."""
    rows = told_by("masstransit", "courier")

    assert {SLIP} == {row["transaction_id"] for row in rows}
    assert [
        ("ReserveStock", "command", "reserve-stock"),
        ("ReserveStock", "completed", "reserve-stock"),
        ("ChargeCard", "command", "charge-card"),
        ("ChargeCard", "failed", "charge-card"),
        ("ReserveStock", "compensating", "reserve-stock"),
        ("ReserveStock", "compensated", "reserve-stock"),
        (None, "txn_failed", "reserve-stock"),
        ("ReserveStock", "compensation_failed", "reserve-stock"),
        (None, "txn_failed", "reserve-stock"),
        (None, "txn_completed", "charge-card"),
        (None, "txn_completed", "charge-card"),
        ("ReserveStock", "observed", "reserve-stock"),
    ] == told(rows, "step", "phase", "owner")


def test_the_last_event_of_a_slip_tells_the_outcome():
    """Only events of the whole slip end the transaction."""
    rows = told_by("masstransit", "courier")

    assert [None] * 6 + ["failed", None, "failed", "completed", "completed", None] == [row["outcome"] for row in rows]


def test_a_slip_that_failed_tells_the_exception():
    """The exception of the activity, of the whole slip and of the compensation."""
    rows = told_by("masstransit", "courier")

    assert [3, 6, 7, 8] == [index for index, row in enumerate(rows) if row["error"] == DECLINED]


def test_what_a_slip_can_undo_is_kept():
    """The compensate logs, with the data that the compensation needs, are among the attributes."""
    slip = told_by("masstransit", "courier")[2]

    assert "R-7" in slip["attributes"]
    assert "reserve-stock_compensate" in slip["attributes"]


def test_a_slip_whose_logs_make_no_sense_is_left_alone():
    """Logs that are no lists are not errors."""
    message = {"trackingNumber": SLIP, "itinerary": 1, "compensateLogs": "x", "activityLogs": {"executionId": 7}}
    envelope = {
        "messageType": ["urn:message:MassTransit.Courier.Contracts:RoutingSlip"],
        "destinationAddress": "loopback://localhost/a_compensate",
        "message": message,
    }

    (row,) = records([{"value": envelope}])

    assert (SLIP, "command", None) == (row["transaction_id"], row["phase"], row["saga"])
