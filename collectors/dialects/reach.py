"""Finds rules of a mapping that no message can fulfil: a person would look for what they were to do in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from collectors.dialects.options import DialectOptions, Rule
from collectors.dialects.sources import ANY

Reads = Callable[[str], bool]


def unreachable(options: DialectOptions, *, reads: Reads, topics: Sequence[str] | None) -> Iterator[str]:
    """Say of each rule that can never hold why, and what to do.

    `reads` tells whether a topic is read; `topics` are all that there can be, None where others may come.
    """
    for number, rule in enumerate(options.mapping, start=1):
        # A dead letter has the topic that it was in before, which may be any.
        if why := _no_value(rule) or ("" if options.dead_letter else _no_topic(rule, reads, topics)):
            yield f"mapping rule {number} can never hold: {why}, or remove the rule"


def _no_value(rule: Rule) -> str:
    empty = (place for place, wanted in rule.when.items() if isinstance(wanted, tuple) and not wanted)
    return next((f'when."{place}" lists no value; name one' for place in empty), "")


def _no_topic(rule: Rule, reads: Reads, topics: Sequence[str] | None) -> str:
    named = _named(rule, topics)
    if named is None or any(map(reads, named)):
        return ""
    if not named:
        return f"no topic that is read matches {_asked(rule)}; correct it"
    those, it = ("topic", "it") if len(named) == 1 else ("none of the topics", "one")
    verb = "is not read" if len(named) == 1 else "is read"
    return f"{those} {', '.join(named)} {verb}; add {it} to topics"


def _named(rule: Rule, topics: Sequence[str] | None) -> Sequence[str] | None:
    """Name every topic that a rule can hold for; None where they cannot be told."""
    wanted = rule.when.get("topic", ANY)
    texts = [str(one) for one in (wanted if isinstance(wanted, tuple) else (wanted,))]
    if ANY not in texts:
        return [text for text in texts if fnmatchcase(text, rule.topic or ANY)]
    if rule.topic is not None and not set(rule.topic) & set("*?["):
        return [rule.topic]
    return None if topics is None else [topic for topic in topics if fnmatchcase(topic, rule.topic or ANY)]


def _asked(rule: Rule) -> str:
    asked = [f'topic = "{rule.topic}"'] if rule.topic is not None else []
    return " and ".join([*asked, *(['when."topic"'] if "topic" in rule.when else [])])
