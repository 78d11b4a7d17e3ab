"""docs/tui.md tells the keys and options of the terminal, all of them and no others."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import click
import pytest

from tui.app import SagascopeApp
from tui.columns import COLUMNS
from tui.command import tui
from tui.filters import FIELDS
from tui.keymap import keymap_of, screens
from tui.keys import bindings_of, help_groups
from tui.preferences import KEYS, parse
from tui.screens.advice import AdviceScreen
from tui.screens.alert import AlertPanel
from tui.screens.alerts import AlertsScreen
from tui.screens.ask import AskScreen
from tui.screens.browse import Browse
from tui.screens.details import DetailsScreen
from tui.screens.flow import FlowScreen
from tui.screens.help import HelpScreen
from tui.screens.now import NowScreen
from tui.screens.palette import PaletteScreen
from tui.screens.panel import Panel
from tui.screens.prompt import PromptScreen
from tui.screens.rejected import RejectedScreen
from tui.screens.sagas import SagasScreen
from tui.screens.sources import SourcesScreen
from tui.screens.sql import SqlScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.transactions import TransactionsScreen
from tui.themes import THEMES

PAGE = (Path(__file__).parents[3] / "docs" / "tui.md").read_text("utf-8")
SHARED = help_groups(Browse)["move"]


def _section(title):
    return PAGE.partition(f"### {title}\n")[2].partition("\n### ")[0]


def _row(group, keys, words):
    prefix = "sort by " if group.startswith("sort") else ""
    return f"| {' '.join(f'`{key}`' for key in keys.split())} | {prefix}{words} |"


SCREENS = (
    NowScreen,
    TransactionsScreen,
    TimelineScreen,
    SagasScreen,
    FlowScreen,
    AlertsScreen,
    AlertPanel,
    SourcesScreen,
    RejectedScreen,
    SqlScreen,
    DetailsScreen,
    AdviceScreen,
    HelpScreen,
    PaletteScreen,
    AskScreen,
)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_is_bound_twice(screen):
    """On a screen each key does one thing, with the keys that work everywhere; a panel hides those beneath it."""
    nodes = (screen,) if issubclass(screen, Panel | PaletteScreen | AskScreen) else (screen, SagascopeApp)
    keys = [key for node in nodes for binding in bindings_of(node) for key in binding.key.split(",")]

    assert [] == [key for key, times in Counter(keys).items() if times > 1]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_binding_is_in_the_help(screen):
    """Each binding says what it does, so that the help names it."""
    assert all(binding.description for binding in bindings_of(screen))


def test_moving_is_told_once():
    """The keys that move the cursor on every screen have one table."""
    assert [_row("move", *each) for each in SHARED] == re.findall(r"^\| `.*$", _section("Moving"), re.MULTILINE)


@pytest.mark.parametrize(
    ("title", "screen"),
    [
        ("What is wrong now", NowScreen), ("In the list", TransactionsScreen), ("In the timeline", TimelineScreen),
        ("In the panel of a line", DetailsScreen), ("In the panel of advice", AdviceScreen),
        ("The sagas", SagasScreen), ("In the flow of a saga", FlowScreen), ("In a line that asks", PromptScreen),
        ("The sources", SourcesScreen), ("The alerts", AlertsScreen), ("In the panel of an alert", AlertPanel),
        ("In the panel of rejected messages", RejectedScreen), ("In SQL", SqlScreen),
        ("In a question", AskScreen), ("In the palette", PaletteScreen), ("Everywhere", SagascopeApp),
    ],
)  # fmt: skip
def test_the_keys_are_those_of_the_bindings(title, screen):
    """Each binding of a screen is a row of its table, in the order of the help; moving is told elsewhere."""
    listed = [(group, *pair) for group, pairs in help_groups(screen).items() for pair in pairs]
    told_elsewhere = SHARED if issubclass(screen, Browse) else []
    expected = [_row(*each) for each in listed if each[1:] not in told_elsewhere]

    assert expected == re.findall(r"^\| `.*$", _section(title), re.MULTILINE)


def test_the_options_are_those_of_the_command():
    """Each option of `sagascope tui` is a row, and each row an option."""
    options = {name for one in tui.params if isinstance(one, click.Option) for name in one.opts}

    assert options == set(re.findall(r"^\| `(--[a-z-]+)` \|", PAGE, re.MULTILINE))


def test_every_binding_is_told():
    """Whatever screen it is on, each binding is a row of some table."""
    rows = set(re.findall(r"^\| `.*$", PAGE, re.MULTILINE))
    groups = [(group, *pair) for screen in screens() for group, pairs in help_groups(screen).items() for pair in pairs]

    assert [] == [each for each in groups if _row(*each) not in rows]


def test_the_example_of_preferences_is_taken():
    """The file on the page is read as it stands, it says something of each key there is, and its keys do one thing."""
    example = PAGE.partition("```toml\n")[2].partition("```")[0]
    preferences = parse(example, Path("tui.toml"))

    assert set(KEYS) == set(tomllib.loads(example))
    assert set(preferences.keys) == set(keymap_of(preferences))
    assert THEMES["light"] == preferences.theme
    assert len(preferences.columns) > 1


def test_the_themes_are_told():
    """Each theme is a row with what it is, in the order of the palette."""
    expected = [f"| `{each.name}` | {each.words} |" for each in THEMES.values()]

    assert expected == [row for row in PAGE.splitlines() if row in expected]


def test_the_columns_are_told():
    """The page names the columns as the preferences take them, in their order, and which give way."""
    listed = re.search(r"^The columns are ([^.]*)\. The last (\w+) of", PAGE, re.MULTILINE)
    words = re.findall(r"`([a-z-]+)`", listed[1])
    wide = [column.word for column in COLUMNS if column.from_width]

    assert [column.word for column in COLUMNS] == words
    assert (wide, "three") == (words[-len(wide) :], listed[2])


def test_the_keys_of_the_filter_are_told():
    """The page names the keys that the filter knows, in order."""
    assert " ".join(f"`{field}:`" for field in FIELDS) in PAGE
