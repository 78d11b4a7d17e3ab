"""Stuck transactions grouped by cause, what is at stake in them, and what is different about them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracer.analysis.incidents import GAP_S, MIN_STUCK, Cause, Told, differences, incident_id, why
from tracer.clock import NS_PER_S, to_datetime
from tracer.model.words import StallKind
from tracer.query.listing import seconds_between
from tracer.query.stalls import stall_values
from tracer.store.knowledge import knowledge
from tracer.store.session import Row, Session
from tracer.views import Difference, Incident, IncidentList, StallQuery

RECENT_S: Final = 600
TREND_S: Final = 60
TREND_SPANS: Final = 30
MAX_EXAMPLES: Final = 5
MAX_AT_STAKE: Final = 10_000
MAX_EXPLAINED: Final = 10  # incidents whose transactions are looked into
SAMPLE: Final = 100  # stuck transactions of one incident, and as many that pass
MAX_SAMPLED: Final = 400  # stuck transactions of all incidents
MAX_RECORDS: Final = 100  # of one transaction, the latest
MAX_ALL_RECORDS: Final = 20_000  # of the transactions in all samples, by their greatest number
_PASSED_AMONG: Final = 20_000  # the latest transactions, of which those that pass are taken
_BODY: Final = 65_536  # characters of attributes; what is longer is not looked into
_PIECE: Final = re.compile(r'\.?"((?:[^"\\]|\\.)*)"|\.?([^.\[\]"]+)|\[([0-9]+)\]')
_BELOW: Final = ("", "/payload", "/otel.body")


class _Group(NamedTuple):
    """A row of incident_list.sql."""

    number: int
    saga: str | None
    step: str | None
    owner: str | None
    kind: StallKind
    shape: str | None
    error: str | None
    run: int
    transactions: int
    since_ns: int
    latest_ns: int
    recent: int
    ago: Mapping[int, int] | None
    examples: list[str]

    @property
    def cause(self) -> Cause:
        return Cause(self.saga, self.step, self.owner, self.kind, self.shape)


@dataclass(slots=True)
class _Counts:
    """The values that were counted for one incident."""

    tested: int = 0
    values: list[Difference] = field(default_factory=list)


_Stake = tuple[float | None, int]


def list_incidents(session: Session, query: StallQuery, *, now_ns: int) -> IncidentList:
    """What is wrong as of `now_ns`, the most transactions first. Raises UsageError for a limit that is none."""
    values = stall_values(query, now_ns=now_ns)
    stuck = int(session.value("stall_count", values))
    if not stuck:
        return IncidentList(incidents=(), stuck=0, as_of=to_datetime(now_ns))
    session.run("incident_stuck", {**values, "gap": GAP_S * NS_PER_S})
    every_ns = TREND_S * NS_PER_S
    since = {"recent": now_ns - RECENT_S * NS_PER_S, "trend": now_ns - TREND_SPANS * every_ns}
    shown = {"now": now_ns, "every": every_ns, "examples": MAX_EXAMPLES, "limit": query.limit}
    groups = [_Group(*row) for row in session.rows("incident_list", {**since, **shown})]
    stakes = _stakes(session, groups)
    counts = _counted(session, groups, now_ns)
    incidents = (
        _incident(one, stakes.get(one.number, (None, 0)), counts.get(one.number, _Counts()), now_ns) for one in groups
    )
    return IncidentList(incidents=tuple(incidents), stuck=stuck, as_of=to_datetime(now_ns))


def _incident(at: _Group, stake: _Stake, counts: _Counts, now_ns: int) -> Incident:
    restated = frozenset(text for text in (at.saga, at.step, at.owner, at.error, at.kind) if text)
    different = differences(counts.values, tested=counts.tested, restated=restated)
    since = to_datetime(at.since_ns)
    told = Told(
        cause=at.cause,
        error=at.error,
        transactions=at.transactions,
        since=since,
        now=to_datetime(now_ns),
        different=different,
    )
    return Incident(
        id=incident_id(at.cause, run=at.run, since_ns=at.since_ns),
        saga=at.saga,
        step=at.step,
        owner=at.owner,
        kind=at.cause.kind,
        error=at.error,
        transactions=at.transactions,
        since=since,
        latest=to_datetime(at.latest_ns),
        stuck_s=seconds_between(at.since_ns, now_ns),
        recent=at.recent,
        trend=tuple((at.ago or {}).get(ago, 0) for ago in reversed(range(TREND_SPANS))),
        amount=stake[0],
        amount_of=stake[1],
        different=different,
        examples=tuple(at.examples),
        why=why(told),
    )


# --- what is at stake -----------------------------------------------------------------------------------------


def _stakes(session: Session, groups: Sequence[_Group]) -> Mapping[int, _Stake]:
    """Give the amount and of how many transactions it is, by the incident's number, where a definition names one."""
    known = knowledge(session) if groups else {}
    declared = {saga: one.declared.amount for saga, one in known.items() if one.declared and one.declared.amount}
    places = {saga: places_of(path) for saga, path in declared.items()}
    chosen = [one.number for one in groups if one.saga is not None and places.get(one.saga)]
    if not chosen:
        return {}
    session.run("incident_wanted_stake", {"incidents": chosen, "limit": MAX_AT_STAKE})
    reach = _find_records(session)
    if reach is None:
        return {}
    values = {"sagas": list(places), "places": list(places.values()), **reach}
    rows = session.rows("incident_amounts", values)
    return {number: (amount if math.isfinite(amount) else None, of) for number, amount, of in rows}


def places_of(path: str) -> list[str]:
    """Where a path of a definition may lie in a record's attributes, as JSON pointers, the likeliest first.

    `$.order.total` is an attribute `order.total`, or lies within one, within the payload of a message or within the
    body of a log record. None where it is no path.
    """
    inner = path.removeprefix("$")
    steps: list[str] = []
    at = 0
    while at < len(inner):
        found = _PIECE.match(inner, at)
        if found is None:
            return []
        quoted, plain, index = found.groups()
        steps.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or index)
        at = found.end()
    if not steps:
        return []
    whole = inner.removeprefix(".")
    pointers = [f"/{_escaped(whole)}", *(below + "".join(f"/{_escaped(one)}" for one in steps) for below in _BELOW)]
    return list(dict.fromkeys(pointers))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


# --- what is different ----------------------------------------------------------------------------------------


def _counted(session: Session, groups: Sequence[_Group], now_ns: int) -> Mapping[int, _Counts]:
    """Count the values of the largest incidents, and of those that pass the same step, in a sample of each."""
    chosen = [one.number for one in groups if one.transactions >= MIN_STUCK and one.step is not None][:MAX_EXPLAINED]
    if not chosen:
        return {}
    sample = min(SAMPLE, MAX_SAMPLED // len(chosen))
    session.run("incident_sample", {"incidents": chosen, "sample": sample, "recent": _PASSED_AMONG, "now": now_ns})
    session.run("incident_wanted_sample")
    reach = _find_records(session, most=min(MAX_RECORDS, MAX_ALL_RECORDS // (2 * sample * len(chosen))))
    if reach is None:
        return {}
    return _by_incident(session.rows("incident_values", {**reach, "body": _BODY}))


def _by_incident(rows: Iterable[Row]) -> Mapping[int, _Counts]:
    counts: dict[int, _Counts] = defaultdict(_Counts)
    for number, _, attribute, value, stuck, stuck_of, passing, passing_of, tested in rows:
        one = counts[number]
        one.tested = tested
        one.values.append(
            Difference(
                attribute=attribute,
                value=value,
                stuck=stuck,
                stuck_of=stuck_of,
                passing=passing,
                passing_of=passing_of,
            )
        )
    return counts


def _find_records(session: Session, *, most: int = 1 << 31) -> dict[str, int] | None:
    """Put the records of the transactions in `wanted` into `incident_record`; between which numbers they lie."""
    session.run("incident_members")
    span = session.row("incident_span")
    if span is None or span[0] is None:
        return None
    session.run("incident_records", {"first": span[0], "last": span[1], "most": most})
    low, high = session.row("incident_reach") or (None, None)
    return None if low is None else {"low": low, "high": high}
