"""A suggested mapping is one that check-config takes, and it finds the transactions that are in the sample."""

from __future__ import annotations

import tomllib

import pytest

from tests import event_samples as samples
from tracer.cli.configuring import Overrides, plan_from
from tracer.exchange.messages import Message, batch_of_messages
from tracer.exchange.suggest.phases import meanings
from tracer.exchange.suggest.proposal import propose
from tracer.exchange.suggest.toml import quoted, write
from tracer.exchange.suggest.vocabulary import noun_of, words_of
from tracer.model.text import clean

COLLECTOR = '[collectors.kafka]\ntype = "kafka"\nbootstrap_servers = ["127.0.0.1:1"]\ntopics = ["*"]\n'


def decoded(tmp_path, messages: list[Message]) -> dict[str, dict]:
    """Suggest a mapping, configure it, and decode the messages with it; the records by their place."""
    config = tmp_path / "sagascope.toml"
    config.write_text(COLLECTOR + "\n".join(write(propose(messages), collector="kafka")))
    plan = plan_from(Overrides(config=config, data=None, otlp_grpc=None, otlp_http=None, api=None))
    decoder = plan.collectors[0].decoder(plan.settings.correlation.keys)
    done = decoder.decode(batch_of_messages(messages), received_ns=0)
    return {row["position"]: row for row in done.records.to_pylist()}


@pytest.mark.parametrize("domain", ["orders", "transfers", "bookings"])
def test_the_transactions_of_a_domain_are_found(tmp_path, domain):
    """Every message of the sample belongs to the transaction that sent it, whatever its topic calls the id."""
    messages, truth = getattr(samples, domain)()
    records = decoded(tmp_path, messages)

    assert truth == {place: row["transaction_id"] for place, row in records.items()}
    assert len({row["saga"] for row in records.values()}) == 1


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (
            "orders",
            {
                "OrderPlaced": (None, "txn_started", None),
                "InventoryReservationRequested": ("inventory-reservation", "started", None),
                "InventoryReserved": ("inventory-reservation", "completed", None),
                "InventoryRejected": ("inventory-reservation", "failed", None),
                "InventoryReleased": ("inventory-reservation", "compensated", None),
                "PaymentRequested": ("payment", "started", None),
                "PaymentCaptured": ("payment", "completed", None),
                "PaymentDeclined": ("payment", "failed", None),
                "OrderCompleted": (None, "txn_completed", "completed"),
                "OrderCancelled": (None, "txn_failed", "cancelled"),
            },
        ),
        (
            "transfers",
            {
                "TRANSFER_INITIATED": (None, "txn_started", None),
                "ACCOUNT_DEBITED": ("account", "completed", None),
                "ACCOUNT_REFUNDED": ("account", "compensated", None),
                "CREDIT_POSTED": ("credit", "completed", None),
                "CREDIT_REJECTED": ("credit", "failed", None),
                "TRANSFER_COMPLETED": (None, "txn_completed", "completed"),
                "TRANSFER_FAILED": (None, "txn_failed", "failed"),
            },
        ),
        (
            "bookings",
            {
                "trip.requested": (None, "txn_started", None),
                "flight.booked": ("flight", "completed", None),
                "flight.cancelled": ("flight", "compensated", None),
                "hotel.booked": ("hotel", "completed", None),
                "hotel.rejected": ("hotel", "failed", None),
                "trip.confirmed": (None, "txn_completed", "completed"),
                "trip.failed": (None, "txn_failed", "failed"),
            },
        ),
    ],
)
def test_events_pair_by_their_stems(tmp_path, domain, expected):
    """Steps, phases and ends are what the names say, through the whole way to records."""
    messages, _ = getattr(samples, domain)()
    records = decoded(tmp_path, messages).values()

    assert expected == {row["name"]: (row["step"], row["phase"], row["outcome"]) for row in records}


def test_message_ids_causes_times_and_other_ids_are_found():
    """What the orders carry besides: an id for each event, the event before, the time, and the payment's id."""
    messages, _ = samples.orders()
    rules = {rule.topic: rule for rule in propose(messages).rules}
    sources = {key: said.source for key, said in rules["payments"].sources.items()}

    assert {
        "transaction_id": "$.orderId", "saga": "=order", "name": "header:event-type", "time": "$.occurredAt",
        "message_id": "$.eventId", "causation_id": "$.causationId",
    } == sources  # fmt: skip
    assert {"payment": "$.paymentId"} == {kind: said.source for kind, said in rules["payments"].aliases.items()}
    assert "$.order.id" == rules["inventory"].sources["transaction_id"].source
    assert "$.ts" == propose(samples.transfers()[0]).rules[0].sources["time"].source


def test_domains_side_by_side_are_told_apart(tmp_path):
    """Topics of several sagas in one sample, with noise between them, keep their own rules."""
    parts = [samples.orders(), samples.transfers(), samples.bookings()]
    messages = [message for part, _ in parts for message in part] + samples.noise()
    truth = {place: id_ for _, places in parts for place, id_ in places.items()}
    records = decoded(tmp_path, messages)

    assert truth == {place: row["transaction_id"] for place, row in records.items() if row["transaction_id"]}
    assert {"order", "transfer", "trip", None} == {row["saga"] for row in records.values()}


def test_noise_gets_no_mapping():
    """Where nothing looks like a transaction, nothing is made up, and the topic is named."""
    proposal = propose(samples.noise())

    assert () == proposal.rules
    assert ("topic metrics: nothing in it looks like a business transaction id",) == proposal.checks
    assert () == propose([]).rules


def test_hostile_names_stay_text():
    """What a message says reaches the terminal as TOML text, and comes back from it the same."""
    hostile = 'a"\\\x1b]0;x\x07\u202e\U0001f600\x7fé'
    text = f"x = {quoted(hostile)}"

    assert clean(text) == text
    assert {"x": hostile} == tomllib.loads(text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OrderPlacedEvent", ("order", "placed")),
        ("order.placed.v1", ("order", "placed")),
        ("ORDER_PLACED", ("order", "placed")),
        ("com.acme.OrderPlaced", ("com", "acme", "order", "placed")),
        ("urn:message:Acme:OrderPlaced", ("order", "placed")),
        ("PaymentTimedOut", ("payment", "timedout")),
    ],
)
def test_a_name_is_split_into_words(name, words):
    """However a team writes its events."""
    assert words == words_of(name)


def test_the_noun_of_an_id():
    """The name of an id says what it is the id of, unless it is one of the names for all ids."""
    places = ("$.orderId", "header:trip-id", "$.x.transfer_number", "$.id", "$.correlationId", "key")

    assert ["order", "trip", "transfer", "", "", ""] == [noun_of(place) for place in places]


def test_commands_and_steps_of_one_stem():
    """A command has the step of its event; two ends of one stem in one transaction are two steps."""
    history = ["OrderPlaced", "ReserveStock", "StockReserved", "Odd", "PaymentAuthorized", "PaymentCaptured"]
    found = meanings([history] * 3, "order")
    told = {name: (meaning.step, meaning.phase) for name, meaning in found.known.items()}

    assert ("stock", "command") == told["ReserveStock"]
    assert "payment-authorized" == told["PaymentAuthorized"][0]
    assert "payment-captured" == told["PaymentCaptured"][0]
    assert ("Odd",) == found.unknown
