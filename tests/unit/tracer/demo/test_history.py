"""The stories of both sagas, told in time that jumps and caught in memory."""

from collections import defaultdict
from itertools import pairwise

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tracer.clock import NS_PER_S
from tracer.demo.customers import Wish
from tracer.demo.export import Export
from tracer.demo.faults import FAULTS, ORDER, TRANSFER, Plan
from tracer.demo.history import open_history
from tracer.demo.scenery import order, transfer

SEED = 7
PRESENT_NS = 1_800_000_000 * NS_PER_S
STARTED_NS = PRESENT_NS - 30 * 60 * NS_PER_S
OF_ORDERS = [fault.name for fault in FAULTS if fault.saga == ORDER]
ENDS = {
    None: "completed",
    "carrier-hiccup": "completed",
    "duplicate-delivery": "completed",
    "declined-card": "compensated",
    "closed-account": "compensated",
}


class Told:
    """What one story left behind."""

    def __init__(self, fault, saga, *, kafka=False):
        spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
        world = open_history(
            Plan(SEED, kafka=kafka),
            PRESENT_NS,
            Export(spans=SimpleSpanProcessor(spans), logs=SimpleLogRecordProcessor(logs)),
        )
        self.id, wish = _wish(fault, saga, kafka=kafka)
        world.tell(STARTED_NS, wish)
        self.published = world.published
        self.spans = spans.get_finished_spans()
        self.logs = [each.log_record for each in logs.get_finished_logs()]

    def steps(self, kind="saga.step"):
        """Give the steps, or another attribute, in the order in which their spans ended."""
        return [
            span.attributes[kind] for span in sorted(self.spans, key=lambda s: s.end_time) if kind in span.attributes
        ]

    def of_step(self, step):
        """Give the spans that carry the step."""
        return [span for span in self.spans if span.attributes.get("saga.step") == step]

    def events(self, name):
        """Give the log records with the event name."""
        return [log for log in self.logs if log.event_name == name]


def _wish(fault, saga, *, kafka=False):
    plan = Plan(SEED, kafka=kafka)
    if saga == ORDER:
        chosen = next(each for n in range(104_001, 104_200) if plan.fault(each := f"ORD-2026-{n}") == fault)
        return chosen, Wish(service="order", path="/orders", body=order(SEED, chosen))
    chosen = next(each for n in range(88_001, 88_200) if plan.fault(each := f"TRF-{n}") == fault)
    return chosen, Wish(service="transfer", path="/transfers", body=transfer(SEED, chosen))


def _cases():
    for fault in [None, *(fault.name for fault in FAULTS if fault.per_hundred < 100)]:
        for saga in (ORDER, TRANSFER):
            if fault is None or (saga == ORDER) == (fault in OF_ORDERS):
                yield pytest.param(fault, saga, id=f"{saga}/{fault}")


@pytest.mark.parametrize(("fault", "saga"), [*_cases()])
def test_the_end_that_the_table_promises(fault, saga):
    """A story whose fault does not stick says how it ended, exactly once; one whose fault sticks never does."""
    expected = [ENDS[fault]] if fault in ENDS else []

    assert expected == Told(fault, saga).steps("saga.outcome")


@pytest.mark.parametrize(("fault", "saga"), [*_cases()])
def test_time_stays_in_the_past(fault, saga):
    """No span ends before it starts, and nothing happens before the story or after the present."""
    told = Told(fault, saga)
    moments = [(span.start_time, span.end_time) for span in told.spans]
    moments += [(log.timestamp, log.timestamp) for log in told.logs]

    assert [(a, b) for a, b in moments if not STARTED_NS <= a <= b <= PRESENT_NS] == []


@pytest.mark.parametrize(("fault", "saga"), [*_cases()])
def test_the_id_travels(fault, saga):
    """Every record of a participant that copies the baggage carries the id; the ledger's share its trace."""
    told = Told(fault, saga)
    carrying = [
        span for span in told.spans if span.resource.attributes["service.name"] not in ("fraud-check", "ledger")
    ]
    traces = {span.context.trace_id for span in carrying}
    ledger = {span.context.trace_id for span in told.spans if span.resource.attributes["service.name"] == "ledger"}

    assert {told.id} == {span.attributes["saga.id"] for span in carrying} | {
        log.attributes["saga.id"] for log in told.logs
    }
    assert ledger <= traces


def test_an_order_that_goes_well():
    """Five services do one step each, and each message names the one that caused it."""
    told = Told(None, ORDER)
    sent = [span for span in told.spans if span.name.startswith("send")]
    sent.sort(key=lambda span: span.start_time)
    chain = [(span.attributes.get("saga.causation.id"), span.attributes["messaging.message.id"]) for span in sent]

    assert told.steps() == ["place-order", "reserve-inventory", "capture-payment", "ship-parcel", "notify-customer"]
    assert [None, *(message for _, message in chain)][: len(chain)] == [cause for cause, _ in chain]


def test_a_transfer_that_goes_well():
    """The coordinator's steps come in the order of the saga, the fraud check told by the coordinator itself."""
    expected = [
        "accept-transfer",
        "debit-account",
        "check-fraud",
        "credit-account",
        "notify-customer",
        "close-transfer",
    ]

    assert expected == Told(None, TRANSFER).steps()


def test_lost_handoff():
    """The captured payment is published, and shipping never consumes it."""
    told = Told("lost-handoff", ORDER)

    assert "send payments.captured" in {span.name for span in told.spans}
    assert told.of_step("ship-parcel") == []


def test_slow_payment():
    """The capture is said to have started and no span of it ends."""
    told = Told("slow-payment", ORDER)

    assert [log.attributes["saga.phase"] for log in told.events("PaymentCaptureStarted")] == ["started"]
    assert told.of_step("capture-payment") == []


def test_retry_loop():
    """Attempts count up from one, each fails with the carrier's words, and the waits grow to a minute."""
    attempts = Told("carrier-outage", ORDER).of_step("ship-parcel")
    numbers = [span.attributes["saga.attempt"] for span in attempts]
    waits = [round((b.start_time - a.end_time) / NS_PER_S) for a, b in pairwise(attempts)]

    assert list(range(1, len(numbers) + 1)) == numbers
    assert {"HTTP 503 from carrier api.dhl-sandbox (circuit open)"} == {span.status.description for span in attempts}
    assert waits[:7] == [2, 4, 8, 16, 32, 60, 60]


def test_duplicate_delivery():
    """Inventory consumes one message twice and reserves once."""
    told = Told("duplicate-delivery", ORDER)
    consumed = told.of_step("reserve-inventory")

    assert len(consumed) == 2
    assert len({span.attributes["messaging.message.id"] for span in consumed}) == 1
    assert [len(told.events("ReservationStarted")), len(told.events("DuplicateIgnored"))] == [1, 1]


def test_half_refund():
    """The refund starts as a compensation of the debit, and neither ends nor is confirmed."""
    told = Told("half-refund", TRANSFER)
    started = told.events("RefundStarted")

    assert [log.attributes["saga.compensates"] for log in started] == ["debit-account"]
    assert told.of_step("refund-debit") == []
    assert len(told.events("RefundUnconfirmed")) == 1


def test_silent_participant():
    """fraud-check traces itself in a trace of its own, with nothing that names the transaction."""
    told = Told(None, TRANSFER)
    traces = defaultdict(set)
    for span in told.spans:
        traces[span.resource.attributes["service.name"]].add(span.context.trace_id)
    silent = [span for span in told.spans if span.resource.attributes["service.name"] == "fraud-check"]

    assert traces["fraud-check"].isdisjoint(traces["transfer"])
    assert [key for span in silent for key in span.attributes if key.startswith("saga.")] == []
    assert told.id not in str([dict(span.attributes) for span in silent])


@pytest.mark.parametrize("fault", ["lost-handoff", "far-behind", "slow-reader", "nobody-reads"])
def test_a_message_that_stays_in_kafka(fault):
    """The last thing that is known of such an order is its captured payment, on the topic where it was left."""
    told = Told(fault, ORDER, kafka=True)

    assert "PaymentCaptured" == told.published[-1].event
    assert ["place-order", "reserve-inventory", "capture-payment"] == told.steps()


def test_dead_letter():
    """The third attempt is the last: the message as it came is on the dead-letter topic, and says why."""
    told = Told("dead-letter", ORDER, kafka=True)
    captured, letter = told.published[-2:]

    assert [1, 2, 3] == [span.attributes["saga.attempt"] for span in told.of_step("ship-parcel")]
    assert ("payments.captured.shipping.dlt", captured.id, captured.body) == (letter.topic, letter.id, letter.body)
    assert {
        "kafka_dlt-original-topic": "payments.captured",
        "kafka_dlt-original-consumer-group": "shipping",
        "kafka_dlt-exception-message": "HTTP 422 from carrier api.dhl-sandbox (no such address)",
    } == {name: text for name, text in letter.headers.items() if name.startswith("kafka_dlt-")}
    assert captured.headers["traceparent"].split("-")[1] == letter.headers["traceparent"].split("-")[1]


def test_a_message_has_the_time_at_which_it_was_sent():
    """What is written to Kafka later keeps the times of the story, in its order."""
    sent = [message.at_ns for message in Told(None, ORDER, kafka=True).published]

    assert 4 == len(sent)
    assert sorted(sent) == sent
    assert STARTED_NS < sent[0] < sent[-1] < PRESENT_NS


def test_without_kafka_nothing_is_kept():
    """The demo's own broker has no past to be told."""
    assert [] == Told(None, ORDER).published
