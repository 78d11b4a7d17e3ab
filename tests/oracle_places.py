"""Where each record belongs, written from the rules in plain Python: the half of the oracle that correlates."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Record = Mapping[str, Any]
Identity = tuple[int, bytes, int, str | None]

NO_TRACE: Final = bytes(16)
CHAIN: Final = 8  # so many redirects are followed from an id that is an alias
HOPS: Final = 16  # so many links carry a transaction from trace to trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record belongs (None: nowhere) and the rule that says so."""

    transaction: str | None
    rule: str | None


def identity(record: Record) -> Identity:
    """What makes a record one: equal identities are the same record."""
    return record["at_ns"], trace_of(record), record.get("span_id") or 0, record.get("uid")


def trace_of(record: Record) -> bytes:
    """The record's trace, all zeros where it has none."""
    return record.get("trace_id") or NO_TRACE


def aliases_of(record: Record) -> set[str]:
    """The other business ids that a record names."""
    return {value for value in json.loads(record.get("aliases") or "{}").values() if value}


def linked_traces(record: Record) -> set[bytes]:
    """The traces that a record links to."""
    return {bytes.fromhex(link["trace_id"]) for link in json.loads(record.get("links") or "[]")}


def only(names: set[str]) -> str | None:
    """The one member of a set; None where there is none or more than one."""
    return next(iter(names)) if len(names) == 1 else None


class Correlation:
    """Which transaction each record joins."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self._named = [record for record in records if record.get("transaction_id") is not None]
        self._loose = [record for record in records if record.get("transaction_id") is None]
        self._parents = self._redirects()
        self._by_alias: dict[str, set[str]] = defaultdict(set)
        self._by_message: dict[str, set[str]] = defaultdict(set)
        self._direct: dict[bytes, set[str]] = defaultdict(set)
        for record in self._named:
            self._learn(record)
        self._inherited = self._inheritance()

    def _learn(self, record: Record) -> None:
        transaction = self.transaction_of_id(record["transaction_id"])
        for alias in aliases_of(record):
            self._by_alias[alias].add(transaction)
        if record.get("message_id") is not None:
            self._by_message[record["message_id"]].add(transaction)
        if trace_of(record) != NO_TRACE:
            self._direct[trace_of(record)].add(transaction)

    def _redirects(self) -> dict[str, str]:
        """Ids that are the alias of exactly one other id, and that one."""
        claims: dict[str, set[str]] = defaultdict(set)
        ids = {record["transaction_id"] for record in self._named}
        for record in self._named:
            for alias in aliases_of(record) & ids - {record["transaction_id"]}:
                claims[alias].add(record["transaction_id"])
        return {name: next(iter(by)) for name, by in claims.items() if len(by) == 1}

    def transaction_of_id(self, name: str) -> str:
        """Follow an id to the transaction it stands for; long chains and circles lead nowhere."""
        end = name
        for _ in range(CHAIN):
            end = self._parents.get(end, end)
        return name if end in self._parents else end

    def _inheritance(self) -> dict[bytes, set[str]]:
        """What traces without an id have from their records' aliases, causes and, through links, other traces."""
        reach: dict[bytes, set[str]] = {}
        for _ in range(HOPS):
            grown: dict[bytes, set[str]] = defaultdict(set)
            for record in self._loose:
                if trace_of(record) != NO_TRACE and trace_of(record) not in self._direct:
                    grown[trace_of(record)] |= self._brings(record, reach)
            reach = dict(grown)
        return reach

    def _brings(self, record: Record, reach: Mapping[bytes, set[str]]) -> set[str]:
        if by_alias := self._alias(record):
            return {by_alias}
        by_cause = self._cause(record)
        return self._linked(record, reach) | ({by_cause} if by_cause else set())

    def _alias(self, record: Record) -> str | None:
        owners = (only(self._by_alias.get(alias, set())) for alias in aliases_of(record))
        return only({owner for owner in owners if owner is not None})

    def _cause(self, record: Record) -> str | None:
        return only(self._by_message.get(record.get("causation_id") or "", set()))

    def _linked(self, record: Record, reach: Mapping[bytes, set[str]]) -> set[str]:
        traces = linked_traces(record) - {NO_TRACE}
        return set().union(*(self._direct.get(trace) or reach.get(trace, set()) for trace in traces))

    def _ancestor(self, record: Record) -> str | None:
        """The transaction of the nearest span above that carries an id; None where it carries several."""
        spans = [one for one in self._records if one["kind"] == "span" and trace_of(one) == trace_of(record)]
        at = (record.get("parent_span_id") if record["kind"] == "span" else record.get("span_id")) or 0
        seen = {0}
        while at not in seen:
            seen.add(at)
            here = [one for one in spans if one.get("span_id") == at]
            ids = {self.transaction_of_id(one["transaction_id"]) for one in here if one.get("transaction_id")}
            if ids:
                return only(ids)
            at = max((one.get("parent_span_id") or 0 for one in here), default=0)
        return None

    def places(self) -> dict[Identity, Place]:
        """The place of every record."""
        return {identity(record): self._place(record) for record in self._records}

    def _place(self, record: Record) -> Place:
        if (name := record.get("transaction_id")) is not None:
            transaction = self.transaction_of_id(name)
            return Place(transaction=transaction, rule="id" if name == transaction else "alias")
        direct = self._direct.get(trace_of(record), set())
        if by_alias := self._alias(record):
            return Place(transaction=by_alias, rule="alias")
        if direct:
            return _placed(only(direct), "trace") if len(direct) == 1 else _placed(self._ancestor(record), "ancestor")
        return (
            _if_any(only(self._linked(record, self._inherited)), "link")
            or _if_any(self._cause(record), "causation")
            or _placed(only(self._inherited.get(trace_of(record), set())), "trace")
        )


def _placed(transaction: str | None, rule: str) -> Place:
    return Place(transaction=transaction, rule=rule if transaction else None)


def _if_any(transaction: str | None, rule: str) -> Place | None:
    return Place(transaction=transaction, rule=rule) if transaction else None
