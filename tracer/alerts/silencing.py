"""Matchers of silences: which alerts one means.

`=~` and `!~` take regular expressions of RE2 (through Arrow), whose time is linear in the text whatever the pattern: a
person's pattern can be wrong, and cannot stop the watch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from tracer.errors import UsageError
from tracer.model.text import clean

MAX_MATCHERS: Final = 16
MAX_PATTERN: Final = 512
Operator = Literal["=", "!=", "=~", "!~"]
_TERM: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)


class Matcher(NamedTuple):
    """One term: a label, how it is compared, and with what."""

    label: str
    operator: Operator
    value: str


def parse_matchers(terms: Iterable[str]) -> tuple[Matcher, ...]:
    """Read the terms of a silence. Raises UsageError for one that is none, and for terms that match everything."""
    matchers = tuple(parse_matcher(term) for term in terms)
    if not 1 <= len(matchers) <= MAX_MATCHERS:
        raise UsageError(f"a silence has from 1 to {MAX_MATCHERS} matchers, not {len(matchers)}")
    if all(_matches(one, [""])[0] for one in matchers):
        raise UsageError("these matchers match every alert without such labels: name one, as in alertname=RULE")
    return matchers


def parse_matcher(term: str) -> Matcher:
    """Read one term, such as `saga=order` or `owner=~"pay.*"`. Raises UsageError."""
    found = _TERM.fullmatch(term)
    if found is None:
        raise UsageError(
            f'"{term[:100]}" is no matcher: write label=value, label!=value, label=~pattern or label!~pattern'
        )
    label, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if len(value) > MAX_PATTERN or value != clean(value):
        raise UsageError(f"a matcher has at most {MAX_PATTERN} characters, all of which can be printed")
    matcher = Matcher(label, cast("Operator", operator), value)
    _matches(matcher, [""])
    return matcher


def written(matcher: Matcher) -> str:
    """Write a matcher as a term that reads back as the same one, with quotes where it needs them."""
    plain = f"{matcher.label}{matcher.operator}{matcher.value}"
    try:
        return plain if parse_matcher(plain) == matcher else f'{matcher.label}{matcher.operator}"{matcher.value}"'
    except UsageError:
        return f'{matcher.label}{matcher.operator}"{matcher.value}"'


def matched(matchers: Iterable[Matcher], labels: Sequence[Mapping[str, str]]) -> list[bool]:
    """Say for each set of labels whether all matchers hold; a label that is not there is empty."""
    chosen = [True] * len(labels)
    for one in matchers:
        held = _matches(one, [each.get(one.label, "") for each in labels])
        chosen = [before and now for before, now in zip(chosen, held, strict=True)]
    return chosen


def _matches(matcher: Matcher, values: Sequence[str]) -> list[bool]:
    if matcher.operator in {"=", "!="}:
        return [(value == matcher.value) is (matcher.operator == "=") for value in values]
    texts = pa.array(values, pa.string())
    try:
        pc.match_substring_regex(texts, pattern=matcher.value)
        held: list[bool] = pc.match_substring_regex(texts, pattern=rf"\A(?:{matcher.value})\z").to_pylist()
    except (pa.ArrowInvalid, UnicodeError) as wrong:
        raise UsageError(f'"{matcher.value}" is no regular expression: {str(wrong).splitlines()[0]}') from wrong
    return [one is (matcher.operator == "=~") for one in held]
