"""`sagascope sagas`: what is known of each saga; `sagas init` writes what was learned as a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from tracer.cli import human, output
from tracer.cli.files import write_text
from tracer.cli.human import Column
from tracer.cli.reading import Where, open_reader, reading_options, where_options
from tracer.errors import UsageError
from tracer.model.words import TransactionStatus
from tracer.views import SagaList, SagaSummary

_COUNTED: Final[Mapping[str, tuple[TransactionStatus, ...]]] = {
    "OPEN": ("running", "compensating"),
    "STUCK": ("stuck",),
    "DONE": ("completed",),
    "UNDONE": ("compensated",),
    "FAILED": ("failed",),
}
_COLUMNS: Final = (
    Column(heading="SAGA", gives=1),
    *(Column(heading=heading, right=True) for heading in _COUNTED),
    Column(heading="P50", right=True),
    Column(heading="P95", right=True),
    Column(heading="LEARNED", right=True),
    Column(heading="DECLARED", gives=3),
)
_where = partial(where_options, data_help="Read this store file directly, when no sidecar holds it.")


@click.group(invoke_without_command=True, short_help="List sagas; write a definition from what was learned.")
@reading_options
@click.pass_context
def sagas(ctx: click.Context, /, as_json: bool, **where: Any) -> None:  # noqa: FBT001  click's
    """List the sagas that are declared or were seen: how many transactions stand how, how long they take."""
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise UsageError(f"`sagas {ctx.invoked_subcommand}` writes TOML: leave --json out")
        return
    with open_reader(Where(**where)) as reader:
        listed = reader.sagas()
    if as_json:
        output.write_json(listed)
    else:
        output.write_lines(_lines(listed))


@sagas.command(short_help="Write what was learned of a saga as a definition.")
@click.argument("saga")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.  [default: stdout]")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@_where
@click.pass_context
def init(ctx: click.Context, /, saga: str, out: Path | None, *, force: bool, **where: Any) -> None:
    """Write what was learned of a saga as a definition in TOML: check it, mend it, and name it in [sagas] files."""
    with open_reader(Where(**_given(ctx, where))) as reader:
        text = reader.definition(saga)
    write_text(out, text.removesuffix("\n").split("\n"), overwrite=force)


def _given(ctx: click.Context, where: dict[str, Any]) -> dict[str, Any]:
    """Let what stands before `init` hold where nothing stands after it."""
    before = ctx.parent
    if before is None or any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in where):
        return where
    return {name: before.params.get(name) if value is None else value for name, value in where.items()}


def _lines(listed: SagaList) -> Iterator[str]:
    if not listed.sagas:
        yield "no saga is declared or was seen yet"
        return
    rows = [_row(saga) for saga in listed.sagas]
    yield from human.table(_COLUMNS, rows, width=output.width(), colour=output.has_colour())
    yield ""
    yield "learned: the weight of the finished transactions that it was learned from"
    if any(not saga.learned and saga.learned_from > 0 for saga in listed.sagas):
        yield "~ too few finished transactions to go by yet"


def _row(saga: SagaSummary) -> tuple[str, ...]:
    enough = "" if saga.learned else " ~"
    return (
        saga.saga or "-",
        *(str(sum(saga.counts.get(status, 0) for status in those) or "-") for those in _COUNTED.values()),
        human.duration(saga.p50_s),
        human.duration(saga.p95_s),
        f"{saga.learned_from:,.0f}{enough}" if saga.learned_from > 0 else "-",
        saga.declared or "-",
    )
