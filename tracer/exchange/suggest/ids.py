"""Which place carries the business transaction id.

Its values look like ids, are many, have few events each, and events of several types share them, each type mostly
once: that tells an order from its customer, who orders more than once. Topics whose values meet belong together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracer.exchange.suggest.profiles import Profile, Sample
from tracer.exchange.suggest.types import TypePlace
from tracer.exchange.suggest.vocabulary import CAUSATION_NAMES, GENERIC_IDS, ID_ENDINGS, OTHER_IDS, plain

LEAST_COVERAGE: Final = 0.6
LEAST_DIFFERENT: Final = 3
LEAST_ID_SHARE: Final = 0.9
MOST_EVENTS: Final = 200.0
LEAST_MEETING: Final = 0.3  # the share of a topic's messages whose value another topic of the saga knows
LEAST_SCORE: Final = 0.3
MOST_SEEDS: Final = 12
_REACH: Final = 0.7  # what it is worth that an id is in all messages: a payment's is in a few of its order's

Types = Mapping[str, TypePlace]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPlace:
    """The place that carries the id in a topic, how sure that is, and why."""

    place: str
    score: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Topics that share transactions: by topic where the id stands, and by the number of a message the id."""

    topics: Mapping[str, IdPlace]
    ids: Mapping[int, str]


def flows(sample: Sample, types: Types) -> tuple[list[Flow], list[str]]:
    """Group the topics by the transactions that they share; and the topics in which nothing looks like an id."""
    meetings = _meetings(sample, types)
    scored = {
        topic: {one.place: _score(one, types[topic], meetings) for one in its.values() if _may_be(one)}
        for topic, its in sample.profiles.items()
    }
    left, found = list(sample.topics), []
    while left:
        seeds = [(scored[topic][place], topic, place) for topic in left for place in scored[topic]]
        tried = sorted((seed for seed in seeds if seed[0] >= LEAST_SCORE), reverse=True)[:MOST_SEEDS]
        if not tried:
            break
        grown = [(score, _grow(sample, left, scored, topic, place)) for score, topic, place in tried]
        _, flow = max(grown, key=lambda one: one[0] + _REACH * len(one[1].ids) / len(sample.messages))
        found.append(flow)
        left = [one for one in left if one not in flow.topics]
    return found, left


def _may_be(found: Profile) -> bool:
    different = len(found.counts)
    return (
        different >= LEAST_DIFFERENT
        and found.coverage >= LEAST_COVERAGE
        and found.id_share >= LEAST_ID_SHARE
        and len(found.texts) / different <= MOST_EVENTS
        and plain(found.place) not in CAUSATION_NAMES
        and not found.place.startswith("header:traceparent")
    )


def _meetings(sample: Sample, types: Types) -> Mapping[str, Mapping[str, set[tuple[str, str]]]]:
    """By the plain name of places and the value there, the events that have it."""
    met: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for topic, its in sample.profiles.items():
        names = types[topic].names
        for one in its.values():
            if _may_be(one):
                by_value = met[plain(one.place)]
                for number, text in one.texts.items():
                    by_value[text].add((topic, names.get(number, "")))
    return met


def _score(found: Profile, type_: TypePlace, meetings: Mapping[str, Mapping[str, set[tuple[str, str]]]]) -> float:
    shared = _shared(found, meetings)
    if not shared:
        return 0.0
    return (
        0.4 * shared + 0.25 * _once(found, type_) + 0.1 * found.coverage + 0.15 * _named(found) + 0.1 * _spread(found)
    )


def _shared(found: Profile, meetings: Mapping[str, Mapping[str, set[tuple[str, str]]]]) -> float:
    """The share of values that several kinds of events have."""
    met = meetings[plain(found.place)]
    return sum(len(met[text]) > 1 for text in found.counts) / len(found.counts)


def _once(found: Profile, type_: TypePlace) -> float:
    """The share of (value, event type) that are there once."""
    pairs = Counter((text, type_.names.get(number, "")) for number, text in found.texts.items())
    return sum(count == 1 for count in pairs.values()) / len(pairs)


def _named(found: Profile) -> float:
    name = plain(found.place)
    if name in OTHER_IDS:
        return -1.0
    if name in GENERIC_IDS:
        return 0.5
    return 1.0 if name.endswith(ID_ENDINGS) else 0.0


def _spread(found: Profile) -> float:
    """Many values are better than few."""
    return min(1.0, 4 * len(found.counts) / len(found.texts))


def _grow(sample: Sample, left: list[str], scored: Mapping[str, Mapping[str, float]], seed: str, place: str) -> Flow:
    """Take in every topic whose messages carry values that the flow knows, until no more do."""
    first = sample.profiles[seed][place]
    chosen: dict[str, Profile] = {seed: first}
    known = set(first.counts)
    while more := _next(sample, [topic for topic in left if topic not in chosen], known, plain(place)):
        chosen[more.topic] = more
        known |= set(more.counts)
    ids = {number: text for one in chosen.values() for number, text in one.texts.items()}
    events = len(ids) / len(set(ids.values()))
    topics = {
        topic: IdPlace(
            place=one.place,
            score=scored[topic].get(one.place, scored[seed][place]),
            why=f"in {one.coverage:.0%} of {one.total:,} messages, {len(one.counts):,} values of {events:.1f} events",
        )
        for topic, one in chosen.items()
    }
    return Flow(topics=topics, ids=ids)


def _next(sample: Sample, left: list[str], known: set[str], name: str) -> Profile | None:
    """Find the place in another topic that meets most of what is known; of equals the one of the same name."""
    candidates = [
        (share, plain(one.place) == name, one.place != "key", one)
        for topic in left
        for one in sample.profiles[topic].values()
        if one.coverage >= LEAST_COVERAGE and (share := _meeting(one, known)) >= LEAST_MEETING
    ]
    return max(candidates, key=lambda one: one[:3])[3] if candidates else None


def _meeting(found: Profile, known: set[str]) -> float:
    return sum(count for text, count in found.counts.items() if text in known) / len(found.texts)
