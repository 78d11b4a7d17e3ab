"""The demo over a real Kafka: one timeline of events and spans, and a message lost in each of five ways."""

import asyncio
import signal

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.brokers import free_port
from tests.demos import PATIENCE_S, read_until, start_demo, wait_for
from tracer.client import Client
from tracer.demo.customers import FIRST_ORDER
from tracer.demo.faults import KAFKA_FAULTS, Plan
from tracer.views import TransactionQuery

SEED = 7
PAST = 350
# The group that a fault is about and what it does with the message; and what else it may do with some.
PLACES = {
    "lost-handoff": ("shipping", "read", set()),
    "far-behind": ("freight", "unread", {"reading"}),  # each partition's first is the one that it is at
    "slow-reader": ("engraving", "reading", {"unread"}),  # and those behind it wait
    "nobody-reads": ("pickup", "no-members", set()),
    "dead-letter": ("shipping", "dead-lettered", set()),
}
pytestmark = pytest.mark.integration


async def _topics(bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return await admin.list_topics()
    finally:
        await admin.close()


class Night:
    """A running demo: its client, its prefix, and its past orders by the fault that they met."""

    def __init__(self, client, prefix, year, orders):
        self.client, self.prefix = client, prefix
        plan = Plan(SEED, kafka=True)
        ids = [f"ORD-{year}-{FIRST_ORDER + number}" for number in range(orders)]
        self.met = {each: plan.fault(each) for each in ids}

    def of(self, fault):
        """Give past orders that met a fault, as they are shown."""
        found = [self.client.transaction(each) for each, met in self.met.items() if met == fault]
        assert found, f"no past order met {fault}"
        return found

    def states(self, fault):
        """Say what the group that a fault is about did with each order's last message; `unplaced` is none."""
        group = f"{self.prefix}.{PLACES[fault][0]}"
        places = [transaction.message for transaction in self.of(fault)]
        told = [{one.group: one.state for one in place.groups} if place else {} for place in places]
        return {each.get(group, "unplaced") for each in told}


@pytest.fixture(scope="module")
def night(broker, tmp_path_factory):
    """Run the demo for all tests, and give it once its services are up; look afterwards at what it leaves behind."""
    folder = tmp_path_factory.mktemp("demo") / "store"
    demo = start_demo(SEED, "--kafka", broker.address, "--seconds", "300", "--past", str(PAST), "--dir", str(folder))
    try:
        url = read_until(demo, r"sidecar is up at (\S+)")[1]
        prefix = read_until(demo, r"begin with (\S+)\. ")[1]
        orders = int(read_until(demo, r"minutes are in: (\d+) orders")[1])
        read_until(demo, r"services and Kafka at \S+ are up")
        client = Client(url)
        wait_for(lambda: client.transactions(TransactionQuery(limit=1, q="ORD-")).total >= orders)
        year = client.transactions(TransactionQuery(limit=1, q="ORD-")).transactions[0].transaction_id.split("-")[1]
        yield Night(client, prefix, year, orders)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=PATIENCE_S)
    assert [] == [topic for topic in asyncio.run(_topics(broker.address)) if topic.startswith(prefix)]


@pytest.mark.parametrize("fault", PLACES)
def test_the_place_of_a_lost_message(night, fault):
    """Of an order whose message was lost in one of five ways, the place of its last message says in which."""
    _, state, others = PLACES[fault]
    wait_for(lambda: {state} <= night.states(fault) <= {state, *others})


@pytest.mark.parametrize("fault", PLACES)
def test_the_reason_names_the_place(night, fault):
    """Why such an order is stuck ends with the topic, partition and offset of its last message."""
    for transaction in night.of(fault):
        assert transaction.status == "stuck"
        place = transaction.message

        assert f"{place.topic}[{place.partition}]@{place.offset}" in transaction.stall.why


def test_one_timeline_joins_events_and_spans(night):
    """A healthy order has its events from Kafka and its spans from OTLP in one timeline, and they share traces."""
    transaction = next(each for each in night.of(None) if each.status == "completed")
    events = [entry for entry in transaction.timeline if entry.source == "orders"]
    spans = {(entry.name, entry.trace_id) for entry in transaction.timeline if entry.kind == "span"}

    assert ["OrderPlaced", "InventoryReserved", "PaymentCaptured", "ParcelShipped"] == [each.name for each in events]
    assert ["place-order", "reserve-inventory", "capture-payment", "ship-parcel"] == [each.step for each in events]
    assert {("send orders.placed", events[0].trace_id), ("send payments.captured", events[2].trace_id)} <= spans


def test_what_comes_in_goes_over_kafka(night):
    """Orders that are placed while the demo runs are completed, and their events come from the topics."""

    def completed():
        page = night.client.transactions(TransactionQuery(q="ORD-", sort="started", limit=1000))
        return [
            each for each in page.transactions if each.transaction_id not in night.met and each.status == "completed"
        ]

    wait_for(completed)
    sources = {entry.source for entry in night.client.transaction(completed()[0].transaction_id).timeline}

    assert {"otlp", "orders"} == sources


def test_the_table_is_tested_whole():
    """Every fault that only Kafka has is among those that the tests above look for."""
    assert set(PLACES) == {fault.name for fault in KAFKA_FAULTS}


def test_no_broker():
    """A broker that does not answer is one line that says what to do, and exit code 4."""
    address = f"127.0.0.1:{free_port()}"
    demo = start_demo(SEED, "--kafka", address)
    stdout, stderr = demo.communicate(timeout=PATIENCE_S)
    (line,) = stderr.splitlines()

    assert (4, "") == (demo.returncode, stdout)
    assert line.startswith(f"sagascope: no Kafka broker answers at {address}: start one")
