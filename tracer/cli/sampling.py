"""The options by which commands that read a sample of messages are told where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])


def sample_options(*, default: int, most: int) -> Callable[[_Command], _Command]:
    """Add --topic, --format and --limit."""
    topic = click.option("--topic", help="The topic of messages that do not say theirs.")
    form = click.option(
        "--format",
        "format_",
        type=click.Choice(["auto", "ndjson", "parquet"]),
        default="auto",
        show_default=True,
        help="What the file is.",
    )
    limit = click.option(
        "--limit",
        type=click.IntRange(1, most),
        default=default,
        show_default=True,
        help="Messages at most, from the beginning of the file; of several files as many from each.",
    )
    return lambda command: topic(form(limit(command)))
