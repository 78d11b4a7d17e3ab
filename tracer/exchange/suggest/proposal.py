"""Puts a mapping together from what was found in a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tracer.exchange.messages import Message
from tracer.exchange.suggest.ids import Flow, flows
from tracer.exchange.suggest.others import Found, alias_places, causation_place, message_id_place, time_place
from tracer.exchange.suggest.owners import error_place, owner_places
from tracer.exchange.suggest.phases import Meanings, meanings
from tracer.exchange.suggest.profiles import Sample, profile
from tracer.exchange.suggest.types import TypePlace, type_places
from tracer.exchange.suggest.vocabulary import noun_of

_NAMED: Final = 5
LOUD: Final = "SAGA "  # begins what nobody may overlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One source of a rule: what stands in the file, how sure it is (0 to 1), and why."""

    source: str
    score: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A source whose texts are looked up."""

    source: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One table of a mapping; `topic` None is every topic."""

    topic: str | None
    sources: Mapping[str, Said]
    lookups: Mapping[str, Lookup]
    aliases: Mapping[str, Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Rules, how many messages of which topics they were made from, and what a person must look at."""

    rules: tuple[Rule, ...]
    messages: int
    topics: tuple[str, ...]
    checks: tuple[str, ...] = field(default=())


def propose(messages: Iterable[Message]) -> Proposal:
    """Suggest a mapping for the topics of a sample."""
    sample = profile(messages)
    types = type_places(sample)
    found, without = flows(sample, types)
    rules: list[Rule] = []
    checks: list[str] = []
    others = [f"topic {topic}: nothing in it looks like a business transaction id" for topic in without]
    if sample.left_out:
        others.append(f"{sample.left_out} topics with the fewest messages were not looked at")
    for flow in found:
        its, more = _flow(sample, types, flow)
        rules += _one(its) if len(found) == 1 and not without else its
        checks += more
    checks = sorted(checks, key=lambda check: not check.startswith(LOUD)) + others
    return Proposal(rules=tuple(rules), messages=len(sample.messages), topics=sample.topics, checks=tuple(checks))


def _flow(sample: Sample, types: Mapping[str, TypePlace], flow: Flow) -> tuple[list[Rule], list[str]]:
    nouns = [noun for one in flow.topics.values() if (noun := noun_of(one.place))]
    histories = _histories(sample, types, flow)
    meant = meanings(histories, max(nouns, key=nouns.count, default=""))
    saga = meant.noun or next(iter(flow.topics))
    ids = {topic: message_id_place(sample.profiles[topic], one.place) for topic, one in flow.topics.items()}
    message_ids = {text for topic, found in ids.items() if found for text in sample.profiles[topic][found.place].counts}
    looked = _Looked(
        sample=sample,
        types=types,
        flow=flow,
        saga=saga,
        meant=meant,
        message_ids=message_ids,
        owners=owner_places(sample, types, flow),
    )
    checks = [*_checks(saga, meant, histories), *_owner_checks(looked)]
    return [_rule(looked, topic, ids[topic]) for topic in flow.topics], checks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What is known of a flow as a whole."""

    sample: Sample
    types: Mapping[str, TypePlace]
    flow: Flow
    saga: str
    meant: Meanings
    message_ids: set[str]
    owners: Mapping[str, Found]


def _rule(looked: _Looked, topic: str, message_id: Found | None) -> Rule:
    flow, type_, its = looked.flow, looked.types[topic], looked.sample.profiles[topic]
    apart = message_id.place if message_id else None
    found = {
        "transaction_id": flow.topics[topic],
        "message_id": message_id,
        "causation_id": causation_place(its, looked.message_ids, apart),
        "time": time_place(its),
        "owner": looked.owners.get(topic),
        "error": error_place(its, type_, looked.meant),
    }
    sources = {"saga": Said(source=f"={looked.saga}", score=0.3, why="called after the id, or its first event")}
    sources |= {key: Said(source=one.place, score=one.score, why=one.why) for key, one in found.items() if one}
    sources["name"] = Said(source=type_.place, score=type_.score, why=type_.why)
    aliases = alias_places(looked.sample, flow, topic, [one.source for one in sources.values()])
    names = sorted({name for number, name in type_.names.items() if number in flow.ids})
    return Rule(
        topic=topic,
        sources=sources,
        lookups=_lookups(type_.place, names, looked.meant),
        aliases={noun: Said(source=one.place, score=one.score, why=one.why) for noun, one in aliases.items()},
    )


def _lookups(place: str, names: Sequence[str], meant: Meanings) -> dict[str, Lookup]:
    known = {name: meant.known[name] for name in names if name in meant.known}
    tables: dict[str, dict[str, str]] = {
        "step": {name: one.step for name, one in known.items() if one.step is not None},
        "phase": {name: one.phase for name, one in known.items()},
        "outcome": {name: one.outcome for name, one in known.items() if one.outcome is not None},
    }
    return {key: Lookup(source=place, values=values) for key, values in tables.items() if values}


def _histories(sample: Sample, types: Mapping[str, TypePlace], flow: Flow) -> list[list[str]]:
    """Give the events of each transaction, in the order of time."""
    by_id: dict[str, list[tuple[int, int, str]]] = {}
    for number, text in flow.ids.items():
        message = sample.messages[number]
        name = types[message.topic].names.get(number)
        if name is not None:
            by_id.setdefault(text, []).append((message.at_ns, number, name))
    return [[name for _, _, name in sorted(events)] for events in by_id.values()]


def _one(rules: list[Rule]) -> list[Rule]:
    """Put rules together that differ in their topic and their events alone."""
    places = {tuple(sorted((key, one.source) for key, one in rule.sources.items())) for rule in rules}
    if len(places) > 1 or len({tuple(sorted(rule.aliases)) for rule in rules}) > 1:
        return rules
    first = rules[0]
    merged = {
        key: Lookup(
            source=found.source,
            values={
                name: text for rule in rules if key in rule.lookups for name, text in rule.lookups[key].values.items()
            },
        )
        for rule in rules
        for key, found in rule.lookups.items()
    }
    return [replace(first, topic=None, lookups=merged)]


def _owner_checks(looked: _Looked) -> Iterable[str]:
    topics = [topic for topic in looked.flow.topics if topic not in looked.owners]
    if topics:
        where = ", ".join(topics[:_NAMED]) + (", ..." if len(topics) > _NAMED else "")
        yield (
            f"saga {looked.saga}: no owner was found in {where}: without one nobody sees whose service a step waits"
            ' for; say a place, or owner = "=NAME"'
        )


def _checks(saga: str, meant: Meanings, histories: Sequence[Sequence[str]]) -> Iterable[str]:
    if not any(meaning.outcome == "completed" for meaning in meant.known.values()):
        yield (
            f"{LOUD}{saga}: NO EVENT ENDS A TRANSACTION THAT WENT WELL, so each will count as stuck once it is old:"
            " say which event does, with phase txn_completed"
        )
    single = sum(len(history) == 1 for history in histories)
    if histories and single > len(histories) / 2:
        part = "is it the id of the whole, or of a part?"
        yield f"saga {saga}: {single:,} of {len(histories):,} ids have one event only: {part}"
    for name in meant.unknown:
        yield f"saga {saga}: the event {name} says nothing of a phase: it will be observed"
    if meant.by_place is not None:
        yield f"saga {saga}: taken for the good end by where it stands: {meant.by_place}; is the work done then?"
    for name in meant.failing:
        yield f"saga {saga}: mostly nothing comes after {name}: if that ends the transaction, say outcome failed"
    undone = {meaning.step for meaning in meant.known.values() if meaning.phase == "compensated"}
    done = {meaning.step for meaning in meant.known.values() if meaning.phase in {"completed", "started"}}
    for step in sorted(one for one in undone - done if one):
        yield f"saga {saga}: {step} is compensated, but no event completes it: which step does it undo?"
