"""Writes a suggested mapping as TOML to paste, with what it was made from as comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tracer.exchange.suggest.proposal import Proposal, Rule, Said
from tracer.model.text import clean

_ORDER: Final = ("transaction_id", "saga", "name", "time", "owner", "message_id", "causation_id", "error")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
LIKELY: Final = 0.75
PLAUSIBLE: Final = 0.5
_SHOWN: Final = 10


def write(proposal: Proposal, *, collector: str) -> Iterator[str]:
    """Write the tables of `[collectors.NAME]`, a line at a time; clean, whatever the messages say."""
    topics = ", ".join(proposal.topics[:_SHOWN]) + (", ..." if len(proposal.topics) > _SHOWN else "")
    yield clean(f"# Suggested from {proposal.messages:,} messages; topics: {topics}.")
    yield "# Every source says how sure it is. Check what is a guess, above all saga, steps and phases;"
    yield "# then try it: sagascope map-try FILE"
    if proposal.checks:
        yield "#"
        yield "# To check:"
        yield from (clean(f"# - {check}") for check in proposal.checks)
    for rule in proposal.rules:
        yield ""
        yield from _rule(rule, f"collectors.{_key(collector)}.mapping")


def _rule(rule: Rule, table: str) -> Iterator[str]:
    yield f"[[{table}]]"
    if rule.topic is not None:
        yield f"topic = {quoted(rule.topic)}"
    for key in (one for one in _ORDER if one in rule.sources):
        yield from _source(key, rule.sources[key])
    if rule.aliases:
        yield f"[{table}.aliases]"
        for kind, said in rule.aliases.items():
            yield from _source(_key(kind), said)
    for key, lookup in rule.lookups.items():
        yield f"[{table}.{key}]"
        yield f"from = {quoted(lookup.source)}"
        yield f"[{table}.{key}.values]"
        yield from (f"{_key(name)} = {quoted(text)}" for name, text in lookup.values.items())


def _source(key: str, said: Said) -> Iterator[str]:
    yield clean(f"# {_sure(said.score)} ({said.score:.0%}): {said.why}")
    yield f"{key} = {quoted(said.source)}"


def _sure(score: float) -> str:
    return "likely" if score >= LIKELY else "plausible" if score >= PLAUSIBLE else "guess"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    """Write a TOML string; what could control a terminal is written as its number."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if clean(character) == character:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  the last of four digits
