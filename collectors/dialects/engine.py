"""The calculator: an SQL engine in memory, which sees no file, no network and no extension."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

import duckdb
import pyarrow as pa

from tracer.errors import Busy, Rejected

MEMORY_LIMIT: Final = "512MiB"
MAX_PLANS: Final = 128  # statements that stay planned
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
    """Runs queries over tables that are handed in; rows come out in the order in which they went in.

    Planning a query of ours takes 10 to 20 ms, as long as running it over some thousand messages. So each is
    planned once, as a prepared statement over a view whose table changes, and the MAX_PLANS last used are kept.
    """

    def __init__(self) -> None:
        self._connection = _connected()
        self._plans: OrderedDict[tuple[str, str, pa.Schema], _Lent] = OrderedDict()
        self._made = 0

    def run(self, query: str, name: str, table: pa.Table) -> pa.Table:
        """Run a query that reads the table by its name; an engine that broke is made anew, and asked once more.

        Raises Rejected where the engine cannot do that, Busy where there is no engine.
        """
        try:
            return self._run(query, name, table)
        except _BROKEN:
            self._renew()
        try:
            return self._run(query, name, table)
        except duckdb.ConnectionException as failed:
            raise Busy(f"the engine does not answer: {_line(failed)}") from failed
        except _BROKEN as failed:
            self._renew()
            raise Rejected(_line(failed)) from failed

    def _renew(self) -> None:
        self._connection = _connected()
        self._plans.clear()

    def _run(self, query: str, name: str, table: pa.Table) -> pa.Table:
        try:
            lent = self._planned(query, name, table)
            try:
                return self._connection.sql(f"EXECUTE {lent.plan}").to_arrow_table()
            finally:
                lent.table = None
        except _BROKEN:
            raise
        except duckdb.Error as failed:
            raise Rejected(_line(failed)) from failed

    def _planned(self, query: str, name: str, table: pa.Table) -> _Lent:
        """Give what lends the table to the plan of a query over such a table."""
        key = query, name, table.schema
        lent = self._plans.pop(key, None)
        if lent is None:
            self._made += 1
            lent = _Lent(table.schema, f"plan_{self._made}")
            self._plan(lent, query, name)
        self._plans[key] = lent
        if len(self._plans) > MAX_PLANS:
            self._forget(self._plans.popitem(last=False)[1])
        lent.table = table
        return lent

    def _plan(self, lent: _Lent, query: str, name: str) -> None:
        self._connection.register(lent.view, lent)
        try:
            self._connection.execute(f"PREPARE {lent.plan} AS WITH {name} AS (FROM {lent.view}) FROM ({query})")
        except duckdb.Error:
            self._connection.unregister(lent.view)
            raise

    def _forget(self, lent: _Lent) -> None:
        self._connection.execute(f"DEALLOCATE {lent.plan}")
        self._connection.unregister(lent.view)


class _Lent:
    """What a plan reads: a table as an Arrow stream, another one at each run, none in between."""

    def __init__(self, schema: pa.Schema, plan: str) -> None:
        self.plan: Final = plan
        self.view: Final = f"of_{plan}"
        self.table: pa.Table | None = None
        self._schema = schema

    def __arrow_c_schema__(self) -> Any:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        table = self._schema.empty_table() if self.table is None else self.table
        return table.__arrow_c_stream__(requested_schema)


def _connected() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


def _line(failed: Exception) -> str:
    return str(failed).partition("\n")[0]
