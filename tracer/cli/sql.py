"""`sagascope sql QUERY`: read-only SQL over `records`, `transactions` and `steps`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tracer.api import documents
from tracer.cli import exits, human, output
from tracer.cli.human import Column
from tracer.cli.moments import Duration
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.client import DEFAULT_ROWS, DEFAULT_SQL_TIMEOUT_S
from tracer.errors import UsageError
from tracer.model.text import clean
from tracer.views import PARQUET_TRUNCATED, Table

FORMATS: Final = ("table", "json", "csv", "parquet")
_OPTIONS: Final = {"timeout_s ": "--timeout ", "limit ": "--limit "}  # as the API names them in what it refuses


@click.command(short_help="Run one read-only SQL statement.")
@click.argument("query", metavar="QUERY")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default=None, help="How to write the rows.  [default: table]"
)
@click.option("--output", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--limit", type=click.IntRange(1), default=DEFAULT_ROWS, show_default=True, help="Rows at most.")
@click.option(
    "--timeout", "timeout_s", type=Duration(), default=DEFAULT_SQL_TIMEOUT_S, help="Give up after this.  [default: 30s]"
)
@reading_options
def sql(query: str, format_: str | None, file: Path | None, limit: int, timeout_s: float, **rest: Any) -> None:
    """Run one read-only SQL statement; QUERY may be - to read it from stdin."""
    as_json = rest.pop("as_json")
    if as_json and format_ not in {None, "json"}:
        raise UsageError("--json and --format disagree: give one of the two")
    chosen = "json" if as_json else format_ or "table"
    text = sys.stdin.read() if query == "-" else query
    if not text.strip():
        raise UsageError("the query is empty: give one SELECT, or - and send it to stdin")
    with open_reader(Where(**rest)) as console, _in_words():
        if chosen == "parquet":
            content = console.sql_bytes(text, "parquet", limit=limit, timeout_s=timeout_s)
        else:
            table = console.sql(text, limit=limit, timeout_s=timeout_s)
    if chosen == "parquet":
        _write(file, content, output.write_binary)
        is_cut = _is_cut(content)
    else:
        _write_rows(table, chosen, file)
        is_cut = table.truncated
    if is_cut:
        exits.note(f"only the first {limit} rows: more with --limit")


@contextmanager
def _in_words() -> Iterator[None]:
    """Say the first sentence of what the engine says, without its drawing of the query, and our options' names."""
    try:
        yield
    except UsageError as refused:
        sentence = str(refused).partition("\n")[0].rstrip(" .!")
        option = next((option for field, option in _OPTIONS.items() if sentence.startswith(field)), None)
        raise UsageError(f"{option}{sentence.partition(' ')[2]}" if option else sentence) from refused


def _is_cut(parquet: bytes) -> bool:
    """Look into the file's metadata."""
    import pyarrow.parquet as pq  # noqa: PLC0415  slow to import, and only for this

    metadata = pq.read_metadata(io.BytesIO(parquet)).metadata or {}
    return PARQUET_TRUNCATED in metadata


def _write_rows(table: Table, chosen: str, file: Path | None) -> None:
    if chosen == "json":
        _write(file, documents.json_objects(table), partial(output.write_document, json=True))
    elif chosen == "csv":
        _write(file, documents.csv_text(table), output.write_document)
    else:
        _write_table(table, file)


def _write_table(table: Table, file: Path | None) -> None:
    columns = [Column(heading=clean(name, human.CELL_LIMIT), gives=1) for name in table.columns]
    rows = [[_cell(value) for value in row] for row in table.rows]
    width = None if file else output.width()
    lines = human.table(columns, rows, width=width, colour=not file and output.has_colour())
    if file:
        _write_file(file, "".join(f"{line}\n" for line in lines).encode())
    else:
        output.write_lines(lines)


def _write(file: Path | None, content: bytes, show: Callable[[bytes], None]) -> None:
    if file:
        _write_file(file, content)
    else:
        show(content)


def _write_file(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as failed:
        raise UsageError(f"--output {file} cannot be written: {failed.strerror}") from failed


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
