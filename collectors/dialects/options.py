"""What can be configured of dialects and mappings; checked as it is read, so that check-config tells.

A collector's options inherit from `DialectOptions`. docs/mapping.md is the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from collectors.dialects.dialects import NAMES
from collectors.dialects.sources import Words, check_condition, check_source
from tracer.errors import ConfigError
from tracer.model.words import OUTCOMES, PHASES

AUTO: Final = "auto"
MAX_MAPPINGS: Final = 200
_Scalar = str | int | float | bool


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source whose text is looked up: `values` says what each text becomes, `"*"` what any other becomes."""

    source: str = msgspec.field(name="from")
    values: Mapping[str, str]


Source = str | Choice


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of `mapping`: for which messages it holds, and where they carry what.

    For each column the first rule that holds and names it counts.
    """

    topic: str | None = None
    when: Mapping[str, _Scalar | tuple[_Scalar, ...]] = {}
    tombstones: bool = False
    transaction_id: Source | None = None
    saga: Source | None = None
    step: Source | None = None
    phase: Source | None = None
    owner: Source | None = None
    attempt: Source | None = None
    message_id: Source | None = None
    causation_id: Source | None = None
    time: Source | None = None
    name: Source | None = None
    compensates: Source | None = None
    outcome: Source | None = None
    error: Source | None = None
    schema_ref: Source | None = msgspec.field(default=None, name="schema")
    aliases: Mapping[str, Source] = {}

    def __post_init__(self) -> None:
        """Check every source; ValueError names the key."""
        for key in self.when:
            _named(f'when."{key}"', check_condition, key)
        for key, source in self.sources():
            _named(key, _check, source, _VOCABULARIES.get(key))
        if self.topic == "":
            raise ValueError('topic = "" matches nothing; leave it out for every topic')

    def sources(self) -> Iterable[tuple[str, Source]]:
        """Give the columns that this rule names, by their keys in the file."""
        for key in SOURCE_KEYS:
            source = getattr(self, key)
            if source is not None:
                yield "schema" if key == "schema_ref" else key, source
        for kind, source in self.aliases.items():
            yield f"aliases.{kind}", source


SOURCE_KEYS: Final = (
    "transaction_id", "saga", "step", "phase", "owner", "attempt", "message_id", "causation_id", "time", "name",
    "compensates", "outcome", "error", "schema_ref",
)  # fmt: skip
_VOCABULARIES: Final[Mapping[str, Words]] = {
    "phase": Words(PHASES),
    "outcome": Words(OUTCOMES),
    "attempt": Words(None, whole=True),
}


class DialectOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the messages of one collector are read.

    `dialect` is "auto", the name of a dialect, or a table of these by topic (a name or a glob; the first that
    matches counts, any other topic is "auto"). `dead_letter` lists topics (names or globs) whose messages
    failed where they were to be handled.
    """

    dialect: str | Mapping[str, str] = AUTO
    dead_letter: tuple[str, ...] = ()
    mapping: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Check names and limits."""
        for topic, name in self.dialects():
            if name not in {AUTO, *NAMES}:
                key = "dialect" if isinstance(self.dialect, str) else f'dialect."{topic}"'
                raise ValueError(f'{key} = "{name}" is no dialect; choose one of {", ".join((AUTO, *NAMES))}')
        if len(self.mapping) > MAX_MAPPINGS:
            raise ValueError(f"mapping has {len(self.mapping)} tables; {MAX_MAPPINGS} are the most")

    def dialects(self) -> tuple[tuple[str, str], ...]:
        """Give which dialect each topic (name or glob) has, in order."""
        return (("*", self.dialect),) if isinstance(self.dialect, str) else tuple(self.dialect.items())


def check(options: DialectOptions, *, name: str) -> None:
    """Check options that were made in code rather than read. Raises ConfigError naming collector and key."""
    try:
        msgspec.convert(msgspec.to_builtins(options), type(options))
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"[collectors.{name}]: {wrong}") from wrong


def _check(source: Source, words: Words | None) -> None:
    if isinstance(source, Choice):
        check_source(source.source, None)
        for value in source.values.values():
            (words or Words(None)).check(value)
        return
    check_source(source, words)


def _named(key: str, check_one: Callable[..., None], *args: object) -> None:
    try:
        check_one(*args)
    except ValueError as wrong:
        raise ValueError(f"{key}: {wrong}") from wrong
