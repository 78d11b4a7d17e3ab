"""The filters that `stalls` and `incidents` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

import click

from tracer.cli.reading import Where
from tracer.model.words import StallKind
from tracer.views import StallQuery

F = TypeVar("F", bound=Callable[..., Any])
MAX_ROWS: Final = 1000
KINDS: Final[tuple[StallKind, ...]] = get_args(StallKind)


def stall_filters(command: F) -> F:
    """Give a command --saga, --owner, --step, --kind and --limit; `stall_query` reads what it receives."""
    options = (
        click.option("--saga", multiple=True, help="Only of this workflow type; may be repeated."),
        click.option("--owner", multiple=True, help="Only where this participant owns the step; may be repeated."),
        click.option("--step", multiple=True, help="Only at this step; may be repeated."),
        click.option(
            "--kind",
            multiple=True,
            type=click.Choice(KINDS, case_sensitive=False),
            metavar="KIND",
            help=f"Only {', '.join(KINDS)}; may be repeated.",
        ),
        click.option(
            "--limit", type=click.IntRange(1, MAX_ROWS), default=StallQuery().limit, show_default=True, help="At most."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def stall_query(options: dict[str, Any]) -> tuple[StallQuery, Where]:
    """Take the filters and the place to read out of what a command received."""
    filters = {name: options[name] for name in ("saga", "owner", "step", "kind", "limit")}
    return StallQuery(**filters), Where(**{name: options[name] for name in ("url", "data", "token_file")})
