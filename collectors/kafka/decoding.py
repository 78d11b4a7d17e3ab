"""A batch of messages through the decoder, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

from collectors.kafka.messages import payload_bytes
from tracer.errors import Busy
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import RECORD_SCHEMA
from tracer.model.text import clean
from tracer.ports import MessageDecoder

_REASON_LIMIT: Final = 300

NO_RECORDS: Final = pa.RecordBatch.from_pylist([], schema=RECORD_SCHEMA)
NONE_REFUSED: Final = pa.RecordBatch.from_pylist([], schema=REJECTED_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made of so many messages: records, those that were refused, and the dialects by topic."""

    records: pa.RecordBatch
    refused: pa.RecordBatch
    messages: int = 0
    tombstones: int = 0
    bytes: int = 0
    dialects: Mapping[str, str] = field(default_factory=dict)


NOTHING: Final = Made(records=NO_RECORDS, refused=NONE_REFUSED)


def decode(decoder: MessageDecoder, messages: pa.RecordBatch, *, received_ns: int) -> Made:
    """Decode a batch. Raises Busy when the decoder fails, or needs something that is not there now."""
    try:
        decoded = decoder.decode(messages, received_ns=received_ns)
    except Busy:
        raise
    except Exception as failed:
        # A decoder refuses what it cannot decode: whatever else it fails with is no message's fault.
        raise Busy(clean(f"the decoder failed: {type(failed).__name__}: {failed}", _REASON_LIMIT)) from failed
    return Made(
        records=decoded.records,
        refused=decoded.refused,
        messages=messages.num_rows,
        tombstones=messages["value"].null_count,
        bytes=payload_bytes(messages),
        dialects=decoded.dialects,
    )


def halves(made: Made) -> list[Made]:
    """Cut what was made in two by its records, the first one last; what was refused stays with the second."""
    middle = made.records.num_rows // 2
    second = replace(made, records=made.records.slice(middle))
    return [second, Made(records=made.records.slice(0, middle), refused=NONE_REFUSED)]
