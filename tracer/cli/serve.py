"""`sagascope serve`: the sidecar."""

from __future__ import annotations

import os
from typing import Any

import click

from tracer.cli import exits, output
from tracer.cli.configuring import Overrides, plan_from, serving_options


@click.command(short_help="Run the sidecar.")
@serving_options
@click.option("--verbose", is_flag=True, help="Log more.")
def serve(*, verbose: bool, **overrides: Any) -> None:
    """Run the sidecar until SIGTERM or Ctrl-C.

    Prints one line on stdout when it accepts data: ready api=http://... otlp_grpc=... otlp_http=...
    """
    from tracer.app.serving import serve_until_told  # noqa: PLC0415  --help need not load the engine

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core writes to stderr beside our log, and in its own form
    plan = plan_from(Overrides(**overrides))
    for warning in plan.warnings:
        exits.note(f"warning: {warning}")
    serve_until_told(plan, say_ready=lambda line: output.write_lines([line]), verbose=verbose)
