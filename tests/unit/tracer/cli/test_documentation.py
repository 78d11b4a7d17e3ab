"""docs/cli.md, docs/configuration.md and docs/http-api.md say what the program does, all of it and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import click
import msgspec
import pytest

from tracer.alerts.notifiers.webhook import signature
from tracer.api.alerts import ALERT_ROUTES
from tracer.api.parameters import LIST, STALLS, STATS
from tracer.api.routes import ROUTES, SqlRequest
from tracer.cli.check_config import _settings
from tracer.cli.main import COMMANDS, ENTRY_POINTS, cli
from tracer.config.alerting import BUILT_IN, KEYS, PLACEHOLDERS, AlertRule
from tracer.config.decode import decode
from tracer.config.notifying import NOTICE_PLACEHOLDERS, TYPES, HttpSettings, NotifierSettings
from tracer.config.quantity import duration_text, parse_size_bytes
from tracer.config.settings import Settings
from tracer.config.sources import read
from tracer.model.keys import CORRELATION_KEYS

DOCS = Path(__file__).parents[4] / "docs"
READING = (
    *("ls", "show", "advise", "report", "stalls", "incidents", "alerts", "sagas", "flow"),
    *("records", "sql", "collectors", "rejected"),
)
SHARED = {"--json", "--url", "--data", "--token-file"}
ELSEWHERE = {"demo"}  # its own page tells its options


def page(name: str) -> str:
    """Read one page."""
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """Take one section out of a page."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Read the cells of all table rows whose first cell is code."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def first_cells(text: str) -> list[str]:
    """Read the code in the first cell of each row."""
    return [row[0].strip("` |") for row in rows(text)]


def options_of(name: str) -> set[str]:
    """Name the visible long options of a command and of the commands below it."""
    command = cli.get_command(click.Context(cli), name)
    below = command.commands.values() if isinstance(command, click.Group) else ()
    parameters = [one for each in (command, *below) for one in each.params]
    options = [one for one in parameters if isinstance(one, click.Option) and not one.hidden]
    return {option for one in options for option in one.opts if option.startswith("--")}


def test_every_command_is_in_the_table():
    """The table of commands is the command tree."""
    table = page("cli.md").split("## Exit codes")[0]
    known = {*COMMANDS, *(entry.name for entry in entry_points(group=ENTRY_POINTS))}

    assert {cell.split()[0] for cell in first_cells(table)} == known


@pytest.mark.parametrize("name", sorted({*COMMANDS, "tui"} - ELSEWHERE))
def test_every_option_is_in_its_commands_section(name):
    """What a command takes is told, and nothing that it does not take."""
    expected = options_of(name) - (SHARED if name in READING else set())
    told = {cell for cell in first_cells(section(page("cli.md"), name)) if cell.startswith("--")}

    assert expected == told


def test_the_shared_options_are_told_once():
    """All reading commands take what one table tells."""
    told = set(first_cells(section(page("cli.md"), "What all reading commands take")))

    assert told == SHARED
    assert all(options_of(name) >= SHARED for name in READING)


@pytest.mark.parametrize("name", ["cli.md", "configuration.md", "http-api.md"])
def test_every_command_in_an_example_exists(name):
    """`sagascope WORD` is a command, and the long options after it are its own."""
    calls = re.findall(r"^(?:eval \"\$\()?sagascope ([a-z-]+)(.*)$", page(name), re.MULTILINE)

    for command, rest in calls:
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options_of(command)
    assert calls or name != "cli.md"


def flat(values: dict, prefix: str = "") -> dict[str, object]:
    """Write nested tables with dotted keys."""
    found = {}
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


@pytest.mark.parametrize("name", ["store", "api", "correlation", "sagas", "stalls", "alerting", "forward", "telemetry"])
def test_every_key_is_in_its_sections_table_with_its_default(name):
    """The table of a section is its struct: each key, each default, in the file's units."""
    keys = flat(_settings(getattr(Settings(), name)))
    told = {row[0].strip("` "): row[1].strip("`") for row in rows(section(page("configuration.md"), f"[{name}]"))}
    expected = {key: "" if value is None else str(value) for key, value in keys.items()}
    expected |= {key: "true" if value else "false" for key, value in keys.items() if isinstance(value, bool)}
    special = {"path": told.get("path"), "keys": told.get("keys")}  # told in words

    assert told == {key: special.get(key) or value for key, value in expected.items()}


def test_every_key_of_the_otlp_collector_is_told_with_its_default():
    """The collector's options are those of its type."""
    (entry,) = [entry for entry in entry_points(group="sagascope.collectors") if entry.name == "otlp"]
    text = section(page("configuration.md"), "[collectors.NAME]")
    told = {row[0].strip("` "): row[1].strip("`") for row in rows(text)}
    document = decode_example("\n".join(f'{key} = "{value}"' for key, value in told.items() if value))
    options = entry.load().options

    assert set(told) == {field.encode_name for field in msgspec.structs.fields(options)}
    assert options(**document) == options()


def decode_example(text: str) -> dict:
    """Read values as a configuration does, with sizes as bytes."""
    values = tomllib.loads(text)
    return {key: parse_size_bytes(value) if key.startswith("max_") else value for key, value in values.items()}


def test_the_default_correlation_keys_are_listed_in_order():
    """The page's list is the program's."""
    text = section(page("configuration.md"), "[correlation]").split("By default")[1]

    assert tuple(re.findall(r"`([^`]+)`", text)) == CORRELATION_KEYS


def test_every_key_of_a_rule_is_told_with_its_default_and_where_it_counts():
    """The table of [[alerts]] is the struct, and what each kind of rule may have."""
    told = {row[0].strip("` "): row[1:3] for row in rows(section(page("configuration.md"), "[[alerts]]"))}
    written = _settings(AlertRule(name="x"))
    defaults = {key: "" if value is None else json.dumps(value).strip('"') for key, value in written.items()}
    counts = {key: {when for when, keys in KEYS.items() if key in keys} for key in written}
    every = {"all": set(KEYS), "all but heartbeat": KEYS.keys() - {"heartbeat"}}

    assert told.keys() == written.keys()
    assert {key: cells[0].strip("`") for key, cells in told.items()} == {**defaults, "name": ""}
    assert {key: every.get(cells[1]) or set(cells[1].split(", ")) for key, cells in told.items()} == counts


def test_the_rules_in_the_example_are_valid(tmp_path):
    """The example of [[alerts]] runs."""
    (example,) = re.findall(r"```toml\n(.*?)```", section(page("configuration.md"), "[[alerts]]"), re.DOTALL)
    (tmp_path / "sagascope.toml").write_text(example)
    names = [rule.name for rule in decode(read(tmp_path / "sagascope.toml", environ={}, cwd=tmp_path)).settings.alerts]

    assert names == ["payments stuck", "refunds too high", "collector-down"]


def test_every_built_in_rule_and_placeholder_is_told():
    """The tables of alerts.md are the program's."""
    text = page("alerts.md")
    placeholders = {
        row[0].strip("` "): set(re.findall(r"`{(\w+)}`", row[1])) for row in rows(section(text, "Templates"))
    }

    assert first_cells(section(text, "Built-in rules")) == list(BUILT_IN)
    assert placeholders == {when: set(known or ()) for when, known in PLACEHOLDERS.items()}


def keys_of(struct: type) -> dict[str, str]:
    """Give the keys of a struct with their defaults as the file writes them."""
    found = {}
    for field in msgspec.structs.fields(struct):
        value = None if field.default is msgspec.NODEFAULT else field.default
        value = duration_text(value) if field.name.endswith("_s") else value
        found[field.encode_name] = "" if value is None else json.dumps(value).strip('"')
    return found


def subsection(text: str, heading: str) -> str:
    """Take what lies below a heading of the third rank."""
    found = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no {heading}"
    return found[1]


@pytest.mark.parametrize("name", TYPES)
def test_every_key_of_a_notifier_is_told_with_its_default(name):
    """The common tables and the one of its type are its struct."""
    text = section(page("configuration.md"), "[notifiers.NAME]")
    told = {row[0].strip("` "): row[1].strip("`") for row in rows(subsection(text, name))}
    common, over_http = keys_of(NotifierSettings), keys_of(HttpSettings)
    shared = {row[0].strip("` "): row[1].strip("`") for row in rows(text.partition("### ")[0])}
    keys = keys_of(TYPES[name])
    inherited = over_http if issubclass(TYPES[name], HttpSettings) else common

    assert shared == over_http
    assert told == {key: default for key, default in keys.items() if key not in inherited}


def test_every_placeholder_of_a_notifier_is_told():
    """Those of alerts.md are the program's, in order."""
    text = section(page("alerts.md"), "Notifiers").partition("Templates (")[2].partition("are braces")[0]

    assert tuple(re.findall(r"`{(\w+)}`", text)) == NOTICE_PLACEHOLDERS


def test_the_notifiers_in_the_example_are_valid(tmp_path):
    """The example of [notifiers.NAME] is read."""
    (example,) = re.findall(r"```toml\n(.*?)```", section(page("configuration.md"), "[notifiers.NAME]"), re.DOTALL)
    (tmp_path / "sagascope.toml").write_text(example)
    settings = decode(read(tmp_path / "sagascope.toml", environ={}, cwd=tmp_path)).settings

    assert list(settings.notifiers) == ["pager", "chat", "prometheus"]


def test_the_example_checks_a_signature():
    """It takes ours, and neither a changed body nor an old one."""
    (example,) = re.findall(r"```python\n(.*?)```", page("alerts.md"), re.DOTALL)
    told: dict = {}
    exec(example, told)  # noqa: S102  the page's own text
    now = int(told["time"].time())
    check = told["is_genuine"]

    assert check(b"key", signature("key", now, b"{}"), b"{}")
    assert not check(b"key", signature("key", now, b"{}"), b"[]")
    assert not check(b"other", signature("key", now, b"{}"), b"{}")
    assert not check(b"key", signature("key", now - 301, b"{}"), b"{}")


def test_every_section_of_the_settings_has_its_place():
    """No table of the file is left untold."""
    text = page("configuration.md")

    assert [field.name for field in msgspec.structs.fields(Settings) if f"[{field.name}" not in text] == []


def test_the_example_is_valid(tmp_path):
    """The example at the top runs."""
    example, *_ = re.findall(r"```toml\n(.*?)```", page("configuration.md"), re.DOTALL)
    (tmp_path / "sagascope.toml").write_text(example)
    settings = decode(read(tmp_path / "sagascope.toml", environ={}, cwd=tmp_path)).settings

    assert settings.correlation.keys == ("saga.id", "order.id")


def test_every_variable_in_the_table_is_a_key(tmp_path):
    """The variables of the table set what stands beside them."""
    (tmp_path / "sagascope.toml").write_text('[collectors.my-otlp]\ntype = "otlp"\n')
    values = {"PATH": "x", "MAX_AGE": "1h", "GRPC": "x", "NAME": "x"}
    cells = [row[1].strip("` ") for row in rows(section(page("configuration.md"), "The environment"))]
    pairs = (cell.partition("=") for cell in cells)
    variables = {name: value or values[name.rpartition("__")[2]] for name, _, value in pairs}
    settings = decode(read(None, environ=variables, cwd=tmp_path)).settings

    assert len(variables) == 5
    assert (settings.store.path, settings.store.retention.max_age_s) == ("x", 3600.0)
    assert settings.collectors["my-otlp"]["grpc"] == "x"


def test_every_route_is_in_the_table():
    """The table of routes is what the API answers."""
    table = page("http-api.md").split("## Who may ask")[0]

    assert set(first_cells(table)) == {f"{route.method} {route.path}" for route in ROUTES}


def test_every_parameter_is_told():
    """Nothing can be asked that is not told."""
    assert first_cells(section(page("http-api.md"), "The list")) == [parameter.name for parameter in LIST]
    assert first_cells(section(page("http-api.md"), "Stalls and incidents")) == [one.name for one in STALLS]
    assert first_cells(section(page("http-api.md"), "Sagas")) == [parameter.name for parameter in STATS]
    told = first_cells(section(page("http-api.md"), "SQL"))
    assert told == [field.encode_name for field in msgspec.structs.fields(SqlRequest)]


def test_every_parameter_and_key_of_the_alerts_is_told():
    """What can be asked of alerts, and what a body may say."""
    told = first_cells(section(page("http-api.md"), "Alerts"))
    asked = {one.name for route in ALERT_ROUTES for one in route.parameters}
    keys = {field.encode_name for route in ALERT_ROUTES if route.body for field in msgspec.structs.fields(route.body)}

    assert asked | keys == set(told)


def test_every_command_below_alerts_is_told():
    """The table is the group."""
    told = first_cells(section(page("cli.md"), "alerts"))
    group = cli.get_command(click.Context(cli), "alerts")

    assert sorted(group.commands) == sorted(cell.split()[1] for cell in told if cell.startswith("alerts "))
