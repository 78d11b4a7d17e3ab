"""What the rules say to a person, and what the page of the metrics promises."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.unit.tracer.cli.test_documentation import options_of
from tracer.cli.main import COMMANDS
from tracer.query import gauges, measuring
from tracer.query.durations import BOUNDS_S

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "metrics.md"


def alerts() -> list[dict[str, Any]]:
    """Give the alerting rules of the stack."""
    groups = yaml.safe_load((ROOT / "compose" / "prometheus-rules.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def test_every_alert_says_what_to_do() -> None:
    """Each has a severity, a summary and a text of what it means."""
    assert {"critical", "warning", "info"} == {rule["labels"]["severity"] for rule in alerts()}
    assert all({"summary", "description"} == set(rule["annotations"]) for rule in alerts())


def test_every_command_that_an_alert_names_exists() -> None:
    """What a person is told to run can be run, with the options that are named."""
    texts = " ".join(rule["annotations"]["description"] for rule in alerts())
    calls = re.findall(r"`sagascope ([a-z-]+)([^`]*)`", texts)

    assert len(calls) > len(alerts()) / 2
    assert set() == {command for command, _ in calls if command not in COMMANDS}
    assert set() == {
        (command, option)
        for command, rest in calls
        for option in re.findall(r"--[a-z-]+", rest)
        if option not in options_of(command)
    }


def test_no_text_of_telemetry_stands_in_a_command() -> None:
    """A saga's name may hold anything, and a command is copied into a shell."""
    commands = re.findall(r"`[^`]*`", " ".join(rule["annotations"]["description"] for rule in alerts()))

    assert [] == [command for command in commands if "$" in command]


def test_the_page_tells_the_limits() -> None:
    """The numbers of the page are those of the code."""
    page = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| .* \| (\d+)(?: characters)? \| .* \|$", page, re.MULTILINE)
    limits = [measuring.MAX_SAGAS, measuring.MAX_STEPS, gauges.MAX_STALLS, gauges.MAX_OWNERS, gauges.MAX_LABEL]

    assert limits == [int(row) for row in rows]
    assert (2.0**-6, 2.0**18) == (BOUNDS_S[0], BOUNDS_S[-1])
    assert (600.0, 1.0, 4) == (measuring.WHOLE_EVERY_S, measuring.FRESH_S, measuring.RESTS)
