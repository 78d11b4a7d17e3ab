"""Opens the store, and says in our own words what the system refuses."""

from __future__ import annotations

from pathlib import Path

from tracer.clock import Clock
from tracer.errors import StoreError
from tracer.store.options import StoreOptions
from tracer.store.store import Store


def open_store(path: Path, *, clock: Clock, options: StoreOptions | None = None, read_only: bool = False) -> Store:
    """Open the store. Raises StoreLocked, StoreVersion, and StoreError for a folder that cannot be used too."""
    try:
        return Store.open(path, clock=clock, options=options, read_only=read_only)
    except OSError as refused:
        reason = refused.strerror or str(refused)
        fix = "name a file in a folder that can be written, with --data or [store] path"
        raise StoreError(f"{path} cannot be opened: {reason}: {fix}") from refused
