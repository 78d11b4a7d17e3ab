"""Opening the file: its lock, its version, and a write-ahead log that cannot be replayed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import duckdb

from tracer.clock import Clock, to_datetime
from tracer.errors import StoreError, StoreLocked, StoreVersion
from tracer.store.options import StoreOptions
from tracer.store.statements import schema

SCHEMA_VERSION: Final = "1"
_HOLDER: Final = re.compile(r"PID (\d+)")
_LOCK: Final = "Could not set lock"
_NEVER: Final = "1TB"  # the writer checkpoints by itself, between commits


def wal_path(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a file."""
    return path.with_name(path.name + ".wal")


def connect(path: Path, *, options: StoreOptions, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the file. Raises StoreLocked when another process holds it; DuckDB's errors pass through."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{options.memory_limit}B",
        "threads": options.threads,
        "preserve_insertion_order": "true",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "enable_external_access": "false",
        "lock_configuration": "true",
        "temp_directory": str(path.with_name(path.name + ".tmp")),
    }
    if not read_only:
        settings["checkpoint_threshold"] = _NEVER
    try:
        return duckdb.connect(str(path), read_only=read_only, config=settings)
    except duckdb.IOException as error:
        if _LOCK in str(error):
            raise StoreLocked(_locked(path, str(error))) from error
        raise


def _locked(path: Path, message: str) -> str:
    holder = _HOLDER.search(message)
    by = f"process {holder.group(1)}" if holder else "another process"
    return f"{path} is held by {by}: ask that sidecar (--url), stop it, or name another file (--data)"


def open_or_recover(
    path: Path, *, clock: Clock, options: StoreOptions, read_only: bool
) -> tuple[duckdb.DuckDBPyConnection, tuple[str, ...]]:
    """Open the file; where its write-ahead log cannot be replayed, set the log aside and say so.

    Returns the connection and the notices for a person. Raises StoreLocked, StoreVersion or StoreError.
    """
    wal = wal_path(path)
    try:
        return connect(path, options=options, read_only=read_only), ()
    except duckdb.Error as error:
        if read_only or not wal.exists():
            raise StoreError(f"{path} cannot be opened: {_first_line(error)}") from error
        return _without_wal(path, wal, error, clock=clock, options=options)


def _without_wal(
    path: Path, wal: Path, error: duckdb.Error, *, clock: Clock, options: StoreOptions
) -> tuple[duckdb.DuckDBPyConnection, tuple[str, ...]]:
    size = wal.stat().st_size
    stamp = to_datetime(clock.now_ns()).strftime("%Y%m%dT%H%M%SZ")
    aside = wal.with_name(f"{wal.name}.broken-{stamp}")
    wal.rename(aside)
    try:
        connection = connect(path, options=options, read_only=False)
    except duckdb.Error as again:
        aside.rename(wal)
        raise StoreError(f"{path} cannot be opened: {_first_line(again)}") from again
    notice = (
        f"the write-ahead log of {path.name} could not be replayed ({_first_line(error)}); it was set aside as "
        f"{aside.name} ({size} bytes). What was committed after the last checkpoint is not in the store: "
        f"send it again where the source still has it"
    )
    return connection, (notice,)


def prepare(connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
    """Make the schema in an empty file, or check its version. Raises StoreVersion."""
    found = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    if not found and not read_only:
        _create(connection)
        return
    if ("meta",) not in found:
        raise StoreVersion(f"{path} is a DuckDB file, but not a store of Sagascope: name another file (--data)")
    rows = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
    version = rows[0][0] if rows else "none"
    if version != SCHEMA_VERSION:
        raise StoreVersion(
            f"{path} has schema version {version}, this Sagascope reads {SCHEMA_VERSION}: "
            "use the Sagascope that wrote it, or name a new file (--data)"
        )


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    for text in schema():
        connection.execute(text)
    connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [SCHEMA_VERSION])
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
