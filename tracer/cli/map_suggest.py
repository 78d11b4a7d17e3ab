"""`sagascope map-suggest FILE...`: proposes a mapping for a sample of messages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from tracer.cli import exits, output
from tracer.cli.map_try import read_sample
from tracer.cli.sampling import sample_options
from tracer.errors import UsageError

DEFAULT_LIMIT: Final = 10_000
MAX_LIMIT: Final = 50_000


@click.command("map-suggest", short_help="Suggest a mapping for sample messages.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False))
@sample_options(default=DEFAULT_LIMIT, most=MAX_LIMIT)
@click.option("--collector", default="kafka", show_default=True, help="The name of the collector to write it for.")
def map_suggest(files: tuple[Path, ...], topic: str | None, collector: str, format_: str, limit: int) -> None:
    """Suggest a mapping as TOML, with how sure it is and what to check; nothing needs to run."""
    from tracer.exchange.suggest.proposal import propose  # noqa: PLC0415  Arrow is slow to import
    from tracer.exchange.suggest.toml import write  # noqa: PLC0415  likewise

    each = max(1, limit // len(files))
    messages, bad = [], 0
    for file in files:
        read = read_sample(file, format_, topic=topic, limit=each)
        messages += read.messages
        bad += len(read.bad)
        exits.progress(f"{len(messages):,} messages")
    exits.progress("")
    if not messages:
        raise UsageError(f"there is no message in {', '.join(map(str, files))}: nothing can be suggested")
    proposal = propose(messages)
    if bad:
        exits.note(f"{bad:,} lines were no messages; `sagascope map-try` names them")
    output.write_lines(write(proposal, collector=collector))
