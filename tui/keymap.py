"""All bindings of all screens, and what a person's own keys make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

from tracer.errors import ConfigError
from tui.app import SagascopeApp
from tui.format import shown
from tui.keys import Keymap, bindings_of, key_name, key_of, types_text, written
from tui.preferences import Preferences

_HEAD: Final = """\
# The keys of `sagascope tui`, by the id of each binding. To change some, put this line and
# those bindings into {path}, with other keys.
[keys]
"""


def screens() -> tuple[type[Screen[object]], ...]:
    """Give every screen there is; what only others are made from is none."""
    return tuple(sorted(set(_leaves(Screen)), key=lambda each: each.__qualname__))


def _leaves(base: type[Screen[object]]) -> Iterator[type[Screen[object]]]:
    for each in base.__subclasses__():
        deeper = tuple(_leaves(each))
        yield from deeper or ([each] if each.__module__.startswith("tui.") else [])


def catalogue() -> Mapping[str, Binding]:
    """Give every binding by its id: first those that work everywhere, then those of each screen."""
    found: dict[str, Binding] = {}
    nodes: tuple[type[DOMNode], ...] = (SagascopeApp, *screens())
    for node in nodes:
        for binding in bindings_of(node):
            if binding.id is not None:
                found.setdefault(binding.id, binding)
    return found


def keymap_of(preferences: Preferences) -> Keymap:
    """Give the keys that a person chose. Raises ConfigError where an id or key is unknown, or a key does two things."""
    known = catalogue()
    try:
        keymap = {name: _keys(name, text, known) for name, text in preferences.keys.items()}
        for screen in screens():
            _check(screen, keymap)
    except ValueError as refused:
        raise ConfigError(f"{preferences.path}: keys: {refused}") from refused
    return keymap


def _keys(name: str, text: str, known: Mapping[str, Binding]) -> str:
    """Read the keys of one binding."""
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.0)
        raise ValueError(f"{shown(name)} is no binding; did you mean {near[0]}? `sagascope tui --keys` lists all")
    keys = [_key(name, each) for each in text.replace(",", " ").split()]
    if not keys:
        raise ValueError(f"{name}: no key at all; write one, or leave the line out to keep {written(known[name].key)}")
    if known[name].priority and (typed := next(filter(types_text, keys), None)):
        raise ValueError(f"{name}: {key_name(typed)} is a character that is typed there; take a key like Ctrl-X or F2")
    return ",".join(dict.fromkeys(keys))


def _key(name: str, text: str) -> str:
    try:
        return key_of(text)
    except ValueError as unknown:
        raise ValueError(
            f"{name}: there is no key {shown(text)}; write them like F, ?, Ctrl-F, F2, PageUp, Enter, space or comma"
        ) from unknown


def _check(screen: type[Screen[object]], keymap: Keymap) -> None:
    """Raise ValueError where a key does two things on a screen."""
    taken: dict[str, Binding] = {}
    for binding in bindings_on(screen, keymap):
        for key in binding.key.split(","):
            other = taken.setdefault(key, binding)
            if other is not binding:
                raise ValueError(_twice(key, other, binding, keymap))


def _twice(key: str, one: Binding, other: Binding, keymap: Keymap) -> str:
    chosen, kept = (one, other) if one.id in keymap else (other, one)
    return (
        f"{chosen.id}: {key_name(key)} is also the key of {kept.id} ({kept.description}); "
        "give one of the two another key"
    )


def bindings_on(screen: type[Screen[object]], keymap: Keymap | None = None) -> tuple[Binding, ...]:
    """Give the bindings that count on a screen; a panel hides those beneath it, but for what comes first anyway."""
    everywhere = bindings_of(SagascopeApp, keymap)
    if issubclass(screen, ModalScreen):
        everywhere = tuple(binding for binding in everywhere if binding.priority)
    return (*bindings_of(screen, keymap), *everywhere)


def listed(preferences: Preferences) -> str:
    """Write all bindings with their keys and what they do, as the file of preferences takes them."""
    keymap = keymap_of(preferences)
    rows = [(name, written(keymap.get(name, each.key)), each) for name, each in catalogue().items()]
    pairs = [(f'{name} = "{_escaped(keys)}"', _told(each)) for name, keys, each in rows]
    room = max(len(pair) for pair, _ in pairs)
    return _HEAD.format(path=preferences.path) + "".join(f"{pair:<{room}}  # {words}\n" for pair, words in pairs)


def _escaped(keys: str) -> str:
    return keys.replace("\\", "\\\\").replace('"', '\\"')


def _told(binding: Binding) -> str:
    turned = binding.group is not None and binding.group.description.startswith("sort by")
    return f"sort by {binding.description}" if turned else binding.description
