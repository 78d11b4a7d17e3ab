"""The keys as people write them, read from the bindings themselves, so that the help cannot be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode

_NAMES: Final = {
    "slash": "/", "question_mark": "?", "space": "space", "escape": "Esc", "enter": "Enter", "pageup": "PageUp",
    "pagedown": "PageDown", "home": "Home", "end": "End", "up": "Up", "down": "Down", "left": "Left",
    "right": "Right", "f1": "F1", "tab": "Tab", "colon": ":", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "plus": "+", "minus": "-", "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip


def key_name(key: str) -> str:
    """Write one key the way people do: "ctrl+d" as Ctrl-D."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last, last)
    shown = name.upper() if modifiers and len(name) == 1 else name
    return "-".join([*(each.capitalize() for each in modifiers), shown])


def bindings_of(node: type[DOMNode]) -> tuple[Binding, ...]:
    """Give the bindings that a screen declares, those of its bases after its own."""
    declared: list[Binding] = []
    for base in node.__mro__:
        own = base.__dict__.get("BINDINGS", ()) if base.__module__.startswith("tui.") else ()
        declared.extend(binding for binding in own if isinstance(binding, Binding))
    return tuple(declared)


def shown_keys(wanted: Iterable[tuple[str, str]], *nodes: type[DOMNode]) -> tuple[tuple[str, str], ...]:
    """Give (key, words) of these actions, the key read from the binding of the action."""
    declared = [binding for node in nodes for binding in bindings_of(node)]
    by_action = {binding.action: key_name(binding.key.split(",")[0]) for binding in reversed(declared)}
    return tuple((by_action[action], words) for action, words in wanted)


def help_groups(*nodes: type[DOMNode]) -> dict[str, list[tuple[str, str]]]:
    """Give (keys, what they do) of these screens, by group, each action once."""
    groups: dict[str, list[tuple[str, str]]] = {}
    seen: set[str] = set()
    for binding in (binding for node in nodes for binding in bindings_of(node)):
        if binding.description and binding.action not in seen:
            seen.add(binding.action)
            group = binding.group.description if binding.group else "do"
            keys = " ".join(key_name(key) for key in binding.key.split(","))
            groups.setdefault(group, []).append((keys, binding.description))
    return groups
