"""What names of records mean, as the definitions say: kept as tables, and applied to what is folded or shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import pyarrow as pa

from tracer.model.sagas import DeclaredSaga, DeclaredStep, Pattern
from tracer.store.session import Session

_PATTERN: Final = pa.schema(
    {
        "no": pa.int32(),
        "name": pa.string(),
        "saga": pa.string(),
        "step": pa.string(),
        "compensates": pa.string(),
        "phase": pa.string(),
        "outcome": pa.string(),
        "conditions": pa.int32(),
        "shared": pa.bool_(),
    }
)
_WHERE: Final = pa.schema({"no": pa.int32(), "condition": pa.int32(), "path": pa.string(), "value": pa.string()})
_UNDO: Final = pa.schema({"saga": pa.string(), "step": pa.string(), "compensates": pa.string(), "shared": pa.bool_()})
# Where a record may hold what a definition names: a span's attribute, a message's payload or header, a log's body.
_ROOTS: Final = ("", "/payload", "/headers", "/otel.body")


class _Meaning(NamedTuple):
    """What one pattern of one saga means."""

    pattern: Pattern
    saga: str
    step: str | None = None
    compensates: str | None = None
    phase: str | None = None
    outcome: str | None = None


def keep_names(session: Session, sagas: Sequence[DeclaredSaga]) -> None:
    """Replace what names mean by what all of these definitions say."""
    session.run("declared_clear_names")
    meanings = [meaning for saga in sagas for meaning in _meanings(saga)]
    users = Counter(name for name, _ in {(one.pattern.name, one.saga) for one in meanings})
    undone: dict[tuple[str, str], str] = {}
    for saga, undo, step in _undos(sagas):
        undone.setdefault((saga, undo), step)  # as with patterns, the first that fits
    undoers = Counter(undo for _, undo in undone)
    tables = {
        "pattern": pa.Table.from_pylist([*_patterns(meanings, users)], schema=_PATTERN),
        "pattern_where": pa.Table.from_pylist([*_conditions(meanings)], schema=_WHERE),
        "undo_name": pa.Table.from_pylist(
            [
                {"saga": saga, "step": undo, "compensates": step, "shared": undoers[undo] > 1}
                for (saga, undo), step in undone.items()
            ],
            schema=_UNDO,
        ),
    }
    for name, table in tables.items():
        with session.lent("named", table):
            session.run(f"declared_keep_{name}")


def names_of(sagas: Iterable[DeclaredSaga]) -> frozenset[tuple[str, tuple[_Meaning, ...]]]:
    """Give each name with all that one of these definitions says of it, to see what has changed between two of them."""
    said: dict[tuple[str, str], tuple[_Meaning, ...]] = {}
    for saga in sagas:
        for one in _meanings(saga):
            key = (one.pattern.name, saga.name)
            said[key] = (*said.get(key, ()), one)
    return frozenset((name, meanings) for (name, _), meanings in said.items())


def _undos(sagas: Iterable[DeclaredSaga]) -> Iterator[tuple[str, str, str]]:
    return ((saga.name, undo.step, step.name) for saga in sagas for step in saga.steps if (undo := step.compensation))


def _meanings(saga: DeclaredSaga) -> Iterator[_Meaning]:
    """Give all that a definition says of names: what it lists comes before what only is called like a step."""
    yield from (_Meaning(one, saga.name, outcome="completed") for one in saga.completes)
    yield from (_Meaning(one, saga.name, outcome="failed") for one in saga.fails)
    for step in saga.steps:
        yield from _listed(saga.name, step)
    for step in saga.steps:
        yield from _called(saga.name, step)


def _listed(saga: str, step: DeclaredStep) -> Iterator[_Meaning]:
    for phase, patterns in (("started", step.starts), ("completed", step.completes), ("failed", step.fails)):
        yield from (_Meaning(one, saga, step=step.name, phase=phase) for one in patterns)
    if undo := step.compensation:
        for phase, patterns in (("started", undo.starts), ("completed", undo.completes), ("failed", undo.fails)):
            yield from (_Meaning(one, saga, undo.step, step.name, phase) for one in patterns)


def _called(saga: str, step: DeclaredStep) -> Iterator[_Meaning]:
    """Give the names of the step and of what undoes it; a record that is called so keeps its phase."""
    yield _Meaning(Pattern(name=step.name), saga, step=step.name)
    if undo := step.compensation:
        yield _Meaning(Pattern(name=undo.step), saga, step=undo.step, compensates=step.name)


def _patterns(meanings: Sequence[_Meaning], users: Counter[str]) -> Iterator[dict[str, object]]:
    for no, one in enumerate(meanings):
        yield {
            "no": no,
            "name": one.pattern.name,
            "saga": one.saga,
            "step": one.step,
            "compensates": one.compensates,
            "phase": one.phase,
            "outcome": one.outcome,
            "conditions": len(one.pattern.where),
            "shared": users[one.pattern.name] > 1,
        }


def _conditions(meanings: Sequence[_Meaning]) -> Iterator[dict[str, object]]:
    for no, one in enumerate(meanings):
        for condition, (path, value) in enumerate(one.pattern.where):
            for json_path in json_paths(path):
                yield {"no": no, "condition": condition, "path": json_path, "value": value}


def json_paths(path: str) -> tuple[str, ...]:
    """Give the places in a record's `attributes` that a path of a definition may mean; "$.a.b" goes into an object.

    They are JSON pointers, in which every name can be written.
    """
    parts = [part for part in path[2:].split(".") if part] if path.startswith("$.") else [path]
    inner = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts or [path])
    return tuple(root + inner for root in _ROOTS)


def named(session: Session) -> bool:
    """Whether definitions say what names mean."""
    return bool(session.value("named_any"))


def name_fresh(session: Session) -> None:
    """Let the records in `fresh` say what their names mean."""
    _apply(session, "")


def name_shown(session: Session) -> None:
    """Let the records in `shown` say what their names mean."""
    _apply(session, "_shown")


def _apply(session: Session, suffix: str) -> None:
    if not named(session):
        return
    low, high = session.row(f"named_bounds{suffix}") or (None, None)
    if low is None:
        return
    session.run("named_match", {"low": low, "high": high})
    session.run(f"named_apply{suffix}")
    session.run(f"named_steps{suffix}")
    session.run(f"named_undo{suffix}")
