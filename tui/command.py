"""The command `sagascope tui`. Imports nothing heavy until it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from tracer.errors import UsageError
from tracer.model.address import Address, is_loopback, parse_address
from tui.themes import THEMES

if TYPE_CHECKING:
    from tui.source import StoreFile

DEFAULT_URL = "http://127.0.0.1:4319"
DEFAULT_LISTEN: Final = "127.0.0.1:4320"
# Where the program that found this command says how a store file is opened: the terminal knows no store.
OPEN_FILE: Final = "sagascope.open_file"


@click.command(short_help="Watch the transactions live.")
@click.option("--url", envvar="SAGASCOPE_URL", default=DEFAULT_URL, show_default=True, help="The sidecar to read from.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SAGASCOPE_TOKEN_FILE",
    help="The file with the sidecar's token; the token itself may stand in SAGASCOPE_TOKEN.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Read this store file directly, when no sidecar holds it; `r` reads it again.",
)
@click.option("--open", "open_transaction", metavar="TXN", help="Open the timeline of this transaction at once.")
@click.option("--filter", "filter_text", default="", metavar="TEXT", help='Filter the list, as in "status:stuck".')
@click.option("--read-only", is_flag=True, help="Offer nothing that changes anything.")
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
@click.option("--web", is_flag=True, help="Serve the terminal to a browser on this machine.")
@click.option("--web-listen", default=DEFAULT_LISTEN, show_default=True, help="HOST:PORT of --web; a loopback address.")
@click.pass_context
def tui(
    context: click.Context,
    *,
    url: str,
    token_file: Path | None,
    data: Path | None,
    open_transaction: str | None,
    filter_text: str,
    theme: str | None,
    lists_keys: bool,
    read_only: bool,
    web: bool,
    web_listen: str,
) -> None:
    """Watch the transactions live: what is stuck, where, since when."""
    if lists_keys:
        _list_keys()
        return
    if data is not None and context.get_parameter_source("url") is ParameterSource.COMMANDLINE:
        raise UsageError("--url asks a sidecar and --data reads a file: give one of the two")
    if web:
        from tui.web.serving import serve  # noqa: PLC0415 - as below

        serve(handed_on(context), listen=_loopback(web_listen))
        return
    # A driver that somebody named (a browser's, say) needs no terminal of ours.
    if "TEXTUAL_DRIVER" not in os.environ and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("the live view needs a terminal; `sagascope ls` prints the same list anywhere")
    from tui.app import run  # noqa: PLC0415 - Textual takes a while to import, and `--help` must not
    from tui.keymap import keymap_of  # noqa: PLC0415 - likewise
    from tui.look import Look  # noqa: PLC0415 - likewise
    from tui.preferences import read  # noqa: PLC0415 - likewise
    from tui.source import connect  # noqa: PLC0415 - likewise

    # The token is no option, because everybody on a machine sees the options of a process.
    source = (
        connect(url, _secret(token_file) if token_file else os.environ.get("SAGASCOPE_TOKEN"))
        if data is None
        else _file(context, data)
    )
    preferences = read(os.environ)
    chosen = THEMES[theme] if theme else preferences.theme
    run(
        source,
        url_label=url if data is None else str(data),
        open_transaction=open_transaction,
        filter_text=filter_text,
        read_only=read_only,
        look=Look.of(os.environ, theme=chosen, ascii_alone=preferences.ascii),
        keymap=keymap_of(preferences),
        columns=preferences.columns,
        trace_url=os.environ.get("SAGASCOPE_TRACE_URL") or preferences.trace_url,
    )


def _file(context: click.Context, path: Path) -> StoreFile:
    """Give the store file, opened once so that what is wrong with it is said before the screen is taken."""
    opener = context.meta.get(OPEN_FILE)
    if opener is None:
        raise UsageError("--data needs the whole program: start it as `sagascope tui --data FILE`")
    from tui.source import StoreFile  # noqa: PLC0415 - as above

    file = StoreFile(path=path, opener=opener)
    with file.open():
        return file


def handed_on(context: click.Context) -> tuple[tuple[str, ...], dict[str, str]]:
    """Give the options that --web hands on to each terminal: arguments, and environment where a variable is known.

    What has a variable goes by it, because everybody on a machine sees the arguments of a process.
    """
    arguments: list[str] = []
    environ: dict[str, str] = {}
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if option.name in {"web", "web_listen"} or value in (None, False, "", ()):
            continue
        if isinstance(option.envvar, str):
            environ[option.envvar] = _absolute(value)
        else:
            arguments.append(option.opts[0] if value is True else f"{option.opts[0]}={_absolute(value)}")
    return tuple(arguments), environ


def _absolute(value: object) -> str:
    return str(value.absolute()) if isinstance(value, Path) else str(value)


def _loopback(text: str) -> Address:
    try:
        address = parse_address(text)
    except ValueError as fix:
        raise UsageError(f"--web-listen {text}: {fix}") from fix
    if not is_loopback(address.host):
        raise UsageError(
            f"--web-listen {text}: the browser's terminal is served to this machine alone, without TLS; "
            f"listen on 127.0.0.1 and forward the port: ssh -L {address.port}:127.0.0.1:{address.port} HOST"
        )
    return address


def _list_keys() -> None:
    from tui.keymap import listed  # noqa: PLC0415 - likewise
    from tui.preferences import read  # noqa: PLC0415 - likewise

    click.echo(listed(read(os.environ)), nl=False)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the token from --token-file {path}: {error}") from error
