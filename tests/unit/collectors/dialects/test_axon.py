"""Events of Axon Framework 4 and 5, made by their own libraries."""

import pytest

from tests.dialect_messages import BROKER_NS, decoded, ids, records, stored, told, told_by

VERSIONS = ("version_4", "version_5")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_origin_is_the_transaction(version: str):
    """Every event of a chain has the id of the message that began it, in either version."""
    rows = told_by("axon", version)[:2]

    assert [ids("axon", version)["origin"]] * 2 == [row["transaction_id"] for row in rows]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_cause_is_the_message_that_was_handled(version: str):
    """The first event was caused by the origin, the second by the second command, in either version."""
    rows = told_by("axon", version)[:2]

    assert [ids("axon", version)[name] for name in ("origin", "second")] == [row["causation_id"] for row in rows]


def test_an_event_with_no_metadata_began_its_chain():
    """What follows it will carry its id as the origin."""
    first = told_by("axon", "version_5")[2]

    assert first["message_id"] == first["transaction_id"]
    assert first["causation_id"] is None


def test_a_correlation_id_alone_is_the_origin():
    """A provider of the team's own that gives one id gives the one that stays the same."""
    headers = {"axon-message-id": "m", "axon-message-type": "shop.Placed", "axon-metadata-correlationId": "A-1"}

    assert [("A-1", None)] == told(records([{"headers": headers, "value": {}}]), "transaction_id", "causation_id")


def test_an_event_is_called_after_its_type():
    """The type is bare in the name, and whole with its revision in the schema."""
    rows = (*told_by("axon", "version_4"), *told_by("axon", "version_5"))

    assert [
        ("OrderPlaced", "Make$OrderPlaced"),
        ("StockReserved", "Make$StockReserved"),
        ("OrderPlaced", "shop.OrderPlaced 1.0.0"),
        ("StockReserved", "shop.StockReserved 1.0.0"),
        ("StockCounted", "shop.StockCounted 1.0.0"),
    ] == told(rows, "name", "schema_ref")


def test_the_aggregate_is_an_alias():
    """A domain event names its aggregate, of which the type is the kind."""
    rows = told_by("axon", "version_4")

    assert [
        {"Order": "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001"},
        {"Stock": "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a002"},
    ] == [row["aliases"] for row in rows]


def test_a_time_in_binary_leaves_that_of_the_broker():
    """Axon writes its time as eight bytes, which are no text."""
    rows = told_by("axon", "version_4")

    assert [BROKER_NS, BROKER_NS + 1_000_000_000] == [row["at_ns"] for row in rows]


def test_they_are_recognised_by_their_headers():
    """A topic of such events is said to be Axon's."""
    assert {"axon-events": "axon"} == decoded(stored("axon", "version_4")).dialects
