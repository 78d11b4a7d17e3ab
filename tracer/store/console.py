"""Other people's SQL: one SELECT, read-only, with a limit of rows, of bytes and of time.

Four locks, each enough for most: the statement must be a SELECT that calls nothing that writes; it runs inside
a subquery with a LIMIT; its transaction is read-only; and the database itself was opened without access to
files, the network or extensions, with its configuration locked. Times without a zone come out as what they
are, UTC.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tracer.errors import QueryTimeout, StoreError, UsageError
from tracer.store.store import Store
from tracer.views import PARQUET_TRUNCATED, Table

T = TypeVar("T")

MAX_QUERY: Final = 64 * 1024
# DuckDB's parser holds all of Python's threads. Its time grows by the square of the depth of brackets (3200 open
# ones took 5 s, 100 take 5 ms), and sixfold with each WITH in a WITH where the query is wrong (8 took 4 s).
MAX_DEPTH: Final = 100
MAX_WITH_DEPTH: Final = 4
_OPENING: Final = frozenset((b"(", b"[", b"{"))
_CLOSING: Final = frozenset((b")", b"]", b"}"))
_REFUSED: Final = frozenset(("checkpoint", "force_checkpoint"))  # SELECTs by their form, but they write
MAX_ROWS: Final = 1_000_000
MAX_BYTES: Final = 256 << 20  # DuckDB's own limit does not hold for what has left it
_PART_ROWS: Final = 64  # few, for rows can be large
_PLAIN_BYTES: Final = 8


class Console:
    """Runs queries for people on a store."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    def table(self, query: str, *, limit: int, timeout_s: float) -> Table:
        """At most `limit` rows as Python values; `truncated` says that there were more.

        Raises UsageError for what is not one SELECT or does not run, QueryTimeout after `timeout_s` seconds.
        """
        return self._run(query, limit, timeout_s, lambda cursor, text: _table(cursor, text, limit))

    def parquet(self, query: str, *, limit: int, timeout_s: float) -> bytes:
        """At most `limit` rows as a Parquet file, with PARQUET_TRUNCATED in its metadata where there were more.

        Raises like `table`.
        """
        return self._run(query, limit, timeout_s, lambda cursor, text: _parquet(cursor, text, limit))

    def _run(self, query: str, limit: int, timeout_s: float, fn: Callable[[duckdb.DuckDBPyConnection, str], T]) -> T:
        if not 1 <= limit <= MAX_ROWS:
            raise UsageError(f"limit must be from 1 to {MAX_ROWS}, not {limit}")
        if len(query) > MAX_QUERY:
            raise UsageError(f"the query has {len(query)} characters, at most {MAX_QUERY} are read")

        def ask(cursor: duckdb.DuckDBPyConnection) -> T:
            text = f"SELECT * FROM (\n{_only_select(cursor, query)}\n) LIMIT {limit + 1}"  # noqa: S608 - the query is the person's own, behind the four locks
            with _deadline(cursor, timeout_s):
                return fn(cursor, text)

        return self._store.lend_reader(ask)


def _depths(query: str) -> tuple[int, int]:
    """How deeply brackets are nested, and how deeply WITH; what stands in literals and comments is left out."""
    text, levels = query.encode("utf-8", "replace"), [False]
    brackets = withs = 0
    for at, kind in duckdb.tokenize(query):
        token = text[at : at + 1]
        if token in _OPENING:
            levels.append(False)
        elif token in _CLOSING and len(levels) > 1:
            levels.pop()
        elif kind == duckdb.token_type.keyword and text[at : at + 4].lower() == b"with":
            levels[-1] = True
            withs = max(withs, sum(levels))
        brackets = max(brackets, len(levels) - 1)
        if brackets > MAX_DEPTH:
            break
    return brackets, withs


def _check_depth(query: str) -> None:
    brackets, withs = _depths(query)
    if brackets > MAX_DEPTH:
        raise UsageError(f"the query nests brackets more than {MAX_DEPTH} deep")
    if withs > MAX_WITH_DEPTH:
        raise UsageError(f"the query nests WITH more than {MAX_WITH_DEPTH} deep: put them side by side")


def _only_select(cursor: duckdb.DuckDBPyConnection, query: str) -> str:
    try:
        query.encode()
        _check_depth(query)
        statements = cursor.extract_statements(query)
    except (duckdb.Error, UnicodeError) as error:
        raise UsageError(f"the query does not parse: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("the query must be one SELECT (or FROM, WITH, DESCRIBE, SUMMARIZE); nothing else runs here")
    if found := _functions(query) & _REFUSED:
        raise UsageError(f"{found.pop()}() changes the file and does not run here")
    return _without_end(query)


def _functions(query: str) -> set[str]:
    """The names that a bracket follows, in small letters and without quotes."""
    raw = query.encode()
    marks = [mark for mark in duckdb.tokenize(query) if mark[1] != duckdb.token_type.comment]
    ends = [*(at for at, _ in marks[1:]), len(raw)]
    words = [raw[at:end].split(b"/*")[0].split(b"--")[0].strip() for (at, _), end in zip(marks, ends, strict=True)]
    return {
        word.strip(b'"').lower().decode("utf-8", "replace")
        for word, following in pairwise(words)
        if following.startswith(b"(")
    }


def _without_end(query: str) -> str:
    """Leave out the semicolon that ends the statement, and comments after it."""
    raw = query.encode()
    end = len(raw)
    for at, kind in reversed(duckdb.tokenize(query)):
        if kind != duckdb.token_type.comment and raw[at : at + 1] != b";":
            break
        end = at
    return raw[:end].decode()


@contextmanager
def _deadline(cursor: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    timer = threading.Timer(timeout_s, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise QueryTimeout(f"the query took longer than {timeout_s:g} s: narrow it, or give it more time") from error
    except duckdb.FatalException:
        raise  # the store is at fault, not the query: it says so
    except duckdb.OutOfMemoryException as error:
        raise StoreError("the query needs more memory than the store may use: narrow it") from error
    except (duckdb.Error, pa.ArrowException, OverflowError) as error:
        raise UsageError(f"the query does not run: {error}") from error
    finally:
        timer.cancel()
        timer.join()


def _table(cursor: duckdb.DuckDBPyConnection, text: str, limit: int) -> Table:
    cursor.execute(text)
    description = cursor.description or []
    rows: list[tuple[Any, ...]] = []
    size = 0
    while part := cursor.fetchmany(_PART_ROWS):
        rows += part
        size += _size(part)
        _check_size(size)
    return Table(
        columns=tuple(str(column[0]) for column in description),
        types=tuple(str(column[1]) for column in description),
        rows=tuple(tuple(_in_utc(value) for value in row) for row in rows[:limit]),
        truncated=len(rows) > limit,
    )


def _in_utc(value: Any) -> Any:
    """Say of a time without a zone what holds for every time in the store: it is UTC."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _parquet(cursor: duckdb.DuckDBPyConnection, text: str, limit: int) -> bytes:
    reader = cursor.sql(text).to_arrow_reader()
    parts: list[pa.RecordBatch] = []
    size = 0
    for part in reader:
        parts.append(part)
        size += part.nbytes
        _check_size(size)
    whole = pa.Table.from_batches(parts, schema=reader.schema)
    table = whole.slice(0, limit)
    if whole.num_rows > limit:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), PARQUET_TRUNCATED: b"true"})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _size(value: Any) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(key) + _size(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return _PLAIN_BYTES


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UsageError(
            f"the result is larger than {MAX_BYTES >> 20} MiB: narrow the query, or lower the limit of rows"
        )
