"""Makes records of a batch of messages, with one query a batch and no Python for each message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from collectors.dialects.dialects import NAMES
from collectors.dialects.engine import Engine
from collectors.dialects.headers import Headers, present
from collectors.dialects.options import DialectOptions, check
from collectors.dialects.ports import Unwrap, Unwrapped
from collectors.dialects.projection import Compiled, Projection
from collectors.dialects.stages import RECORD
from collectors.dialects.strict import faults
from collectors.dialects.texts import utf8
from collectors.dialects.traceparents import read_traceparents
from tracer.errors import Busy, Rejected
from tracer.model.messages import MESSAGE_SCHEMA, REJECTED_SCHEMA
from tracer.model.records import RECORD_SCHEMA
from tracer.model.text import clean
from tracer.ports import Decoded

MAX_PIECE_BYTES: Final = 48 * 2**20  # more is decoded in parts, well within the engine's memory
MAX_ALONE: Final = 50  # messages of a batch that are looked for one by one where decoding fails
MAX_TOGETHER: Final = 64  # that are refused at once after those
MAX_COMPILED: Final = 64  # projections that are kept, one for each set of headers that batches have
_REASON_LIMIT: Final = 300
_log: Final = logging.getLogger("sagascope.dialects")
_EMPTY: Final = pa.RecordBatch.from_pylist(
    [{"topic": "-", "partition": 0, "offset": 0, "at_ns": 0, "value": b"{}", "headers": []}], schema=MESSAGE_SCHEMA
)
_NONE: Final = "none"  # a message that no dialect recognised, and that a mapping read all the same
_QUOTE: Final = (
    """SELECT CASE WHEN t IS NOT NULL THEN to_json(t)::VARCHAR WHEN b IS NOT NULL"""
    """ THEN '{"base64":"' || base64(b) || '"}' END AS j FROM texts"""
)


class Decoder:
    """Decodes messages (`tracer.ports.MessageDecoder`); a call at a time, from any thread.

    Each message becomes one record, or is refused with a reason, or is a tombstone. A batch that the engine
    cannot take is halved until the message that is to blame is found and refused alone; after MAX_ALONE of them
    in a batch up to MAX_TOGETHER at once. Where not even an empty message can be decoded no message is to blame: Busy.
    """

    def __init__(
        self, *, source: str, correlation_keys: tuple[str, ...], options: DialectOptions, unwrap: Unwrap | None = None
    ) -> None:
        check(options, name=source)
        self._source = source
        self._unwrap = unwrap
        self._engine = Engine()
        self._projection = Projection(correlation_keys=correlation_keys, options=options)
        self._recognising = lru_cache(MAX_COMPILED)(self._projection.recognising)
        self._reading = lru_cache(MAX_COMPILED)(self._projection.reading)

    def decode(self, messages: pa.RecordBatch, *, received_ns: int) -> Decoded:
        """Decode a batch of MESSAGE_SCHEMA; records and refused messages keep its order. Raises Busy."""
        blamed = _Blamed()
        pieces = self._decode(messages, received_ns, blamed)
        if blamed.messages:
            _log.warning("messages refused", extra={"messages": blamed.messages, "why": blamed.why})
        return Decoded(
            records=_one([piece.records for piece in pieces], RECORD_SCHEMA),
            refused=_one([piece.refused for piece in pieces], REJECTED_SCHEMA),
            dialects=_by_topic(pieces),
        )

    def _decode(self, messages: pa.RecordBatch, received_ns: int, blamed: _Blamed) -> list[_Piece]:
        if not len(messages):
            return []
        if messages.nbytes <= MAX_PIECE_BYTES or len(messages) == 1:
            try:
                return [self._piece(messages, received_ns)]
            except Busy:
                raise
            except Exception as failed:  # noqa: BLE001 - one message must not block its partition, whatever it did
                if len(messages) == 1 or (len(messages) <= MAX_TOGETHER and blamed.messages >= MAX_ALONE):
                    return [self._blame(messages, _told(failed), blamed)]
        half = len(messages) // 2
        first = self._decode(messages.slice(0, half), received_ns, blamed)
        return [*first, *self._decode(messages.slice(half), received_ns, blamed)]

    def _blame(self, messages: pa.RecordBatch, why: str, blamed: _Blamed) -> _Piece:
        """Refuse messages. Raises Busy where the engine fails on an empty message too."""
        if not blamed.messages:
            try:
                self._piece(_EMPTY, 0)
            except Exception as failed:
                raise Busy(f"no message can be decoded: {_told(failed)}") from failed
        blamed.messages += len(messages)
        blamed.why = blamed.why or why
        alone = "message cannot be decoded"
        reason = alone if len(messages) == 1 else f"one of {len(messages)} messages around this one cannot be decoded"
        return _refused_alone(messages, f"{reason}: {why}")

    def _piece(self, messages: pa.RecordBatch, received_ns: int) -> _Piece:
        headers = Headers(messages["headers"])
        there = present(headers, self._projection.headers)
        frame = self._frame(messages, headers)
        known = self._run(self._recognising(there), frame, headers)
        same = known["same"].combine_chunks()
        frame |= {name: known[name].combine_chunks() for name in ("topic", "dead", "dialect", "recognised", "ours")}
        frame["payload"] = _payloads(same, frame["value"], known["payload"])
        spoken = tuple(sorted(index for index in pc.unique(frame["dialect"]).to_pylist() if index is not None))
        ours = bool(pc.any(frame["ours"]).as_py())
        found = self._run(self._reading(there, spoken, ours=ours), frame, headers)
        refusal, is_record = found["refusal"].combine_chunks(), found["is_record"].combine_chunks()
        refused = refusal.is_valid()
        kept = found if pc.all(is_record).as_py() else found.filter(is_record)
        return _Piece(
            records=self._records(kept, received_ns),
            refused=_refused(messages.filter(refused), refusal.filter(refused)),
            topics=messages["topic"].filter(is_record),
            dialects=kept["dialect"].combine_chunks(),
        )

    def _run(self, compiled: Compiled, frame: Mapping[str, pa.Array], headers: Headers) -> pa.Table:
        asked = {f"h{number}": headers.column(name) for number, name in enumerate(compiled.headers)}
        return self._engine.run(compiled.query, "messages", pa.table({**frame, **asked}))

    def _frame(self, messages: pa.RecordBatch, headers: Headers) -> dict[str, pa.Array]:
        unwrapped = self._unwrapped(messages)
        value = utf8(unwrapped.values)
        whole, again, aliases = headers.json(self._quoted)
        columns = {
            "place": messages["topic"],
            "partition": messages["partition"],
            "offset": messages["offset"],
            "at_ns": messages["at_ns"],
            "key": utf8(messages["key"]),
            "raw_key": messages["key"],
            "value": value,
            "raw": unwrapped.values,
            "schema_ref": unwrapped.schema_refs,
            "reason": faults(value) if unwrapped.reasons is None else pc.coalesce(unwrapped.reasons, faults(value)),
            "headers_json": whole,
            "repeated_json": again,
            "header_aliases": aliases,
        }
        return {**columns, "headers": headers.mapped()} if self._projection.needs_map else columns

    def _unwrapped(self, messages: pa.RecordBatch) -> Unwrapped:
        if self._unwrap is None:
            return Unwrapped(messages["value"], pa.nulls(len(messages), pa.string()), None)
        return self._unwrap.unwrap(messages["value"], messages["topic"])

    def _quoted(self, texts: pa.Array, data: pa.Array) -> pa.Array:
        table = pa.table({"t": texts, "b": data})
        return self._engine.run(_QUOTE, "texts", table)["j"].combine_chunks()

    def _records(self, found: pa.Table, received_ns: int) -> pa.RecordBatch:
        count = len(found)
        columns: dict[str, pa.Array] = {name: found[name].combine_chunks() for name in RECORD}
        columns["trace_id"], columns["parent_span_id"] = read_traceparents(found["traceparent"].combine_chunks())
        columns["position"] = columns["uid"]
        columns["kind"] = pa.repeat(pa.scalar("event"), count)
        columns["source"] = pa.repeat(pa.scalar(self._source), count)
        columns["received_ns"] = pa.repeat(pa.scalar(received_ns, pa.int64()), count)
        columns["span_id"] = pa.repeat(pa.scalar(0, pa.uint64()), count)
        arrays = [_as(columns.get(field.name), field.type, count) for field in RECORD_SCHEMA]
        return pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What became of a part of a batch; `topics` and `dialects` (indexes, null: none) are those of its records."""

    records: pa.RecordBatch
    refused: pa.RecordBatch
    topics: pa.Array
    dialects: pa.Array


@dataclass(slots=True)
class _Blamed:
    """How many messages of a batch were refused because decoding failed, and how it did first."""

    messages: int = 0
    why: str = ""


def _payloads(same: pa.Array, values: pa.Array, others: pa.ChunkedArray) -> pa.Array:
    """Give the payloads: the values themselves, not copied, where they all are."""
    return values if pc.all(same).as_py() else pc.if_else(same, values, others.combine_chunks())


def _told(failed: Exception) -> str:
    kind = "" if isinstance(failed, Rejected | pa.ArrowException) else f"{type(failed).__name__}: "
    return clean(f"{kind}{failed}", _REASON_LIMIT)


def _refused_alone(messages: pa.RecordBatch, reason: str) -> _Piece:
    return _Piece(
        records=_one([], RECORD_SCHEMA),
        refused=_refused(messages, pa.array([reason] * len(messages))),
        topics=pa.array([], pa.string()),
        dialects=pa.array([], pa.int32()),
    )


def _refused(messages: pa.RecordBatch, reasons: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([*messages.columns, reasons], schema=REJECTED_SCHEMA)


def _by_topic(pieces: list[_Piece]) -> Mapping[str, str]:
    """Say which dialects the records of each topic had, in the order in which they are tried."""
    names = pa.array([*NAMES, _NONE])
    found: dict[str, set[str]] = {}
    for piece in pieces:
        spoken = names.take(pc.fill_null(piece.dialects, len(NAMES)))
        table = pa.table({"topic": piece.topics, "dialect": spoken})
        for row in table.group_by(["topic", "dialect"]).aggregate([]).to_pylist():
            found.setdefault(row["topic"], set()).add(row["dialect"])
    return {topic: ", ".join(name for name in (*NAMES, _NONE) if name in spoken) for topic, spoken in found.items()}


def _one(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    arrays = pa.Table.from_batches(batches, schema).combine_chunks()
    columns = [arrays[name].combine_chunks() for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _as(column: pa.Array | None, kind: pa.DataType, count: int) -> pa.Array:
    if column is None:
        return pa.nulls(count, kind)
    return column if column.type == kind else column.cast(kind)
