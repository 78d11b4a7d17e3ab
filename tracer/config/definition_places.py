"""The places of a saga that hold something to check, each with its key below [saga.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tracer.config.sources import KeyPath
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Pattern

Wrong = tuple[KeyPath, str]


def steps(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, DeclaredStep]]:
    """Give each step with its key."""
    yield from ((("step", str(index)), step) for index, step in enumerate(saga.steps))


def undos(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, DeclaredUndo]]:
    """Give each compensation with its key."""
    yield from (((*at, "compensation"), step.compensation) for at, step in steps(saga) if step.compensation)


def pattern_lists(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, tuple[Pattern, ...]]]:
    """Give each list of names of records."""
    yield ("completes",), saga.completes
    yield ("fails",), saga.fails
    for at, part in chain[tuple[KeyPath, DeclaredStep | DeclaredUndo]](steps(saga), undos(saga)):
        yield (*at, "starts"), part.starts
        yield (*at, "completes"), part.completes
        yield (*at, "fails"), part.fails


def patterns(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, Pattern]]:
    """Give each name of records."""
    for at, patterns in pattern_lists(saga):
        yield from (((*at, str(index)), pattern) for index, pattern in enumerate(patterns))


def names(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, str | None]]:
    """Give each text that is a name or a path."""
    yield (), saga.name
    yield ("amount",), saga.amount
    for at, step in steps(saga):
        yield (*at, "name"), step.name
        yield (*at, "owner"), step.owner
        yield (*at, "idempotency_key"), step.idempotency_key
    for at, undo in undos(saga):
        yield (*at, "step"), undo.step
        yield (*at, "owner"), undo.owner
    for at, pattern in patterns(saga):
        yield at, pattern.name
        for key, value in pattern.where:
            yield (*at, "where"), key
            yield (*at, "where", key), value


def templates(saga: DeclaredSaga) -> Iterator[tuple[KeyPath, str | None]]:
    """Give each text that is filled in for a person."""
    yield ("trace_url",), saga.trace_url
    yield ("runbook_url",), saga.runbook_url
    yield from (((*at, "run"), step.run) for at, step in steps(saga))
    yield from (((*at, "run"), undo.run) for at, undo in undos(saga))
