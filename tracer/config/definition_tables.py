"""The tables of a definition file, one struct for each, and the values that they become.

A field's encoded name is the key in the file. What holds between keys is checked in `definition_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from tracer.config.shape import error, shape
from tracer.config.sources import KeyPath, Source
from tracer.config.units import Seconds
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Pattern
from tracer.model.words import Style

MAX_RETRIES: Final = 10_000

Tries = Annotated[int, msgspec.Meta(ge=0, le=MAX_RETRIES, extra={"unit": "tries"})]
Patterns = tuple[Any, ...]


class PatternTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name that is narrowed by attributes."""

    name: str
    where: dict[str, str] = msgspec.field(default_factory=dict)


class RetryTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a step may be tried again."""

    max: Tries | None = None
    backoff_s: Seconds | None = msgspec.field(default=None, name="backoff")


class UndoTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The compensation of a step."""

    step: str
    owner: str | None = None
    starts: Patterns = ()
    completes: Patterns = ()
    fails: Patterns = ()
    deadline_s: Seconds | None = msgspec.field(default=None, name="deadline")
    run: str | None = None


class StepTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One [[saga.NAME.step]]."""

    name: str
    owner: str
    after: tuple[str, ...] = ()
    starts: Patterns = ()
    completes: Patterns = ()
    fails: Patterns = ()
    deadline_s: Seconds | None = msgspec.field(default=None, name="deadline")
    waits: bool = False
    optional: bool = False
    retry: RetryTable = RetryTable()
    idempotency_key: str | None = None
    idempotent: bool | None = None
    pivot: bool = False
    run: str | None = None
    compensation: UndoTable | None = None


class SagaTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One [saga.NAME]."""

    style: Style | None = None
    deadline_s: Seconds | None = msgspec.field(default=None, name="deadline")
    amount: str | None = None
    trace_url: str | None = None
    runbook_url: str | None = None
    completes: Patterns = ()
    fails: Patterns = ()
    step: tuple[StepTable, ...] = ()


class FileTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file; each saga is checked by itself, so that an error names its place."""

    saga: dict[str, Any] = msgspec.field(default_factory=dict)


def declared(name: str, raw: Any, source: Source) -> DeclaredSaga:
    """Make the value of one [saga.NAME]. Raises ConfigError for what does not fit its key."""
    path: KeyPath = ("saga", name)
    if isinstance(raw, Mapping) and isinstance(raw.get("step"), Mapping):
        raise error(source, (*path, "step"), f"is one of a list: write [[saga.{name}.step]] with two brackets")
    table = shape(raw, SagaTable, source=source, path=path)
    return DeclaredSaga(
        name=name,
        style=table.style,
        deadline_s=table.deadline_s,
        amount=table.amount,
        trace_url=table.trace_url,
        runbook_url=table.runbook_url,
        steps=tuple(_step(step, source, (*path, "step", str(index))) for index, step in enumerate(table.step)),
        where=source.where(path),
        **_patterns(table, source, path, ("completes", "fails")),
    )


def _step(table: StepTable, source: Source, path: KeyPath) -> DeclaredStep:
    return DeclaredStep(
        name=table.name,
        owner=table.owner,
        after=table.after,
        deadline_s=table.deadline_s,
        waits=table.waits,
        optional=table.optional,
        retry_max=table.retry.max,
        backoff_s=table.retry.backoff_s,
        idempotency_key=table.idempotency_key,
        idempotent=table.idempotent,
        pivot=table.pivot,
        run=table.run,
        compensation=_undo(table, source, (*path, "compensation")),
        **_patterns(table, source, path),
    )


def _undo(step: StepTable, source: Source, path: KeyPath) -> DeclaredUndo | None:
    table = step.compensation
    if table is None:
        return None
    return DeclaredUndo(
        step=table.step,
        owner=step.owner if table.owner is None else table.owner,
        deadline_s=table.deadline_s,
        run=table.run,
        **_patterns(table, source, path),
    )


def _patterns(
    table: msgspec.Struct, source: Source, path: KeyPath, keys: tuple[str, ...] = ("starts", "completes", "fails")
) -> dict[str, Any]:
    return {
        key: tuple(_pattern(item, source, (*path, key, str(index))) for index, item in enumerate(getattr(table, key)))
        for key in keys
    }


def _pattern(item: Any, source: Source, path: KeyPath) -> Pattern:
    if isinstance(item, str):
        return Pattern(name=item)
    if not isinstance(item, Mapping):
        raise error(source, path, 'write a name in quotes, or { name = "...", where = { "attribute" = "value" } }')
    _refuse_dotted(item.get("where"), source, (*path, "where"))
    table = shape(item, PatternTable, source=source, path=path)
    return Pattern(name=table.name, where=tuple(sorted(table.where.items())))


def _refuse_dotted(where: Any, source: Source, path: KeyPath) -> None:
    """Tell what is likely meant by a table in `where`: an attribute's name with dots and without quotes."""
    for key, value in where.items() if isinstance(where, Mapping) else ():
        if isinstance(value, Mapping):
            problem = f'"{key}" is a table: put the whole name of an attribute with dots into quotes'
            raise error(source, (*path, key), f'{problem}, like "{key}.{next(iter(value), "kind")}" = "value"')
