"""What stands at each place of the messages of each topic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import msgspec

from tracer.exchange.messages import Message
from tracer.exchange.paths import places

MAX_TEXT: Final = 200
MAX_TOPICS: Final = 100
_IDS: Final = (
    re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.:/-]{4,80}"),
    re.compile(r"\d{3,20}"),
)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ].*")


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """A place in the messages of a topic: by the number of a message, the value as text, and as it is.

    `total` is how many messages the topic has.
    """

    topic: str
    place: str
    total: int
    texts: Mapping[int, str]
    values: Mapping[int, Any] = field(repr=False)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text is there."""
        return Counter(self.texts.values())

    @cached_property
    def coverage(self) -> float:
        """The share of the topic's messages that have something there."""
        return len(self.texts) / self.total

    @cached_property
    def id_share(self) -> float:
        """The share of different texts that look like an id."""
        if not self.counts:
            return 0.0
        return sum(map(is_id_like, self.counts)) / len(self.counts)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Messages in the order of each partition, their profiles by topic and place."""

    messages: Sequence[Message]
    profiles: Mapping[str, Mapping[str, Profile]]
    left_out: int = 0  # topics beyond MAX_TOPICS

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics, the one with most messages first."""
        return tuple(self.profiles)


def profile(messages: Iterable[Message]) -> Sample:
    """Look at every place of every message."""
    ordered = sorted(messages, key=lambda one: (one.topic, one.partition, one.offset))
    counts = Counter(message.topic for message in ordered if message.value is not None)
    kept = {topic for topic, _ in counts.most_common(MAX_TOPICS)}
    texts: dict[str, dict[str, dict[int, str]]] = {topic: {} for topic, _ in counts.most_common(MAX_TOPICS)}
    values: dict[tuple[str, str], dict[int, Any]] = {}
    for number, message in enumerate(ordered):
        if message.value is None or message.topic not in kept:
            continue
        for place, value in places(message).items():
            if (text := _text(value)) is not None:
                texts[message.topic].setdefault(place, {})[number] = text
                values.setdefault((message.topic, place), {})[number] = value
    profiles = {
        topic: {
            place: Profile(topic=topic, place=place, total=counts[topic], texts=its, values=values[topic, place])
            for place, its in by_place.items()
        }
        for topic, by_place in texts.items()
    }
    return Sample(messages=ordered, profiles=profiles, left_out=len(counts) - len(kept))


def is_id_like(text: str) -> bool:
    """Tell whether a text looks like an id: a UUID, letters with digits, a number of some digits; no time."""
    return not _TIME.fullmatch(text) and any(form.fullmatch(text) for form in _IDS)


def _text(value: Any) -> str | None:
    """Give a short scalar as text."""
    if isinstance(value, str):
        return value if 0 < len(value) <= MAX_TEXT else None
    if isinstance(value, int | float):  # and true and false
        return msgspec.json.encode(value).decode()
    return None
