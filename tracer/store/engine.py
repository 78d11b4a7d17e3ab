"""Opening the file: its lock, its version, and a write-ahead log that cannot be replayed."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb

from tracer.clock import NS_PER_S, Clock, to_datetime
from tracer.errors import StoreError, StoreLocked, StoreVersion
from tracer.store.options import ROW_GROUP, StoreOptions
from tracer.store.statements import schema, schema_part, statement
from tracer.store.wal import Extent, committed_before, damaged_at, measure, set_aside, wal_path

SCHEMA_VERSION: Final = "5"
# What a version before this one lacks; nothing else of it is different.
_ADDED: Final = {"4": ("alert", "alert_change", "delivery", "silence")}
_HOLDER: Final = re.compile(r"PID (\d+)")
_NOT_THE_LOG: Final = ("could not allocate", "Out of Memory", "No space left", "Permission denied", "Cannot open file")
_LOCK: Final = "Could not set lock"
_META: Final = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'meta' ORDER BY ALL"
_OTHER_FILE: Final = "name the file of a sidecar, or a new one to begin with, with --data or [store] path"
_NAME: Final = "sagascope"
_USE: Final = f"USE {_NAME}"
_LOCK_DOWN: Final = (_USE, "SET enable_external_access = false", "SET lock_configuration = true")
_NEVER: Final = "1TB"  # the writer checkpoints by itself, between commits


def connect(path: Path, *, options: StoreOptions, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the file. Raises StoreLocked when another process holds it; DuckDB's errors pass through."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{options.memory_limit}B",
        "threads": options.threads or max(1, (os.cpu_count() or 2) // 2),
        "preserve_insertion_order": "true",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "checkpoint_threshold": _NEVER,
        "temp_directory": str(path.with_name(path.name + ".tmp")),
    }
    connection = duckdb.connect(":memory:", config=settings)
    try:
        connection.execute(_attach(path, read_only=read_only)).fetchall()
        for text in _LOCK_DOWN:
            connection.execute(text).fetchall()
    except duckdb.Error as error:
        connection.close()
        if isinstance(error, duckdb.IOException) and _LOCK in str(error):
            raise StoreLocked(_locked(path, str(error))) from error
        raise
    return connection


def cursor_of(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Give a cursor whose names are those of the file."""
    cursor = connection.cursor()
    cursor.execute(_USE).fetchall()
    return cursor


def _attach(path: Path, *, read_only: bool) -> str:
    """Build the statement, which takes no bound values. Only here can a file be given its size of row groups."""
    quoted = str(path).replace("'", "''")
    options = f"TYPE duckdb, ROW_GROUP_SIZE {ROW_GROUP}" + (", READ_ONLY" if read_only else "")
    return f"ATTACH '{quoted}' AS {_NAME} ({options})"


def _locked(path: Path, message: str) -> str:
    holder = _HOLDER.search(message)
    by = f"process {holder.group(1)}" if holder else "another process"
    return f"{path} is held by {by}: ask that sidecar (--url), stop it, or name another file (--data)"


def open_or_recover(
    path: Path, *, clock: Clock, options: StoreOptions, read_only: bool
) -> tuple[duckdb.DuckDBPyConnection, tuple[str, ...]]:
    """Open the file; where its write-ahead log is torn or damaged, save what can be saved and tell the rest.

    Returns the connection and the notices for a person. Raises StoreLocked, StoreVersion or StoreError.
    """
    wal = wal_path(path)
    extent = measure(wal) if wal.exists() and not read_only else None
    stamp = to_datetime(clock.now_ns()).strftime("%Y%m%dT%H%M%S.%fZ")
    notices: tuple[str, ...] = ()
    if extent is not None and extent.is_damaged:
        _refuse_if_locked(path, options)
        aside = set_aside(wal, stamp, keep=extent.committed)
        notices = (_lost(path, aside, extent.size - extent.committed, "its entries do not follow one another"),)
        extent = measure(wal) if wal.exists() else None
    try:
        connection = connect(path, options=options, read_only=read_only)
    except duckdb.Error as error:
        if read_only or extent is None or not _is_of_the_log(error):
            raise StoreError(f"{path} cannot be opened: {_first_line(error).rstrip('.!')}: {_OTHER_FILE}") from error
        connection, notice = _saved(path, wal, error, extent, stamp, options)
        return connection, (*notices, notice)
    if extent is not None and extent.committed < extent.size:
        notices = (*notices, _torn(path, extent))
    return connection, notices


def _is_of_the_log(error: duckdb.Error) -> bool:
    """Whether an error at opening speaks of what the log holds; memory, space and rights are no reason to drop it."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException) or any(word in text for word in _NOT_THE_LOG):
        return False
    return damaged_at(text) is not None or "replaying WAL" in text or isinstance(error, duckdb.SerializationException)


def _saved(
    path: Path, wal: Path, error: duckdb.Error, extent: Extent, stamp: str, options: StoreOptions
) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Open with the commits of the log before the damage, else without the log."""
    damage = damaged_at(str(error))
    keep = 0 if damage is None else committed_before(wal, damage)
    aside = set_aside(wal, stamp, keep=keep)
    try:
        connection = connect(path, options=options, read_only=False)
    except duckdb.Error:
        keep = 0
        wal.unlink(missing_ok=True)
        try:
            connection = _opened(path, options)
        except StoreError:
            aside.rename(wal)
            raise
    return connection, _lost(path, aside, extent.size - keep, _first_line(error))


def _opened(path: Path, options: StoreOptions) -> duckdb.DuckDBPyConnection:
    try:
        return connect(path, options=options, read_only=False)
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be opened: {_first_line(error).rstrip('.!')}: {_OTHER_FILE}") from error


def _refuse_if_locked(path: Path, options: StoreOptions) -> None:
    """Another process may be writing the log just now: its lock then refuses a reader, and so us."""
    if path.exists():
        with suppress(duckdb.Error):  # what else is wrong shows when the file is opened
            connect(path, options=options, read_only=True).close()


def _lost(path: Path, aside: Path, size: int, reason: str) -> str:
    return (
        f"the write-ahead log of {path.name} could not be replayed to its end ({reason}); it was set aside as "
        f"{aside.name}. What its last {size} bytes held is not in the store, all before that is: "
        "send that again where the source still has it"
    )


def _torn(path: Path, extent: Extent) -> str:
    return (
        f"the last {extent.size - extent.committed} bytes of the write-ahead log of {path.name} are an unfinished "
        "write and were left out; a write is acknowledged only when it is finished, so unless the file was cut from "
        "outside nothing acknowledged is missing"
    )


def settle(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Fold a log with an unfinished or damaged end into the file, so that nothing is written behind that end."""
    try:
        connection.execute("CHECKPOINT").fetchall()
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be mended: {_first_line(error)}") from error


def prepare(connection: duckdb.DuckDBPyConnection, path: Path, *, options: StoreOptions, read_only: bool) -> None:
    """Make the schema in an empty file, or check its version; keep the settings it goes by. Raises StoreVersion."""
    found = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    if not found and not read_only:
        _create(connection)
        _keep_settings(connection, options)
        return
    kept = connection.execute(_META).fetchall()
    if kept != [("key",), ("value",)]:
        raise StoreVersion(f"{path} is a DuckDB file, but not a store of Sagascope: name another file (--data)")
    rows = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
    version = rows[0][0] if rows else "none"
    if version in _ADDED and read_only:
        raise StoreVersion(
            f"{path} was written by an earlier Sagascope: start a sidecar on it once, which adds what is new"
        )
    if version in _ADDED:
        _add(connection, _ADDED[version])
    elif version != SCHEMA_VERSION:
        raise StoreVersion(
            f"{path} has schema version {version}, this Sagascope reads {SCHEMA_VERSION}: "
            "use the Sagascope that wrote it, or name a new file (--data)"
        )
    if not read_only:
        _keep_settings(connection, options)


def _keep_settings(connection: duckdb.DuckDBPyConnection, options: StoreOptions) -> None:
    value = str(int(options.stuck_after_s * NS_PER_S))
    if connection.execute("SELECT 1 FROM meta WHERE key = 'stuck_after_ns' AND value = ?", [value]).fetchall():
        return  # a full disk must not keep a sidecar from starting over what is there already
    connection.execute("BEGIN").fetchall()
    connection.execute("DELETE FROM meta WHERE key = 'stuck_after_ns'").fetchall()
    connection.execute("INSERT INTO meta VALUES ('stuck_after_ns', ?)", [value]).fetchall()
    connection.execute(statement("default_deadlines"), {"default_ns": int(value)}).fetchall()
    connection.execute("COMMIT").fetchall()


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    for text in schema():
        connection.execute(text)
    connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [SCHEMA_VERSION])
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _add(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    """Make tables that the version before did not have; all of it, or nothing where the disk is full."""
    connection.execute("BEGIN")
    for name in names:
        connection.execute(schema_part(name))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [SCHEMA_VERSION])
    connection.execute("COMMIT")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
