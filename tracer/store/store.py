"""The store and its doors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Final, Self, TypeVar

import duckdb

from tracer.clock import NS_PER_S, Clock
from tracer.errors import Busy, StoreError, StoreFull
from tracer.store.engine import cursor_of, open_or_recover, prepare, settle
from tracer.store.failures import INVALID, told
from tracer.store.lane import Invalidated, Lane
from tracer.store.options import StoreOptions
from tracer.store.room import Room
from tracer.store.session import Session
from tracer.store.wal import wal_path

T = TypeVar("T")

_CLOSE_WAIT_S: Final = 0.1
_CLOSE_TRIES: Final = 50

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
        self._appending = Lane(cursor_of(connection))
        self._folding = Lane(cursor_of(connection))
        self._noting = Lane(cursor_of(connection))
        self._readers: LifoQueue[duckdb.DuckDBPyConnection] = LifoQueue()
        self._lent: dict[int, duckdb.DuckDBPyConnection] = {}
        for _ in range(options.max_readers):
            self._readers.put(cursor_of(connection))

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
            raise told(error) from error
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
        except INVALID as error:
            raise told(error) from error
        finally:
            del self._lent[id(cursor)]
            self._readers.put(cursor)

    def write(self, fn: Callable[[Session], T]) -> T:
        """Call `fn` in a transaction of its own and commit it, beside `fold` and `note`; nothing stays where it raises.

        Raises StoreFull when the disk is full, Busy when the store must be opened again, StoreError when DuckDB
        cannot go on.
        """
        return self._write(self._appending, fn)

    def fold(self, fn: Callable[[Session], T]) -> T:
        """As `write`, for what writes the tables of the fold alone: appends go on beside it."""
        return self._write(self._folding, fn)

    def note(self, fn: Callable[[Session], T]) -> T:
        """As `write`, for what writes the tables of alerts alone: appends and the fold go on beside it."""
        return self._write(self._noting, fn)

    def write_alone(self, fn: Callable[[Session], T]) -> T:
        """As `write`, for what writes any table: nothing is written beside it."""
        with self._alone():
            return self._appending.transact(fn)

    def _write(self, lane: Lane, fn: Callable[[Session], T]) -> T:
        with suppress(Invalidated), lane.lock:
            return lane.transact(fn)
        with self._alone():  # which mends the store, and wants every lane for it
            return lane.transact(fn)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold every lane, always in this order, of a store that can be written."""
        with self._folding.lock, self._appending.lock, self._noting.lock:
            if any(lane.is_broken() for lane in self._lanes):
                self._reopen()
            yield

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self._folding, self._appending, self._noting

    def _reopen(self) -> None:
        """After an error that invalidates the database, open the file again; while that fails, lanes stay broken."""
        readers = self._hold_readers()
        try:
            for cursor in [*readers, *(lane.cursor for lane in self._lanes), self._connection]:
                cursor.close()
            self._connection = self._recovered()
            for lane in self._lanes:
                lane.renew(cursor_of(self._connection))
            readers = [cursor_of(self._connection) for _ in readers]
        except duckdb.Error as error:
            raise told(error) from error
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
        with self._alone():
            before = self._room.free()
            try:
                self._appending.cursor.execute("CHECKPOINT")
            except duckdb.Error as error:
                failure = told(error)
                if isinstance(failure, StoreFull):
                    self._room.found(before)
                if any(lane.is_broken() for lane in self._lanes):
                    self._reopen()
                raise failure from error
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

    @property
    def default_threshold_ns(self) -> int:
        """How long a transaction may stand in one place where nothing better is known."""
        return int(self._options.stuck_after_s * NS_PER_S)

    def close(self) -> None:
        """Let go of the file, with the log folded in; a question that still runs is interrupted."""
        with self._folding.lock, self._appending.lock, self._noting.lock:
            held: list[duckdb.DuckDBPyConnection] = []
            for _ in range(_CLOSE_TRIES):
                for cursor in list(self._lent.values()):
                    cursor.interrupt()  # again and again: one that has only begun does not hear it
                with suppress(Empty):
                    while len(held) < self._options.max_readers:
                        held.append(self._readers.get(timeout=_CLOSE_WAIT_S))
            for cursor in [*held, *(lane.cursor for lane in self._lanes), self._connection]:
                cursor.close()


def _in_words(fn: Callable[[Session], T], session: Session) -> T:
    try:
        return fn(session)
    except duckdb.Error as error:
        raise told(error) from error


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
