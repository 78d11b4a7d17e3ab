"""The command `sagascope tui`. Imports nothing heavy until it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tracer.errors import UsageError
from tui.themes import THEMES

DEFAULT_URL = "http://127.0.0.1:4319"


@click.command(short_help="Watch the transactions live.")
@click.option("--url", envvar="SAGASCOPE_URL", default=DEFAULT_URL, show_default=True, help="The sidecar to read from.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SAGASCOPE_TOKEN_FILE",
    help="The file with the sidecar's token; the token itself may stand in SAGASCOPE_TOKEN.",
)
@click.option("--open", "open_transaction", metavar="TXN", help="Open the timeline of this transaction at once.")
@click.option("--filter", "filter_text", default="", metavar="TEXT", help='Filter the list, as in "status:stuck".')
@click.option(
    "--theme",
    type=click.Choice(list(THEMES)),
    envvar="SAGASCOPE_THEME",
    show_envvar=True,
    help="The colours; without it those that tui.toml says, else those that suit the terminal.",
)
@click.option(
    "--keys", "lists_keys", is_flag=True, help="Print every key with its id, as tui.toml takes it, and leave."
)
def tui(
    url: str,
    token_file: Path | None,
    open_transaction: str | None,
    filter_text: str,
    theme: str | None,
    lists_keys: bool,  # noqa: FBT001 - click hands over options by name
) -> None:
    """Watch the transactions live: what is stuck, where, since when."""
    if lists_keys:
        _list_keys()
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("the live view needs a terminal; `sagascope ls` prints the same list anywhere")
    from tui.app import run  # noqa: PLC0415 - Textual takes a while to import, and `--help` must not
    from tui.keymap import keymap_of  # noqa: PLC0415 - likewise
    from tui.look import Look  # noqa: PLC0415 - likewise
    from tui.preferences import read  # noqa: PLC0415 - likewise
    from tui.source import connect  # noqa: PLC0415 - likewise

    # The token is no option, because everybody on a machine sees the options of a process.
    secret = _secret(token_file) if token_file else os.environ.get("SAGASCOPE_TOKEN")
    preferences = read(os.environ)
    chosen = THEMES[theme] if theme else preferences.theme
    run(
        connect(url, secret),
        url_label=url,
        open_transaction=open_transaction,
        filter_text=filter_text,
        look=Look.of(os.environ, theme=chosen, ascii_alone=preferences.ascii),
        keymap=keymap_of(preferences),
        columns=preferences.columns,
    )


def _list_keys() -> None:
    from tui.keymap import listed  # noqa: PLC0415 - likewise
    from tui.preferences import read  # noqa: PLC0415 - likewise

    click.echo(listed(read(os.environ)), nl=False)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the token from --token-file {path}: {error}") from error
