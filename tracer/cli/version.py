"""`sagascope version`."""

from __future__ import annotations

import platform

import click

from tracer import __version__
from tracer.cli import output


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def version(*, as_json: bool) -> None:
    """Say which version this is."""
    if as_json:
        output.write_json({"version": __version__, "python": platform.python_version()})
    else:
        output.write_lines([version_line()])


def version_line() -> str:
    """Give the version for a person."""
    return f"sagascope {__version__} (Python {platform.python_version()})"
