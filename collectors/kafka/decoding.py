"""A batch of messages through the decoder: what cannot be decoded is refused, and never stops what can."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from collectors.kafka.messages import payload_bytes, refused
from tracer.errors import Busy
from tracer.model.messages import REJECTED_SCHEMA
from tracer.model.records import RECORD_SCHEMA
from tracer.model.text import clean
from tracer.ports import MessageDecoder

_REASON_LIMIT: Final = 300
_log: Final = logging.getLogger("sagascope.kafka")

NO_RECORDS: Final = pa.RecordBatch.from_pylist([], schema=RECORD_SCHEMA)
NONE_REFUSED: Final = pa.RecordBatch.from_pylist([], schema=REJECTED_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made of so many messages: records, and those that were refused."""

    records: pa.RecordBatch
    refused: pa.RecordBatch
    messages: int = 0
    tombstones: int = 0
    bytes: int = 0


NOTHING: Final = Made(records=NO_RECORDS, refused=NONE_REFUSED)


def decode(decoder: MessageDecoder, messages: pa.RecordBatch, *, received_ns: int) -> Made:
    """Decode a batch. Raises Busy when the decoder needs something that is not there now."""
    records, bad = _decode(decoder, messages, received_ns)
    return Made(
        records=_one(records, RECORD_SCHEMA),
        refused=_one(bad, REJECTED_SCHEMA),
        messages=messages.num_rows,
        tombstones=messages["value"].null_count,
        bytes=payload_bytes(messages),
    )


def _decode(
    decoder: MessageDecoder, messages: pa.RecordBatch, received_ns: int
) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch]]:
    """Decode; where the decoder itself fails, each half alone, down to the message that it fails on."""
    try:
        decoded = decoder.decode(messages, received_ns=received_ns)
    except Busy:
        raise
    except Exception as failed:  # noqa: BLE001 - one message must not block its partition, whatever it did
        if messages.num_rows <= 1:
            reason = clean(f"the decoder failed: {type(failed).__name__}: {failed}", _REASON_LIMIT)
            _log.warning("message refused", extra={"why": reason})
            return [], [refused(messages, reason)]
        half = messages.num_rows // 2
        first = _decode(decoder, messages.slice(0, half), received_ns)
        second = _decode(decoder, messages.slice(half), received_ns)
        return first[0] + second[0], first[1] + second[1]
    return [decoded.records], [decoded.refused]


def _one(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    combined = pa.Table.from_batches(batches, schema=schema).combine_chunks().to_batches()
    return combined[0] if combined else pa.RecordBatch.from_pylist([], schema=schema)
