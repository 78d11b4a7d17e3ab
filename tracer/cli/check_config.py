"""`sagascope check-config`: what would run, and whether it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tracer.cli import output
from tracer.cli.configuring import Overrides, plan_from
from tracer.config.notifying import SlackSettings
from tracer.config.quantity import duration_text, size_text
from tracer.model.text import clean

_HIDDEN: Final = frozenset({"token", "headers", "routing_key", "secret", "password"})


@click.command("check-config", short_help="Check the configuration, print what would run.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="SAGASCOPE_CONFIG",
    help="The TOML file.  [default: ./sagascope.toml, else the user's]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check_config(config: Path | None, *, as_json: bool) -> None:
    """Check the configuration and print what would run; exit 2 when it is not valid."""
    plan = plan_from(Overrides(config=config, data=None, otlp_grpc=None, otlp_http=None, api=None))
    sections = _settings(plan.settings)
    collectors = {planned.name: {"type": planned.type, **_settings(planned.options)} for planned in plan.collectors}
    checked = {
        "file": None if plan.source.file is None else str(plan.source.file),
        "store": str(plan.store),
        "sagas": {saga.name: {"where": saga.where, "steps": len(saga.steps)} for saga in plan.sagas},
        "warnings": plan.warnings,
        "settings": {**sections, "collectors": collectors},
    }
    if as_json:
        output.write_json(checked)
    else:
        output.write_lines(_lines(checked))


def _settings(struct: Any) -> dict[str, Any]:
    """Give the settings by the keys of the file, in its units, without secrets."""
    written = {}
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        if field.encode_name in _HIDDEN or (isinstance(struct, SlackSettings) and field.encode_name == "url"):
            value = None if value is None else "(set)"
        written[field.encode_name] = _written(field.name, value)
    return written


def _written(name: str, value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _settings(value)
    if isinstance(value, Mapping):
        return {key: _written("", inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_written("", inner) for inner in value]
    if isinstance(value, int | float) and name.endswith("_s"):
        return duration_text(value)
    return size_text(value) if isinstance(value, int) and name.endswith("_bytes") else value


def _lines(checked: Mapping[str, Any]) -> Iterator[str]:
    yield f"configuration: {clean(checked['file'] or 'no file: defaults and the environment')}"
    yield f"store: {clean(checked['store'])}"
    yield f"sagas: {clean(_told(checked['sagas']))}"
    for warning in checked["warnings"]:
        yield f"warning: {clean(warning)}"
    for section, values in checked["settings"].items():
        yield from _table_lines(section, values)
    yield ""
    yield "the configuration is valid"


def _told(sagas: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how many definitions were read, and which."""
    counted = (f"{name} ({saga['steps']} {'step' if saga['steps'] == 1 else 'steps'})" for name, saga in sagas.items())
    return f"{len(sagas)} read: {', '.join(counted)}" if sagas else "none defined"


def _table_lines(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for table in value:
            yield from (f"[{line}]" if line == f"[{name}]" else line for line in _table_lines(name, table))
    if not isinstance(value, Mapping):
        return
    plain = {key: below for key, below in value.items() if not isinstance(below, Mapping) and below is not None}
    if plain:
        yield ""
        yield clean(f"[{name}]")
    for key, setting in plain.items():
        yield clean(f"{key} = {msgspec.json.encode(setting).decode()}")
    for key, below in value.items():
        yield from _table_lines(f"{name}.{key}", below)
