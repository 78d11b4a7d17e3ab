"""Which place names the event: few different words, the same in many messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracer.exchange.suggest.profiles import Profile, Sample
from tracer.exchange.suggest.vocabulary import PHASE_OF, TYPE_NAMES, plain, words_of

MOST_TYPES: Final = 80
MOST_SHARE: Final = 0.34  # different texts among the messages
FEW: Final = 6  # so many are always few enough
LEAST_SCORE: Final = 0.35
_WORDY: Final = re.compile(r"[A-Za-z][\w.:/$-]*[A-Za-z][\w.:/$-]*")
TOPIC: Final = "topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePlace:
    """The place that names the event in a topic ("topic" where nothing else does), how sure that is, and why."""

    place: str
    score: float
    why: str
    names: Mapping[int, str]  # by the number of the message


def type_places(sample: Sample) -> Mapping[str, TypePlace]:
    """Choose the place of each topic; one that most topics share counts a little more."""
    scored = {topic: {p.place: _score(p) for p in its.values()} for topic, its in sample.profiles.items()}
    shared = {
        place: sum(place in its and its[place] > 0 for its in scored.values())
        for its in scored.values()
        for place in its
    }
    chosen = {}
    for topic, its in scored.items():
        best = max(its, key=lambda place: (its[place] + 0.05 * shared[place] / len(scored), place), default=None)
        if best is None or its[best] < LEAST_SCORE:
            chosen[topic] = _by_topic(sample, topic)
            continue
        found = sample.profiles[topic][best]
        known = sum(_is_known(name) for name in found.counts)
        why = f"{len(found.counts)} different in {len(found.texts):,} messages, {known} of them words for a phase"
        chosen[topic] = TypePlace(place=best, score=min(its[best], 1.0), why=why, names=found.texts)
    return chosen


def _by_topic(sample: Sample, topic: str) -> TypePlace:
    numbers = [number for number, message in enumerate(sample.messages) if message.topic == topic]
    score = 0.5 if _is_known(topic) else 0.1
    return TypePlace(
        place=TOPIC, score=score, why="nothing in the messages names the event", names=dict.fromkeys(numbers, topic)
    )


def _score(found: Profile) -> float:
    different = len(found.counts)
    if different > MOST_TYPES or different > max(FEW, MOST_SHARE * len(found.texts)):
        return 0.0
    if not all(_WORDY.fullmatch(text) for text in found.counts):
        return 0.0
    named = plain(found.place) in TYPE_NAMES
    known = sum(map(_is_known, found.counts)) / different
    many_words = sum(len(words_of(text)) > 1 for text in found.counts) / different
    return found.coverage * (0.4 * named + 0.35 * known + 0.15 * many_words + 0.1 * (different > 1))


def _is_known(name: str) -> bool:
    words = words_of(name)
    return bool(words) and words[-1] in PHASE_OF
