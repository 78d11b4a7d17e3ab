"""The options that all reading commands share, and the reader that they choose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from tracer.client import DEFAULT_URL, AlertDesk, Client, Console, Importer, Replayer
from tracer.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where to read: a sidecar's URL with its token, or a store file."""

    url: str | None
    data: Path | None
    token_file: Path | None


def reading_options(command: F) -> F:
    """Give a command --json, --url, --data and --token-file; it receives `as_json` and what `Where` holds."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document; times in RFC 3339 UTC.")
    return as_json(where_options(command, "Read this store file directly, when no sidecar holds it."))


def where_options(command: F, data_help: str) -> F:
    """Give a command --url, --data and --token-file; it receives what `Where` holds."""
    options = (
        click.option("--url", envvar="SAGASCOPE_URL", help=f"The sidecar to ask.  [default: {DEFAULT_URL}]"),
        click.option(
            "--data",
            type=click.Path(path_type=Path, dir_okay=False),
            help=data_help,
        ),
        click.option(
            "--token-file",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="SAGASCOPE_TOKEN_FILE",
            help="The file with the sidecar's token; the token itself may stand in SAGASCOPE_TOKEN.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def open_reader(where: Where) -> Iterator[Console]:
    """Give the reader that was asked for, and let go of it afterwards; only while a command runs."""
    if where.data is None:
        yield _client(where)
        return
    _refuse_both(where)
    from tracer.app.direct import open_store_file  # noqa: PLC0415  the store's engine is slow to import

    with open_store_file(where.data) as reader:
        yield reader


@contextmanager
def open_importer(where: Where, config: Path | None) -> Iterator[Importer]:
    """Give what takes records in: the sidecar, or a store file, which is made where it is missing.

    `config` is the configuration file by which a store file is judged, None for the one that is found.
    """
    if where.data is None:
        yield _client(where)
        return
    _refuse_both(where)
    from tracer.app.intake import open_store_to_import  # noqa: PLC0415  the store's engine is slow to import

    with open_store_to_import(where.data, config) as importer:
        yield importer


@contextmanager
def open_replayer(where: Where) -> Iterator[Replayer]:
    """Give what decodes rejected messages again: the sidecar, whose collectors are configured for it."""
    if where.data is not None:
        raise UsageError("--replay needs the sidecar whose collectors decode: leave --data out, or name it with --url")
    yield _client(where)


@contextmanager
def open_desk(where: Where) -> Iterator[AlertDesk]:
    """Give what takes down who is on an alert: the sidecar, which also tells those who were told."""
    if where.data is not None:
        raise UsageError("this needs the sidecar that watches: leave --data out, or name it with --url")
    yield _client(where)


def _client(where: Where) -> Client:
    return Client(where.url or DEFAULT_URL, token=_token(where))


def _refuse_both(where: Where) -> None:
    if where.url is not None and _is_typed("url"):
        raise UsageError("--url asks a sidecar and --data reads a file: give one of the two")


def _is_typed(option: str) -> bool:
    """Tell whether an option stands on the command line; what does not, such as a variable, gives way to it."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def _token(where: Where) -> str | None:
    """Read the token; it is no option, because everybody on a machine sees the options of a process."""
    if where.token_file is None:
        return os.environ.get("SAGASCOPE_TOKEN")
    from tracer.config.secrets import read_secret  # noqa: PLC0415  only where there is one

    return read_secret(str(where.token_file), None, what="--token-file")
