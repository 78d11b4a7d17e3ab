"""`sagascope export`: records as a file that `sagascope import` takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from tracer.cli import exits, output
from tracer.cli.moments import Moment
from tracer.cli.reading import Where, open_reader, where_options
from tracer.client import FileFormat
from tracer.errors import UsageError
from tracer.model.exports import ExportQuery
from tracer.model.text import clean

_MIB: Final = 1 << 20
_where = partial(where_options, data_help="Read this store file directly, when no sidecar holds it.")


@click.command(short_help="Write records as NDJSON or Parquet.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["ndjson", "parquet"]),
    help="How to write them.  [default: as FILE ends, else ndjson]",
)
@click.option("--txn", "transactions", multiple=True, help="Only this transaction, by its id or an alias; repeatable.")
@click.option("--saga", "sagas", multiple=True, help="Only transactions of this workflow type; repeatable.")
@click.option("--since", type=Moment(), help="Only what happened at this time or later: 02:00, 2026-11-23, 2h (ago).")
@click.option("--until", type=Moment(), help="Only what happened until this time.")
@_where
def export(
    file: Path | None,
    format_: FileFormat | None,
    transactions: tuple[str, ...],
    sagas: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    **where: Any,
) -> None:
    """Write records as NDJSON or Parquet to FILE, or to stdout, in the order of their arrival."""
    chosen = format_ or ("parquet" if file is not None and file.suffix == ".parquet" else "ndjson")
    query = ExportQuery(transactions=transactions, sagas=sagas, since=since, until=until)
    with open_reader(Where(**where)) as reader:
        parts = reader.export(query, chosen)
        if file is None:
            output.write_parts(parts, text=chosen == "ndjson")
        else:
            _write_whole(file, parts)


def _write_whole(file: Path, parts: Iterable[bytes]) -> None:
    """Write beside the file and put it in its place at the end, so that it is whole or not there."""
    growing = file.with_name(f"{file.name}.part")
    written = 0
    try:
        with growing.open("wb") as out:
            for part in parts:
                written += out.write(part)
                exits.progress(f"{written / _MIB:,.1f} MiB")
        growing.replace(file)
    except OSError as failed:
        raise UsageError(f"{file} cannot be written: {failed.strerror}") from failed
    finally:
        exits.progress("")
        growing.unlink(missing_ok=True)
    output.write_lines([f"exported {written:,} bytes to {clean(str(file))}"])
