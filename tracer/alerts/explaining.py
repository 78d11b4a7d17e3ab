"""Finding out for a notice what is different about the stuck transactions, and what to do: for few alerts at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tracer.alerts.alert import Explained, Found
from tracer.errors import NotFound, SagascopeError
from tracer.model.text import clean
from tracer.query.queries import Queries
from tracer.views import Difference, Incident, StallQuery, Transaction

MAX_ADVISED: Final = 20
_MAX_INCIDENTS: Final = 1000
_MAX_TRACES: Final = 5
_log = logging.getLogger("sagascope.alerts")


class Explainer:
    """Explains what was found. Blocks; what cannot be found out is left out, and logged."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def explain(self, found: Mapping[str, Found]) -> Mapping[str, Explained]:
        """Explain these findings, by the ids of their alerts: the ten largest incidents, and advise on twenty."""
        largest = sorted(found.items(), key=lambda pair: -pair[1].transactions)
        incidents = self._incidents([one for _, one in largest if one.incident])
        told: dict[str, Explained] = {}
        for number, (alert, one) in enumerate(largest):
            incident = incidents.get(one.incident or "")
            explained = _of_incident(incident) if incident else Explained()
            advised = one.examples and number < MAX_ADVISED
            told[alert] = self._advised(explained, one.examples[0]) if advised else explained
        return told

    def _incidents(self, found: Sequence[Found]) -> Mapping[str, Incident]:
        """Ask for all of them at once: only the largest are looked into, however many there are."""
        if not found:
            return {}
        try:
            listed = self._queries.incidents(StallQuery(limit=_MAX_INCIDENTS))
        except SagascopeError as error:
            _log.warning("alert not explained", extra={"error": str(error)})
            return {}
        return {one.id: one for one in listed.incidents}

    def _advised(self, explained: Explained, example: str) -> Explained:
        try:
            transaction = self._queries.transaction(example)
        except NotFound:
            return explained
        except SagascopeError as error:
            _log.warning("alert not advised on", extra={"error": str(error)})
            return explained
        return replace(_advised(explained, transaction), trace_ids=_traces(transaction))


def _of_incident(incident: Incident) -> Explained:
    lines = [_difference(one) for one in incident.different]
    if incident.amount is not None:
        lines.append(f"At stake: {incident.amount:,.2f} in {incident.amount_of} of them.")
    return Explained(summary=clean(incident.why), lines=tuple(clean(line) for line in lines))


def _difference(one: Difference) -> str:
    return (
        f"Different: {one.attribute} = {one.value} in {one.stuck} of {one.stuck_of} stuck ones, "
        f"and in {one.passing} of {one.passing_of} that pass."
    )


def _advised(explained: Explained, transaction: Transaction) -> Explained:
    best = transaction.advice[0] if transaction.advice else None
    if best is None:
        return explained
    owner = f" ({best.owner})" if best.owner else ""
    action = f"{best.action}{f' {best.step}' if best.step else ''}{owner}: {best.why}"
    return replace(explained, action=clean(action), command=None if best.command is None else clean(best.command))


def _traces(transaction: Transaction) -> tuple[str, ...]:
    return tuple(_first(entry.trace_id for entry in transaction.timeline if entry.trace_id))


def _first(ids: Iterable[str]) -> list[str]:
    """The last few different ones: those are where it stands."""
    return list(dict.fromkeys(reversed(list(ids))))[:_MAX_TRACES]
