"""A record's values as a tree of lines that folds: objects, lists, and JSON that came as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Path = tuple[str, ...]
MAX_DEPTH: Final = 40
MAX_CHILDREN: Final = 2_000
MAX_JSON: Final = 1 << 20
_OPEN_DEPTH: Final = 2
_SHORT: Final = 60
_FEW: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One line: its label, and its value as text. `is_open` is None where there is nothing to fold."""

    path: Path
    label: str
    text: str
    is_open: bool | None = None

    @property
    def depth(self) -> int:
        """Say how deep it lies below its section."""
        return len(self.path) - 2


def decoded(value: Any) -> Any:
    """Give what a text of JSON holds, where that is an object or a list; else the value as it is."""
    if not isinstance(value, str) or value[:1].lstrip() not in {"{", "["} or len(value) > MAX_JSON:
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict | list) else value


def nodes(section: str, values: Mapping[str, Any], toggled: frozenset[Path]) -> Iterator[Node]:
    """Give the lines of a section; `toggled` are the paths that a person folded or opened against the default."""
    for label, value in sorted(values.items()):
        yield from _node((section, label), label, value, toggled)


def _node(path: Path, label: str, value: Any, toggled: frozenset[Path]) -> Iterator[Node]:
    inner = decoded(value)
    children = _children(inner) if len(path) < MAX_DEPTH else ()
    if not children:
        yield Node(path=path, label=label, text=text_of(value))
        return
    is_open = _opens(path, inner) != (path in toggled)
    yield Node(path=path, label=label, text=_summary(inner, came_as=value, is_open=is_open), is_open=is_open)
    if is_open:
        for name, child in children[:MAX_CHILDREN]:
            yield from _node((*path, name), name, child, toggled)
        if len(children) > MAX_CHILDREN:
            yield Node(path=(*path, ""), label="", text=f"and {len(children) - MAX_CHILDREN} more; v shows them raw")


def _children(value: Any) -> Sequence[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(name), child) for name, child in value.items()]
    if isinstance(value, list | tuple):
        return [(f"[{number}]", child) for number, child in enumerate(value)]
    return ()


def _opens(path: Path, value: Any) -> bool:
    """Say whether it is open by itself: what is short stays on its line, what is deep or long waits."""
    whole = text_of(value) if len(value) <= _FEW else ""
    return len(path) <= _OPEN_DEPTH + 1 and len(value) <= _FEW and len(whole) > _SHORT


def _summary(value: Any, *, came_as: Any, is_open: bool) -> str:
    kind = f"{len(value)} in an object" if isinstance(value, dict) else f"{len(value)} in a list"
    noted = f"{kind}, JSON as text" if isinstance(came_as, str) else kind
    if is_open:
        return noted
    whole = text_of(value) if len(value) <= _FEW else ""
    return whole if whole and len(whole) <= _SHORT else noted


def text_of(value: Any) -> str:
    """Write a value on one line: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def toggled_for(section: str, values: Mapping[str, Any], toggled: frozenset[Path], needle: str) -> frozenset[Path]:
    """Open what hides a text: give `toggled` with every closed line that has it below."""
    found = set(toggled)
    for label, value in values.items():
        _uncover((section, label), value, needle.casefold(), found)
    return frozenset(found)


def _uncover(path: Path, value: Any, needle: str, toggled: set[Path]) -> bool:
    """Open the way to a text; say whether it is here or below."""
    inner = decoded(value)
    children = _children(inner) if len(path) < MAX_DEPTH else ()
    if not children:
        return needle in path[-1].casefold() or needle in text_of(value).casefold()
    below = [_uncover((*path, name), child, needle, toggled) for name, child in children[:MAX_CHILDREN]]
    if any(below) and _opens(path, inner) == (path in toggled):
        toggled ^= {path}
    return any(below) or needle in path[-1].casefold()
