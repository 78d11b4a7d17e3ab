"""What the pages say exists; the pages about commands, keys and attributes have their own tests beside those."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from tracer.cli.main import COMMANDS, ENTRY_POINTS

ROOT = Path(__file__).parents[2]
PLACES = ("*.md", "docs/**/*.md", "compose/*.md")
PAGES = sorted(path.relative_to(ROOT).as_posix() for place in PLACES for path in ROOT.glob(place))
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def read(page: str) -> str:
    """Read one page."""
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Take the examples in one language out of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", read(page), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """A link inside the repository names a file that exists."""
    folder = (ROOT / page).parent

    assert [] == [link for link in LINK.findall(read(page)) if not (folder / link).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page: str) -> None:
    """`make WORD` in a page is a target of the Makefile."""
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", read(page), re.MULTILINE))

    assert set() == named - targets


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "compose/README.md"])
def test_every_command_exists(page: str) -> None:
    """`sagascope WORD` in a page is a command."""
    known = {*COMMANDS, *(entry.name for entry in entry_points(group=ENTRY_POINTS))}
    named = set(re.findall(r"(?:`|^|/|exec )sagascope (?:sagascope )?([a-z][\w-]*)", read(page), re.MULTILINE))

    assert named
    assert set() == named - known


@pytest.mark.parametrize("page", PAGES)
def test_every_example_parses(page: str) -> None:
    """TOML and YAML in a page are valid."""
    for text in blocks(page, "toml"):
        tomllib.loads(text)
    for text in blocks(page, "yaml"):
        yaml.safe_load(text)


def test_the_map_shows_the_layers_that_are_checked() -> None:
    """The line of layers in ARCHITECTURE.md is the one that import-linter holds, less what is not there yet."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    there = [
        "|".join(name for name in re.findall(r"\w+", layer) if (ROOT / "tracer" / name).is_dir() or is_module(name))
        for layer in contracts[0]["layers"]
    ]

    assert " > ".join(there) in read("ARCHITECTURE.md")


def is_module(name: str) -> bool:
    """Tell whether tracer has a module of this name."""
    return (ROOT / "tracer" / f"{name}.py").is_file()


def test_every_dependency_has_its_reason() -> None:
    """The table in ARCHITECTURE.md names each run-time dependency."""
    asked = {re.split(r"[<>=]", line)[0] for line in tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]}
    table = read("ARCHITECTURE.md").partition("## The dependencies")[2].partition("\n## ")[0]
    named = {name.strip() for row in re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE) for name in row.split(",")}

    assert asked == named - {"package"}


def test_decisions_are_numbered_in_order() -> None:
    """A decision keeps its number: others refer to it."""
    decisions = read("ARCHITECTURE.md").partition("## Decisions")[2]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. \*\*", decisions, re.MULTILINE)]

    assert list(range(1, len(numbers) + 1)) == numbers
