"""`sagascope reindex`: all state of a store file, anew from its records."""

from __future__ import annotations

from pathlib import Path

import click

from tracer.cli import exits, output
from tracer.cli.configuring import Overrides, plan_from
from tracer.clock import SystemClock
from tracer.model.text import clean


@click.command(short_help="Rebuild all state of a store file from its records.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="SAGASCOPE_CONFIG",
    help="The TOML file.  [default: ./sagascope.toml, else the user's]",
)
@click.option("--data", metavar="FILE", help="The store file, when no sidecar holds it.  [default: the configured one]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def reindex(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Rebuild all state of a store file from its records, as a sidecar of this configuration would judge them."""
    plan = plan_from(Overrides(config=config, data=data, otlp_grpc=None, otlp_http=None, api=None))
    from tracer.app.offline import rebuild  # noqa: PLC0415  the store's engine is slow to import

    exits.progress(f"rebuilding {plan.store}")
    try:
        done = rebuild(plan, SystemClock())
    finally:
        exits.progress("")
    for told in (*(f"warning: {warning}" for warning in plan.warnings), *done.notices):
        exits.note(told)
    if as_json:
        output.write_json({"store": str(plan.store), "records": done.records, "transactions": done.transactions})
    else:
        counted = f"{_counted(done.transactions, 'transaction')} from {_counted(done.records, 'record')}"
        output.write_lines([f"rebuilt {counted} in {clean(str(plan.store))}"])


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
