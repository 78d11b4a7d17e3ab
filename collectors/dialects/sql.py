"""Text that becomes SQL: literals, and places in JSON. Nothing that a message holds ever passes here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_STEP: Final = re.compile(r'\.(?P<name>[^.\[\]"\s*]+)|\."(?P<quoted>[^"]*)"|\[(?P<index>\d{1,9})\]')
ROOT: Final = "$"
NULL: Final = "NULL::VARCHAR"


def literal(text: str) -> str:
    """Quote text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def pointer(place: str) -> str:
    """Turn a place like `$.order.items[0]."line.id"` into a JSON pointer, in which no character is a wildcard.

    Raises ValueError that says what a place looks like.
    """
    parts, at = [], len(ROOT)
    while place.startswith(ROOT) and at < len(place):
        step = _STEP.match(place, at)
        if step is None:
            break
        parts.append(step["name"] or step["index"] or step["quoted"] or "")
        at = step.end()
    if at != len(place) or not place.startswith(ROOT):
        raise ValueError(f'"{place}" is no place in a payload; write it like $.order.id, $.items[0] or $."a.b"')
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts) or ROOT


def member(name: str) -> str:
    """Give the JSON pointer of a top-level name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def one_of(subject: str, texts: Iterable[str]) -> str:
    """Give the condition that a text is one of these; no NULL. The engine plans IN with many texts as a join."""
    return f"CASE {subject} {' '.join(f'WHEN {literal(text)} THEN true' for text in texts)} ELSE false END"


def select(columns: Iterable[str], source: str) -> str:
    """Write a query. Its parts are expressions of ours, and of configuration only what `literal` quoted."""
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608 - no value is formatted in, see the docstring


def stage(name: str, source: str, added: Iterable[str]) -> str:
    """Write a common table that adds columns to another one."""
    return f"{name} AS ({select(('*', *added), source)})"
