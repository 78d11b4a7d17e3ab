"""The command `sagascope tui`. Imports nothing heavy until it runs."""

from __future__ import annotations

from pathlib import Path

import click

DEFAULT_URL = "http://127.0.0.1:4319"


@click.command()
@click.option("--url", default=DEFAULT_URL, show_default=True, help="The sidecar to read from.")
@click.option(
    "--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with the sidecar's token."
)
@click.option("--open", "open_transaction", metavar="TXN", help="Open the timeline of this transaction at once.")
@click.option("--filter", "filter_text", default="", metavar="TEXT", help='Filter the list, as in "status:stuck".')
def tui(url: str, token_file: Path | None, open_transaction: str | None, filter_text: str) -> None:
    """Watch the transactions live: what is stuck, where, since when."""
    from tui.app import run  # noqa: PLC0415 - Textual takes a while to import, and `--help` must not
    from tui.source import connect  # noqa: PLC0415 - likewise

    token = token_file.read_text(encoding="utf-8").strip() if token_file else None
    run(connect(url, token), url_label=url, open_transaction=open_transaction, filter_text=filter_text)
