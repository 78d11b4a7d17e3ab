"""A lane: writes that take turns. Lanes write different tables, so they run beside each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import duckdb

from tracer.errors import Busy
from tracer.store.failures import INVALID, is_durable, told
from tracer.store.session import Session

T = TypeVar("T")


class Invalidated(Busy):
    """The store has to be opened again."""


class Lane:
    """One write at a time, on a cursor of its own. `lock` is to be held for everything else."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.lock: Final = threading.Lock()
        self.cursor = cursor
        self._broken = False

    def transact(self, fn: Callable[[Session], T]) -> T:
        """Call `fn` in a transaction and commit it; nothing stays where it raises.

        Raises Invalidated, before `fn` is called, where the file has to be opened again first.
        """
        self._begin()
        try:
            result = fn(Session(self.cursor))
        except duckdb.Error as error:
            self._roll_back()
            raise told(error) from error
        except BaseException:
            self._roll_back()
            raise
        self._commit()
        return result

    def is_broken(self) -> bool:
        """Whether the file has to be opened again before anything else is written (a full disk can do that)."""
        if not self._broken:
            try:
                self.cursor.execute("SELECT 1").fetchall()
            except duckdb.Error:
                self._broken = True
        return self._broken

    def renew(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Go on with a cursor of the file opened again."""
        self.cursor = cursor
        self._broken = False

    def _begin(self) -> None:
        if self._broken:
            raise Invalidated
        try:
            self.cursor.execute("BEGIN")
        except INVALID as error:
            raise Invalidated from error
        except duckdb.Error as error:
            raise told(error) from error

    def _commit(self) -> None:
        try:
            self.cursor.execute("COMMIT")
        except duckdb.Error as error:
            if is_durable(error):
                return
            self._roll_back()
            raise told(error) from error

    def _roll_back(self) -> None:
        try:
            self.cursor.execute("ROLLBACK")
        except duckdb.TransactionException:
            return  # DuckDB has already rolled it back
        except duckdb.Error:
            self._broken = True
