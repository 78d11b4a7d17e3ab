"""Committing batches of records: duplicates are absorbed, the rest gets its order of arrival.

A record is one by (at_ns, trace_id, span_id, uid). There is no index to find it by: a batch is joined
with the records of its own range of times, which zone maps keep small. Records much older than the rest
of the batch are looked up by themselves, so that one late span does not widen the range for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracer.clock import NS_PER_S
from tracer.errors import Rejected
from tracer.model.records import RECORD_SCHEMA
from tracer.ports import Position
from tracer.store.session import Session

_LATE_NS: Final = 60 * NS_PER_S
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What became of a batch: how many records are new, how many were there already."""

    stored: int
    duplicates: int


def append(session: Session, table: pa.Table, positions: Sequence[Position] = ()) -> Appended:
    """Store what is new of `table` (RECORD_SCHEMA) and the positions, inside the caller's transaction."""
    if not table.schema.equals(RECORD_SCHEMA):
        raise Rejected(f"the batch has columns {table.schema.names}, not those of a record")
    fresh = _without_known(session, _without_twins(session, table))
    if fresh.num_rows:
        _insert(session, fresh)
    _keep_positions(session, positions)
    return Appended(stored=fresh.num_rows, duplicates=table.num_rows - fresh.num_rows)


def _insert(session: Session, table: pa.Table) -> None:
    last = int(session.value("append_last"))
    seqs = np.arange(last + 1, last + 1 + table.num_rows, dtype=np.int64)
    with session.lent("incoming", table.add_column(0, "seq", pa.array(seqs))):
        session.run("append_insert")
    session.run("append_done", {"last": last + table.num_rows})


def _without_twins(session: Session, table: pa.Table) -> pa.Table:
    """Drop rows that are in the batch twice. Asks the database only where a cheap mark repeats."""
    marks = _marks(table)
    if len(np.unique(marks)) == len(marks):
        return table
    return _filtered(session, table, "append_twins")


def _without_known(session: Session, table: pa.Table) -> pa.Table:
    """Drop rows that the store has."""
    at = _ints(table, "at_ns")
    if not len(at):
        return table
    late = at < np.quantile(at, 0.9, method="lower") - _LATE_NS
    if not late.any():
        return _filtered(session, table, "append_known")
    parts = (table.filter(pa.array(~late)), table.filter(pa.array(late)))
    return pa.concat_tables([_filtered(session, part, "append_known") for part in parts if part.num_rows])


def _filtered(session: Session, table: pa.Table, name: str) -> pa.Table:
    """Take out the rows whose number the named query answers."""
    rows = pa.array(np.arange(table.num_rows, dtype=np.int64))
    marks = table.select(["at_ns", "trace_id", "span_id", "uid"]).append_column("row", rows)
    with session.lent("incoming", marks):
        drop = session.table(name).column("row")
    if not len(drop):
        return table
    return table.filter(pc.invert(pc.is_in(rows, value_set=drop.combine_chunks())))


def _marks(table: pa.Table) -> NDArray[Any]:
    """Numbers that are equal for equal identities (and rarely for others)."""
    raw = pc.cast(table.column("trace_id"), pa.binary(16)).combine_chunks()
    halves = np.frombuffer(_bytes_of(raw), dtype=np.uint64).reshape(-1, 2)
    at = _ints(table, "at_ns").view(np.uint64)
    span = table.column("span_id").to_numpy()
    marks: NDArray[Any] = (((halves[:, 0] ^ halves[:, 1]) * _ODD) ^ span) * _ODD ^ at
    return marks


def _bytes_of(array: pa.FixedSizeBinaryArray) -> bytes | memoryview:
    width = array.type.byte_width
    data = array.buffers()[1]
    return b"" if data is None else memoryview(data)[array.offset * width : (array.offset + len(array)) * width]


def _ints(table: pa.Table, name: str) -> NDArray[np.int64]:
    values: NDArray[np.int64] = table.column(name).to_numpy()
    return values


def _keep_positions(session: Session, positions: Sequence[Position]) -> None:
    """Keep the last position of each key, set-wise: a topic has as many as partitions, and every commit brings them."""
    latest = {(position.source, position.key): position.value for position in positions}
    if not latest:
        return
    places = {"sources": [source for source, _ in latest], "keys": [key for _, key in latest]}
    session.run("position_drop", places)
    session.run("position_keep", {**places, "values": list(latest.values())})
