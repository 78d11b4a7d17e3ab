"""Hand-offs between participants, as far as records say what caused what; and clocks that contradict them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tracer.model.cells import cut
from tracer.model.duration import spell_finely
from tracer.model.text import clean
from tracer.views import TimelineEntry

MAX_HINTS: Final = 3
# Below this two clocks are as good as one.
TOLERATED: Final = timedelta(milliseconds=1)
_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One record that caused another one at another owner: their numbers in the timeline that was given."""

    cause: int
    effect: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An effect that is dated before its cause, and by how much."""

    cause: TimelineEntry
    effect: TimelineEntry
    by: timedelta


def handoffs(timeline: Sequence[TimelineEntry]) -> tuple[Handoff, ...]:
    """Find what caused each record: the message it names, the sender of its own message, or its parent span."""
    sent = _first(timeline, "message_id", only_sent=True)
    spans = _first(timeline, "span_id", only_sent=False)
    found = []
    for number, entry in enumerate(timeline):
        causes = (_at(sent, entry.causation_id), _at(sent, entry.message_id), _parent(entry, spans))
        cause = next((at for at in causes if at is not None and timeline[at].owner != entry.owner), None)
        if cause is not None and entry.owner and timeline[cause].owner:
            found.append(Handoff(cause=cause, effect=number))
    return tuple(found)


def _at(places: Mapping[str, int], name: str | None) -> int | None:
    return places.get(name) if name else None


def _parent(entry: TimelineEntry, spans: Mapping[str, int]) -> int | None:
    return _at(spans, entry.parent_span_id) if entry.kind == "span" else None


def _first(timeline: Sequence[TimelineEntry], key: str, *, only_sent: bool) -> Mapping[str, int]:
    """Give the first record of each id; of a message the one that sent it, where a record says that it did."""
    places: dict[str, int] = {}
    senders: set[str] = set()
    for number, entry in enumerate(timeline):
        name = getattr(entry, key)
        if name is None or (not only_sent and entry.kind != "span"):
            continue
        sends = only_sent and entry.span_kind == "producer"
        if name not in places or (sends and name not in senders):
            places[name] = number
        senders |= {name} if sends else set()
    return places


def disagreements(timeline: Sequence[TimelineEntry]) -> tuple[Disagreement, ...]:
    """Give the effects that are dated before their causes, the furthest first; one for each pair of owners."""
    worst: dict[tuple[str | None, str | None], Disagreement] = {}
    for one in handoffs(timeline):
        cause, effect = timeline[one.cause], timeline[one.effect]
        pair, by = (cause.owner, effect.owner), cause.at - effect.at
        if by > TOLERATED and (pair not in worst or worst[pair].by < by):
            worst[pair] = Disagreement(cause=cause, effect=effect, by=by)
    return tuple(sorted(worst.values(), key=lambda one: -one.by))


def clock_hints(timeline: Sequence[TimelineEntry]) -> Iterator[str]:
    """Say in a sentence each how far the clocks of two owners disagree."""
    for one in disagreements(timeline)[:MAX_HINTS]:
        yield (
            f"The clocks of {_name(one.cause.owner)} and {_name(one.effect.owner)} disagree by at least "
            f"{spell_finely(one.by.total_seconds())}: {_name(one.effect.name)} is dated before "
            f"{_name(one.cause.name)}, which caused it. Times are as the services said them."
        )


def _name(text: str | None) -> str:
    return cut(clean(text or "-"), _NAME)
