"""What the client read, as columns: lists of its messages to batches of `MESSAGE_SCHEMA`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tracer.model.messages import MESSAGE_SCHEMA, REJECTED_SCHEMA

_NS_PER_MS: Final = 1_000_000
_HEADERS: Final = MESSAGE_SCHEMA.field("headers").type

Fetched = Mapping[tuple[str, int], Sequence[Any]]


def to_batch(fetched: Fetched) -> pa.RecordBatch:
    """Give all messages in the order of partitions and offsets; `fetched` is what aiokafka's `getmany` gave."""
    messages = [message for of_one in fetched.values() for message in of_one]
    lengths = pa.array([len(of_one) for of_one in fetched.values()], pa.int32())
    which = _repeated(lengths)
    columns = [
        pa.array([topic for topic, _ in fetched], pa.string()).take(which),
        pa.array([partition for _, partition in fetched], pa.int32()).take(which),
        pa.array([message.offset for message in messages], pa.int64()),
        pc.multiply(pa.array([message.timestamp for message in messages], pa.int64()), _NS_PER_MS),
        pa.array([message.key for message in messages], pa.binary()),
        pa.array([message.value for message in messages], pa.binary()),
        _headers([message.headers for message in messages]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=MESSAGE_SCHEMA)


def places(messages: pa.RecordBatch) -> pa.Array:
    """Name each message as the position of its record does: `orders/3/17`."""
    numbers = (messages[name].cast(pa.string()) for name in ("partition", "offset"))
    return pc.binary_join_element_wise(messages["topic"], *numbers, "/")


def refused(messages: pa.RecordBatch, reason: str) -> pa.RecordBatch:
    """Refuse every message of a batch, for one reason."""
    reasons = pa.repeat(pa.scalar(reason, pa.string()), messages.num_rows)
    return pa.RecordBatch.from_arrays([*messages.columns, reasons], schema=REJECTED_SCHEMA)


def payload_bytes(messages: pa.RecordBatch) -> int:
    """Count the bytes of keys and values."""
    sizes = (pc.sum(pc.binary_length(messages[name])).as_py() for name in ("key", "value"))
    return sum(size or 0 for size in sizes)


def _repeated(lengths: pa.Array) -> pa.Array:
    """Give 0 as often as the first length says, then 1 as often as the second, ..."""
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pc.list_parent_indices(pa.ListArray.from_arrays(ends, pa.nulls(ends[-1].as_py(), pa.int8())))


def _headers(headers: Sequence[Sequence[tuple[str, bytes | None]]]) -> pa.Array:
    offsets = [0]
    for of_one in headers:
        offsets.append(offsets[-1] + len(of_one))
    keys = [key for of_one in headers if of_one for key, _ in of_one]
    values = [value for of_one in headers if of_one for _, value in of_one]
    flat = pa.array(keys, pa.string()), pa.array(values, pa.binary())
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), *flat).cast(_HEADERS)
