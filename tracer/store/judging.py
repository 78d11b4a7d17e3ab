"""Judging situations: what follows from how transactions of a known saga stand.

Transactions that stand alike share a situation. Each situation is judged once, by a pure function of what is known of
the saga, and what follows is kept in tables; a fold then joins its transactions with them, set-wise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import pyarrow as pa

from tracer.clock import NS_PER_S
from tracer.model.sagas import DeclaredSaga, LearnedSaga, Mark, Place, Verdict
from tracer.store.knowledge import Known, knowledge
from tracer.store.session import Session

MAX_NEW: Final = 2_000
MAX_SITUATIONS: Final = 20_000
_LONGEST_S: Final = 2e8
_NEVER_NS: Final = -(1 << 63)
_APART: Final = 0.25
_NOTHING: Final = Known()
_STEP: Final = "\x1e"
_FIELD: Final = "\x1f"
_ESCAPED: Final = {"\x1b0": "\x1b", "\x1b1": _STEP, "\x1b2": _FIELD}
_ESCAPE: Final = re.compile("\x1b[012]")
_SITUATION: Final = pa.schema(
    {
        "id": pa.int64(),
        "saga": pa.string(),
        "marks": pa.string(),
        "ends": pa.string(),
        "limit_ns": pa.int64(),
        "told": pa.string(),
    }
)
_PLACE: Final = pa.schema(
    {
        "situation": pa.int64(),
        "no": pa.int32(),
        "step": pa.string(),
        "compensates": pa.string(),
        "owner": pa.string(),
        "state": pa.string(),
        "kind": pa.string(),
        "limit_ns": pa.int64(),
        "limit_basis": pa.string(),
    }
)
_OF: Final = pa.schema(
    {"situation": pa.int64(), "no": pa.int32(), "step": pa.string(), "compensates": pa.string(), "begun": pa.bool_()}
)


Judged = tuple[int, str, str, Verdict]


class Judge(Protocol):
    """Says what follows from the marks of a transaction; pure."""

    def __call__(self, marks: Collection[Mark], declared: DeclaredSaga | None, learned: LearnedSaga | None) -> Verdict:
        """Judge one situation of a saga of which this is known."""
        ...


def unjudged(marks: Collection[Mark], declared: DeclaredSaga | None, learned: LearnedSaga | None) -> Verdict:
    """Leave every situation to the defaults."""
    del marks, declared, learned
    return Verdict()


@dataclass(slots=True)
class Mind:
    """The judge, with what is known of the sagas read once; `forget` after that has changed."""

    judge: Judge
    default_ns: int
    _known: Mapping[str, Known] | None = field(default=None)

    def forget(self) -> None:
        """Read what is known anew before the next judgement."""
        self._known = None

    def verdict(self, session: Session, saga: str, marks: str) -> Verdict:
        """Judge the marks as text."""
        if self._known is None:
            self._known = knowledge(session)
        known = self._known.get(saga, _NOTHING)
        return self.judge(marks_of(marks), known.declared, known.learned)


def marks_of(text: str) -> tuple[Mark, ...]:
    """Read marks as `judge_marks.sql` writes them."""
    told = (part.split(_FIELD) for part in text.split(_STEP) if part)
    return tuple(
        Mark(_unescaped(step), _unescaped(compensates), word, int(attempts))
        for step, compensates, word, attempts in told
    )


def _unescaped(name: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED[match.group()], name) if "\x1b" in name else name


def judge_touched(session: Session, mind: Mind, *, now_ns: int) -> None:
    """Complete the rows of `txn_state` by what is known of their sagas, from `state_now`."""
    if not session.value("judge_known"):
        return
    session.run("judge_marks")
    _judge_new(session, mind)
    session.run("judge_stand")
    session.run("judge_apply", {"now": now_ns})


def _judge_new(session: Session, mind: Mind) -> None:
    """Judge what nobody has judged yet; a saga with too many situations leaves the rest to the defaults."""
    new = session.rows("judge_new", {"most": MAX_NEW})
    if not new:
        return
    told = session.rows("judge_count")
    counts = {saga: int(count) for saga, count, _ in told}
    first = max((int(last) for _, _, last in told), default=0) + 1
    room: list[tuple[str, str]] = []
    for saga, marks in new:
        counts[saga] = counts.get(saga, 0) + 1
        if counts[saga] <= MAX_SITUATIONS:
            room.append((saga, marks))
    keep(
        session, [(first + n, saga, marks, mind.verdict(session, saga, marks)) for n, (saga, marks) in enumerate(room)]
    )


def judge_apart(session: Session, mind: Mind) -> None:
    """Complete the rows of `txn_state` as `judge_touched` does, for a reader: what is judged is kept nowhere.

    A deadline that the fold has kept says nothing here: it belongs to where a transaction stands now.
    """
    if not session.value("judge_known"):
        return
    session.run("judge_marks")
    alike = enumerate(session.rows("judge_distinct"))
    judged = [(number, saga, marks, mind.verdict(session, saga, marks)) for number, (saga, marks) in alike]
    with ExitStack() as lent:
        for name, table in _tables(judged):
            lent.enter_context(session.lent(f"judged_{name}", table))
        session.run("judge_stand_apart")
    session.run("judge_apply", {"now": _NEVER_NS})


def keep(session: Session, judged: list[Judged]) -> None:
    """Put situations (id, saga, marks) with what follows from them into the tables."""
    for name, table in _tables(judged):
        with session.lent("judged", table):
            session.run(f"judge_keep_{name}")


def _tables(judged: list[Judged]) -> Iterator[tuple[str, pa.Table]]:
    situations = [
        {
            "id": number,
            "saga": saga,
            "marks": marks,
            "ends": verdict.ends,
            "limit_ns": _ns(verdict.deadline_s),
            "told": told_of(verdict),
        }
        for number, saga, marks, verdict in judged
    ]
    places = [row for number, _, _, verdict in judged for row in _places(number, verdict)]
    origins = [row for number, _, _, verdict in judged for row in _origins(number, verdict)]
    for name, rows, shape in (("situation", situations, _SITUATION), ("place", places, _PLACE), ("of", origins, _OF)):
        yield name, pa.Table.from_pylist(rows, schema=shape)


def forget_situations(session: Session, sagas: Sequence[str]) -> None:
    """Forget how transactions of some sagas can stand: what follows from it has changed."""
    _drop(session, [number for (number,) in session.rows("situation_ids", {"sagas": list(sagas)})])


def judge_anew(session: Session, mind: Mind, saga: str) -> None:
    """Judge the situations of a saga again; where something else follows now, have their transactions looked at."""
    changed: list[Judged] = []
    for number, marks, told in session.rows("situations_of", {"saga": saga}):
        verdict = mind.verdict(session, saga, marks)
        if is_other(told, verdict):
            changed.append((number, saga, marks, verdict))
    ids = [number for number, *_ in changed]
    session.run("requeue_situations", {"saga": saga, "ids": ids})
    if changed:
        _drop(session, ids)
        keep(session, changed)


def judge_all(session: Session, mind: Mind) -> None:
    """Judge the situations of every saga again."""
    for saga, _, _ in session.rows("judge_count"):
        judge_anew(session, mind, saga)


def _drop(session: Session, ids: Sequence[int]) -> None:
    for name in ("situation_drop_places", "situation_drop_origins", "situation_drop"):
        session.run(name, {"ids": list(ids)})


def told_of(verdict: Verdict) -> str:
    """Write what the store keeps of a verdict as text, the limits in a part of their own."""
    places = [
        (one.step, one.compensates, one.owner, one.state, one.kind, one.limit_basis, one.of) for one in verdict.places
    ]
    limits = [verdict.deadline_s, *(one.limit_s for one in verdict.places)]
    return msgspec.json.encode(((verdict.ends, places), limits)).decode()


def is_other(told: str, verdict: Verdict) -> bool:
    """Whether a verdict differs from the one that was told; limits only where they differ by more than a quarter."""
    (kept, kept_limits), (now, limits) = msgspec.json.decode(told), msgspec.json.decode(told_of(verdict))
    return kept != now or any(_is_apart(was, is_) for was, is_ in zip(kept_limits, limits, strict=True))


def _is_apart(was: float | None, is_: float | None) -> bool:
    if was is None or is_ is None:
        return was is not is_
    return abs(was - is_) > _APART * max(was, is_)


def _places(number: int, verdict: Verdict) -> Iterator[dict[str, object]]:
    for no, place in enumerate(verdict.places):
        yield {
            "situation": number,
            "no": no,
            "step": place.step,
            "compensates": place.compensates,
            "owner": place.owner,
            "state": place.state,
            "kind": place.kind,
            "limit_ns": _ns(place.limit_s),
            "limit_basis": place.limit_basis,
        }


def _origins(number: int, verdict: Verdict) -> Iterator[dict[str, object]]:
    for no, place in enumerate(verdict.places):
        for key in place.of or (place.key,):
            yield {
                "situation": number,
                "no": no,
                "step": key.step,
                "compensates": key.compensates,
                "begun": _is_begun(place),
            }


def _is_begun(place: Place) -> bool:
    return not place.of


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else int(min(seconds, _LONGEST_S) * NS_PER_S)
