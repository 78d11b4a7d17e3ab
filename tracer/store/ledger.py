"""What the store remembers for a source besides records: messages that were refused, and consumer groups' progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tracer.errors import Rejected
from tracer.model.messages import MESSAGE_SCHEMA, PROGRESS_SCHEMA, REJECTED_SCHEMA
from tracer.ports import Refused
from tracer.rejections import RejectedQuery
from tracer.store.session import Row, Session

_READ_BACK: Final = MESSAGE_SCHEMA.append(pa.field("id", pa.int64())).append(pa.field("source", pa.string()))
PART_BYTES: Final = 4 << 20  # of rejected messages that are read at once
# DuckDB's maps have no key twice, headers of a message may.
_PAIRS: Final = pa.list_(pa.struct([pa.field("key", pa.string()), pa.field("value", pa.binary())]))


def keep_refused(session: Session, refused: Sequence[Refused], received_ns: int) -> int:
    """Keep what is new of the messages that were refused; how many those are."""
    tables = [_of_source(one) for one in refused if one.messages.num_rows]
    if not tables:
        return 0
    whole = pa.concat_tables(tables)
    rows = pa.array(np.arange(whole.num_rows, dtype=np.int64))
    with session.lent("refused", whole.append_column("row", rows)):
        return session.count("rejected_keep", {"received": received_ns})


def _of_source(refused: Refused) -> pa.Table:
    if not refused.messages.schema.equals(REJECTED_SCHEMA):
        raise Rejected(f"the refused messages have columns {refused.messages.schema.names}, not those of a message")
    table = pa.Table.from_batches([refused.messages])
    place = table.schema.get_field_index("headers")
    paired = table.set_column(place, "headers", table.column("headers").cast(_PAIRS))
    return paired.append_column("source", pa.array([refused.source] * table.num_rows, pa.string()))


def positions_of(session: Session, source: str) -> Mapping[str, str]:
    """Give the positions of a source by their key."""
    return dict(session.rows("positions_of", {"source": source}))


def note_progress(session: Session, source: str, samples: pa.Table) -> None:
    """Keep samples (PROGRESS_SCHEMA) of how far groups have come; what is older than the known changes nothing."""
    if not samples.schema.equals(PROGRESS_SCHEMA):
        raise Rejected(f"the samples have columns {samples.schema.names}, not those of progress")
    with session.lent("samples", samples):
        session.run("consumer_seen", {"source": source})
    session.run("consumer_past_keep")
    session.run("consumer_keep")


def rejected_filters(query: RejectedQuery) -> dict[str, Any]:
    """Give the values that the statements on rejected messages take."""
    return {"sources": list(query.source) or None, "topics": list(query.topic) or None, "reason": query.reason}


def rejected_after(session: Session, query: RejectedQuery, after: int, *, most: int, most_bytes: int) -> pa.Table:
    """Give the next rejected messages in the order of their ids, which stand beside their source and MESSAGE_SCHEMA.

    Which ones is decided by their sizes alone; they are then read a part at a time, because reading takes several
    times what is read.
    """
    values = {**rejected_filters(query), "after": after, "most": most, "most_bytes": most_bytes}
    chosen = session.rows("rejected_slice", values)
    ids = [number for number, _ in chosen]
    if not ids:
        return _READ_BACK.empty_table()
    return pa.concat_tables(
        [_read_back(session, ids[begin:end]) for begin, end in parts([size for _, size in chosen], PART_BYTES)]
    )


def rejected_latest(session: Session, query: RejectedQuery, *, limit: int, first_bytes: int) -> list[Row]:
    """Give the latest rejected messages for a list, the latest first, and the first bytes of their keys and values.

    Columns: id, source, topic, partition, offset, at_ns, received_ns, size, reason, key, value, is_cut. They are read a
    part at a time, as those of `rejected_after` are.
    """
    chosen = session.rows("rejected_newest", {**rejected_filters(query), "limit": limit})
    rows: list[Row] = []
    for begin, end in parts([size for _, size in chosen], PART_BYTES):
        ids = [number for number, _ in chosen[begin:end]]
        place = {"first": min(ids), "last": max(ids), "ids": ids, "first_bytes": first_bytes}
        rows += session.rows("rejected_shown", place)
    return rows


def parts(sizes: Sequence[int], most_bytes: int) -> Iterator[tuple[int, int]]:
    """Cut a list of sizes where what is read at once would be too large: places of the first, and after the last."""
    begin, total = 0, 0
    for at, size in enumerate(sizes):
        if at > begin and total + size > most_bytes:
            yield begin, at
            begin, total = at, 0
        total += size
    if begin < len(sizes):
        yield begin, len(sizes)


def _read_back(session: Session, ids: Sequence[int]) -> pa.Table:
    table = session.table("rejected_part", {"first": min(ids), "last": max(ids), "ids": list(ids)})
    arrays = [_headers(table) if name == "headers" else table.column(name) for name in _READ_BACK.names]
    return pa.table(arrays, names=_READ_BACK.names).cast(_READ_BACK)


def _headers(table: pa.Table) -> pa.Array:
    pairs = table.column("headers").combine_chunks()
    keys, values = pairs.values.flatten()
    return pa.MapArray.from_arrays(pairs.offsets, keys, values)


def settle_rejected(session: Session, ids: Sequence[int], again: pa.Table) -> int:
    """Take away rejected messages but those of `again` (REJECTED_SCHEMA), which get their new reason; how many went."""
    with session.lent("again", again.select(["topic", "partition", "offset", "reason"])):
        session.run("rejected_again", {"ids": list(ids)})
        return session.count("rejected_drop", {"ids": list(ids)})
