"""Decodes the messages of a dump, batch by batch, and cuts the records into pieces that can be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from tracer.exchange.columns import as_file
from tracer.exchange.files import BadLine, Line
from tracer.exchange.messages import Message, batch_of_messages
from tracer.exchange.pieces import in_pieces
from tracer.exchange.writing import lines
from tracer.ports import MessageDecoder

BATCH_MESSAGES: Final = 2_000
BATCH_BYTES: Final = 4 << 20


@dataclass(slots=True, kw_only=True)
class Refusals:
    """What the decoder refused: "topic/partition/offset: reason", as it came."""

    reasons: list[str] = field(default_factory=list)

    def note(self, refused: pa.RecordBatch) -> None:
        """Keep the reasons of a batch of REJECTED_SCHEMA."""
        named = (refused.column(name).to_pylist() for name in ("topic", "partition", "offset", "reason"))
        self.reasons += [f"{topic}/{part}/{offset}: {why}" for topic, part, offset, why in zip(*named, strict=True)]

    def take(self) -> list[str]:
        """Hand over what was noted since."""
        taken, self.reasons = self.reasons, []
        return taken


def pieces_of(
    messages: Iterable[Message | BadLine], decoder: MessageDecoder, refusals: Refusals, *, received_ns: int
) -> Iterator[bytes | BadLine]:
    """Give the records of messages as pieces of NDJSON, and each line that is no message."""
    for part in batches(messages):
        if isinstance(part, BadLine):
            yield part
            continue
        decoded = decoder.decode(batch_of_messages(part), received_ns=received_ns)
        refusals.note(decoded.refused)
        texts = lines(as_file(decoded.records))
        yield from in_pieces((Line(number=number, text=text), None) for number, text in enumerate(texts, start=1))


def batches(messages: Iterable[Message | BadLine]) -> Iterator[list[Message] | BadLine]:
    """Put messages together, up to BATCH_MESSAGES or BATCH_BYTES; a bad line comes after those before it."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        if isinstance(message, Message):
            batch.append(message)
            size += message.size
            if len(batch) < BATCH_MESSAGES and size < BATCH_BYTES:
                continue
        if batch:
            yield batch
            batch, size = [], 0
        if isinstance(message, BadLine):
            yield message
    if batch:
        yield batch
