"""`sagascope flow SAGA`: the graph of a saga, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from tracer.cli import human, output
from tracer.cli.files import write_text
from tracer.cli.reading import Where, open_reader, reading_options
from tracer.drawing.dot import dot
from tracer.drawing.mermaid import mermaid
from tracer.drawing.svg import svg
from tracer.drawing.terminal import draw
from tracer.errors import UsageError
from tracer.views import Flow

DEFAULT_WIDTH: Final = 80
_DOCUMENTS: Final[Mapping[str, Callable[[Flow], Iterator[str]]]] = {"dot": dot, "mermaid": mermaid, "svg": svg}


@click.command(short_help="Draw the flow of a saga.")
@click.argument("saga")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", *_DOCUMENTS]),
    default="terminal",
    show_default=True,
    help="How to draw it.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.  [default: stdout]")
@reading_options
def flow(saga: str, format_: str, out: Path | None, *, as_json: bool, **where: Any) -> None:
    """Draw the flow of a saga: what follows what, how often and how fast, and where transactions are stuck now."""
    if as_json and (format_ != "terminal" or out is not None):
        raise UsageError("--json prints the graph as data: leave --format and --out out")
    with open_reader(Where(**where)) as reader:
        found = reader.flow(saga)
    if as_json:
        output.write_json(found)
    elif format_ in _DOCUMENTS:
        write_text(out, _DOCUMENTS[format_](found))
    elif out is not None:
        write_text(out, draw(found, width=DEFAULT_WIDTH, unicode=True))
    else:
        width, paint = output.width() or DEFAULT_WIDTH, partial(human.paint, colour=output.has_colour())
        output.write_lines(draw(found, width=width, unicode=output.has_unicode(), paint=paint))
