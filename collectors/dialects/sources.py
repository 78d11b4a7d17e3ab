"""Where a mapping finds a value in a message: `$.path`, `header:NAME`, `key`, `topic` or `=constant`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from collectors.dialects.sql import NULL, literal, one_of, pointer

HEADER: Final = "header:"
CONSTANT: Final = "="
ANY: Final = "*"
_FIELDS: Final = ("key", "topic")
_FORMS: Final = '"$.payload.path", "header:NAME", "key", "topic" or "=constant"'


@dataclass(frozen=True, slots=True)
class Words:
    """What a column takes: one of `words`, or with `whole` a whole number from 1; anything where neither is said."""

    words: tuple[str, ...] | None
    whole: bool = False

    def check(self, value: str) -> None:
        """Raise ValueError for a value that the column does not take."""
        if self.words is not None and value not in self.words:
            raise ValueError(f'"{value}" is none of {", ".join(self.words)}')
        if self.whole and not (value.isascii() and value.isdecimal() and int(value) >= 1):
            raise ValueError(f'"{value}" is no whole number from 1')


def check_source(source: str, words: Words | None) -> None:
    """Raise ValueError for a text that is no source, or a constant that the column does not take."""
    if source.startswith(CONSTANT):
        if source == CONSTANT:
            raise ValueError('"=" is an empty constant; leave the key out instead')
        (words or Words(None)).check(source.removeprefix(CONSTANT))
        return
    _check_place(source, _FORMS)


def check_condition(place: str) -> None:
    """Raise ValueError for a key of `when` that names no part of a message."""
    _check_place(place, '"$.payload.path", "header:NAME", "key" or "topic"')


def source_sql(source: str) -> str:
    """Give the expression (VARCHAR) for a checked source."""
    if source.startswith(CONSTANT):
        return literal(source.removeprefix(CONSTANT))
    if source.startswith(HEADER):
        return f"header({literal(source.removeprefix(HEADER))})"
    return source if source in _FIELDS else f"path({literal(source)})"


def choice_sql(source: str, values: Iterable[tuple[str, str]]) -> str:
    """Give the expression for a source whose text is looked up; NULL where no value is given for it."""
    pairs = dict(values)
    other = pairs.pop(ANY, None)
    subject = source_sql(source)
    cases = "".join(f" WHEN {literal(text)} THEN {literal(value)}" for text, value in pairs.items())
    rest = f"CASE WHEN {subject} IS NOT NULL THEN {literal(other)} END" if other is not None else NULL
    return f"CASE {subject}{cases} ELSE {rest} END" if cases else rest


def condition_sql(place: str, wanted: object) -> str:
    """Give the condition that a place has a value, or one of a list of values; "*" is any value at all."""
    texts = [_text(item) for item in (wanted if isinstance(wanted, tuple | list) else (wanted,))]
    subject = source_sql(place)
    if ANY in texts:
        return f"{subject} IS NOT NULL"
    return one_of(subject, texts) if texts else "false"


def topic_sql(pattern: str, column: str = "topic") -> str:
    """Give the condition that the topic has a name or matches a glob (`*`, `?`, `[abc]`)."""
    if pattern == ANY:
        return "true"
    return f"{column} GLOB {literal(pattern)}" if set(pattern) & set("*?[") else f"{column} = {literal(pattern)}"


def _check_place(place: str, forms: str) -> None:
    if place.startswith(HEADER):
        if place == HEADER:
            raise ValueError('"header:" names no header; write "header:NAME"')
    elif place.startswith("$"):
        pointer(place)
    elif place not in _FIELDS:
        raise ValueError(f'"{place}" is none of {forms}')


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
