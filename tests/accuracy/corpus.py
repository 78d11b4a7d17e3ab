"""The corpus: a history of finished transactions, and a night in which some are open and half of these stuck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.accuracy.course import Course
from tests.accuracy.faults import choose_fault
from tests.accuracy.labels import Truth, label
from tests.accuracy.sagas import SAGAS
from tests.accuracy.shapes import Saga
from tests.accuracy.simulator import run
from tests.accuracy.telemetry import Network, Row, Told
from tracer.clock import NS_PER_S

NOW_S: Final = 1_772_416_800  # 2026-03-02 02:00:00 UTC
HISTORY_S: Final = 12 * 3600.0
_RUNS_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many transactions a saga has."""

    history: int = 2000
    open: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Records in the order in which they arrive, and the truth of each open transaction.

    `finished` are the finished transactions with their sagas, less those whose last record did not arrive: `unended`.
    """

    rows: tuple[Row, ...]
    truths: tuple[Truth, ...]
    finished: Mapping[str, str]
    unended: frozenset[str]

    @property
    def now_ns(self) -> int:
        """The moment at which questions are asked."""
        return NOW_S * NS_PER_S


def make_corpus(seed: int, sizes: Sizes | None = None, sagas: tuple[Saga, ...] = SAGAS) -> Corpus:
    """Make the corpus, always the same one of the same seed."""
    sizes = sizes or Sizes()
    random = Random(seed)
    network = Network(random)
    rows: list[Row] = []
    truths: list[Truth] = []
    finished: dict[str, str] = {}
    unended: set[str] = set()
    for saga in sagas:
        ids = _ids(saga, random)
        for _ in range(sizes.history):
            transaction_id = next(ids)
            told, is_ended = _finished(saga, transaction_id, random, network)
            rows += told.rows
            if is_ended:
                finished[transaction_id] = saga.name
            else:
                unended.add(transaction_id)
        for nth in range(sizes.open):
            told, truth = _open(saga, next(ids), random, network, is_faulty=nth % 2 == 1)
            rows += told.rows
            truths.append(truth)
    rows.sort(key=lambda row: row.received_ns)
    return Corpus(rows=tuple(rows), truths=tuple(truths), finished=finished, unended=frozenset(unended))


def _ids(saga: Saga, random: Random) -> Iterator[str]:
    number = random.randrange(100_000, 500_000)
    while True:
        number += random.randrange(1, 30)
        yield f"{saga.prefix}-2026-{number:07}"


def _finished(saga: Saga, transaction_id: str, random: Random, network: Network) -> tuple[Told, bool]:
    """Run a transaction to its end, and say whether its last record arrived."""
    course = run(saga, random)
    end_s = course.end_s or 0.0
    began_s = NOW_S - random.uniform(60.0, HISTORY_S) - end_s
    told = network.tell(saga, transaction_id, course, began_s=began_s, now_s=NOW_S)
    return told, course.happenings[-1] not in told.unseen


def _open(saga: Saga, transaction_id: str, random: Random, network: Network, *, is_faulty: bool) -> tuple[Told, Truth]:
    """Run transactions until one is found of which anything arrived under its id; what one did not see is no label."""
    for _ in range(_RUNS_MOST):
        fault = choose_fault(saga, random) if is_faulty else None
        course = run(saga, random, fault)
        at_s = course.stuck().from_s + fault.age_s if fault else _healthy_moment(course, random)
        if at_s is None:
            continue
        told = network.tell(saga, transaction_id, course, began_s=NOW_S - at_s, now_s=NOW_S)
        if any(row.transaction_id for row in told.rows):
            return told, label(saga, transaction_id, course, fault, at_s=at_s, unseen=told.unseen)
    raise RuntimeError(f"{saga.name} has nothing to show of {_RUNS_MOST} runs")


def _healthy_moment(course: Course, random: Random) -> float | None:
    """Choose a moment in the middle of something; None where that has taken unusually long."""
    at_s = _moment(course, random)
    return None if any(at_s - stay.from_s > stay.normal_s for stay in course.at(at_s)) else at_s


def _moment(course: Course, random: Random) -> float:
    """Choose a moment: half of them evenly over time, half evenly over what there is to wait for."""
    if random.random() < 0.5:
        return random.uniform(0.0, course.end_s or 0.0)
    stay = random.choice([stay for stay in course.stays if stay.to_s > stay.from_s])
    return random.uniform(stay.from_s, stay.to_s)
