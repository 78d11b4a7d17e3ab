"""`sagascope report TXN`: the post-mortem of one transaction, to be kept or sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tracer.cli import output
from tracer.cli.files import write_text
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.errors import UsageError
from tracer.reports.forms import FORMS, form_of
from tracer.reports.markdown import markdown


@click.command(short_help="Write the post-mortem of one transaction.")
@click.argument("transaction_id", metavar="TXN")
@click.option(
    "--format", "format_", type=click.Choice(list(FORMS)), help="How to write it.  [default: as FILE ends, else md]"
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.  [default: stdout]")
@reading_options
def report(transaction_id: str, format_: str | None, out: Path | None, *, as_json: bool, **where: Any) -> None:
    """Write the post-mortem of one transaction: what happened, its steps, its timeline, advice, errors and links.

    As svg it is the drawn timeline alone.
    """
    if as_json and (format_ is not None or out is not None):
        raise UsageError("--json prints the transaction as data: leave --format and --out out")
    with open_reader(Where(**where)) as reader:
        transaction = reader.transaction(transaction_id)
    if as_json:
        output.write_json(transaction)
        return
    chosen = FORMS[format_] if format_ else (form_of(out.name) if out is not None else None) or markdown
    write_text(out, chosen(transaction))
