"""The keys as people write them, read from the bindings themselves, so that the help cannot be wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, _character_to_key

# What changes something at the sidecar: it asks first, and a read-only terminal does not have it.
WRITES: Final = Binding.Group("writes")
_NAMES: Final = {
    "slash": "/", "question_mark": "?", "space": "space", "escape": "Esc", "enter": "Enter", "pageup": "PageUp",
    "pagedown": "PageDown", "home": "Home", "end": "End", "up": "Up", "down": "Down", "left": "Left",
    "right": "Right", "f1": "F1", "tab": "Tab", "colon": ":", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "plus": "+", "minus": "-", "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip


_CHARACTERS: Final = {_character_to_key(char): char for char in map(chr, range(0x21, 0x7F))}
_NAMED: Final = {each.value for each in Keys if not re.search(r"[-+<]", each.value)} | set(_CHARACTERS)
_WRITTEN: Final = {name.lower(): key for key, name in _NAMES.items() if len(name) > 1}
_MODIFIERS: Final = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_ALIASES: Final = {"ctrl+i": "tab", "ctrl+m": "enter"}
"""What a terminal sends the same bytes for."""
SORT: Final = "list.sort-"
Keymap = Mapping[str, str]
"""By the id of a binding: the keys that a person chose for it, by Textual's names, with commas between them."""


def key_name(key: str) -> str:
    """Write one key the way people do: "ctrl+d" as Ctrl-D."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or (_CHARACTERS.get(last, last) if last != "comma" else last)
    name = name.upper() if re.fullmatch(r"f\d+", name) else name
    return "-".join(
        [*(each.capitalize() for each in modifiers), name.upper() if modifiers and len(name) == 1 else name]
    )


def key_of(written: str) -> str:
    """Give Textual's name of one key that a person wrote: "Ctrl-D", "ctrl+d", "PageUp", "?". Raises ValueError."""
    *modifiers, last = re.split(r"[-+](?=.)", written)
    held = sorted(each.lower() for each in modifiers)
    key = _WRITTEN.get(last.lower(), last.lower())
    if len(last) == 1 and last.isprintable() and not last.isspace():
        key = _character_to_key(last.lower() if held else last)
    elif key not in _NAMED:
        raise ValueError(written)
    if not _MODIFIERS.issuperset(held):
        raise ValueError(written)
    whole = "+".join([*held, key])
    return _ALIASES.get(whole, whole)


def sorting_keys(keymap: Keymap) -> Mapping[str, str]:
    """Give the keys that a person sorts the list by, by the word of the column."""
    return {name.removeprefix(SORT): written(keys) for name, keys in keymap.items() if name.startswith(SORT)}


def types_text(key: str) -> bool:
    """Say whether a key puts a character into a line that is typed."""
    return key == "space" or key in _CHARACTERS or len(key) == 1


def bindings_of(node: type[DOMNode], keymap: Keymap | None = None) -> tuple[Binding, ...]:
    """Give the bindings that a screen declares, those of its bases after its own, with the keys of a keymap."""
    chosen = keymap or {}
    declared: list[Binding] = []
    for base in node.__mro__:
        own = base.__dict__.get("BINDINGS", ()) if base.__module__.startswith("tui.") else ()
        declared.extend(binding for binding in own if isinstance(binding, Binding))
    return tuple(replace(each, key=chosen.get(each.id or "", each.key)) for each in declared)


def writes_of(*nodes: type[DOMNode]) -> frozenset[str]:
    """Give the names of the actions of these screens that write."""
    declared = (binding for node in nodes for binding in bindings_of(node))
    return frozenset(binding.action.partition("(")[0] for binding in declared if binding.group == WRITES)


def shown_keys(wanted: Iterable[tuple[str, str]], *nodes: type[DOMNode], keymap: Keymap) -> tuple[tuple[str, str], ...]:
    """Give (key, words) of these actions, the key read from the binding of the action."""
    declared = [binding for node in nodes for binding in bindings_of(node, keymap)]
    by_action = {binding.action: key_name(binding.key.split(",")[0]) for binding in reversed(declared)}
    return tuple((by_action[action], words) for action, words in wanted)


def help_groups(
    *nodes: type[DOMNode], keymap: Keymap | None = None, without: Collection[str] = ()
) -> dict[str, list[tuple[str, str]]]:
    """Give (keys, what they do) of these screens, by group but those `without`, each action once."""
    groups: dict[str, list[tuple[str, str]]] = {}
    seen: set[str] = set()
    for binding in (binding for node in nodes for binding in bindings_of(node, keymap)):
        if binding.description and binding.action not in seen:
            seen.add(binding.action)
            group = binding.group.description if binding.group else "do"
            groups.setdefault(group, []).append((written(binding.key), binding.description))
    return {group: pairs for group, pairs in groups.items() if group not in without}


def written(keys: str) -> str:
    """Write the keys of a binding the way people do, with blanks between them."""
    return " ".join(key_name(key) for key in keys.split(","))
