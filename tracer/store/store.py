"""The store and its two doors."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Final, Self, TypeVar

import duckdb

from tracer.clock import NS_PER_S, Clock
from tracer.errors import Busy, SagascopeError, StoreError, StoreFull
from tracer.store.engine import open_or_recover, prepare, settle
from tracer.store.options import StoreOptions
from tracer.store.room import Room
from tracer.store.session import Session
from tracer.store.wal import wal_path

T = TypeVar("T")

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
_CLOSE_WAIT_S: Final = 0.1
_CLOSE_TRIES: Final = 50
_INVALID: Final = (duckdb.FatalException, duckdb.ConnectionException)

_log = logging.getLogger("sagascope.store")


class Store:
    """One store file, held by this process. Every method may be called from any thread."""

    def __init__(
        self,
        path: Path,
        connection: duckdb.DuckDBPyConnection,
        *,
        clock: Clock,
        options: StoreOptions,
        notices: tuple[str, ...],
    ) -> None:
        self.path = path
        self.notices = notices
        self._clock = clock
        self._options = options
        self._room = Room(path.parent)
        self._connection = connection
        self._writing = threading.Lock()
        self._writer = connection.cursor()
        self._readers: LifoQueue[duckdb.DuckDBPyConnection] = LifoQueue()
        self._lent: dict[int, duckdb.DuckDBPyConnection] = {}
        for _ in range(options.max_readers):
            self._readers.put(connection.cursor())
        self._broken: str | None = None

    @classmethod
    def open(cls, path: Path, *, clock: Clock, options: StoreOptions | None = None, read_only: bool = False) -> Self:
        """Open the file at `path`, making it where it is missing.

        Raises StoreLocked when another process holds it, StoreVersion when another version wrote it,
        StoreError when it cannot be read. `notices` then tells what had to be mended.
        """
        chosen = options or StoreOptions()
        if read_only and not path.exists():
            raise StoreError(f"there is no store at {path}: name the file of a sidecar (--data), or start one")
        _make_folder(path.parent)
        connection, notices = open_or_recover(path, clock=clock, options=chosen, read_only=read_only)
        try:
            if notices:
                settle(connection, path)
            prepare(connection, path, options=chosen, read_only=read_only)
        except duckdb.Error as error:
            connection.close()
            raise _told(error) from error
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, clock=clock, options=chosen, notices=notices)

    def read(self, fn: Callable[[Session], T]) -> T:
        """Call `fn` on one consistent state of the store. Raises Busy when too many reads wait."""
        return self.lend_reader(lambda cursor: _in_words(fn, Session(cursor)), "BEGIN")

    def lend_reader(self, fn: Callable[[duckdb.DuckDBPyConnection], T], begin: str = "BEGIN READ ONLY") -> T:
        """Call `fn` with a bare cursor in a read-only transaction; for this package alone."""
        try:
            cursor = self._readers.get(timeout=self._options.read_wait_s)
        except Empty:
            raise Busy(f"{self._options.max_readers} queries are running; try again") from None
        self._lent[id(cursor)] = cursor
        try:
            cursor.execute(begin)
            try:
                return fn(cursor)
            finally:
                cursor.execute("ROLLBACK")
        except _INVALID as error:
            raise _told(error) from error
        finally:
            del self._lent[id(cursor)]
            self._readers.put(cursor)

    def write(self, fn: Callable[[Session], T]) -> T:
        """Call `fn` in a transaction of its own and commit it; nothing stays where it raises.

        Raises StoreFull when the disk is full, StoreError when DuckDB cannot go on.
        """
        with self._writing:
            self._mend()
            try:
                self._writer.execute("BEGIN")
                result = fn(Session(self._writer))
            except duckdb.Error as error:
                self._roll_back()
                raise _told(error) from error
            except BaseException:
                self._roll_back()
                raise
            self._commit()
            return result

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except duckdb.Error as error:
            if _DURABLE in str(error):
                return  # only the checkpoint after it failed: doing it again would double the records
            self._roll_back()
            raise _told(error) from error

    def _roll_back(self) -> None:
        try:
            self._writer.execute("ROLLBACK")
        except duckdb.TransactionException:
            return  # DuckDB has already rolled it back
        except duckdb.Error as error:
            self._broken = str(error)

    def _mend(self) -> None:
        """After an error that invalidates the database (a full disk can), open the file again."""
        if self._broken is None and not self._is_invalid():
            return
        self._reopen()

    def _is_invalid(self) -> bool:
        try:
            self._writer.execute("SELECT 1").fetchall()
        except duckdb.Error as error:
            self._broken = str(error)
            return True
        return False

    def _reopen(self) -> None:
        readers = self._hold_readers()
        try:
            for cursor in [*readers, self._writer, self._connection]:
                cursor.close()
            self._connection = self._recovered()
            self._writer = self._connection.cursor()
            readers = [self._connection.cursor() for _ in readers]
            self._broken = None
        except duckdb.Error as error:
            self._broken = str(error)
            raise _told(error) from error
        finally:
            for cursor in readers:
                self._readers.put(cursor)

    def _recovered(self) -> duckdb.DuckDBPyConnection:
        connection, notices = open_or_recover(self.path, clock=self._clock, options=self._options, read_only=False)
        try:
            if notices:
                settle(connection, self.path)
        except BaseException:
            connection.close()
            raise
        for notice in notices:
            _log.warning("store mended", extra={"notice": notice})
        return connection

    def _hold_readers(self) -> list[duckdb.DuckDBPyConnection]:
        """Take every reader out of the queue, or none. Raises Busy where one is in use for too long."""
        held: list[duckdb.DuckDBPyConnection] = []
        try:
            while len(held) < self._options.max_readers:
                held += [self._readers.get(timeout=self._options.read_wait_s)]
        except Empty:
            for cursor in held:
                self._readers.put(cursor)
            raise Busy("the store has to be opened again, and a query still runs") from None
        return held

    def checkpoint(self, *, force: bool = False) -> bool:
        """Fold the write-ahead log into the file where it has grown large; whether that was done.

        Raises StoreFull where the disk has no room for that.
        """
        if not force and not self._room.is_due(self.wal_bytes(), self._options.checkpoint_wal):
            return False
        if self._room.is_hopeless():
            raise StoreFull("the disk has no room to fold the write-ahead log into the file")
        with self._writing:
            self._mend()
            before = self._room.free()
            try:
                self._writer.execute("CHECKPOINT")
            except duckdb.Error as error:
                told = _told(error)
                if isinstance(told, StoreFull):
                    self._room.found(before)
                self._mend()
                raise told from error
        self._room.found(None)
        return True

    def wal_bytes(self) -> int:
        """The size of the write-ahead log."""
        return _size(wal_path(self.path))

    def file_bytes(self) -> int:
        """The size of the file without its log."""
        return _size(self.path)

    def stats(self) -> Mapping[str, float]:
        """Figures for the metrics: rows, sizes, and how far the fold is behind."""
        row = self.read(lambda session: session.row("stats")) or (0, 0, 0)
        return {
            "records": row[0],
            "transactions": row[1],
            "fold_lag_records": row[2],
            "file_bytes": self.file_bytes(),
            "wal_bytes": self.wal_bytes(),
        }

    @property
    def stuck_after_s(self) -> float:
        """The threshold that the file's last writer went by."""
        kept_ns = self.read(lambda session: session.value("stuck_after"))
        return self._options.stuck_after_s if kept_ns is None else kept_ns / NS_PER_S

    def close(self) -> None:
        """Let go of the file, with the log folded in; a question that still runs is interrupted."""
        with self._writing:
            held: list[duckdb.DuckDBPyConnection] = []
            for _ in range(_CLOSE_TRIES):
                for cursor in list(self._lent.values()):
                    cursor.interrupt()  # again and again: one that has only begun does not hear it
                with suppress(Empty):
                    while len(held) < self._options.max_readers:
                        held.append(self._readers.get(timeout=_CLOSE_WAIT_S))
            for cursor in [*held, self._writer, self._connection]:
                cursor.close()


def _in_words(fn: Callable[[Session], T], session: Session) -> T:
    try:
        return fn(session)
    except duckdb.Error as error:
        raise _told(error) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {path} cannot be made: {error.strerror}: name another file, with --data or [store] path"
        ) from error


def _told(error: duckdb.Error) -> SagascopeError:
    """DuckDB's error in the store's words."""
    text = str(error).strip().splitlines()[0]
    if any(sign in str(error) for sign in _FULL):
        return StoreFull(f"the disk that holds the store is full: {text}")
    if isinstance(error, _INVALID):
        return Busy(f"the store has to be opened again: {text}")
    return StoreError(text)
