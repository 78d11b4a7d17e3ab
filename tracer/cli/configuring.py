"""The options that say what to run, over the file and the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracer.config.sources import KeyPath, read

if TYPE_CHECKING:
    from tracer.app.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says over the file; None where it says nothing."""

    config: Path | None
    data: str | None
    otlp_grpc: str | None
    otlp_http: str | None
    api: str | None


def serving_options(command: F) -> F:
    """Give a command --config, --data, --otlp-grpc, --otlp-http and --api; it receives what `Overrides` holds."""
    options = (
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            envvar="SAGASCOPE_CONFIG",
            help="The TOML file.  [default: ./sagascope.toml, else the user's]",
        ),
        click.option("--data", metavar="FILE", help="The store file."),
        click.option("--otlp-grpc", metavar="HOST:PORT", help='Where OTLP/gRPC is taken in; "" for nowhere.'),
        click.option("--otlp-http", metavar="HOST:PORT", help='Where OTLP/HTTP is taken in; "" for nowhere.'),
        click.option("--api", metavar="HOST:PORT", help="Where the HTTP API answers."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def plan_from(overrides: Overrides) -> Plan:
    """Read the file, the environment and the options, and check all of it. Raises ConfigError."""
    from tracer.app.plan import make_plan, otlp_collector  # noqa: PLC0415  --help need not load the collectors

    source = read(overrides.config, environ=os.environ, cwd=Path.cwd())
    settings: dict[KeyPath, tuple[str | None, str]] = {
        ("store", "path"): (overrides.data, "--data"),
        ("api", "listen"): (overrides.api, "--api"),
    }
    if overrides.otlp_grpc is not None or overrides.otlp_http is not None:
        name = otlp_collector(source)
        settings[("collectors", name, "grpc")] = (overrides.otlp_grpc, "--otlp-grpc")
        settings[("collectors", name, "http")] = (overrides.otlp_http, "--otlp-http")
    for path, (value, option) in settings.items():
        if value is not None:
            source.set(path, value, option)
    return make_plan(source, os.environ)
