"""The house rules that a program can read."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tracer

ROOT = Path(__file__).parents[2]
PACKAGES = ("tracer", "collectors", "tui")
TEXT_SUFFIXES = {".cfg", ".json", ".md", ".py", ".sh", ".sql", ".svg", ".toml", ".txt", ".yaml", ".yml"}
TEXT_NAMES = {"Makefile", "Containerfile", "run", "ORDER"}
FOLDERS = (*PACKAGES, "tests", "compose", "docs", "scripts", "requirements", ".ci")
MODULE_LINES_MAX = 400
OF_THIS_MACHINE = re.compile(r"(?<![\w.}])/(?:work|root|home)/|/tmp/exp|/usr/src/")

BARE_EXEMPTION = re.compile(
    r"#\s*noqa(?!: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+\S)"
    r"|#\s*type:\s*ignore(?!\[[\w-]+(?:, ?[\w-]+)*\]\s+\S)"
)


def modules() -> Iterator[Path]:
    """Walk every module of the packages and of the tests."""
    for folder in (*PACKAGES, "tests"):
        yield from (ROOT / folder).rglob("*.py")


def texts() -> Iterator[Path]:
    """Walk every file that a person wrote or that is shipped as text, this one excepted."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and is_text(path))
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if is_text(path) and path != Path(__file__))


def is_text(path: Path) -> bool:
    """Tell by its name whether a file is text."""
    return path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES


def relative(paths: Iterator[Path]) -> list[str]:
    """Name files as a person would."""
    return sorted(str(path.relative_to(ROOT)) for path in paths)


def read(name: str) -> str:
    """Read a file of the project."""
    return (ROOT / name).read_text("utf-8")


def description() -> dict[str, Any]:
    """Read the project's own description."""
    return tomllib.loads(read("pyproject.toml"))


def test_no_module_is_long() -> None:
    """A module that passes 400 lines is two modules."""
    long = (path for path in modules() if len(path.read_text("utf-8").splitlines()) > MODULE_LINES_MAX)

    assert [] == relative(long)


def test_every_package_states_its_contract() -> None:
    """The docstring of a package says what it is for."""
    inits = (path for name in PACKAGES for path in (ROOT / name).rglob("__init__.py"))
    silent = (path for path in inits if not ast.get_docstring(ast.parse(path.read_text("utf-8"))))

    assert [] == relative(silent)


def test_every_folder_of_modules_is_a_package() -> None:
    """A folder without __init__ would be left out of the wheel's contract and of the import checks."""
    folders = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    bare = (folder for folder in folders if not (folder / "__init__.py").exists())

    assert [] == relative(bare)


def test_nothing_is_left_for_later() -> None:
    """No module holds a marker of unfinished work."""
    marker = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|raise NotImplemented" + r"Error)\b")
    unfinished = (path for path in modules() if marker.search(path.read_text("utf-8")))

    assert [] == relative(unfinished)


def test_no_text_names_a_machine() -> None:
    """Paths of the machine that something was written on mean nothing to its reader."""
    local = (path for path in texts() if OF_THIS_MACHINE.search(path.read_text("utf-8", errors="replace")))

    assert [] == relative(local)


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_a_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    """Every requirement has one version and hashes, and comes from whatever index a machine is set up for."""
    lock = read(f"requirements/{name}.txt")
    entries = re.split(r"\n(?=\S)", lock.strip())

    assert [] == [entry for entry in entries if not re.match(r"[\w.-]+==\S+[^\n]*\\\n\s+--hash=sha256:", entry)]
    assert [] == re.findall(r"://|--index|--extra-index|--find-links|@ ", lock)


@pytest.mark.parametrize(("name", "groups"), [("runtime", ("build",)), ("dev", ("build", "dev"))])
def test_a_lock_holds_what_the_project_asks_for(name: str, groups: tuple[str, ...]) -> None:
    """A dependency added to pyproject.toml is in the locks too: `make lock` writes it there."""
    asked = [*description()["project"]["dependencies"]]
    for group in groups:
        asked += description()["dependency-groups"][group]
    lock = read(f"requirements/{name}.txt")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))

    assert set() == {re.split(r"[<>=!~ ;\[]", line)[0] for line in asked} - locked


def test_the_locks_agree() -> None:
    """Tests run on the versions that users get."""
    runtime, dev = (
        set(re.findall(r"^\S+==[^\\]+", read(f"requirements/{name}.txt"), re.MULTILINE)) for name in ("runtime", "dev")
    )

    assert set() == runtime - dev


def test_the_python_range_is_said_once_and_held() -> None:
    """Python 3.11 to 3.14; the linter reads the code as the oldest of them does."""
    versions = [line.rpartition(" ")[2] for line in description()["project"]["classifiers"] if "Python ::" in line]

    assert ["3.11", "3.12", "3.13", "3.14"] == versions
    assert ">=3.11" == description()["project"]["requires-python"]
    assert "py311" == description()["tool"]["ruff"]["target-version"]


def test_every_exemption_from_the_linter_has_a_reason() -> None:
    """A rule is switched off with a reason beside it, in pyproject.toml and in the code."""
    lint = read("pyproject.toml").partition("[tool.ruff.lint]")[2].partition("[tool.mypy]")[0]
    rules = [line for line in lint.splitlines() if re.match(r'    "[A-Z]+\d*"', line)]
    bare = re.compile(
        r"#\s*noqa(?!: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+\S)|#\s*type:\s*ignore(?!\[[\w-]+(?:, ?[\w-]+)*\]\s+\S)"
    )
    silent = (path for path in modules() if path != Path(__file__) and bare.search(path.read_text("utf-8")))

    assert [] == [line for line in rules if not re.search(r"#\s+\S", line)]
    assert [] == relative(silent)


def test_the_changelog_begins_with_this_version() -> None:
    """The version that is built is the one that the changelog tells of first."""
    head = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)

    assert head is not None
    assert tracer.__version__ == head[1]


def test_the_licence_is_whole() -> None:
    """The text is the standard one, and the project's description names it."""
    licence = read("LICENSE")

    assert "Apache-2.0" == description()["project"]["license"]
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
