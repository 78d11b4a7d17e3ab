"""The SQL of the store: one file for each statement, loaded by name.

`{{name}}` in a file stands for the text of another file, in parentheses. Values are always bound.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

_INCLUDE: Final = re.compile(r"\{\{(\w+)\}\}")
_ROOT: Final = files("tracer.store")


@cache
def statement(name: str) -> str:
    """The text of `sql/NAME.sql`, with what it includes put in."""
    return _included((_ROOT / "sql" / f"{name}.sql").read_text(encoding="utf-8"))


@cache
def schema() -> tuple[str, ...]:
    """The statements that make an empty store, in the order of `schema/ORDER`, with what they include put in."""
    names = (_ROOT / "schema" / "ORDER").read_text(encoding="utf-8").split()
    return tuple(map(schema_part, names))


def schema_part(name: str) -> str:
    """The statements of `schema/NAME.sql`, with what they include put in."""
    return _included((_ROOT / "schema" / f"{name}.sql").read_text(encoding="utf-8"))


def _included(text: str) -> str:
    return _INCLUDE.sub(lambda match: f"(\n{statement(match.group(1))})", text)
