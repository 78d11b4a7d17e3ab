"""The Kafka collector without a cluster: what was refused can be decoded again."""

import asyncio

import pyarrow as pa

from collectors.kafka.options import KafkaOptions
from collectors.kafka.plugin import COLLECTOR_TYPE
from tests.kafka_parts import JsonDecoder, MemoryStore, make
from tracer.clock import FixedClock
from tracer.model.messages import MESSAGE_SCHEMA
from tracer.ports import DecodesAgain, Wiring


def messages(*values):
    """Make messages of these values."""
    common = {"topic": "orders", "partition": 0, "at_ns": 1, "headers": []}
    rows = [common | {"offset": number, "value": value} for number, value in enumerate(values)]
    return pa.RecordBatch.from_pylist(rows, schema=MESSAGE_SCHEMA)


def test_messages_are_decoded_again_as_configured_and_nothing_is_written():
    """What the present configuration reads becomes a record, the rest is refused with a reason; the store sees none."""
    store = MemoryStore()
    wiring = Wiring(name="kafka", sink=store, clock=FixedClock(7), correlation_keys=("order_id",), ledger=store)
    collector = COLLECTOR_TYPE.build(KafkaOptions(bootstrap_servers=("127.0.0.1:1",), topics=("orders",)), wiring)

    assert isinstance(collector, DecodesAgain)
    decoded = asyncio.run(collector.decode_again(messages(b'{"order_id":"A"}', b"\xff", b'{"order_id":"B"}')))

    assert [("A", "orders/0/0", 7), ("B", "orders/0/2", 7)] == [
        (row["transaction_id"], row["position"], row["received_ns"]) for row in decoded.records.to_pylist()
    ]
    assert [1] == decoded.refused["offset"].to_pylist()
    assert {} == store.rows


def test_one_decoder_takes_one_batch_at_a_time():
    """Two replays at once share a decoder that is called for one after the other."""
    running = 0

    class Watched(JsonDecoder):
        def decode(self, messages, *, received_ns):
            nonlocal running
            running += 1
            assert 1 == running
            done = super().decode(messages, received_ns=received_ns)
            running -= 1
            return done

    async def run():
        collector = make(MemoryStore(), Watched(), bootstrap_servers=("127.0.0.1:1",), topics=("orders",))
        return await asyncio.gather(*(collector.decode_again(messages(b'{"id":1}', b"{}")) for _ in range(3)))

    assert [2, 2, 2] == [one.records.num_rows for one in asyncio.run(run())]
