"""Which places carry the time, the message id, the id of the message that caused it, and other ids."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tracer.clock import NS_PER_S
from tracer.exchange.messages import time_ns
from tracer.exchange.suggest.ids import Flow
from tracer.exchange.suggest.profiles import Profile, Sample
from tracer.exchange.suggest.vocabulary import CAUSATION_NAMES, MESSAGE_ID_NAMES, TIME_NAMES, noun_of, plain

_FROM_NS: Final = 946_684_800 * NS_PER_S  # 2000
_UNTIL_NS: Final = 4_102_444_800 * NS_PER_S  # 2100
LEAST_COVERAGE: Final = 0.9
LEAST_SCORE: Final = 0.55
LEAST_CAUSED: Final = 0.5
MOST_ALIASES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A place, how sure it is, and why."""

    place: str
    score: float
    why: str


def time_place(its: Mapping[str, Profile]) -> Found | None:
    """Find the place whose values are times and grow with the offset."""
    return _best(map(_time, its.values()))


def message_id_place(its: Mapping[str, Profile], apart: str) -> Found | None:
    """Find the place whose value no two messages share; `apart` is the place of the transaction id."""
    return _best(_message_id(one) for one in its.values() if one.place != apart)


def causation_place(its: Mapping[str, Profile], message_ids: set[str], own: str | None) -> Found | None:
    """Find the place whose values are the message ids of others."""
    return _best(_causation(one, message_ids) for one in its.values() if one.place != own) if message_ids else None


def alias_places(sample: Sample, flow: Flow, topic: str, apart: Iterable[str]) -> dict[str, Found]:
    """Find other ids of the same transactions, by their nouns: each value belongs to one transaction."""
    skipped = set(apart)
    found: dict[str, Found] = {}
    own = noun_of(flow.topics[topic].place)
    for place, one in sample.profiles[topic].items():
        noun = noun_of(place)
        if place in skipped or noun in {"", own} or noun in found or len(found) >= MOST_ALIASES:
            continue
        if why := _is_alias(sample, flow, place, one):
            found[noun] = Found(place=place, score=0.7, why=why)
    return found


def _best(candidates: Iterable[Found | None]) -> Found | None:
    found = [one for one in candidates if one is not None and one.score >= LEAST_SCORE]
    return max(found, key=lambda one: (one.score, one.place.startswith("$"), one.place), default=None)


def _time(one: Profile) -> Found | None:
    if one.coverage < LEAST_COVERAGE:
        return None
    read = {number: time_ns(_number(value)) for number, value in one.values.items()}
    times = [at for at in read.values() if at is not None and _FROM_NS <= at < _UNTIL_NS]
    if len(times) < len(one.texts) * LEAST_COVERAGE:
        return None
    growing = sum(before <= after for before, after in pairwise(times)) / max(1, len(times) - 1)
    named = plain(one.place) in TIME_NAMES
    text = isinstance(next(iter(one.values.values())), str)
    score = 0.3 + 0.35 * growing + 0.25 * named + 0.1 * text
    return Found(
        place=one.place, score=score, why=f"every value is a time, {growing:.0%} no earlier than the one before"
    )


def _number(value: object) -> object:
    """Read digits as a number, as headers have them."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) > 9 else value  # noqa: PLR2004  seconds since 1970 have ten digits


def _message_id(one: Profile) -> Found | None:
    unique = len(one.counts) / len(one.texts)
    if one.coverage < LEAST_COVERAGE or unique < 1 or one.id_share < LEAST_COVERAGE or len(one.texts) < 2:  # noqa: PLR2004  one value is always unique
        return None
    named = plain(one.place) in MESSAGE_ID_NAMES
    length = statistics.fmean(map(len, one.counts))
    score = 0.45 + 0.35 * named + 0.2 * min(1.0, length / 32)
    return Found(place=one.place, score=score, why=f"{len(one.counts):,} values, no two messages share one")


def _causation(one: Profile, message_ids: set[str]) -> Found | None:
    known = sum(text in message_ids for text in one.texts.values()) / len(one.texts)
    if known < LEAST_CAUSED:
        return None
    named = plain(one.place) in CAUSATION_NAMES
    why = f"{known:.0%} of its {len(one.texts):,} values are message ids in the sample"
    return Found(place=one.place, score=min(1.0, 0.3 + 0.4 * known + 0.3 * named), why=why)


def _is_alias(sample: Sample, flow: Flow, place: str, one: Profile) -> str | None:
    """Say why a place is an alias: ids, each of one transaction, most of which have one only."""
    if one.id_share < LEAST_COVERAGE or len(one.counts) < 3:  # noqa: PLR2004  fewer say nothing
        return None
    pairs = {
        (text, flow.ids[number])
        for topic in flow.topics
        for number, text in (sample.profiles[topic][place].texts if place in sample.profiles[topic] else {}).items()
        if number in flow.ids
    }
    values, owners = {text for text, _ in pairs}, {owner for _, owner in pairs}
    if not len(values) == len(owners) == len(pairs):
        return None
    return f"{len(values):,} values, each of one transaction"
