"""Which places carry the service that sent the event, and what went wrong."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from tracer.exchange.suggest.ids import Flow
from tracer.exchange.suggest.others import Found
from tracer.exchange.suggest.phases import Meanings
from tracer.exchange.suggest.profiles import Profile, Sample
from tracer.exchange.suggest.types import TypePlace
from tracer.exchange.suggest.vocabulary import ERROR_NAMES, OWNER_NAMES, plain

LEAST_COVERAGE: Final = 0.9
LEAST_CONSTANT: Final = 0.95  # of an event's messages have the same owner
MOST_OWNERS: Final = 30
MOST_OTHERS: Final = 0.05  # of the events that are no failures may have a reason: it makes a record an error
LEAST_FAILURES: Final = 0.5  # of the events of one failure have it
_WORDY: Final = re.compile(r"[A-Za-z/][\w./:@ -]*")
_FAILURES: Final = frozenset(["failed", "timed_out", "txn_failed"])

Types = Mapping[str, TypePlace]


def owner_places(sample: Sample, types: Types, flow: Flow) -> dict[str, Found]:
    """Find by topic the place that has few words, always the same for the same event: a place for all topics first."""
    names = {place for topic in flow.topics for place in sample.profiles[topic]}
    scored = [(_owner(sample, types, flow, place), place) for place in sorted(names)]
    found = sorted((one for one, _ in scored if one is not None), key=lambda one: one[0].score, reverse=True)
    chosen: dict[str, Found] = {}
    for one, topics in found:
        chosen = {**dict.fromkeys(topics, one), **chosen}
    return chosen


def error_place(its: Mapping[str, Profile], type_: TypePlace, meant: Meanings) -> Found | None:
    """Find the text that failures have and other events have not."""
    bad = {name for name, meaning in meant.known.items() if meaning.phase in _FAILURES}
    found = [_error(one, type_, bad) for one in its.values() if plain(one.place) in ERROR_NAMES]
    return max((one for one in found if one), key=lambda one: (one.score, one.place), default=None)


def _owner(sample: Sample, types: Types, flow: Flow, place: str) -> tuple[Found, list[str]] | None:
    its = {topic: one for topic in flow.topics if (one := _usable(sample.profiles[topic].get(place), types[topic]))}
    by_event: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for topic, one in its.items():
        for number, text in one.texts.items():
            by_event[topic, types[topic].names.get(number, "")][text] += 1
    owners = {text for counts in by_event.values() for text in counts}
    if not owners or len(owners) > MOST_OWNERS or not all(map(_is_constant, by_event.values())):
        return None
    is_named = plain(place) in OWNER_NAMES
    if not is_named and (len(owners) < 2 or len(owners) >= len(by_event) or len(its) < len(flow.topics)):  # noqa: PLR2004  one word says nothing, one an event is another name of it
        return None
    why = f"{len(owners)} different, always the same for the same event"
    share = len(its) / len(flow.topics)
    return Found(place=place, score=0.3 + 0.4 * is_named + 0.2 * share, why=why), list(its)


def _usable(one: Profile | None, type_: TypePlace) -> Profile | None:
    if one is None or one.coverage < LEAST_COVERAGE or one.place in {type_.place, "key", "topic"}:
        return None
    return one if all(map(_WORDY.fullmatch, one.counts)) else None


def _is_constant(counts: Counter[str]) -> bool:
    return max(counts.values()) >= LEAST_CONSTANT * counts.total()


def _error(one: Profile, type_: TypePlace, bad: Iterable[str]) -> Found | None:
    events, having = Counter(type_.names.values()), Counter(type_.names.get(number, "") for number in one.texts)
    failures = [name for name in bad if having[name] >= LEAST_FAILURES * events[name] > 0]
    others = sum(count for name, count in having.items() if name not in bad)
    if not failures or others > MOST_OTHERS * sum(count for name, count in events.items() if name not in bad):
        return None
    named = ", ".join(sorted(failures))
    return Found(place=one.place, score=0.8, why=f"on {named}; it makes the record an error")
