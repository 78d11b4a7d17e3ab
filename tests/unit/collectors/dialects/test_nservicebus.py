"""Messages of NServiceBus, as its documentation describes their headers."""

from tests.dialect_messages import decoded, records, stored, told, told_by

CONVERSATION = "c0117e72-5a4d-4f39-9d3c-b2a100000001"
SAGA = "5a6a0001-7a0a-4ec7-b0d9-b2a100000002"
OTHER_SAGA = "5a6a0002-7a0a-4ec7-b0d9-b2a100000003"
MESSAGE = "0a1b2c3d-0000-4000-8000-00000000000{}".format


def test_a_message_says_what_becomes_of_its_step():
    """Sent is commanded, audited is completed, late again is started, in the error queue is failed."""
    rows = told_by("nservicebus", "conversation")

    assert [
        ("PlaceOrder", "PlaceOrder", "command", None),
        ("PlaceOrder", "PlaceOrder", "completed", "Sales"),
        ("OrderPlaced", "OrderPlaced", "observed", "Sales"),
        ("ShipParcel", "ShipParcel", "command", None),
        ("ShippingEscalation", "ShippingEscalation", "waiting", "Shipping"),
        ("ShipParcel", "ShipParcel", "started", None),
        ("ShipParcel", "ShipParcel", "failed", "Shipping"),
        ("ParcelPaid", "ParcelPaid", "observed", "Billing"),
    ] == told(rows[:8], "name", "step", "phase", "owner")


def test_the_conversation_is_the_transaction():
    """Every message of a conversation has its id, and the saga is the one that the message is about."""
    rows = told_by("nservicebus", "conversation")[:8]

    assert {CONVERSATION} == {row["transaction_id"] for row in rows}
    assert [None, None, None] + ["ShippingPolicy"] * 5 == [row["saga"] for row in rows]


def test_sagas_are_aliases_of_the_conversation():
    """What only knows the saga finds the conversation, from either end of a reply."""
    rows = told_by("nservicebus", "conversation")

    assert {"originating_saga": SAGA} == rows[3]["aliases"]
    assert {"saga": SAGA} == rows[4]["aliases"]
    assert {"saga": SAGA, "originating_saga": OTHER_SAGA} == rows[7]["aliases"]


def test_times_are_those_of_what_happened():
    """Times of NServiceBus are read to the microsecond: of sending, handling, retrying, failing."""
    rows = told_by("nservicebus", "conversation")

    assert 1_772_331_069_123_456_000 == rows[0]["at_ns"]
    assert 1_772_331_069_300_000_000 == rows[1]["at_ns"]
    assert 1_772_331_100_500_000_000 == rows[5]["at_ns"]
    assert 1_772_331_130_654_321_000 == rows[6]["at_ns"]


def test_retries_count_the_attempts():
    """A second delayed retry is the third attempt; five immediate ones after the first make six."""
    rows = told_by("nservicebus", "conversation")

    assert [None, 3, 6] == [rows[index]["attempt"] for index in (3, 5, 6)]


def test_the_error_queue_tells_the_exception():
    """The error is the exception's type and message."""
    failed = told_by("nservicebus", "conversation")[6]

    assert ("error", "TimeoutException: The carrier did not answer") == (failed["status"], failed["error"])


def test_a_message_knows_its_cause():
    """RelatedTo is the message that was handled when this one was sent."""
    rows = told_by("nservicebus", "conversation")

    assert [(MESSAGE(1), None), (MESSAGE(2), MESSAGE(1))] == told([rows[0], rows[2]], "message_id", "causation_id")


def test_a_type_without_a_version_is_still_a_schema():
    """The schema is the full type, with the version of its assembly where that is known."""
    rows = told_by("nservicebus", "conversation")

    assert "Messages.Events.OrderPlaced 2.1.0.0" == rows[2]["schema_ref"]
    assert "Shipping.Messages+ShipParcel" == rows[3]["schema_ref"]


def test_a_subscription_is_no_step():
    """A control message is kept, and says nothing of a transaction."""
    control = told_by("nservicebus", "conversation")[8]

    assert (None, "observed") == (control["transaction_id"], control["phase"])


def test_the_saga_audit_completes_the_step_that_the_saga_took():
    """A report of the saga audit tells by which message the saga changed, where, and what caused it."""
    rows = told_by("nservicebus", "saga_audit")

    assert [
        (SAGA, "ShippingPolicy", "OrderPlaced", "completed", "Shipping", MESSAGE(2)),
        (SAGA, "ShippingPolicy", "OrderBilled", "completed", "Shipping", MESSAGE(7)),
        (SAGA, "ShippingPolicy", "ShippingEscalation", "completed", "Shipping", MESSAGE(4)),
    ] == told(rows, "transaction_id", "saga", "step", "phase", "owner", "causation_id")
    assert 1_772_331_070_200_000_000 == rows[0]["at_ns"]


def test_only_a_saga_that_sent_nothing_more_ends_the_transaction():
    """A completed saga whose last act was a message has handed the transaction on."""
    rows = told_by("nservicebus", "saga_audit")

    assert [None, None, "completed"] == [row["outcome"] for row in rows]


def test_an_audited_message_ties_the_saga_that_handled_it():
    """The header InvokedSagas names type and id; the first of several counts."""
    (row,) = told_by("nservicebus", "audited_saga")

    assert ("ShippingPolicy", {"saga": SAGA}) == (row["saga"], row["aliases"])


def test_it_is_recognised_by_its_headers():
    """A topic of such messages is said to be NServiceBus."""
    assert {"audit": "nservicebus"} == decoded(stored("nservicebus", "audited_saga")).dialects


def test_headers_that_make_no_sense_are_left_alone():
    """Counts and times that are none are not errors."""
    headers = {
        "NServiceBus.MessageId": "m",
        "NServiceBus.Retries": "many",
        "NServiceBus.TimeSent": "yesterday",
        "NServiceBus.EnclosedMessageTypes": ";",
    }

    (row,) = records([{"headers": headers, "value": {}}])

    assert ("m", None, 1_800_000_000_000_000_000) == (row["message_id"], row["attempt"], row["at_ns"])
