"""Finds the command that was asked for, imports its module and nothing else, and ends with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tracer.cli import exits, output

if TYPE_CHECKING:
    from tracer.client import Console

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "tracer.cli.serve:serve",
    "demo": "tracer.cli.demo:demo",
    "ls": "tracer.cli.ls:ls",
    "show": "tracer.cli.show:show",
    "advise": "tracer.cli.advise:advise",
    "records": "tracer.cli.records:records",
    "report": "tracer.cli.report:report",
    "stalls": "tracer.cli.stalls:stalls",
    "alerts": "tracer.cli.alerts:alerts",
    "incidents": "tracer.cli.incidents:incidents",
    "sagas": "tracer.cli.sagas:sagas",
    "flow": "tracer.cli.flow:flow",
    "sql": "tracer.cli.sql:sql",
    "export": "tracer.cli.export:export",
    "import": "tracer.cli.import_:import_",
    "reindex": "tracer.cli.reindex:reindex",
    "map-try": "tracer.cli.map_try:map_try",
    "map-suggest": "tracer.cli.map_suggest:map_suggest",
    "collectors": "tracer.cli.collectors:collectors",
    "rejected": "tracer.cli.rejected:rejected",
    "check-config": "tracer.cli.check_config:check_config",
    "version": "tracer.cli.version:version",
    "completion": "tracer.cli.completion:completion",
}
ENTRY_POINTS: Final = "sagascope.commands"
# Under this name a command of another package finds in `Context.meta` how to open a store file for reading.
OPEN_FILE: Final = "sagascope.open_file"


class Commands(click.Group):
    """Our own commands, and those that other packages bring by entry points; each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name all commands, ours first."""
        return [*COMMANDS, *sorted(_brought())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        """Import one command."""
        if target := COMMANDS.get(cmd_name):
            module, _, name = target.partition(":")
            command: click.Command = getattr(import_module(module), name)
            return command
        entry = _brought().get(cmd_name)
        return entry.load() if entry else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe ends it in our own way, where click would exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as left:
            raise exits.ReaderLeft from left

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as unknown:
            from tracer.config.shape import unknown as nearest  # noqa: PLC0415  only on the way to an error

            hint = nearest(args[0], self.list_commands(ctx), what="command")
            raise click.UsageError(f'"{args[0]}": {hint}', ctx) from unknown


@click.command(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", "wants_version", is_flag=True, help="Say which version this is.")
@click.pass_context
def cli(ctx: click.Context, *, wants_version: bool) -> None:
    """Find the stuck business transaction."""
    ctx.meta[OPEN_FILE] = _open_file
    if wants_version:
        from tracer.cli.version import version_line  # noqa: PLC0415  a command is imported when it is used

        output.write_lines([version_line()])
        ctx.exit()
    if ctx.invoked_subcommand is None:
        output.write_lines([ctx.get_help()])


def main() -> None:
    """Run the command line; the process ends with the command's exit code."""
    output.take_any_text()
    sys.exit(exits.run(lambda: cli.main(prog_name="sagascope", standalone_mode=False)))


@contextmanager
def _open_file(path: Path) -> Iterator[Console]:
    """Open a store file that no sidecar holds, as `tracer.app.direct` does."""
    from tracer.app.direct import open_store_file  # noqa: PLC0415  the store's engine is slow to import

    with open_store_file(path) as reader:
        yield reader


def _brought() -> Mapping[str, Any]:
    from importlib.metadata import entry_points  # noqa: PLC0415  slow, and not needed for our own commands

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


if __name__ == "__main__":
    main()
