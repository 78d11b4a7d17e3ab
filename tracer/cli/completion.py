"""`sagascope completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tracer.cli import output

_VARIABLE = "_SAGASCOPE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash: eval "$(sagascope completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    output.write_lines([kind(ctx.find_root().command, {}, "sagascope", _VARIABLE).source()])
