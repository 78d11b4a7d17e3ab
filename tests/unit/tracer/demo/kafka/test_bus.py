"""A service's way to Kafka, with a producer and a consumer that are not there."""

from queue import Queue
from threading import Thread

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError

from tracer.clock import FixedClock
from tracer.demo.faults import Plan
from tracer.demo.kafka import bus as bus_module
from tracer.demo.kafka import wire
from tracer.demo.kafka.bus import KafkaBus
from tracer.demo.kafka.place import Place
from tracer.demo.world import Crashed, Message, Refusal

PATIENCE_S = 10
PLACE = Place(bootstrap="127.0.0.1:9092", prefix="demo-1")
NOW_NS = 1_800_000_000_000_000_000
PLAN = Plan(7, kafka=True)
HEALTHY = next(each for number in range(100) if PLAN.fault(each := f"ORD-2026-{number}") is None)
TWICE = next(each for number in range(100) if PLAN.fault(each := f"ORD-2026-{number}") == "duplicate-delivery")


def _message(key=HEALTHY, event="PaymentCaptured"):
    return Message(id="m1", topic="payments.captured", event=event, key=key, body={}, headers={}, source="payment")


class FakeProducer:
    """Keeps what is sent, or fails."""

    def __init__(self, error=None):
        self.sent, self._error = Queue(), error

    async def send_and_wait(self, topic, value, **more):
        """Take a record."""
        if self._error is not None:
            raise self._error
        self.sent.put((topic, value, more))


class FakeConsumer:
    """Remembers what was committed and which partitions were let go on."""

    def __init__(self):
        self.done = []

    async def commit(self, offsets):
        """Remember offsets."""
        self.done += [("commit", offset) for offset in offsets.values()]

    def resume(self, _partition):
        """Remember it."""
        self.done.append(("resume",))


@pytest.fixture
def bus():
    """Give a bus whose loop runs, and that is connected to nothing."""
    made = KafkaBus(PLACE, "shipping", PLAN, FixedClock(NOW_NS))
    thread = Thread(target=made._loop.run_forever, daemon=True)
    thread.start()
    yield made
    made._loop.call_soon_threadsafe(made._loop.stop)
    thread.join(PATIENCE_S)
    made._workers.shutdown()
    made._loop.close()


def _records(*offsets):
    value, headers = wire.value(_message()), wire.headers(_message(), PLACE)
    topic = PLACE.name("payments.captured")
    return [
        ConsumerRecord(topic, 1, offset, 0, 0, HEALTHY.encode(), value, None, 0, len(value), headers)
        for offset in offsets
    ]


def test_publish(bus):
    """A message is a record of the demo's topic, keyed by the order, with the time at which it is sent."""
    bus._producer = FakeProducer()
    bus.publish(_message())
    topic, value, more = bus._producer.sent.get(timeout=PATIENCE_S)

    assert ("demo-1.payments.captured", HEALTHY.encode(), NOW_NS // 1_000_000) == (
        topic, more["key"], more["timestamp_ms"],
    )  # fmt: skip
    assert NOW_NS == wire.message(topic, value, [], partition=0, offset=0).at_ns


def test_duplicate_delivery(bus):
    """A message that the plan has delivered twice is written twice, the same both times."""
    bus._producer = FakeProducer()
    bus.publish(_message(TWICE, "OrderPlaced"))
    first, second = (bus._producer.sent.get(timeout=PATIENCE_S) for _ in range(2))

    assert first == second


def test_a_broker_that_is_gone(bus):
    """What the broker does not take is a refusal that says so."""
    bus._producer = FakeProducer(KafkaConnectionError("no broker"))

    with pytest.raises(Refusal, match="the broker did not take PaymentCaptured: KafkaConnectionError: no broker"):
        bus.publish(_message())


def test_a_message_that_fails_comes_again(bus, monkeypatch):
    """When its handler is refused by somebody, a message comes again, and its deliveries count up."""
    monkeypatch.setattr(bus_module, "backoff_s", lambda _: 0.0)
    deliveries = Queue()

    def fail_once(message):
        deliveries.put(message.delivery)
        if message.delivery == 1:
            raise Refusal("the carrier is down")

    bus._wait(bus._handle(_message(), fail_once), PATIENCE_S)
    bus._wait(bus._slots.acquire(), PATIENCE_S)

    assert [1, 2] == [deliveries.get(timeout=PATIENCE_S) for _ in range(2)]


def test_one_by_one(bus):
    """Who reads one by one commits each message when it is done with it, and then lets the partition go on."""
    consumer, seen = FakeConsumer(), []

    def handle(message):
        seen.append((message.offset, list(consumer.done)))

    partition = TopicPartition(PLACE.name("payments.captured"), 1)
    work = bus._work_off(consumer, partition, _records(4, 5), {"payments.captured": handle})
    bus._wait(work, PATIENCE_S)

    assert [(4, []), (5, [("commit", 5)])] == seen
    assert [("commit", 5), ("commit", 6), ("resume",)] == consumer.done


def test_taking_over(bus):
    """Who takes messages over commits them at once: one whose handler breaks off is lost."""
    consumer, seen = FakeConsumer(), Queue()

    def vanish(message):
        seen.put(message.offset)
        raise Crashed

    partition = TopicPartition(PLACE.name("payments.captured"), 1)
    bus._wait(bus._take_over(consumer, partition, _records(4, 5), {"payments.captured": vanish}), PATIENCE_S)

    assert [4, 5] == sorted(seen.get(timeout=PATIENCE_S) for _ in range(2))
    assert [("commit", 6)] == consumer.done
