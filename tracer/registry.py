"""Finds collector types by the entry point group `sagascope.collectors`, ours and other people's alike.

A collector's options are a frozen `msgspec.Struct` with `forbid_unknown_fields`; its table is checked
by the rules of `tracer.config.shape`, so an `int` field takes "64MiB" and a `float` field takes "90s".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from tracer.config.decode import Configuration
from tracer.config.shape import error, shape, unknown
from tracer.errors import ConfigError
from tracer.ports import ChecksOptions, Collector, CollectorType, MessageCollectorType, MessageDecoder, Wiring

GROUP: Final = "sagascope.collectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A collector that the configuration asks for, its options checked, not yet built."""

    name: str
    type: str
    options: Any
    make: Callable[[Any, Wiring], Collector]
    decode: Callable[..., MessageDecoder] | None = None  # of a type that reads messages
    warnings: Sequence[str] = ()

    def build(self, wiring: Wiring) -> Collector:
        """Make the collector; no I/O yet."""
        return self.make(self.options, wiring)

    def decoder(self, correlation_keys: tuple[str, ...]) -> MessageDecoder | None:
        """Make the decoder that the collector would use; None where it reads no messages. Raises ConfigError."""
        if self.decode is None:
            return None
        return self.decode(self.options, name=self.name, correlation_keys=correlation_keys)


def installed() -> Mapping[str, EntryPoint]:
    """Give the collector types that are installed, by name, without importing them."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def plan(configuration: Configuration, types: Mapping[str, EntryPoint] | None = None) -> tuple[Planned, ...]:
    """Check every [collectors.NAME] table against its type's options.

    Raises ConfigError for a type that is not installed or does not load, for a key or value that its options do not
    take, and for options that contradict each other.
    """
    known = installed() if types is None else types
    tables = configuration.settings.collectors.items()
    return tuple(_plan_one(name, table, configuration, known) for name, table in tables)


def _plan_one(
    name: str, table: Mapping[str, Any], configuration: Configuration, known: Mapping[str, EntryPoint]
) -> Planned:
    path = ("collectors", name)
    source = configuration.source
    kind = table["type"]
    if not isinstance(kind, str) or kind not in known:
        raise error(source, (*path, "type"), f'"{kind}": {_unknown_type(str(kind), known)}')
    collector_type = _load(known[kind])
    rest = {key: value for key, value in table.items() if key != "type"}
    options = shape(rest, collector_type.options, source=source, path=path)
    decode = collector_type.decoder if isinstance(collector_type, MessageCollectorType) else None
    warnings = collector_type.check(options, name=name) if isinstance(collector_type, ChecksOptions) else ()
    return Planned(
        name=name, type=kind, options=options, make=collector_type.build, decode=decode, warnings=tuple(warnings)
    )


def _unknown_type(kind: str, known: Iterable[str]) -> str:
    names = sorted(known)
    problem = unknown(kind, names, what="collector type")
    return problem if "known:" in problem else f"{problem} Known: {', '.join(names)}"


def _load(entry: EntryPoint) -> CollectorType:
    try:
        loaded: CollectorType = entry.load()
    except (ImportError, AttributeError) as failed:
        raise ConfigError(f'the collector type "{entry.name}" ({entry.value}) does not load: {failed}') from failed
    return loaded
