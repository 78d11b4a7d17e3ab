"""Compiles the dialects and the team's mapping into two SQL queries over a batch of messages.

The first one reads the payloads and says which dialect each message has. The second one knows which dialects
and headers the batch has, and holds nothing for the others: planning a query costs by its length. In both a
stage is a common table over the one before it, so that nothing is computed twice: look everything up, see
which rules hold, find our own attributes, say what each source says; `stages` makes of that what a record
takes, or the reason why there is no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NamedTuple

from collectors.dialects import dead_letters, stages
from collectors.dialects.dialects import DIALECTS, NAMES
from collectors.dialects.lookups import Lookups
from collectors.dialects.options import AUTO, Choice, DialectOptions, Rule, Source
from collectors.dialects.ours import Ours, payload_aliases_sql
from collectors.dialects.shapes import first_sql
from collectors.dialects.sources import choice_sql, condition_sql, source_sql, topic_sql
from collectors.dialects.sql import NULL, literal, select, stage

_MAP: Final = re.compile(r"(?<!\.)\bheaders\b")  # the column, not a place in a payload
_PAYLOAD: Final = """CASE WHEN reason IS NOT NULL THEN NULL
    WHEN value LIKE '"{%' OR value LIKE '"[%'
    THEN coalesce(TRY_CAST(json_extract_string(TRY_CAST(value AS JSON), '$') AS JSON), TRY_CAST(value AS JSON))
    WHEN value LIKE '{"payload":"{%' OR value LIKE '{"headers":{%,"payload":"{%'
    THEN coalesce(TRY_CAST('{' || list_aggregate(list_transform(json_keys(TRY_CAST(value AS JSON)), lambda k:
        to_json(k)::VARCHAR || ':' || CASE k WHEN 'payload' THEN json_extract_string(value, '/payload')
        ELSE json_extract(value, '/' || replace(replace(k, '~', '~0'), '/', '~1'))::VARCHAR END), 'string_agg', ',')
        || '}' AS JSON), TRY_CAST(value AS JSON))
    ELSE TRY_CAST(value AS JSON) END"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A query over `messages`, and which headers are its columns `h0`, `h1`, ..."""

    query: str
    headers: tuple[str, ...]


class _Looking(NamedTuple):
    """A stage that adds what all others look up."""

    name: str
    source: str


class Projection:
    """Compiles for the headers and dialects that a batch has."""

    def __init__(self, *, correlation_keys: tuple[str, ...], options: DialectOptions) -> None:
        self._options = options
        self._keys = correlation_keys
        every = tuple(range(len(DIALECTS)))
        known, said = self.recognising(None), self.reading(None, every, ours=True)
        self.headers = frozenset((*known.headers, *said.headers))
        self.needs_map = any(_MAP.search(text) for dialect in DIALECTS for text in dialect.columns.values())

    def recognising(self, headers: frozenset[str] | None) -> Compiled:
        """Compile the query that gives `topic`, `dead`, `payload` (text), `dialect` (an index, null: none).

        Where the payload is the value, `same` is true and `payload` null. Besides `recognised`, which is false for a
        message that has the dialect of its topic and does not look like it, and `ours`, whether a payload may have our
        own attributes.
        """
        return _compiled(_Recognising(self._options, Lookups(headers)))

    def reading(self, headers: frozenset[str] | None, dialects: tuple[int, ...], *, ours: bool) -> Compiled:
        """Compile the query that gives `stages.OUTPUT`; the columns of the first one are among the messages'.

        `ours`: whether any payload of the batch may have our own attributes.
        """
        in_body = any(DIALECTS[index].body for index in dialects)
        keys = Ours(self._keys, in_body=in_body, in_payload=ours)
        return _compiled(_Reading(self._options, keys, Lookups(headers), dialects, ours=ours))


class _Recognising:
    def __init__(self, options: DialectOptions, lookups: Lookups) -> None:
        self._options = options
        self.lookups = lookups

    def stages(self) -> Iterator[str | _Looking]:
        dead = dead_letters.is_dead_sql(self._options.dead_letter)
        original = first_sql((*map(self.lookups.sql, dead_letters.original_topic()), "place"))
        topic = f"CASE WHEN dead THEN {original} ELSE place END"
        yield stage("placed", "messages", [f"{dead} AS dead"])
        yield stage("parsed", "placed", [f"{topic} AS topic", f"{_PAYLOAD} AS payload"])
        yield _Looking("m", "parsed")
        yield stage("chosen", "m", [f"{self._fixed()} AS fixed", f"{self._automatic()} AS automatic"])

    def result(self) -> str:
        dialect = "coalesce(fixed, automatic)"
        recognised = f"{dialect} IS NOT NULL AND {self._recognised()} AS recognised"
        ours = """contains(value, '"saga.') AS ours"""
        same = "coalesce(payload::VARCHAR = value, false)"
        payload = f"{same} AS same", f"CASE WHEN NOT {same} THEN payload::VARCHAR END AS payload"
        return select(("topic, dead", *payload, f"{dialect} AS dialect", recognised, ours), "chosen")

    def _fixed(self) -> str:
        """Say which dialect the options fix for a topic; NULL where it is to be recognised."""
        topics = self._options.dialects()
        if all(name == AUTO for _, name in topics):
            return "NULL::INTEGER"
        cases = (f"WHEN {topic_sql(topic)} THEN {_index(name)}" for topic, name in topics)
        return f"CASE {' '.join(cases)} END"

    def _automatic(self) -> str:
        recognised = ((index, self.lookups.sql(dialect.recognises)) for index, dialect in enumerate(DIALECTS))
        return f"CASE {' '.join(f'WHEN {condition} THEN {index}' for index, condition in recognised)} END"

    def _recognised(self) -> str:
        """Say whether a message looks like the dialect that is fixed."""
        names = {name for _, name in self._options.dialects() if name != AUTO}
        looks = ((_index(name), self.lookups.sql(DIALECTS[NAMES.index(name)].recognises)) for name in sorted(names))
        cases = " ".join(f"WHEN {index} THEN coalesce({condition}, false)" for index, condition in looks)
        return f"CASE fixed {cases} ELSE true END" if cases else "true"


class _Reading:
    def __init__(
        self, options: DialectOptions, keys: Ours, lookups: Lookups, dialects: tuple[int, ...], *, ours: bool
    ) -> None:
        self._rules = options.mapping
        self._any_dead = bool(options.dead_letter)
        self._keys = keys
        self._ours = ours
        self.lookups = lookups
        self._indexes = dialects

    def stages(self) -> Iterator[str | _Looking]:
        said = (f"{text} AS {name}" for name, text in self._sources())
        rules = (f"{self._holds(rule)} AS rule{number}" for number, rule in enumerate(self._rules))
        yield _Looking("m", "messages")
        yield stage("chosen", "m", (f"{self._by_dialect(self._bodies(), 'payload')} AS body", *rules))
        yield stage("own", "chosen", [self._keys.columns()])
        yield stage("said", "own", said)
        yield stage("checked", "said", stages.checked(self._there()))
        yield stage("judged", "checked", stages.judged())

    def result(self) -> str:
        return select(stages.final(self._there()), "judged")

    def _there(self) -> AbstractSet[str]:
        """Give those of the columns of `said` that are not always null."""
        return {"header_aliases", *(name for name, text in self._sources() if text != NULL)}

    def _sources(self) -> Iterator[tuple[str, str]]:
        """Give what each source says of each column, by the name of the column that will hold it."""
        for column in stages.TEXTS:
            yield f"s_{column}", first_sql(self._every(column))
        for column in stages.CHECKED:
            yield f"mapped_{column}", self._mapped(column)
            yield f"own_{column}", first_sql(self._own(column))
            yield f"dialect_{column}", self._dialect_column(column)
        yield "refused_by_dialect", self._by_dialect(self._refusals(), NULL)
        yield "tombstone_wanted", " OR ".join(self._tombstone_rules()) or "false"
        yield "traceparent", first_sql((self.lookups.sql("header('traceparent')"), self._dialect_column("traceparent")))
        yield "mapped_aliases", self._mapped_aliases()
        yield "payload_aliases", payload_aliases_sql() if self._ours else NULL
        yield "dialect_aliases", self._dialect_column("aliases")
        yield "dead_error", self._dead(dead_letters.error())
        yield "dead_owner", self._dead(dead_letters.owner())

    def _every(self, column: str) -> Iterator[str]:
        yield self._mapped(column)
        yield from self._own(column)
        if column == "schema_ref":
            yield "schema_ref"
        yield self._dialect_column(column)

    def _own(self, column: str) -> list[str]:
        found = ((text, self.lookups.sql(text)) for text in self._keys.attribute(column))
        return [sql for text, sql in found if "header(" not in text or NULL not in sql]  # of a header that is absent

    def _dead(self, sources: Iterable[str]) -> str:
        return first_sql(map(self.lookups.sql, sources)) if self._any_dead else NULL

    def _mapped(self, column: str) -> str:
        key = stages.RULE_KEYS.get(column, column)
        named = ((number, getattr(rule, key, None)) for number, rule in enumerate(self._rules))
        return self._by_rule((number, source) for number, source in named if source is not None)

    def _mapped_aliases(self) -> str:
        kinds = dict.fromkeys(kind for rule in self._rules for kind in rule.aliases)
        return stages.object_sql((kind, self._alias(kind)) for kind in kinds)

    def _alias(self, kind: str) -> str:
        return self._by_rule((i, rule.aliases[kind]) for i, rule in enumerate(self._rules) if kind in rule.aliases)

    def _tombstone_rules(self) -> Iterator[str]:
        return (f"rule{number}" for number, rule in enumerate(self._rules) if rule.tombstones)

    def _dialect_column(self, column: str) -> str:
        columns = ((i, DIALECTS[i].columns.get(column)) for i in self._indexes)
        return self._by_dialect(((i, text) for i, text in columns if text), NULL)

    def _bodies(self) -> Iterator[tuple[int, str]]:
        bodies = ((i, DIALECTS[i].body) for i in self._indexes)
        return ((i, f"coalesce(node({literal(body)})::VARCHAR, payload)") for i, body in bodies if body)

    def _refusals(self) -> Iterator[tuple[int, str]]:
        refusals = ((i, DIALECTS[i].refuses) for i in self._indexes)
        return ((i, text) for i, text in refusals if text)

    def _by_dialect(self, cases: Iterable[tuple[int, str]], otherwise: str) -> str:
        listed = " ".join(f"WHEN {index} THEN {self.lookups.sql(expression)}" for index, expression in cases)
        return f"CASE dialect {listed} ELSE {otherwise} END" if listed else otherwise

    def _by_rule(self, cases: Iterable[tuple[int, Source]]) -> str:
        listed = " ".join(f"WHEN rule{number} THEN {self.lookups.sql(_source(source))}" for number, source in cases)
        return f"CASE {listed} END" if listed else NULL

    def _holds(self, rule: Rule) -> str:
        conditions = [topic_sql(rule.topic)] if rule.topic else []
        conditions += [self.lookups.sql(condition_sql(place, wanted)) for place, wanted in rule.when.items()]
        if not rule.tombstones:
            conditions.append("raw IS NOT NULL")
        return " AND ".join(f"({condition})" for condition in conditions) or "true"


def _compiled(writer: _Recognising | _Reading) -> Compiled:
    written, result = tuple(writer.stages()), writer.result()  # by now it is known what is looked up
    looked_up = (writer.lookups.columns(),)
    texts = (one if isinstance(one, str) else stage(one.name, one.source, looked_up) for one in written)
    return Compiled(query=f"WITH {', '.join(texts)} {result}", headers=writer.lookups.headers())


def _index(name: str) -> str:
    return "NULL" if name == AUTO else str(NAMES.index(name))


def _source(source: Source) -> str:
    return choice_sql(source.source, source.values.items()) if isinstance(source, Choice) else source_sql(source)
