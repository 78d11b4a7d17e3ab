"""Small random worlds of records, and a store that takes them in.

Ids, traces, spans and times are few, so that records meet: they share traces, answer each other's messages,
claim each other's ids as aliases and happen at the same instant.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from hypothesis import settings
from hypothesis import strategies as st

from tests.oracle import Told, World
from tests.oracle_places import NO_TRACE, Record, identity
from tracer.clock import FixedClock, to_datetime
from tracer.model.records import rows_to_batch
from tracer.model.words import OUTCOMES, PHASES
from tracer.query.queries import Queries
from tracer.store.fold import FoldLimits
from tracer.store.keeper import Keeper
from tracer.store.options import StoreOptions
from tracer.store.store import Store

IDS: Final = ("A", "B", "C", "D")
ALIASES: Final = ("p", "q", *IDS)
TRACES: Final = tuple(bytes([n]) * 16 for n in range(1, 5))
SPANS: Final = tuple(range(1, 7))
STEPS: Final = ("reserve", "pay", "ship")
OWNERS: Final = ("inventory", "payment", "shipping")
MESSAGES: Final = ("m1", "m2", "m3")
NOON_NS: Final = 1_700_000_000_000_000_000


def sparingly(share: int) -> settings:
    """Try one in so many of the usual number of examples: each of them asks a database."""
    return settings(max_examples=max(1, settings().max_examples // share))


def _mostly_none(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), st.sampled_from(values))


def _links(pairs: list[tuple[bytes, int]]) -> str | None:
    told = [{"trace_id": trace.hex(), "span_id": f"{span:016x}"} for trace, span in pairs]
    return json.dumps(told) if told else None


def _aliases(values: list[str]) -> str | None:
    return json.dumps({f"kind{n}": value for n, value in enumerate(values)}) if values else None


_TIMES: Final = st.integers(0, 12).map(lambda second: NOON_NS + second * 1_000)
_PHASES: Final = st.sampled_from(PHASES)
_SPAN_PHASES: Final = st.one_of(st.sampled_from(("completed", "failed")), _PHASES)
_LINKS: Final = st.one_of(
    st.none(),
    st.lists(st.tuples(st.sampled_from((*TRACES, NO_TRACE)), st.sampled_from(SPANS)), max_size=2).map(_links),
)
_SAYS: Final = {
    "saga": _mostly_none(("order", "transfer")),
    "style": _mostly_none(("choreography", "orchestration")),
    "step": st.one_of(st.none(), st.sampled_from(STEPS)),
    "step_by": st.sampled_from(("attribute", "name")),
    "owner": st.one_of(st.none(), st.sampled_from(OWNERS)),
    "attempt": _mostly_none((1, 2, 3)),
    "error": _mostly_none(("no stock", "card declined")),
    "compensates": _mostly_none(STEPS),
    "outcome": st.one_of(st.none(), _mostly_none((*OUTCOMES, "odd"))),
}
_TIES: Final = {
    "trace_id": st.sampled_from((NO_TRACE, *TRACES)),
    "aliases": st.one_of(st.none(), st.none(), st.lists(st.sampled_from(ALIASES), max_size=2).map(_aliases)),
    "message_id": _mostly_none(MESSAGES),
    "causation_id": _mostly_none(MESSAGES),
    "links": _LINKS,
}


def _event(ids: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {
        "kind": st.just("event"),
        "transaction_id": ids,
        "at_ns": _TIMES,
        "phase": _PHASES,
        "span_id": st.sampled_from((0, *SPANS)),
    }
    return st.fixed_dictionaries(fixed | _SAYS | _TIES)


def _span(ids: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {
        "kind": st.just("span"),
        "transaction_id": ids,
        "at_ns": _TIMES,
        "until_ns": st.one_of(st.none(), _TIMES),
        "phase": _SPAN_PHASES,
        "span_kind": st.sampled_from((None, "internal", "server", "client", "producer", "consumer")),
        "span_id": st.sampled_from((0, *SPANS)),
        "parent_span_id": st.sampled_from((0, *SPANS)),
        "attributes": st.sampled_from(("{}", '{"messaging.destination.name":"orders"}')),
    }
    return st.fixed_dictionaries(fixed | _SAYS | _TIES)


def _numbered(rows: list[dict[str, Any]]) -> list[Record]:
    """Give every record a position to know it by, and a uid where its ids do not make it one."""
    records: dict[Any, Record] = {}
    for n, row in enumerate(rows):
        record = {"source": "test", "received_ns": NOON_NS, "name": "n", "position": str(n)}
        record |= {column: value for column, value in row.items() if value is not None}
        if record["kind"] == "event" or identity(record) in records:
            record["uid"] = f"u{n}"
        records[identity(record)] = record
    return list(records.values())


def records(*, max_size: int = 14, ids: st.SearchStrategy[str | None] | None = None) -> st.SearchStrategy[list[Record]]:
    """Give a few records, of which no two are the same one."""
    chosen = st.one_of(st.none(), st.sampled_from(IDS)) if ids is None else ids
    return st.lists(st.one_of(_event(chosen), _span(chosen)), min_size=1, max_size=max_size).map(_numbered)


@dataclass(frozen=True, slots=True)
class Arrival:
    """In what order records come, in what batches, and how many each fold after a batch takes (0: no fold)."""

    batches: tuple[tuple[Record, ...], ...]
    folds: tuple[int, ...]


@st.composite
def arrivals(draw: st.DrawFn, told: list[Record]) -> Arrival:
    """Give any order of the records, some of them twice, in any batches, with folds in between."""
    order = draw(st.permutations(told))
    again = draw(st.lists(st.sampled_from(told), max_size=3))
    for record in again:
        order.insert(draw(st.integers(0, len(order))), record)
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=3)))
    edges = [0, *cuts, len(order)]
    batches = tuple(tuple(order[low:high]) for low, high in itertools.pairwise(edges))
    folds = draw(st.tuples(*(st.sampled_from((0, 1, 3, 100)) for _ in batches)))
    return Arrival(batches, folds)


class Lab:
    """A store, in memory unless it is given a file, with everything around it that a test asks."""

    def __init__(
        self, *, now_ns: int = NOON_NS + 10**15, threshold_s: float = 300.0, path: Path = Path(":memory:")
    ) -> None:
        self.clock = FixedClock(now_ns)
        self.store = Store.open(path, clock=self.clock, options=StoreOptions(stuck_after_s=threshold_s))
        self.keeper = Keeper(store=self.store, clock=self.clock)
        self.queries = Queries(store=self.store, clock=self.clock)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def append(self, told: Iterable[Record]) -> tuple[int, int]:
        """Append one batch; (stored, duplicates)."""
        return self.keeper.append(table(told))

    def feed(self, arrival: Arrival, *, settled: bool = True) -> None:
        """Take records in as they arrive, then fold what is left."""
        for batch, most in zip(arrival.batches, arrival.folds, strict=True):
            self.append(batch)
            if most:
                self.folding(most).fold()
        if settled:
            self.settle()

    def take(self, told: Iterable[Record]) -> None:
        """Append one batch and fold it."""
        self.append(told)
        self.settle()

    def settle(self) -> None:
        """Fold until nothing waits."""
        while self.keeper.fold():
            pass

    def folding(self, most: int) -> Keeper:
        """Give a keeper whose folds take in so many records at most."""
        return Keeper(store=self.store, clock=self.clock, fold_limits=FoldLimits(max_records=most))

    def moment(self, after_ns: int) -> datetime:
        """Give the instant so long after noon."""
        return to_datetime(NOON_NS + after_ns)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query on the store's own tables."""
        return list(self.queries.sql(query, limit=100_000, timeout_s=60).rows)

    def transactions(self) -> dict[str, dict[str, Any]]:
        """Give the rows of `txn` by transaction."""
        names = list(Told.__dataclass_fields__)
        columns = ", ".join(
            {"outcome": "outcome_key[20:]", "error": "error_key[20:]"}.get(name, name) for name in names
        )
        rows = self.rows(f"SELECT transaction_id, {columns} FROM txn")  # noqa: S608 - the columns are the oracle's
        assert len(rows) == len({row[0] for row in rows})
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def places(self) -> dict[str, tuple[str | None, str | None]]:
        """Give, by a record's position, the transaction that it joined and the rule."""
        return {position: (transaction, _RULES[rule]) for position, transaction, rule in self.rows(_PLACES)}

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give what the fold keeps, with ids for the numbers that it gave them."""
        return {name: sorted(self.rows(query), key=repr) for name, query in _TABLES.items()}


_RULES: Final = {None: None, 1: "id", 2: "alias", 3: "trace", 4: "ancestor", 5: "link", 6: "causation"}
_PLACES: Final = """
    SELECT r.position, coalesce(t.transaction_id, n.transaction_id),
           CASE WHEN r.transaction_id IS NULL THEN p.rule WHEN d.own IS NULL THEN 1 ELSE 2 END
    FROM record AS r LEFT JOIN placed AS p ON p.seq = r.seq
    LEFT JOIN name AS o ON o.transaction_id = r.transaction_id
    LEFT JOIN redirect AS d ON d.own = coalesce(o.own, p.own)
    LEFT JOIN name AS n ON n.own = coalesce(d.txn, o.own, p.own)
    LEFT JOIN txn AS t ON t.txn = n.own
"""
_TABLES: Final = {
    "txn": "SELECT * EXCLUDE (txn, last_seq) FROM txn",
    "step": "SELECT t.transaction_id, s.* EXCLUDE (txn) FROM step AS s LEFT JOIN txn AS t USING (txn)",
    "handoff": "SELECT t.transaction_id, h.* EXCLUDE (txn) FROM handoff AS h LEFT JOIN txn AS t USING (txn)",
    "coverage": "SELECT * FROM coverage",
    "trace_txn": "SELECT n.transaction_id, t.trace_id FROM trace_txn AS t LEFT JOIN name AS n USING (own)",
    "alias_txn": "SELECT n.transaction_id, a.value FROM alias_txn AS a LEFT JOIN name AS n USING (own)",
    "message_txn": "SELECT n.transaction_id, m.key FROM message_txn AS m LEFT JOIN name AS n USING (own)",
    "redirect": """SELECT o.transaction_id, n.transaction_id
                   FROM redirect AS r LEFT JOIN name AS o USING (own) LEFT JOIN name AS n ON n.own = r.txn""",
}


@contextmanager
def lab_of(
    arrival: Arrival, *, settled: bool = True, now_ns: int = NOON_NS + 10**15, threshold_s: float = 300.0
) -> Iterator[Lab]:
    """Give a store that has taken in what arrived."""
    with closing(Lab(now_ns=now_ns, threshold_s=threshold_s)) as lab:
        lab.feed(arrival, settled=settled)
        yield lab


def table(told: Iterable[Record]) -> pa.Table:
    """Make a batch of records."""
    return pa.Table.from_batches([rows_to_batch(told)])


def as_rows(world: World) -> dict[str, dict[str, Any]]:
    """Give the oracle's transactions as `Lab.transactions` gives the store's."""
    return {name: asdict(told) for name, told in world.transactions.items()}


def as_places(world: World, told: Iterable[Record]) -> dict[str, tuple[str | None, str | None]]:
    """Give the oracle's places as `Lab.places` gives the store's."""
    places = {record["position"]: world.places[identity(record)] for record in told}
    return {position: (place.transaction, place.rule) for position, place in places.items()}
