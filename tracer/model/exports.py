"""Which records to export, and what became of those that were imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuery:
    """Which records to export: all of them, or those that every filter lets through.

    `transactions` (by id or alias) and `sagas` are alternatives within; `since` and `until` bound the time
    of a record, both included.
    """

    transactions: tuple[str, ...] = ()
    sagas: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of records that were imported: how many are new, how many were there already."""

    stored: int
    duplicates: int
