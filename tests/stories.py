"""Stories of one saga in the words of its events, and a store that judges and learns, for tests of both."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Final

from tests.oracle_places import Record
from tests.worlds import NOON_NS, Lab
from tracer.analysis.judging import judge
from tracer.analysis.learning import learn
from tracer.clock import NS_PER_S
from tracer.model.counts import LearnOptions
from tracer.model.sagas import DeclaredSaga, DeclaredStep, DeclaredUndo, Limits, Pattern
from tracer.store.fold import FoldLimits
from tracer.store.judging import Judge
from tracer.store.keeper import Keeper
from tracer.store.learning import Lessons
from tracer.views import TransactionQuery

HOUR_S: Final = 3600
LIMITS: Final = Limits()
LESSONS: Final = Lessons(teacher=partial(learn, options=LearnOptions()), quiet_s=150.0)


def named(name: str, **where: str) -> tuple[Pattern, ...]:
    """Give the one pattern of a name, narrowed by attributes."""
    return (Pattern(name=name, where=tuple(where.items())),)


RESERVE: Final = DeclaredStep(
    name="reserve",
    owner="inventory",
    after=("place",),
    starts=named("Reserve"),
    completes=named("Reserved"),
    fails=named("Rejected"),
    deadline_s=30.0,
    compensation=DeclaredUndo(
        step="release", owner="inventory", starts=named("Release"), completes=named("Released"), fails=named("Kept")
    ),
)
ORDER: Final = DeclaredSaga(
    name="order",
    steps=(
        DeclaredStep(name="place", owner="order", completes=named("OrderPlaced")),
        RESERVE,
        DeclaredStep(name="pay", owner="payment", after=("reserve",), completes=named("Paid"), fails=named("Declined")),
        DeclaredStep(name="ship", owner="shipping", after=("pay",), completes=named("Shipped")),
    ),
)


def event(transaction: str | None, at_s: float, name: str, /, **columns: Any) -> Record:
    """Make an event that says no more than its name."""
    at_ns = NOON_NS + int(at_s * NS_PER_S)
    common = {"kind": "event", "phase": "observed", "step": name, "step_by": "name", "source": "test"}
    mark = hashlib.md5(f"{transaction} {at_s} {name}".encode(), usedforsecurity=False).hexdigest()
    place = {"at_ns": at_ns, "received_ns": at_ns, "uid": mark, "position": mark}
    return common | place | {"transaction_id": transaction, "name": name} | columns


def span(transaction: str, at_s: float, until_s: float, name: str, /, **columns: Any) -> Record:
    """Make a finished span that says no more than its name."""
    ended = {"kind": "span", "phase": "completed", "until_ns": NOON_NS + int(until_s * NS_PER_S)}
    return event(transaction, at_s, name) | ended | columns


def step(transaction: str, at_s: float, name: str, /, **columns: Any) -> Record:
    """Make an event of the saga `order` that says of which step it is the end."""
    said = {"saga": "order", "phase": "completed", "step_by": "attribute", "owner": f"{name}-team"}
    return event(transaction, at_s, name) | said | columns


@contextmanager
def knowing(
    *sagas: DeclaredSaga,
    judged_by: Judge | None = None,
    lessons: Lessons | None = None,
    now_s: float = HOUR_S,
    max_again: int = 20_000,
) -> Iterator[Lab]:
    """Give a store that judges, with these sagas declared."""
    with closing(Lab(now_ns=NOON_NS + int(now_s * NS_PER_S))) as lab:
        lab.keeper = Keeper(
            store=lab.store,
            clock=lab.clock,
            judge=judged_by or partial(judge, limits=LIMITS),
            lessons=lessons,
            fold_limits=FoldLimits(max_again=max_again),
        )
        lab.keeper.declare(sagas)
        yield lab


def states(lab: Lab) -> dict[str, list[tuple[str, str, str]]]:
    """Give by transaction the steps that a person sees, each with what undid it and its state."""
    return {
        transaction: [
            (one.step, one.compensation.step if one.compensation else "", one.state)
            for one in lab.queries.transaction(transaction).steps
        ]
        for (transaction,) in lab.rows("SELECT transaction_id FROM txn ORDER BY 1")
    }


def stands(lab: Lab, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Give columns of the list of transactions, as of the clock, by id."""
    chosen = columns or ("status", "step", "owner", "stall")
    page = lab.queries.transactions(TransactionQuery(limit=1000))
    return {row.transaction_id: tuple(getattr(row, name) for name in chosen) for row in page.transactions}


def limits(lab: Lab) -> dict[str, tuple[Any, ...]]:
    """Give since when each transaction stands where it does, and when that is too long, in seconds after noon."""
    second = "CAST(({} - 1700000000000000000) / 1e9 AS DOUBLE)"
    times = f"{second.format('since_ns')}, limit_ns / 1e9, limit_basis, {second.format('deadline_ns')}"
    rows = lab.rows(f"SELECT transaction_id, {times} FROM txn")  # noqa: S608 - the test's own words
    return {row[0]: row[1:] for row in rows}
