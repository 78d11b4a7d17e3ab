"""Rules of a mapping that can never hold."""

from __future__ import annotations

import re

import msgspec
import pytest

from collectors.dialects.options import DialectOptions
from collectors.dialects.reach import unreachable

TOPICS = ("orders", "payments.eu")


def told(rule: dict[str, object], *, pattern: str = "", **options: object) -> list[str]:
    """Give what is said of one rule where TOPICS are read, and what a pattern matches."""
    read = msgspec.convert({"mapping": [rule], **options}, DialectOptions)

    def reads(topic: str) -> bool:
        return topic in TOPICS or (bool(pattern) and re.fullmatch(pattern, topic) is not None)

    return list(unreachable(read, reads=reads, topics=None if pattern else TOPICS))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"topic": "shipping"}, "topic shipping is not read; add it to topics"),
        ({"topic": "pay.*"}, 'no topic that is read matches topic = "pay.*"; correct it'),
        ({"when": {"topic": ["a", "b"]}}, "none of the topics a, b is read; add one to topics"),
        (
            {"topic": "orders", "when": {"topic": "payments.eu"}},
            'no topic that is read matches topic = "orders" and when."topic"; correct it',
        ),
        ({"when": {"$.type": [], "topic": "orders"}}, 'when."$.type" lists no value; name one'),
    ],
)
def test_a_rule_that_no_message_fulfils_is_told(rule: dict[str, object], why: str) -> None:
    """The rule's number, why it cannot hold, and what to do."""
    assert told(rule) == [f"mapping rule 1 can never hold: {why}, or remove the rule"]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"topic": "orders"},
        {"topic": "*.eu"},
        {"when": {"topic": ["shipping", "orders"]}},
        {"when": {"topic": "*", "$.type": "a"}},
        {"topic": "payments.*", "when": {"topic": "payments.eu"}},
    ],
)
def test_a_rule_that_some_message_may_fulfil_is_not(rule: dict[str, object]) -> None:
    """Nothing is said where a topic that is read fits."""
    assert told(rule) == []


def test_topics_by_a_pattern_are_judged_by_name_alone() -> None:
    """A pattern may bring any topic that it matches: a name is held against it, a glob is let pass."""
    assert told({"topic": "audit.7"}, pattern="audit.*") == []
    assert told({"topic": "other.*"}, pattern="audit.*") == []
    assert len(told({"topic": "other"}, pattern="audit.*")) == 1


def test_dead_letters_may_have_been_in_any_topic() -> None:
    """Where dead letters are read a rule may be for the topic that they were in."""
    assert told({"topic": "shipping"}, dead_letter=["orders"]) == []
    assert len(told({"when": {"$.type": []}}, dead_letter=["orders"])) == 1
