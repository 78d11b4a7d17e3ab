"""Pages of an export: bounded pieces of the records, in the order of their arrival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

FIRST_ROWS: Final = 512
MAX_ROWS: Final = 16_384
PAGE_BYTES: Final = 8 << 20  # what a page is meant to have; one of large records after small ones may have more
FIRST_SPAN: Final = 65_536
MAX_SPAN: Final = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an export stands: after the record `after`, of those up to `upto` that were there when it began.

    `rows` is how many a page may have now, and `span` how far it may look for them; `ids` are the
    transactions that were asked for, by their own ids.
    """

    after: int
    upto: int
    ids: tuple[str, ...] = ()
    rows: int = FIRST_ROWS
    span: int = FIRST_SPAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records (FILE_SCHEMA), and where to go on; None at the end."""

    records: pa.Table
    next: Place | None


def following(place: Place, records: pa.Table, last: int | None) -> Place | None:
    """Say where to go on after a page whose last record is `last` (None: it has none)."""
    looked = min(place.after + place.span, place.upto)
    is_full = records.num_rows >= place.rows
    after = last if is_full and last is not None else looked
    if after >= place.upto:
        return None
    rows, span = place.rows, place.span if is_full else min(MAX_SPAN, place.span * 2)
    if records.num_rows:
        rows = max(1, min(MAX_ROWS, place.rows * 4, PAGE_BYTES * records.num_rows // max(1, records.nbytes)))
    return Place(after=after, upto=place.upto, ids=place.ids, rows=rows, span=span)
