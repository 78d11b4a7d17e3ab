"""A session: what a closure passed through one of the store's doors can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from tracer.store.statements import statement

Values = Mapping[str, Any]
Row = tuple[Any, ...]


class Session:
    """Runs the store's statements by name, with bound values. Valid inside its closure only."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def run(self, name: str, values: Values | None = None) -> None:
        """Run a statement for its effect."""
        self.rows(name, values)

    def rows(self, name: str, values: Values | None = None) -> list[Row]:
        """Run a query; all of its rows."""
        return self._cursor.execute(statement(name), values or {}).fetchall()

    def rows_ordered(self, name: str, order: str, values: Values | None = None) -> list[Row]:
        """Run a query whose text has a place for ORDER BY terms, which are the program's own words."""
        return self._cursor.execute(statement(name).replace("/*order*/", order), values or {}).fetchall()

    def row(self, name: str, values: Values | None = None) -> Row | None:
        """Run a query; its first row, or None."""
        rows = self.rows(name, values)  # all of them: DuckDB does nothing else while a result is half read
        return rows[0] if rows else None

    def value(self, name: str, values: Values | None = None) -> Any:
        """Run a query of one row and one column; what stands there (None where there is no row)."""
        row = self.row(name, values)
        return None if row is None else row[0]

    def table(self, name: str, values: Values | None = None) -> pa.Table:
        """Run a query; its result as Arrow."""
        return self._cursor.sql(statement(name), params=dict(values or {})).to_arrow_table()

    def count(self, name: str, values: Values | None = None) -> int:
        """Run an INSERT, UPDATE, DELETE or MERGE; how many rows it touched."""
        row = self.row(name, values)
        return 0 if row is None else int(row[0])

    @contextmanager
    def lent(self, view: str, table: pa.Table) -> Iterator[None]:
        """Let statements read an Arrow table under a name, while the block runs."""
        self._cursor.register(view, table)
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # a transaction that was aborted does no more, and what failed first is told
                self._cursor.unregister(view)
            raise
        self._cursor.unregister(view)
