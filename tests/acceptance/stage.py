"""A stage for sagas: a real store that judges and learns as a sidecar's does, and records told in few words."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from tests.accuracy.setup_store import keeper_of, learn_now
from tests.worlds import NOON_NS, Lab
from tracer.clock import NS_PER_S
from tracer.config.definitions import parse_definitions
from tracer.views import Flow, IncidentList, SagaList, StallPage, StallQuery, Summary, Transaction, TransactionQuery

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
OWNERS: Final = {
    "reserve": "inventory", "pay": "payment", "pack": "warehouse", "ship": "shipping", "mail": "mailer",
    "release": "inventory", "refund": "payment",
}  # fmt: skip
DECLARED: Final = """
[saga.order]
amount = "$.total"

[[saga.order.step]]
name = "reserve"
owner = "inventory"
deadline = "30s"
compensation = { step = "release", owner = "inventory" }

[[saga.order.step]]
name = "pay"
owner = "payment"
after = ["reserve"]
deadline = "60s"
compensation = { step = "refund", owner = "payment" }

[[saga.order.step]]
name = "ship"
owner = "shipping"
after = ["pay"]
deadline = "5m"
pivot = true

[[saga.order.step]]
name = "mail"
owner = "mailer"
after = ["ship"]
deadline = "60s"
"""

_number: Final = itertools.count()


def said(
    transaction_id: str,
    at_s: float,
    step: str | None = None,
    phase: str = "completed",
    *,
    received_s: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Make an event of an order, so many seconds after noon; it arrives at once unless `received_s` says when."""
    at_ns = NOON_NS + int(at_s * NS_PER_S)
    owner = OWNERS.get(step or "", "orders")
    record = {
        "uid": f"e{next(_number)}",
        "transaction_id": transaction_id,
        "saga": "order",
        "step": step,
        "step_by": "attribute" if step else None,
        "owner": owner,
        "phase": phase,
        "name": f"{step or 'order'} {phase}",
        "at_ns": at_ns,
        "received_ns": at_ns if received_s is None else NOON_NS + int(received_s * NS_PER_S),
        "source": "test",
    }
    return {name: value for name, value in (record | more).items() if value is not None}


def ran(transaction_id: str, began_s: float, ended_s: float, step: str, **more: Any) -> list[dict[str, Any]]:
    """Make the beginning and the end of a step."""
    return [said(transaction_id, began_s, step, "started", **more), said(transaction_id, ended_s, step, **more)]


def went_well(
    numbers: Iterable[int], steps: Sequence[str], *, at_s: float, apart_s: float = 10.0, took_s: float = 2.0
) -> list[dict[str, Any]]:
    """Make orders that took the steps one after the other and said that they are completed."""
    told = []
    for n in numbers:
        began_s = at_s + n * apart_s
        for nth, step in enumerate(steps):
            told += ran(f"H-{n}", began_s + nth * took_s + 0.5, began_s + (nth + 1) * took_s, step)
        told.append(said(f"H-{n}", began_s + len(steps) * took_s, None, "txn_completed"))
    return told


class Stage(Lab):
    """A store with the sidecar's judge and lessons, and a clock that is put so many seconds after noon."""

    def __init__(self, *, at_s: float = 0.0) -> None:
        super().__init__(now_ns=NOON_NS + int(at_s * NS_PER_S))
        self.keeper = keeper_of(self.store, self.clock)

    def at(self, seconds: float) -> Stage:
        """Put the clock so many seconds after noon."""
        self.clock.ns = NOON_NS + int(seconds * NS_PER_S)
        return self

    def declare(self, text: str, name: str = "sagas/order.toml") -> None:
        """Declare what a definition file says, and no other."""
        self.keeper.declare(parse_definitions(text, name=name))
        self.settle()

    def learn(self) -> None:
        """Learn from everything that has ended."""
        learn_now(self.keeper)

    def show(self, transaction_id: str = "T", *, as_of_s: float | None = None) -> Transaction:
        """Ask for a transaction, now or as it stood so many seconds after noon."""
        as_of = None if as_of_s is None else self.moment(int(as_of_s * NS_PER_S))
        return self.queries.transaction(transaction_id, as_of=as_of)

    def listed(self, transaction_id: str = "T") -> Summary:
        """Ask for the row of a transaction in the list."""
        page = self.queries.transactions(TransactionQuery(limit=1000))
        return next(row for row in page.transactions if row.transaction_id == transaction_id)

    def stalls(self) -> StallPage:
        """Ask for what is stuck."""
        return self.queries.stalls(StallQuery(limit=1000))

    def incidents(self) -> IncidentList:
        """Ask for what is wrong."""
        return self.queries.incidents(StallQuery())

    def flow(self) -> Flow:
        """Ask for the graph of the orders."""
        return self.queries.flow("order")

    def sagas(self) -> SagaList:
        """Ask for the sagas."""
        return self.queries.sagas()


@contextmanager
def stage(told: Iterable[dict[str, Any]] = (), *, definition: str | None = None, at_s: float = 0.0) -> Iterator[Stage]:
    """Give a stage on which this is declared and these records were told, at so many seconds after noon."""
    made = Stage(at_s=at_s)
    try:
        if definition is not None:
            made.declare(definition)
        made.take(told)
        yield made
    finally:
        made.close()


def evidence(at: Transaction) -> str:
    """Give all that the advice on a transaction rests on, and its notes, as one text."""
    return "\n".join((*(fact for one in at.advice for fact in (one.why, *one.evidence)), *at.notes))
