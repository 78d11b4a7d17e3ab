"""DuckDB's errors in the store's words."""

from __future__ import annotations

from typing import Final

import duckdb

from tracer.errors import Busy, SagascopeError, StoreError, StoreFull

INVALID: Final = (duckdb.FatalException, duckdb.ConnectionException)
_DURABLE: Final = "COMMIT succeeded and is durable"
_FULL: Final = (
    "No space left",
    "disk is full",
    "Could not write all bytes",
    "Disk quota",
    "not enough space",
    "File too large",
    "failed to offload",  # a query that needs more than its memory finds no room beside the file
)


def told(error: duckdb.Error) -> SagascopeError:
    """Give the error to raise: StoreFull, Busy where the file has to be opened again, else StoreError."""
    text = str(error).strip().splitlines()[0]
    if any(sign in str(error) for sign in _FULL):
        return StoreFull(f"the disk that holds the store is full: {text}")
    if isinstance(error, INVALID):
        return Busy(f"the store has to be opened again: {text}")
    return StoreError(text)


def is_durable(error: duckdb.Error) -> bool:
    """Whether a COMMIT was done all the same: only the checkpoint after it failed, and doing it again would double."""
    return _DURABLE in str(error)
