import re
from itertools import chain
from pathlib import Path

import pytest

from tracer.errors import ConfigError
from tui.app import SagascopeApp
from tui.keymap import bindings_on, catalogue, keymap_of, listed, screens
from tui.keys import bindings_of, help_groups, key_name, key_of, shown_keys
from tui.preferences import Preferences, parse
from tui.screens.transactions import TransactionsScreen

PATH = Path("tui.toml")
ID = re.compile(r"[a-z]+(\.[a-z-]+)+")


def _keymap(text):
    return keymap_of(parse(text, PATH))


@pytest.mark.parametrize("screen", [SagascopeApp, *screens()])
def test_every_binding_has_an_id(screen):
    """Each binding can be named, under one id for each thing it does, by letters and dashes."""
    bindings = bindings_of(screen)
    ids = [binding.id for binding in bindings]

    assert [] == [binding.action for binding in bindings if not binding.id or not ID.fullmatch(binding.id)]
    assert len(set(ids)) == len(ids)


def test_an_id_means_one_thing():
    """What two screens call by one id is one and the same binding."""
    everywhere = chain.from_iterable(bindings_of(node) for node in (SagascopeApp, *screens()))
    known = catalogue()

    assert [] == [binding for binding in everywhere if binding != known[binding.id]]


@pytest.mark.parametrize("screen", screens())
def test_nothing_is_bound_twice(screen):
    """On a screen each key does one thing, with those that work everywhere, and is a key that can be written."""
    keys = [key for binding in bindings_on(screen) for key in binding.key.split(",")]

    assert len(set(keys)) == len(keys)
    assert keys == [key_of(key_name(key)) for key in keys] == [key_of(key) for key in keys]


def test_the_screens_are_all_found():
    """Every kind of screen counts, those that others are made from do not."""
    names = {screen.__name__ for screen in screens()}

    assert {"NowScreen", "TransactionsScreen", "TimelineScreen", "PaletteScreen", "HelpScreen"} <= names
    assert not {"Browse", "Pager"} & names


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("F", "F"), ("f", "f"), ("Ctrl-D", "ctrl+d"), ("ctrl+d", "ctrl+d"), ("PageUp", "pageup"), ("Esc", "escape"),
        ("?", "question_mark"), ("question_mark", "question_mark"), ("]", "right_square_bracket"), ("-", "minus"),
        ("+", "plus"), ("Ctrl--", "ctrl+minus"), ("F12", "f12"), ("comma", "comma"), ("Shift-Tab", "shift+tab"),
        ("Shift-Ctrl-Up", "ctrl+shift+up"), ("Ctrl-I", "tab"), ("é", "é"), ("SPACE", "space"), ("\\", "backslash"),
    ],
)  # fmt: skip
def test_a_key_is_written_as_people_do(written, expected):
    """As the help writes it, or as Textual does."""
    assert expected == key_of(written)


@pytest.mark.parametrize("written", ["PgUp", "Hyper", "Cmd-X", "ctrl+", "", "\x1b", "ab", "F99"])
def test_what_is_no_key_is_refused(written):
    """A word that is the name of no key is none."""
    with pytest.raises(ValueError, match=f"^{re.escape(written)}$"):
        key_of(written)


def test_keys_are_taken_over():
    """The chosen keys are in the keymap, by Textual's names, however they were written; two may be swapped."""
    text = '[keys]\nlist.flow = "y"\nlist.copy-id = "f, Ctrl-Y"\ntimeline.advice = "?"\napp.help = "F1"'
    expected = {"list.flow": "y", "list.copy-id": "f,ctrl+y", "timeline.advice": "question_mark", "app.help": "f1"}

    assert expected == _keymap(text)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('list.flov = "F"', "list.flov is no binding; did you mean list.flow? `sagascope tui --keys` lists all"),
        ('list.flow = "PgUp"', "list.flow: there is no key PgUp; write them like F, ?, Ctrl-F"),
        ('list.flow = ""', "list.flow: no key at all; write one, or leave the line out to keep f"),
        ('list.flow = "y"', "list.flow: y is also the key of list.copy-id (copy the transaction id); give one"),
        ('list.flow = "r"', "list.flow: r is also the key of app.refresh (read again now)"),
        ('app.pause = "k"', "app.pause: k is also the key of move.up"),
        ('details.copy = "Ctrl-C"', "details.copy: Ctrl-C is also the key of app.quit (quit)"),
        ('palette.close = "q"', "palette.close: q is a character that is typed there; take a key like Ctrl-X or F2"),
        ('app.quit = "space"', "app.quit: space is a character that is typed there"),
        ('"\\u001b" = "F"', "is no binding"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_binding_and_the_fix(line, told):
    """An unknown id, an unknown key and a key that does two things on one screen are one error each."""
    with pytest.raises(ConfigError) as refused:
        _keymap(f"[keys]\n{line}")

    assert str(refused.value).startswith("tui.toml: keys: ")
    assert told in str(refused.value)
    assert str(refused.value).isprintable()


def test_the_help_and_the_hints_tell_the_chosen_keys():
    """What a person bound is what the screens say."""
    keymap = _keymap('[keys]\nlist.flow = "F Ctrl-F2"\nmove.page-down = "PageDown"')
    listed_ = dict(help_groups(TransactionsScreen, keymap=keymap)["list"])

    assert "the flow of its saga" == listed_["F Ctrl-F2"]
    assert (("F", "flow"),) == shown_keys((("flow", "flow"),), TransactionsScreen, keymap=keymap)


def test_what_is_listed_can_be_read_back():
    """`--keys` prints all bindings as the file takes them, as they are bound."""
    ours = Preferences(path=PATH, keys={"list.flow": "F"})
    theirs = {name: binding.key for name, binding in catalogue().items()} | {"list.flow": "F"}

    assert theirs == _keymap(listed(ours))
