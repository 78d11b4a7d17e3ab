"""Feeds the corpus into a store, asks it for every open transaction, and holds the answers to the truth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.accuracy.corpus import Corpus
from tests.accuracy.definitions import definition
from tests.accuracy.labels import Truth, told_names
from tests.accuracy.sagas import SAGAS
from tests.accuracy.setup_store import declare, keeper_of, learn_now
from tests.accuracy.telemetry import Row, columns
from tracer.clock import FixedClock
from tracer.errors import NotFound
from tracer.model.words import StallKind
from tracer.query.queries import Queries
from tracer.store.store import Store
from tracer.views import Summary, Transaction, TransactionQuery

Mode = Literal["bare", "learned", "declared"]

SLICES: Final = 8  # between two of them the store learns, as a sidecar does now and then
_BATCH: Final = 20_000
_PAGE: Final = 500
_ASKERS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the store says of one transaction, as far as it is held to the truth; None where it says nothing."""

    is_stuck: bool = False
    kind: StallKind | None = None
    step: str | None = None
    owner: str | None = None
    next_undo: str | None = None
    first_action: str | None = None
    why: str = "no such transaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One answer beside its truth. What is None was not asked of this transaction."""

    truth: Truth
    answer: Answer
    is_stuck: bool
    owner_right: bool
    kind_right: bool | None
    undo_right: bool | None
    undo_wrongly: bool
    list_agrees: bool

    @property
    def is_missed(self) -> bool:
        """A stall that was not seen."""
        return self.is_stuck and not self.answer.is_stuck

    @property
    def is_false(self) -> bool:
        """A healthy transaction that is called stuck."""
        return not self.is_stuck and self.answer.is_stuck

    @property
    def is_right(self) -> bool:
        """Everything that was asked was answered right."""
        return (
            self.owner_right
            and self.answer.is_stuck == self.is_stuck
            and self.kind_right is not False
            and self.undo_right is not False
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the list says of finished transactions: so many of them are `open` for it, and so many of those `stuck`."""

    of: int = 0
    open: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The results of one mode, and what is said of the finished transactions of each saga.

    `unended` are those whose last record did not arrive.
    """

    mode: Mode
    results: tuple[Result, ...]
    finished: Mapping[str, Finished]
    unended: Finished = Finished()


def measure(corpus: Corpus, mode: Mode, folder: Path) -> Measured:
    """Measure one mode on a new store in a folder."""
    with fed(corpus, mode, folder) as queries:
        listed = {summary.transaction_id: summary for summary in open_transactions(queries)}
        answers = ask(queries, [truth.transaction_id for truth in corpus.truths])
    results = tuple(
        judge(truth, answer, listed.get(truth.transaction_id), mode)
        for truth, answer in zip(corpus.truths, answers, strict=True)
    )
    by_saga: dict[str, list[str]] = {}
    for transaction_id, saga in corpus.finished.items():
        by_saga.setdefault(saga, []).append(transaction_id)
    return Measured(
        mode=mode,
        results=results,
        finished={saga: _count(ids, listed) for saga, ids in by_saga.items()},
        unended=_count(corpus.unended, listed),
    )


def _count(transaction_ids: Collection[str], listed: Mapping[str, Summary]) -> Finished:
    found = [listed[name] for name in transaction_ids if name in listed]
    stuck = sum(summary.stall is not None for summary in found)
    return Finished(of=len(transaction_ids), open=len(found), stuck=stuck)


@contextmanager
def fed(corpus: Corpus, mode: Mode, folder: Path) -> Iterator[Queries]:
    """Give the questions of a store that took in the whole corpus and knows what the mode lets it know."""
    clock = FixedClock(corpus.rows[0].received_ns)
    store = Store.open(folder / f"{mode}.duckdb", clock=clock)
    try:
        keeper = keeper_of(store, clock)
        if mode == "declared":
            declare(keeper, (definition(saga) for saga in SAGAS))
        for rows in _slices(corpus.rows, SLICES):
            for batch in _batches(rows):
                clock.ns = batch[-1].received_ns
                keeper.append(columns(batch))
            while keeper.fold():
                pass
            if mode != "bare":
                learn_now(keeper)
        clock.ns = corpus.now_ns
        yield Queries(store=store, clock=clock)
    finally:
        store.close()


def _slices(rows: Sequence[Row], parts: int) -> Iterator[Sequence[Row]]:
    size = -(-len(rows) // parts)
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH))


def open_transactions(queries: Queries) -> Iterator[Summary]:
    """Page through the list of what is open."""
    cursor = None
    while True:
        page = queries.transactions(
            TransactionQuery(status=("running", "stuck", "compensating"), limit=_PAGE, cursor=cursor)
        )
        yield from page.transactions
        cursor = page.next
        if cursor is None:
            return


def ask(queries: Queries, transaction_ids: Sequence[str]) -> list[Answer]:
    """Ask for each transaction."""

    def one(transaction_id: str) -> Answer:
        try:
            return answer_of(queries.transaction(transaction_id))
        except NotFound:
            return Answer()

    with ThreadPoolExecutor(_ASKERS) as pool:
        return list(pool.map(one, transaction_ids))


def answer_of(told: Transaction) -> Answer:
    """Take from an answer what is held to the truth: of several places the first one, as a person reads it."""
    place = told.stall or next(iter(told.current), None)
    ranked = sorted(told.advice, key=lambda advice: advice.rank)
    undos = [advice.step for advice in ranked if advice.action == "compensate"]
    return Answer(
        is_stuck=told.stall is not None,
        kind=told.stall.kind if told.stall else None,
        step=place.step if place else None,
        owner=place.owner if place else None,
        next_undo=undos[0] if undos else None,
        first_action=ranked[0].action if ranked else None,
        why=told.stall.why if told.stall else told.status,
    )


def judge(truth: Truth, answer: Answer, listed: Summary | None, mode: Mode) -> Result:
    """Hold one answer to the truth."""
    is_stuck = truth.is_stuck(declared=mode == "declared")
    undos = truth.next_undo if mode == "declared" else _as_told(truth.saga, truth.next_undo)
    return Result(
        truth=truth,
        answer=answer,
        is_stuck=is_stuck,
        owner_right=answer.owner in truth.owners,
        kind_right=answer.kind == truth.kind if is_stuck else None,
        undo_right=answer.next_undo in undos if undos else None,
        undo_wrongly=is_stuck and not undos and answer.first_action == "compensate",
        list_agrees=(listed.stall if listed else None) == answer.kind,
    )


def _as_told(saga: str, names: Iterable[str]) -> frozenset[str]:
    told = next(told_names(one) for one in SAGAS if one.name == saga)
    return frozenset(told.get(name, name) for name in names)
