"""What a mapping reads is found out by taking it away."""

from __future__ import annotations

import json

import pyarrow as pa

from tracer.exchange.messages import Message
from tracer.exchange.trying import try_mapping
from tracer.model.messages import MESSAGE_SCHEMA, REJECTED_SCHEMA
from tracer.model.records import rows_to_batch
from tracer.ports import Decoded


class ThreePlaces:
    """Reads $.order.id, $.at and the header type; refuses what is no JSON, and knows tombstones."""

    def decode(self, messages: pa.RecordBatch, *, received_ns: int) -> Decoded:
        """Decode as the port says."""
        rows, refused = [], []
        for message in messages.to_pylist():
            try:
                value = json.loads(message["value"]) if message["value"] is not None else None
            except ValueError:
                refused.append({**message, "reason": "value is not JSON"})
                continue
            if value is None:
                continue
            at = value.get("at", message["at_ns"])
            place = f"{message['topic']}/{message['partition']}/{message['offset']}"
            facts = {"uid": place, "position": place, "received_ns": received_ns, "source": "test", "at_ns": at}
            id_ = value.get("order", {}).get("id")
            rows.append({**facts, "transaction_id": id_, "name": dict(message["headers"]).get("type", b"?").decode()})
        schema = REJECTED_SCHEMA
        bad = pa.RecordBatch.from_pylist(refused, schema=schema)
        return Decoded(records=rows_to_batch(rows), refused=bad, dialects={"orders": "json"})


def message(offset: int, value: bytes | None, at_ns: int = 5) -> Message:
    """Make a message of the topic orders."""
    return Message(
        topic="orders", partition=0, offset=offset, at_ns=at_ns, key=b"k", value=value, headers=(("type", b"Placed"),)
    )


def test_what_each_message_became_and_what_nothing_read():
    """Records, refusals and tombstones by their message; unread places, and columns that are at their default."""
    good = b'{"order": {"id": "ORD-1", "odd name": 1}, "at": 5, "x": []}'
    trial = try_mapping(
        [message(7, good), message(7, b"hello"), message(9, None), message(9, b'{"x": [1]}')],
        ThreePlaces(),
        received_ns=0,
    )

    assert ["ORD-1", None] == [one.record["transaction_id"] for one in trial.became if one.record]
    assert [None, "value is not JSON", None, None] == [one.refused for one in trial.became]
    assert {'$.order."odd name"': 1, "$.x": 2, "key": 2} == {one.place: one.messages for one in trial.unread}
    assert {"transaction_id": 1, "phase": 2, "saga": 2} == {
        name: trial.defaults[name] for name in ("transaction_id", "phase", "saga")
    }
    assert {"orders": "json"} == trial.dialects


def test_an_empty_sample_is_no_fault():
    """There is nothing to say of nothing."""
    assert MESSAGE_SCHEMA.names[0] == "topic"
    assert () == try_mapping([], ThreePlaces(), received_ns=0).became
