"""What a configuration would run: checked to the last key, nothing started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracer.app.loops import refuse_loops
from tracer.app.templates import doubts
from tracer.config.decode import decode
from tracer.config.definitions import Definitions, read_definitions
from tracer.config.notifiers import Ready, ready_notifiers
from tracer.config.secrets import parse_headers, read_secret
from tracer.config.settings import Settings, store_path
from tracer.config.shape import dotted, error
from tracer.config.sources import KeyPath, Source
from tracer.model.address import parse_address
from tracer.model.sagas import DeclaredSaga
from tracer.registry import Planned, plan

_FILES: KeyPath = ("sagas", "files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Checked settings, the store's path, what to build, the declared sagas, and what a person should be told."""

    settings: Settings
    source: Source
    store: Path
    collectors: tuple[Planned, ...]
    sagas: tuple[DeclaredSaga, ...]
    notifiers: tuple[Ready, ...]
    forward_headers: Mapping[str, str]
    telemetry_headers: Mapping[str, str]
    warnings: tuple[str, ...]


def make_plan(source: Source, environ: Mapping[str, str]) -> Plan:
    """Check everything that can be checked without starting it. Raises ConfigError."""
    configuration = decode(source)
    settings = configuration.settings
    collectors = plan(configuration)
    refuse_loops(settings, source, _listeners(collectors))
    definitions = definitions_of(settings, source)
    _check_rules(settings, source)
    notifiers, told_of_notifiers = ready_notifiers(settings.notifiers, source, settings.alerting.allowed_hosts)
    read_secret(settings.api.token_file, settings.api.token, what="[api] token_file")
    return Plan(
        settings=settings,
        source=source,
        store=store_path(settings, environ),
        collectors=collectors,
        sagas=definitions.sagas,
        notifiers=notifiers,
        forward_headers=_headers(settings.forward.headers_file, settings.forward.headers, what="[forward]"),
        telemetry_headers=_headers(settings.telemetry.headers_file, settings.telemetry.headers, what="[telemetry]"),
        warnings=(
            *configuration.warnings,
            *definitions.warnings,
            *doubts(definitions.sagas),
            *told_of_notifiers,
            *(told for planned in collectors for told in planned.warnings),
        ),
    )


def _check_rules(settings: Settings, source: Source) -> None:
    """Try the queries of alert rules, where there are any; the engine need not be loaded for those that have none."""
    if any(rule.when == "sql" for rule in settings.alerts):
        from tracer.app.alerting import check_queries  # noqa: PLC0415  as the docstring says

        check_queries(settings, source)


def definitions_folder(source: Source) -> Path:
    """Say from where `[sagas] files` counts: the file's folder, or where we are for what the environment says."""
    return Path() if source.is_text(_FILES) else source.folder


def definitions_of(settings: Settings, source: Source) -> Definitions:
    """Read the definition files that the settings name. Raises ConfigError."""
    asked = f"{source.where(_FILES)}: {dotted(_FILES)}"
    return read_definitions(settings.sagas.files, base=definitions_folder(source), asked=asked)


def _listeners(collectors: Iterable[Planned]) -> Iterator[str]:
    """Name where OTLP will be taken in; another type's listeners, and chosen ports, are known when they listen."""
    for planned in collectors:
        if planned.type == "otlp":
            yield from (address for address in (planned.options.grpc, planned.options.http) if _is_address(address))


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def otlp_collector(source: Source) -> str:
    """Name the otlp collector that `serve --otlp-grpc` and `--otlp-http` mean.

    The only one, or the one named "otlp", which is also what runs when there is no table. Raises ConfigError
    when there is none or the choice is not clear.
    """
    tables = source.tables.get("collectors")
    if not isinstance(tables, dict) or not tables:
        return "otlp"
    names = [name for name, table in tables.items() if isinstance(table, dict) and table.get("type", name) == "otlp"]
    if "otlp" in names:
        return "otlp"
    if len(names) == 1:
        return str(names[0])
    problem = "none has" if not names else "several have"
    hint = "name one of them [collectors.otlp], or set the address in its table"
    raise error(
        source, ("collectors",), f'--otlp-grpc and --otlp-http need one collector; {problem} type "otlp": {hint}'
    )


def _headers(file: str | None, value: str | None, *, what: str) -> Mapping[str, str]:
    return parse_headers(read_secret(file, value, what=f"{what} headers_file"), what=f"{what} headers")
