from pathlib import Path

import pytest

from tracer.errors import ConfigError
from tui.preferences import MAX_FILE_BYTES, Preferences, parse, path_of, read
from tui.themes import LIGHT

PATH = Path("tui.toml")


def _file(tmp_path, text):
    path = tmp_path / "sagascope" / "tui.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_can_be_said():
    """Theme, ASCII, keys and columns are read; a dotted id is an id, with quotes or without."""
    text = """
        theme = "light"
        ascii = true
        [keys]
        list.flow = "F"
        "app.help" = "F2"
        [columns]
        list = ["status", "transaction", "last-seen"]
    """
    keys, columns = {"list.flow": "F", "app.help": "F2"}, ("status", "transaction", "last-seen")

    assert Preferences(path=PATH, theme=LIGHT, ascii=True, keys=keys, columns=columns) == parse(text, PATH)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('themes = "light"', 'unknown key "themes"; known are theme, ascii, keys, columns'),
        (
            'theme = "drak"',
            'theme: there is no theme "drak"; write one of dark, light, high-contrast, colour-blind, ansi',
        ),
        ("theme = 1", 'theme: there is no theme "1"'),
        ("ascii = 1", 'ascii: "1" is neither true nor false'),
        ('ascii = "yes"', 'ascii: "yes" is neither true nor false'),
        ("keys = 1", "keys: not a table; write [keys]"),
        ("[keys]\nlist.flow = 1", 'keys: list.flow: "1" is no text; write the keys like "F Ctrl-F"'),
        ("columns = []", "columns: write [columns] and below it list = [...]"),
        ("[columns]\nlist = []", "with some of status, transaction, saga"),
        ('[columns]\nrows = ["age"]', "columns: write [columns] and below it list"),
        ('[columns]\nlist = ["stats"]', 'columns: list: there is no column "stats"; known are status, transaction'),
        ('[columns]\nlist = ["age", "age"]', 'columns: list: "age" is named twice; leave one of them out'),
        ("[columns]\nlist = [1]", 'columns: list: there is no column "1"'),
        ("theme = \n", "not valid TOML: Invalid value (at line 1, column 9)"),
        ("a = " + "[" * 5_000, "not valid TOML"),
        ('"\\u001b[2J" = 1', "unknown key"),
    ],
)
def test_a_mistake_is_one_error_that_says_the_fix(text, told):
    """What is wrong is named with the file, the key or the line, and what would be right; it is safe to print."""
    with pytest.raises(ConfigError) as refused:
        parse(text, PATH)

    message = str(refused.value)
    assert message.startswith("tui.toml: ")
    assert told in message
    assert message.isprintable()


def test_the_file_is_the_persons_own(tmp_path):
    """The file is in XDG_CONFIG_HOME, else in ~/.config, and none at all is fine."""
    assert tmp_path / "sagascope" / "tui.toml" == path_of({"XDG_CONFIG_HOME": str(tmp_path)})
    assert Path.home() / ".config" / "sagascope" / "tui.toml" == path_of({"XDG_CONFIG_HOME": ""})
    assert Preferences(path=path_of({"XDG_CONFIG_HOME": str(tmp_path)})) == read({"XDG_CONFIG_HOME": str(tmp_path)})


def test_the_file_is_read(tmp_path):
    """What the file says counts."""
    _file(tmp_path, 'theme = "light"')

    assert LIGHT == read({"XDG_CONFIG_HOME": str(tmp_path)}).theme


@pytest.mark.parametrize("text", ["# " + "x" * MAX_FILE_BYTES, None])
def test_a_file_that_is_none_is_named(tmp_path, text):
    """A file that is far too large, or a folder, is refused by its name."""
    if text is None:
        (tmp_path / "sagascope" / "tui.toml").mkdir(parents=True)
    else:
        _file(tmp_path, text)
    with pytest.raises(ConfigError, match=r"tui\.toml: (larger than|cannot be read)"):
        read({"XDG_CONFIG_HOME": str(tmp_path)})
