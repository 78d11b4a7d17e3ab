"""The ports: what a collector is given and what it gives back.

A collector receives, decodes, hands over, and only then acknowledges its source:

1. bytes come in from the source and are decoded to batches of `RECORD_SCHEMA` (pure, columnar);
2. `await sink.write(batch, ...)` returns when the records are durably committed;
3. only then the source is told that it may forget them.

`Rejected` is permanent (the same bytes would be refused again), `Busy` is not. A collector counts
what it refuses. Types are found by the entry point group `sagascope.collectors`: each entry names a
`CollectorType`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import pyarrow as pa

from tracer.clock import Clock

Signal = Literal["traces", "logs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a source stands, committed in the same transaction as the records it covers.

    `source` is the collector's instance name, `key` the partition, stream or shard, `value` opaque text.
    """

    source: str
    key: str
    value: str


class Sink(Protocol):
    """Takes records in."""

    async def write(
        self,
        batch: pa.RecordBatch,
        *,
        positions: Sequence[Position] = (),
        refused: Refused | None = None,
    ) -> None:
        """Return when the records are durably committed, together with the positions and what was refused.

        Duplicates of records already there are absorbed. Raises Busy when a queue is full or the store
        cannot commit now (nothing of the batch is stored), Rejected when the batch breaks the schema.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Messages (REJECTED_SCHEMA) of one source that could not be decoded: they are kept, with the reason."""

    source: str
    messages: pa.RecordBatch


class Ledger(Protocol):
    """What the store remembers for a source besides records."""

    async def positions(self, source: str) -> Mapping[str, str]:
        """Give the positions that were committed for a source, by their key."""
        ...

    async def note_progress(self, source: str, samples: pa.RecordBatch) -> None:
        """Keep how far consumer groups have come (PROGRESS_SCHEMA). Raises Busy when it cannot be kept now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What became of messages: records (RECORD_SCHEMA), and those that were refused (REJECTED_SCHEMA).

    `dialects` says by topic which envelope was recognised.
    """

    records: pa.RecordBatch
    refused: pa.RecordBatch
    dialects: Mapping[str, str] = field(default_factory=dict)


class MessageDecoder(Protocol):
    """Makes records of a broker's messages; pure, may be called from any thread, one call at a time."""

    def decode(self, messages: pa.RecordBatch, *, received_ns: int) -> Decoded:
        """Decode a batch of MESSAGE_SCHEMA. Every message is either among the records or refused, or is a tombstone."""
        ...


@runtime_checkable
class DecodesAgain(Protocol):
    """A running collector whose present configuration can be tried on messages that were refused before."""

    async def decode_again(self, messages: pa.RecordBatch) -> Decoded:
        """Decode messages (MESSAGE_SCHEMA) of this source; nothing is written, and reading goes on meanwhile.

        Every message is among the records or refused, or is a tombstone.
        """
        ...


class Tap(Protocol):
    """Sees what a collector accepted, for forwarding; never blocks and never fails."""

    def offer(self, signal: Signal, body: bytes) -> None:
        """Take one OTLP request message (protobuf, inflated), or drop and count it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorStatus:
    """What a collector says of itself.

    `state` is starting, running, degraded or stopped; `detail` one line for a person (what is wrong and
    what happens next); `listening` the addresses it accepts data on by name ("otlp_grpc": "127.0.0.1:4317");
    `counters` only grow; `gauges` are as of now, and the name of one may carry a label: `topic_lag{topic=orders}`.
    """

    name: str
    type: str
    state: Literal["starting", "running", "degraded", "stopped"]
    detail: str = ""
    listening: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)


class Collector(Protocol):
    """One running source."""

    async def start(self) -> None:
        """Begin to accept data; return when it does. Raises ConfigError when that is impossible."""
        ...

    async def stop(self) -> None:
        """Accept nothing more, finish what was accepted, let go of the source."""
        ...

    def status(self) -> CollectorStatus:
        """Say how it goes, at once and without I/O."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What every collector is given at construction."""

    name: str
    sink: Sink
    clock: Clock
    correlation_keys: tuple[str, ...]
    tap: Tap | None = None
    ledger: Ledger | None = None


class CollectorType(Protocol):
    """A kind of collector, as an entry point of `sagascope.collectors` names it."""

    @property
    def options(self) -> type[Any]:
        """The frozen `msgspec.Struct` (unknown fields forbidden) that its table in the configuration fills."""
        ...

    def build(self, options: Any, wiring: Wiring) -> Collector:
        """Make a collector; no I/O yet."""
        ...


@runtime_checkable
class ChecksOptions(Protocol):
    """A kind of collector that knows which of its options contradict each other, before one is built."""

    def check(self, options: Any, *, name: str) -> Sequence[str]:
        """Give what a person should look at, a line each; asks nobody. Raises ConfigError for a contradiction."""
        ...


@runtime_checkable
class MessageCollectorType(CollectorType, Protocol):
    """A kind of collector that reads messages, whose decoder can also be used on its own (import, replay, map-try)."""

    def decoder(self, options: Any, *, name: str, correlation_keys: tuple[str, ...]) -> MessageDecoder:
        """Make the decoder that a collector of this name and these options uses. Raises ConfigError."""
        ...
