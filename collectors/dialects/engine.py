"""The calculator: an SQL engine in memory, which sees no file, no network and no extension."""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from tracer.errors import Busy, Rejected

MEMORY_LIMIT: Final = "512MiB"
# In this order: the last one forbids every further change.
_SETTINGS: Final = (
    "SET threads = 1",
    f"SET memory_limit = '{MEMORY_LIMIT}'",
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    "SET disabled_optimizers = 'in_clause'",  # it makes a join of each IN: 5 ms each to plan
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
# After these the connection is of no use.
_BROKEN: Final = (duckdb.ConnectionException, duckdb.FatalException, duckdb.InternalException)


class Engine:
    """Runs queries over tables that are handed in; rows come out in the order in which they went in."""

    def __init__(self) -> None:
        self._connection = _connected()

    def run(self, query: str, name: str, table: pa.Table) -> pa.Table:
        """Run a query that reads the table by its name; an engine that broke is made anew, and asked once more.

        Raises Rejected where the engine cannot do that, Busy where there is no engine.
        """
        try:
            return self._run(query, name, table)
        except _BROKEN:
            self._connection = _connected()
        try:
            return self._run(query, name, table)
        except duckdb.ConnectionException as failed:
            raise Busy(f"the engine does not answer: {_line(failed)}") from failed
        except _BROKEN as failed:
            self._connection = _connected()
            raise Rejected(_line(failed)) from failed

    def _run(self, query: str, name: str, table: pa.Table) -> pa.Table:
        try:
            self._connection.register(name, table)
            found = self._connection.sql(query).to_arrow_table()
            self._connection.unregister(name)
        except _BROKEN:
            raise
        except duckdb.Error as failed:
            self._connection.unregister(name)
            raise Rejected(_line(failed)) from failed
        return found


def _connected() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


def _line(failed: Exception) -> str:
    return str(failed).partition("\n")[0]
